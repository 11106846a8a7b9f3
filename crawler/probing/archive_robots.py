"""Store which links of a host its robots.txt disallows to the robots of public archives.

It changes no verdict and stops no request: archives may decide otherwise. See
`store.work.archive_refusals` for what else keeps archives from a page.
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
from store.work.archive_robots import (
    LinkRobots,
    RobotsNeed,
    robots_need,
    robots_of_links,
    store_host_robots,
)

# Nothing is requested because of it, so it may be older than the day of RFC 9309 (section 2.4), but
# for links that it was not applied to yet.
_MIN_AGE: Final = timedelta(hours=12)
_DEFAULT_PORTS: Final = {None, 80, 443}


async def update_archive_robots(job: Job, session: HostSession, living: Mapping[int, str]) -> None:
    """Read a host's robots.txt, if that is due, and store which links it disallows to archives.

    One file is read, at most: that of the first living link. It counts for http and https alike.

    Args:
        job: The job.
        session: The session of the host.
        living: The URLs of the links that were alive in this run, by their ids.

    Raises:
        LeaseLost: The lease is over.
    """
    days = job.rules_for(session.slot).archive_robots_days
    public = {link_id: url for link_id, url in living.items() if may_publish(url)}
    if not job.looks_ahead or not days or not public or job.stop:
        return
    lease = session.lease.lease
    with job.isolated(Unit.SITE, session.slot), suppress(Postponed, InvalidUrl):
        need = await job.read(robots_need, lease.host_id, public.keys())
        if not _is_due(need, now=job.clock(), max_age=timedelta(days=days)):
            return
        first = next(iter(public.values()))
        robots = await session.robots(request_url(job.url_filters.remap_url(first)))
        changes: dict[int, str] = {}
        if robots.is_known:
            links = await job.read(robots_of_links, lease.host_id)
            public_links = [link for link in links if may_publish(link.url)]
            for link in _links_by_port(public_links)[_port(first)]:
                refused = robots.refused_archive_robot(job.url_filters.remap_url(link.url))
                if refused != link.refused_robot:
                    changes[link.id] = refused
        await job.write(store_host_robots, lease, changes, at=job.clock())


def _is_due(need: RobotsNeed, *, now: datetime, max_age: timedelta) -> bool:
    """Return whether robots.txt is to be read: not if archives have copies of all that is alive."""
    if not need.is_wanted or need.read_at is None:
        return need.is_wanted
    return now - need.read_at >= (_MIN_AGE if need.is_unknown else max(max_age, _MIN_AGE))


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
