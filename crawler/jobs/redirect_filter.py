"""Decide whether a redirect may be followed: by its target, the configuration and robots.txt.

A refused hop is recorded as a request that was not sent, so that `crawler.liveness` can judge it
like any other hop, also from the stored history.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from crawler.archives.capture_urls import requests_capture
from crawler.archives.link_identity import slot_of
from crawler.http.fetch import FetchResponse
from crawler.http.urls import split_url
from crawler.jobs.job import Job
from crawler.politeness.robots import Robots, parse_robots, robots_url
from store.vocabulary import Fault

FetchRobots = Callable[[str], Awaitable[FetchResponse]]
"""Fetches a robots.txt by its URL."""

_MAX_STORED_ROBOTS: Final = 1000  # sites; the oldest are dropped first
_MAX_STORED_CHARACTERS: Final = 8_000_000  # of all of them; parsed they take up to 20 times as much
# RFC 9309, section 2.4, recommends to use a stored robots.txt for a day at most.
_MAX_AGE_SECONDS: Final = 12 * 3600.0


class RedirectFilter:
    """Decides which redirects a job follows.

    It refuses the targets that the configuration excludes, those that ask an archive to copy a page
    and, if robots.txt is obeyed, those that their site disallows. The robots.txt of each site is
    stored for all hosts of the job.

    Args:
        job: The job.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        # By the site's scheme, host and port: the monotonic time of the fetch, and the rules
        self._robots: dict[str, tuple[float, Robots]] = {}
        self._stored_characters = 0

    async def refusal(self, url: str, *, fetch_robots: FetchRobots) -> FetchResponse | None:
        """Return a response that replaces a request that is not allowed.

        Args:
            url: The target of a redirect.
            fetch_robots: Fetches the site's robots.txt if it is obeyed; its exceptions are raised.

        Returns:
            A response with a fault and no content; None if the request is allowed.
        """
        if self._job.rules_for(slot_of(url)).skip or self._job.url_filters.matches_exclude(url):
            return FetchResponse(
                fault=Fault.EXCLUDED, detail="redirect not followed: excluded by the configuration"
            )
        if requests_capture(url):
            return FetchResponse(
                fault=Fault.CAPTURE_REQUEST,
                detail="redirect not followed: it asks an archive to copy a page",
            )
        if not self._job.config.network.obey_robots:
            return None
        robots = await self.robots_for(url, fetch_robots=fetch_robots)
        if robots.allows(url):
            return None
        return FetchResponse(
            fault=Fault.ROBOTS, detail="redirect not followed: disallowed by robots.txt"
        )

    async def robots_for(self, url: str, *, fetch_robots: FetchRobots) -> Robots:
        """Return the rules of a URL's site, fetched at most twice a day.

        Args:
            url: Any URL of the site.
            fetch_robots: Fetches the robots.txt; its exceptions are raised.
        """
        parts = split_url(url)
        site = f"{parts.scheme}://{parts.netloc}"
        fetched_at, robots = self._robots.get(site, (0.0, None))
        if robots is not None and monotonic() - fetched_at <= _MAX_AGE_SECONDS:
            return robots
        response = await fetch_robots(robots_url(url))
        user_agent = self._job.rules_for(slot_of(url)).user_agent
        robots = await asyncio.to_thread(parse_robots, response, user_agent)
        self._store(site, robots)
        return robots

    def _store(self, site: str, robots: Robots) -> None:
        """Store the rules of a site, and drop the oldest ones beyond the limits."""
        self._drop(site)
        self._robots[site] = monotonic(), robots
        self._stored_characters += robots.size
        while len(self._robots) > _MAX_STORED_ROBOTS or (
            self._stored_characters > _MAX_STORED_CHARACTERS
        ):
            self._drop(next(iter(self._robots)))

    def _drop(self, site: str) -> None:
        _, dropped = self._robots.pop(site, (0.0, None))
        if dropped is not None:
            self._stored_characters -= dropped.size
