"""Select the links to look up at an archive: those without a living mirror first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from crawler.archives import service_trust
from crawler.jobs.job import Job
from crawler.liveness import VANTAGE_REASONS
from crawler.preservation.archive_session import WAYBACK, configured_services
from crawler.preservation.left_copies import better_copies_wanted
from store.work.lookups import LookupTask, links_to_look_up
from store.work.unconfirmed_lookups import blocked_links, links_to_confirm

# Copies of a link at one archive, probed one after another until one is good.
MAX_COPIES_TRIED: Final = 5


def lookups_due(
    job: Job, service: str, *, limit: int, with_others: bool = False
) -> Sequence[LookupTask]:
    """Return the links to look up at a service.

    These are, in this order:

    - links without a living mirror; at other services than the Wayback Machine only those that
      were looked up there;
    - at the Wayback Machine, links whose failure may be due to the own network or address;
    - links that are blocked again and again;
    - links whose copies show another text than a cited copy that is to be replaced.

    Args:
        job: The job.
        service: The service's name.
        limit: The maximum number of links.
        with_others: At another service, also links that were not looked up at the Wayback Machine.
    """
    with job.database.read() as connection:
        finders: list[Callable[[int], Sequence[LookupTask]]] = [
            partial(_without_mirror, job, connection, service, with_others=with_others),
            partial(_blocked, job, connection, service),
            partial(_with_other_text, job, connection, service),
        ]
        if service == WAYBACK:
            finders.insert(1, partial(_unconfirmed, job, connection, service))
        tasks: dict[int, LookupTask] = {}
        left = limit
        for find in finders:
            found = find(left)
            left -= len(found)
            for task in found:
                tasks.setdefault(task.link_id, task)
    return list(tasks.values())


def wants_better_copies(job: Job) -> bool:
    """Return whether all copies found of some link show another text than the cited one."""
    with job.database.read() as connection:
        services = configured_services(job)
        return any(_with_other_text(job, connection, service, 1) for service in services)


def _without_mirror(
    job: Job, connection: Connection, service: str, limit: int, *, with_others: bool
) -> Sequence[LookupTask]:
    is_first_elsewhere = service != WAYBACK and WAYBACK in configured_services(job)
    return links_to_look_up(
        connection,
        service,
        now=job.clock(),
        limit=limit,
        after=WAYBACK if is_first_elsewhere and not with_others else None,
        less_trusted=service_trust(job.loaded).less_trusted,
        scope=job.scope,
    )


def _unconfirmed(
    job: Job, connection: Connection, service: str, limit: int
) -> Sequence[LookupTask]:
    return links_to_confirm(
        connection, service, VANTAGE_REASONS, now=job.clock(), limit=limit, scope=job.scope
    )


def _blocked(job: Job, connection: Connection, service: str, limit: int) -> Sequence[LookupTask]:
    return blocked_links(connection, service, now=job.clock(), limit=limit, scope=job.scope)


def _with_other_text(
    job: Job, connection: Connection, service: str, limit: int
) -> Sequence[LookupTask]:
    return better_copies_wanted(job, connection, service, limit=limit, max_tried=MAX_COPIES_TRIED)
