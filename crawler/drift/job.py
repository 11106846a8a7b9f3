"""Compare living links that are due with the memento nearest to the day the author read the page.

The simhashes that the last probes of page and memento stored are compared first. If they are
nearly the same, nothing is requested.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from crawler.archives.link_identity import WAYBACK_SLOT, slot_of
from crawler.http.fetch import Fetch
from crawler.items import DriftItem, Emit
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE, doubled_wait, failed_comparison
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.liveness.rules.redirects import is_home_page
from crawler.page_text.comparison import TextComparison, compare_texts
from crawler.page_text.simhash import is_near
from crawler.probing.session import PoliteSession
from crawler.probing.worker_pool import run_workers
from crawler.reading import (
    HostSessions,
    PageCache,
    PoliteReader,
    request_budget,
    run_isolated,
    services_with_mementos,
)
from store.errors import LeaseLost
from store.vocabulary import LOCAL, DriftOutcome
from store.work.comparisons import (
    ComparisonTask,
    links_to_compare,
    postpone_comparison,
    record_comparison,
)
from store.work.retry_delays import comparison_retry_delay
from store.work.runs import HELD_HOSTS

_MAX_SITES: Final = 8  # at a time
_MAX_LINKS_PER_SITE: Final = 20  # in one run
_REQUESTS_PER_LINK: Final = 2
_UNCHANGED_FROM: Final = 0.9  # share of the memento's text; the rest may be a corrected sentence
# With fewer characters, boilerplate of the site alone may make two fingerprints equal.
_MIN_FINGERPRINT_TEXT: Final = 200
# The wait, if no response was received, is at most this. After internal errors it is doubled.
_RETRY_AFTER: Final = timedelta(days=7)


async def compare_due_links(job: Job, *, fetch: Fetch, emit: Emit, limit: int) -> None:
    """Compare the links that are due, and emit an item for each.

    Args:
        job: The job.
        fetch: Sends a single request.
        emit: Sends an item through the pipelines.
        limit: The maximum number of links.
    """
    sites = await _emit_without_requests(job, emit, limit)
    if not sites:
        return
    session = PoliteSession(job, fetch)
    tasks = [task for site in sites for task in site]
    async with HostSessions(job, session) as archive_sessions:
        if any(needs_archive(task) for task in tasks):
            # Opened here, so that all sites share the archive's lease until the end. If another
            # process holds it, all links stay due; `open` counts that.
            archive_session = await archive_sessions.open(WAYBACK_SLOT)
            if archive_session is None:
                return
        compare = partial(_compare_site, job, session)

        async def compare_isolated(site: Sequence[ComparisonTask]) -> None:
            await run_isolated(job, site, compare, emit=emit, make_failed_item=failed_comparison)

        await run_workers(sites, compare_isolated, at_once=_MAX_SITES, stop=job.stop)


def due_comparisons(job: Job, *, limit: int) -> Sequence[ComparisonTask]:
    """Return the living links that are to be compared with their mementos, at most `limit`."""
    with job.database.read() as connection:
        return links_to_compare(
            connection,
            services=services_with_mementos(job),
            now=job.clock(),
            limit=limit,
            scope=job.scope,
        )


def needs_archive(task: ComparisonTask) -> bool:
    """Return whether a comparison sends a request to the Wayback Machine.

    All other mementos (`services_with_mementos`) are in the local archive, and read from the disk.
    """
    return task.memento.service != LOCAL and compare_without_requests(task) is None


def compare_without_requests(task: ComparisonTask) -> TextComparison | None:
    """Return the comparison if no request is needed for it, else None."""
    if is_home_page(task.url):
        return TextComparison(remaining_share=None, detail="home pages are not compared")
    page, mirror_page = task.page, task.mirror_page
    if page is None or mirror_page is None:
        return None
    text_length = min(len(page.text), len(mirror_page.text))
    if text_length >= _MIN_FINGERPRINT_TEXT and is_near(page, mirror_page):
        return TextComparison(remaining_share=1.0)
    return None


def drift_outcome(comparison: TextComparison, *, changed_below: float) -> DriftOutcome:
    """Return the outcome of a comparison.

    Args:
        comparison: The comparison.
        changed_below: The share of remaining text below which the content has changed, 0 to 1.

    Returns:
        The outcome.

    >>> str(drift_outcome(TextComparison(remaining_share=0.4), changed_below=0.5))
    'changed'
    >>> str(drift_outcome(TextComparison(remaining_share=None), changed_below=0.5))
    'unknown'
    """
    share = comparison.remaining_share
    if share is None:
        return DriftOutcome.UNKNOWN
    if share < changed_below:
        return DriftOutcome.CHANGED
    if share < _UNCHANGED_FROM:
        return DriftOutcome.PARTLY_CHANGED
    return DriftOutcome.UNCHANGED


def store_comparison(job: Job, item: DriftItem) -> None:
    """Store the result of a comparison, and when the link is due again.

    A link that could not be compared because a response was missing is due again soon; what an
    earlier comparison with the same memento found is kept.

    Raises:
        StoreError: The database cannot be written.
    """
    now, settings, comparison = job.clock(), job.config.drift, item.comparison
    wait = timedelta(days=settings.interval_days)
    if not item.is_final:
        wait = min(_RETRY_AFTER, wait)
    with job.database.write() as connection:
        if comparison.detail.startswith(INTERNAL_ERROR_CODE):
            # Twice the wait after the previous attempt, if that met an internal error, too.
            wait = doubled_wait(wait, comparison_retry_delay(connection, item.task.link_id))
        if not item.is_final and postpone_comparison(connection, item.task, until=now + wait):
            return
        record_comparison(
            connection,
            item.task,
            drift_outcome(comparison, changed_below=settings.changed_below),
            remaining_share=comparison.remaining_share,
            detail=comparison.detail,
            passages=[(passage.sign, passage.text) for passage in comparison.passages],
            run_id=job.run_id,
            at=now,
            next_comparison_at=now + wait,
        )


async def _emit_without_requests(
    job: Job, emit: Emit, limit: int
) -> Sequence[Sequence[ComparisonTask]]:
    """Emit the comparisons that need no request.

    Returns:
        The other links, grouped by site, at most 20 of each.
    """
    sites: defaultdict[str, list[ComparisonTask]] = defaultdict(list)
    for task in await job.retries.run(partial(due_comparisons, job, limit=limit)):
        with job.isolated(Unit.COMPARISON, task.url) as isolation:
            if comparison := compare_without_requests(task):
                await emit(DriftItem(task=task, comparison=comparison, is_final=True))
            else:
                sites[slot_of(task.url)].append(task)
        if isolation.error:
            await emit(failed_comparison(task, isolation.error))
    return [site[:_MAX_LINKS_PER_SITE] for site in sites.values()]


async def _compare_site(
    job: Job, session: PoliteSession, tasks: Sequence[ComparisonTask], emit: Emit
) -> None:
    """Compare the links of one site. If another process takes its lease over, they stay due."""
    async with HostSessions(job, session) as sessions:
        max_requests = _REQUESTS_PER_LINK * _MAX_LINKS_PER_SITE
        reader = PoliteReader(
            job,
            sessions,
            budget=request_budget(job, slot_of(tasks[0].url), max_requests),
            # The budget is for the site: mementos do not count.
            unlimited_slots=frozenset({WAYBACK_SLOT}),
        )
        pages = PageCache(job, reader)
        try:
            for task in tasks:
                with job.isolated(Unit.COMPARISON, task.url) as isolation:
                    item = await _compare(job, task, pages, reader)
                if isolation.error:
                    item = failed_comparison(task, isolation.error)
                if item:
                    await emit(item)
        except LeaseLost:
            job.counts[HELD_HOSTS] += 1


async def _compare(
    job: Job, task: ComparisonTask, pages: PageCache, reader: PoliteReader
) -> DriftItem | None:
    """Read page and memento and compare them.

    Args:
        job: The job.
        task: The link and its memento.
        pages: Reads both.
        reader: The reader that `pages` uses; its `postponed_reason` says why a page was not read.

    Returns:
        The item; None if the page may be requested in a later run only, or if the job stops, so
        that the link stays due.
    """
    page = await pages.page(task.url, is_cited=True)
    if job.stop or (page is None and reader.postponed_reason):
        return None
    if page is None:
        return _retry_soon(
            task, "the page was not requested: it is excluded, or its host cannot be reached"
        )
    if not page.is_served:
        return _retry_soon(task, f"the page was not served: {page.judgement.reason}")
    memento = await pages.memento(task.memento)
    if job.stop and memento is None:
        return None
    if memento is None:
        return _retry_soon(task, "the memento was not shown: no response")
    if not memento.is_served:
        return _retry_soon(task, f"the memento was not shown: {memento.judgement.reason}")
    comparison = await asyncio.to_thread(compare_texts, memento.text, page.text)
    return DriftItem(task=task, comparison=comparison, is_final=True)


def _retry_soon(task: ComparisonTask, detail: str) -> DriftItem:
    comparison = TextComparison(remaining_share=None, detail=detail)
    return DriftItem(task=task, comparison=comparison, is_final=False)
