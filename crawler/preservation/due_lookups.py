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
from crawler.preservation.distrusted_copies import better_copies_wanted
from store.work.archives.lookups import LookupTask, links_to_look_up
from store.work.archives.unconfirmed_lookups import blocked_links_to_look_up, links_to_confirm

# The maximum number of copies of a link that are tried at one archive, one after another.
MAX_COPIES_TRIED: Final = 5


def lookups_due(
    job: Job, service: str, *, limit: int, before_wayback: bool = False
) -> Sequence[LookupTask]:
    """Return the links to look up at a service.

    These are, in this order:

    - links without a living mirror; at other services than the Wayback Machine only those that
      were looked up there;
    - at the Wayback Machine, links whose failure may be caused by our own network or address;
    - links that are blocked again and again;
    - links whose copies show another text than a cited copy that is to be replaced.

    Args:
        job: The job.
        service: The service's name.
        limit: The maximum number of links.
        before_wayback: At another service, also links that were not yet looked up at the Wayback
            Machine.
    """
    tasks: dict[int, LookupTask] = {}
    with job.database.read() as connection:
        queries: list[Callable[[int], Sequence[LookupTask]]] = [
            partial(_without_mirror, job, connection, service, before_wayback=before_wayback)
        ]
        if service == WAYBACK:
            queries.append(partial(_unconfirmed, job, connection, service))
        queries.append(partial(_blocked, job, connection, service))
        queries.append(partial(_without_matching_copy, job, connection, service))
        remaining = limit
        for select_links in queries:
            selected = select_links(remaining)
            remaining -= len(selected)
            for task in selected:
                tasks.setdefault(task.link_id, task)
    return list(tasks.values())


def wants_better_copies(job: Job) -> bool:
    """Return whether some link has only copies that show another text than its cited copy."""
    with job.database.read() as connection:
        services = configured_services(job)
        return any(_without_matching_copy(job, connection, service, 1) for service in services)


def _without_mirror(
    job: Job, connection: Connection, service: str, limit: int, *, before_wayback: bool
) -> Sequence[LookupTask]:
    follows_wayback = service != WAYBACK and WAYBACK in configured_services(job)
    return links_to_look_up(
        connection,
        service,
        now=job.clock(),
        limit=limit,
        looked_up_at_service=WAYBACK if follows_wayback and not before_wayback else None,
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
    return blocked_links_to_look_up(
        connection, service, now=job.clock(), limit=limit, scope=job.scope
    )


def _without_matching_copy(
    job: Job, connection: Connection, service: str, limit: int
) -> Sequence[LookupTask]:
    return better_copies_wanted(job, connection, service, limit=limit, max_tried=MAX_COPIES_TRIED)
