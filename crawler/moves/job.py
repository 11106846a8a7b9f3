"""Search for the new addresses of all broken links that are due, site by site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archives.link_identity import WAYBACK_SLOT
from crawler.archives.short_links import SHORT_LINK_HOSTS
from crawler.http.fetch import Fetch
from crawler.items import Emit, SearchItem
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE, doubled_wait, failed_search
from crawler.jobs.host_lease import HostLease
from crawler.jobs.job import Job
from crawler.moves.site_search import SiteSearch
from crawler.preservation.archive_session import WAYBACK, open_wayback, with_service_lease
from crawler.probing.session import PoliteSession
from crawler.probing.worker_pool import run_workers
from crawler.reading import (
    HostSessions,
    PoliteReader,
    request_budget,
    run_isolated,
    services_with_mementos,
)
from store.errors import LeaseLost
from store.vocabulary import SearchOutcome
from store.work.retry_delays import search_retry_delay
from store.work.runs import HELD_HOSTS
from store.work.searches import SearchTask, links_to_search, record_search

_MAX_SITES: Final = 8  # at a time; each holds the texts of the pages it read
_MAX_LINKS_PER_SITE: Final = 40  # in one run; the others stay due
_RETRY_UNKNOWN_AFTER: Final = timedelta(days=1)
# A lookup in a later run may find a memento, so these are searched again soon.
_INCONCLUSIVE: Final = (SearchOutcome.UNKNOWN, SearchOutcome.NO_BASELINE)


async def search_lost_pages(
    job: Job, *, fetch: Fetch, emit: Emit, limit: int, only_short_links: bool = False
) -> None:
    """Search for the new addresses of broken links, and emit an item for each.

    Args:
        job: The job. Only one process at a time makes searches, as it leases the archive.
        fetch: Sends a single request.
        emit: Sends an item through the pipelines.
        limit: The maximum number of links.
        only_short_links: As for `due_searches`.
    """
    sites = await _due_sites(job, limit, only_short_links=only_short_links)
    if not sites:
        return
    archive, session = open_wayback(job), PoliteSession(job, fetch)

    async def search_sites(_lease: HostLease) -> None:
        async with HostSessions(job, session) as archive_sessions:
            if await archive_sessions.open(WAYBACK_SLOT) is None:
                return
            search = partial(_search_site, job, archive, session)

            async def search_isolated(tasks: Sequence[SearchTask]) -> None:
                await run_isolated(job, tasks, search, emit=emit, make_failed_item=failed_search)

            await run_workers(sites, search_isolated, at_once=_MAX_SITES, stop=job.stop)

    # This lease is for the archive's index, the one in `search_sites` for reading its mementos.
    await with_service_lease(job, WAYBACK, archive, search_sites)


def due_searches(job: Job, *, limit: int, only_short_links: bool = False) -> Sequence[SearchTask]:
    """Return the broken links whose new address is to be searched for, at most 40 of each site.

    Args:
        job: The job.
        limit: Maximum number of links.
        only_short_links: Only links of shorteners. Their long addresses are in the archive, so that
            no site has to be searched for them.
    """
    with job.database.read() as connection:
        return links_to_search(
            connection,
            services=services_with_mementos(job),
            now=job.clock(),
            limit=limit,
            max_per_host=_MAX_LINKS_PER_SITE,
            hosts=SHORT_LINK_HOSTS if only_short_links else None,
            scope=job.scope,
        )


def store_search(job: Job, item: SearchItem) -> None:
    """Store the result of a search, and when the link is due again.

    Raises:
        StoreError: The database cannot be written.
    """
    now = job.clock()
    wait = timedelta(days=job.config.moves.retry_after_days)
    if item.outcome in _INCONCLUSIVE:
        wait = _RETRY_UNKNOWN_AFTER
    with job.database.write() as connection:
        if item.detail.startswith(INTERNAL_ERROR_CODE):
            # Twice the wait after the previous attempt, if that met an internal error, too.
            wait = doubled_wait(wait, search_retry_delay(connection, item.task.link_id))
        record_search(
            connection,
            item.task.link_id,
            item.outcome,
            item.proposals,
            detail=item.detail,
            run_id=job.run_id,
            at=now,
            next_search_at=now + wait,
        )


async def _due_sites(
    job: Job, limit: int, *, only_short_links: bool
) -> Sequence[Sequence[SearchTask]]:
    """Return the due links that one run may search, by site."""
    sites: defaultdict[str, list[SearchTask]] = defaultdict(list)
    find = partial(due_searches, job, limit=limit, only_short_links=only_short_links)
    for task in await job.retries.run(find):
        sites[task.host].append(task)
    return list(sites.values())


async def _search_site(
    job: Job,
    archive: AsyncArchive,
    session: PoliteSession,
    tasks: Sequence[SearchTask],
    emit: Emit,
) -> None:
    """Search the links of one site. If another process takes its lease over, they stay due."""
    async with HostSessions(job, session) as sessions:
        reader = PoliteReader(
            job,
            sessions,
            budget=request_budget(job, tasks[0].host, job.config.moves.requests_per_host),
            # The budget is for the site: mementos do not count.
            unlimited_slots=frozenset({WAYBACK_SLOT}),
        )
        try:
            await SiteSearch(job, tasks, archive, reader, emit).run()
        except LeaseLost:
            job.counts[HELD_HOSTS] += 1
