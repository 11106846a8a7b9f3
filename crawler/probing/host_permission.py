"""Decide which URLs of a host may be requested: by the configuration and by its robots.txt."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from crawler.archives.capture_urls import requests_capture
from crawler.http.urls import InvalidUrl, request_url
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.politeness.rate_limit import Postponed
from crawler.politeness.robots import Robots
from crawler.probing.session import HostSession
from store.vocabulary import Reason, Role
from store.work.frontier import DueLink


class RobotsResult(NamedTuple):
    """The result of reading a robots.txt.

    Attributes:
        is_known: Whether its rules are known, which is also so if the site has none.
        postponed: Why it could not be requested now; None if it was requested.
    """

    is_known: bool
    postponed: Postponed | None


class HostPermission:
    """The rules of one host. Until `read_robots` was called, its robots.txt forbids nothing.

    Args:
        job: The job, with the configuration.
        host: The host's name.
        session: Sends the request for robots.txt.
    """

    def __init__(self, job: Job, host: str, session: HostSession) -> None:
        self._job = job
        self._host = host
        self._session = session
        self._robots = Robots()

    @property
    def is_robots_obeyed(self) -> bool:
        """Return whether the configuration says to obey robots.txt (`obey_robots`)."""
        return self._job.config.network.obey_robots

    async def read_robots(self, url: str) -> RobotsResult:
        """Fetch a site's robots.txt, and apply its Crawl-delay.

        Args:
            url: A URL of the site.

        Returns:
            Whether the rules are known. They are not after an internal error, or if the request was
            postponed.
        """
        postponed: Postponed | None = None
        with (
            self._job.isolated(Unit.SITE, self._host) as isolation,
            suppress(InvalidUrl),
        ):
            try:
                site_url = request_url(self._job.url_filters.remap_url(url))
                self._robots = await self._session.apply_crawl_delay(site_url)
            except Postponed as error:
                postponed = error
        is_known = isolation.error is None and postponed is None
        return RobotsResult(is_known, postponed)

    def skip_reason(self, link: DueLink) -> Reason | None:
        """Return why a link is not requested; None if it may be.

        The configuration or robots.txt disallows it, or it asks an archive to copy a page.
        """
        if self._job.rules_for(self._host).skip or self._job.excludes(link):
            return Reason.EXCLUDED
        if requests_capture(link.url):
            return Reason.CAPTURE_REQUEST
        if link.role is Role.LINK and not self._robots_allow(link.url):
            return Reason.ROBOTS
        return None

    def allows_uncited(self, url: str) -> bool:
        """Return whether a URL that no page cites may be requested."""
        return not self._job.url_filters.matches_exclude(url) and self._robots_allow(url)

    def _robots_allow(self, url: str) -> bool:
        if not self.is_robots_obeyed:
            return True
        return self._robots.allows(self._job.url_filters.remap_url(url))
