"""Store which links of a host its robots.txt disallows to the robots of public archives.

It changes no verdict and stops no request: archives may decide otherwise. See
`store.work.archives.archive_refusals` for what else keeps archives from a page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from crawler.http.url_privacy import may_publish
from crawler.http.urls import InvalidUrl, request_url, split_url
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.politeness.rate_limit import Postponed
from crawler.probing.session import HostSession
from store.work.archives.archive_robots import ArchiveRobots, LinkRobots, robots_of_links
from store.work.frontier import DueLink

# A robots.txt is not read again sooner, not even for links that were added since. RFC 9309 (section
# 2.4) wants it once a day; it may be older here, as it allows no request of ours.
_MIN_AGE: Final = timedelta(hours=12)
_DEFAULT_PORTS: Final = {None, 80, 443}


class ArchiveRobotsNeed:
    """Collects a host's living links, to decide whether its robots.txt is read for archives.

    Args:
        read_at: When it was last read; None if never.

    Attributes:
        url: The first living link that may be published; "" if there is none yet.
    """

    def __init__(self, read_at: datetime | None) -> None:
        self.url = ""
        self._read_at = read_at
        self._is_wanted = False  # a link has no public copy, or was disallowed to archives before
        self._has_new_link = False  # robots.txt was not applied to a link yet

    def add(self, link: DueLink) -> None:
        """Add a link that is alive."""
        is_wanted = bool(link.refused_robot) or not link.has_public_copy
        is_new = link.refused_robot is None
        adds_want = is_wanted and not self._is_wanted
        adds_new_link = is_new and not self._has_new_link
        if (adds_want or adds_new_link or not self.url) and may_publish(link.url):
            self.url = self.url or link.url
            self._is_wanted |= is_wanted
            self._has_new_link |= is_new

    def is_due(self, *, now: datetime, max_age: timedelta) -> bool:
        """Return whether robots.txt is to be read: not if archives have copies of all links."""
        if not self._is_wanted or self._read_at is None:
            return self._is_wanted
        return now - self._read_at >= (_MIN_AGE if self._has_new_link else max(max_age, _MIN_AGE))


async def read_archive_robots(
    job: Job, session: HostSession, need: ArchiveRobotsNeed
) -> ArchiveRobots | None:
    """Read a host's robots.txt, if that is due, and find which links it disallows to archives.

    At most one file is read: that of the first living link. It applies to http and https alike.

    Args:
        job: The job.
        session: The session of the host.
        need: The living links of the host.

    Returns:
        The changes to store when the host's lease is released; None if the file was not read.

    Raises:
        LeaseLost: The lease is over.
    """
    days = job.rules_for(session.slot).archive_robots_days
    if not job.reads_archive_robots or not days or job.stop:
        return None
    if not need.is_due(now=job.clock(), max_age=timedelta(days=days)):
        return None
    with job.isolated(Unit.SITE, session.slot), suppress(Postponed, InvalidUrl):
        robots = await session.robots(request_url(job.url_filters.remap_url(need.url)))
        changes: dict[int, str] = {}
        if robots.is_known:
            links = await job.read(robots_of_links, session.lease.lease.host_id)
            public_links = [link for link in links if may_publish(link.url)]
            for link in _links_by_port(public_links)[_port(need.url)]:
                refused = robots.refused_archive_robot(job.url_filters.remap_url(link.url))
                if refused != link.refused_robot:
                    changes[link.id] = refused
        return ArchiveRobots(read_at=job.clock(), changes=changes)
    return None


def _links_by_port(links: Sequence[LinkRobots]) -> Mapping[int | None, Sequence[LinkRobots]]:
    """Group links by their port: another port is another site."""
    by_port: dict[int | None, list[LinkRobots]] = defaultdict(list)
    for link in links:
        with suppress(ValueError):
            by_port[_port(link.url)].append(link)
    return by_port


def _port(url: str) -> int | None:
    """Return a URL's port, None for those of http and https."""
    port = split_url(url).port
    return None if port in _DEFAULT_PORTS else port
