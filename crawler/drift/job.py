"""Comparing: does a living page still say what was cited? Its text held against the memento nearest the day it was read.

What our last probes saw of page and memento is compared first: where their fingerprints are the same, nobody need be asked.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from crawler.archives.link_identity import WAYBACK_SLOT, slot_of
from crawler.http.fetch import Fetch
from crawler.items import DriftItem, Emit
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE, failed_comparison, doubled_wait
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.jobs.redirect_policy import RedirectPolicy
from crawler.liveness import hamming_distance
from crawler.liveness.redirects import is_home_page
from crawler.liveness.simhash import NEAR_DISTANCE
from crawler.page_text import TextComparison, compare_texts
from crawler.probing.worker_pool import run_workers
from crawler.reading.memento_reader import services_with_mementos
from crawler.reading.page_cache import PageCache
from crawler.reading.polite_reader import HeldLeases, PoliteReader, prober_of, request_budget
from crawler.reading.site_work import run_isolated
from store.errors import LeaseLost
from store.vocabulary import LOCAL, DriftOutcome
from store.work.comparisons import ComparisonTask, links_to_compare, record_comparison
from store.work.retry_delays import comparison_retry_delay

_SITES_AT_ONCE: Final = 8
_PER_SITE: Final = 20  # links of one site a run, two requests each
_STILL_ALL: Final = 0.9  # of the memento's text: the rest may be a mended sentence
_ENOUGH_TEXT: Final = 200  # characters below which fingerprints are those of a site's frame
_NO_ANSWER_COUNTS: Final = timedelta(days=7)


async def compare_due_links(job: Job, *, fetch: Fetch, emit: Emit, limit: int) -> None:
    """Compare what is due, at most `limit` links."""
    sites = await _to_be_read(job, emit, limit)
    if not sites:
        return
    prober, boundaries = prober_of(job, fetch), RedirectPolicy(job)
    async with HeldLeases(job) as archives:
        if (
            any(needs_archive(task) for tasks in sites for task in tasks)
            and await archives.acquire(WAYBACK_SLOT) is None
        ):
            return

        async def work(tasks: Sequence[ComparisonTask], emit: Emit) -> None:
            async with HeldLeases(job) as slots:
                budget = request_budget(job, slot_of(tasks[0].url), 2 * _PER_SITE)
                reader = PoliteReader(
                    job, prober, boundaries, slots, budget=budget, free=frozenset({WAYBACK_SLOT})
                )
                await _compare_site(job, tasks, PageCache(job, reader), emit)

        async def compare_apart(tasks: Sequence[ComparisonTask]) -> None:
            await run_isolated(job, tasks[:_PER_SITE], work, emit=emit, failed=failed_comparison)

        await run_workers(sites, compare_apart, at_once=_SITES_AT_ONCE, stop=job.stop)


async def _to_be_read(job: Job, emit: Emit, limit: int) -> Sequence[Sequence[ComparisonTask]]:
    """Emit what is known without a request, and list the rest, site by site."""
    sites: defaultdict[str, list[ComparisonTask]] = defaultdict(list)
    for task in await asyncio.to_thread(due_comparisons, job, limit=limit):
        with job.isolated(Unit.COMPARISON, task.url) as comparing:
            if known := compare_without_requests(task):
                await emit(DriftItem(task=task, comparison=known, compared=True))
            else:
                sites[slot_of(task.url)].append(task)
        if comparing.error:
            await emit(failed_comparison(task, comparing.error))
    return list(sites.values())


async def _compare_site(
    job: Job, tasks: Sequence[ComparisonTask], pages: PageCache, emit: Emit
) -> None:
    try:
        for task in tasks:
            with job.isolated(Unit.COMPARISON, task.url) as comparing:
                item = await _compare(task, pages)
            if comparing.error:
                item = failed_comparison(task, comparing.error)
            if item:
                await emit(item)
    except LeaseLost:
        job.counts["host:held"] += 1  # these links stay due


def due_comparisons(job: Job, *, limit: int) -> Sequence[ComparisonTask]:
    """List living links to be compared with their mementos."""
    with job.database.read() as connection:
        return links_to_compare(
            connection,
            services=services_with_mementos(job),
            now=job.clock(),
            limit=limit,
            scope=job.scope,
        )


def needs_archive(task: ComparisonTask) -> bool:
    """Tell whether a comparison takes a question to an archive: what lies in our own is read from the disk."""
    return task.memento.service != LOCAL and compare_without_requests(task) is None


def compare_without_requests(task: ComparisonTask) -> TextComparison | None:
    """Say how a link compares where that is known without a request; None where it is not."""
    if is_home_page(task.url):
        return TextComparison(kept=None, detail="a front page says something else every day")
    page, replay = task.page, task.mirror_page
    if (
        page
        and replay
        and min(len(page.text), len(replay.text)) >= _ENOUGH_TEXT
        and hamming_distance(page.simhash, replay.simhash) <= NEAR_DISTANCE
    ):
        return TextComparison(kept=1.0)
    return None


def drift_outcome(comparison: TextComparison, *, strong_below: float) -> DriftOutcome:
    """Say in a word what a comparison showed.

    >>> str(outcome_of(Comparison(kept=0.4), strong_below=0.5)), str(outcome_of(Comparison(kept=None), strong_below=0.5))
    ('changed', 'unknown')
    """
    if comparison.kept is None:
        return DriftOutcome.UNKNOWN
    if comparison.kept < strong_below:
        return DriftOutcome.CHANGED
    return DriftOutcome.UNCHANGED if comparison.kept >= _STILL_ALL else DriftOutcome.PARTLY_CHANGED


def store_comparison(job: Job, item: DriftItem) -> None:
    """Keep what a comparison showed. What could not be compared because of an answer that never came is compared again soon."""
    now, settings, comparison = job.clock(), job.config.drift, item.comparison
    again = (
        timedelta(days=settings.interval_days)
        if item.compared
        else min(_NO_ANSWER_COUNTS, timedelta(days=settings.interval_days))
    )
    with job.database.write() as connection:
        if comparison.detail.startswith(INTERNAL_ERROR_CODE):
            again = doubled_wait(again, comparison_retry_delay(connection, item.task.link_id))
        record_comparison(
            connection,
            item.task,
            drift_outcome(comparison, strong_below=settings.changed_below),
            remaining_share=comparison.kept,
            detail=comparison.detail,
            passages=[(passage.sign, passage.text) for passage in comparison.passages],
            run_id=job.run_id,
            at=now,
            next_comparison_at=now + again,
        )


async def _compare(task: ComparisonTask, pages: PageCache) -> DriftItem | None:
    """Read both and compare them; None where the page was not asked at all, and stays due."""
    page = await pages.page(task.url, cited=True)
    if page is None:
        return None
    if not page.is_served:
        untold = TextComparison(
            kept=None, detail=f"the page was not served when it was read: {page.judgement.reason}"
        )
        return DriftItem(task=task, comparison=untold, compared=False)
    memento = await pages.memento(task.memento)
    if memento is None or not memento.is_served:
        reason = memento.judgement.reason if memento else "no answer"
        untold = TextComparison(kept=None, detail=f"the memento was not shown: {reason}")
        return DriftItem(task=task, comparison=untold, compared=False)
    return DriftItem(task=task, comparison=compare_texts(memento.text, page.text), compared=True)
