"""Searching: the new addresses of links that are broken for good, site after site, as far as the job's orders allow."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from crawler.archives.link_identity import WAYBACK_SLOT
from crawler.http.fetch import Fetch
from crawler.items import Emit, SearchItem
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE, failed_search, doubled_wait
from crawler.jobs.host_lease import HostLease
from crawler.jobs.job import Job
from crawler.jobs.redirect_policy import RedirectPolicy
from crawler.moves.site_search import SiteSearch
from crawler.preservation.archive_session import WAYBACK, open_wayback, with_service_lease
from crawler.probing.worker_pool import run_workers
from crawler.reading.memento_reader import services_with_mementos
from crawler.reading.polite_reader import HeldLeases, PoliteReader, prober_of, request_budget
from crawler.reading.site_work import run_isolated
from store.errors import LeaseLost
from store.vocabulary import SearchOutcome
from store.work.retry_delays import search_retry_delay
from store.work.searches import SearchTask, links_to_search, record_search

_SITES_AT_ONCE: Final = 8  # each keeps the texts of what it reads
_LINKS_OF_A_SITE: Final = 40  # a run; the others stay due
_NO_ANSWER_COUNTS: Final = timedelta(days=1)
_UNANSWERED: Final = (
    SearchOutcome.UNKNOWN,
    SearchOutcome.NO_BASELINE,
)  # a look-up may find a memento any night


async def search_lost_pages(job: Job, *, fetch: Fetch, emit: Emit, limit: int) -> None:
    """Look for the new addresses of what is due. The archive is asked by one process at a time, for all sites."""
    sites: defaultdict[str, list[SearchTask]] = defaultdict(list)
    for task in await asyncio.to_thread(due_searches, job, limit=limit):
        sites[task.host].append(task)
    if not sites:
        return
    archive, prober, boundaries = open_wayback(job), prober_of(job, fetch), RedirectPolicy(job)

    async def work(_held: HostLease) -> None:
        async with HeldLeases(job) as archives:
            if await archives.acquire(WAYBACK_SLOT) is None:
                return

            async def search(tasks: Sequence[SearchTask], emit: Emit) -> None:
                async with HeldLeases(job) as slots:
                    budget = request_budget(job, tasks[0].host, job.config.moves.requests_per_host)
                    reader = PoliteReader(
                        job,
                        prober,
                        boundaries,
                        slots,
                        budget=budget,
                        free=frozenset({WAYBACK_SLOT}),
                    )
                    try:
                        await SiteSearch(job, tasks, archive, reader, emit).run()
                    except LeaseLost:
                        job.counts["host:held"] += 1  # these links stay due

            async def search_apart(tasks: Sequence[SearchTask]) -> None:
                await run_isolated(
                    job, tasks[:_LINKS_OF_A_SITE], search, emit=emit, failed=failed_search
                )

            await run_workers(
                list(sites.values()), search_apart, at_once=_SITES_AT_ONCE, stop=job.stop
            )

    await with_service_lease(job, WAYBACK, archive, work)


def due_searches(job: Job, *, limit: int) -> Sequence[SearchTask]:
    """List broken links whose new address is to be looked for."""
    with job.database.read() as connection:
        return links_to_search(
            connection,
            services=services_with_mementos(job),
            now=job.clock(),
            limit=limit,
            scope=job.scope,
        )


def store_search(job: Job, item: SearchItem) -> None:
    """Keep what a search came to."""
    now = job.clock()
    again = (
        _NO_ANSWER_COUNTS
        if item.outcome in _UNANSWERED
        else timedelta(days=job.config.moves.retry_after_days)
    )
    with job.database.write() as connection:
        if item.detail.startswith(INTERNAL_ERROR_CODE):
            again = doubled_wait(again, search_retry_delay(connection, item.task.link_id))
        record_search(
            connection,
            item.task.link_id,
            item.outcome,
            item.proposals,
            detail=item.detail,
            run_id=job.run_id,
            at=now,
            next_search_at=now + again,
        )
