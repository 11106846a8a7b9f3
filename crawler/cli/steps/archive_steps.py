"""The steps of a job that need archives: lookups, captures, moved pages, comparisons, parts.

They are not in `steps`, because a job that only checks links does not need the clients of archives,
which take a fifth of a second to import.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from crawler.cli.steps.check_steps import check_links
from crawler.cli.steps.crawl_runner import CrawlRunner
from crawler.cli.terminal.console import TerminalOutput
from crawler.drift.job import due_comparisons, needs_archive
from crawler.items import CaptureItem, DriftItem, LookupItem, PartsItem, SearchItem
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.moves.job import due_searches
from crawler.page_parts import due_copies, postpone_copies_without_parts
from crawler.preservation.archive_session import WAYBACK, configured_services, may_capture
from crawler.preservation.capture_queue import wanted_captures
from crawler.preservation.due_lookups import MAX_COPIES_TRIED, lookups_due, wants_better_copies
from crawler.preservation.lookups import UNAVAILABLE
from crawler.preservation.mirror_review import review_mirrors
from crawler.probing.network_check import reaches_archive
from crawler.spiders.captures import CapturesSpider
from crawler.spiders.drift import DriftSpider
from crawler.spiders.moves import MovesSpider
from crawler.spiders.parts import PartsSpider
from store.work.comparisons import ComparisonTask
from store.work.frontier import DueFilter


async def has_archive_work(job: Job, *, limit: int) -> bool:
    """Return whether lookups, captures, searches or comparisons are due.

    Args:
        job: The job.
        limit: Maximum number of lookups, and of captures; 0 if there are to be none.
    """

    def is_due() -> bool:
        if limit > 0:
            for service in configured_services(job):
                if lookups_due(job, service, limit=1):
                    return True
            if may_capture(job) and wanted_captures(job, WAYBACK):
                return True
            if due_searches(job, limit=1, only_short_links=True):
                return True
        comparisons = _within_budget(job, job.config.drift.per_run)
        return bool(comparisons and due_comparisons(job, limit=1))

    return await job.retries.run(is_due)


async def archive_links(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, *, limit: int
) -> bool:
    """Look up mirrors for links without a working one, request captures, and probe new mirrors.

    Captures are requested only where the configuration allows them.

    Args:
        crawls: Runs the spiders.
        job: The job.
        terminal: Where progress and warnings go.
        limit: Maximum number of lookups, and of captures.

    Returns:
        False if lookups or captures were due and the archive could not be reached. They stay due.
    """
    if job.stop:
        return True
    review_mirrors(job)  # finds mirrors that have become unusable, whose links need another one
    is_reached = True
    limit_left = limit
    for attempt in range(MAX_COPIES_TRIED):
        suffix = " for the next best copy" if attempt else ""
        if limit_left > 0:
            description = f"querying archives{suffix}"
            is_reached, used = await _query_archives(
                crawls, job, terminal, limit=limit_left, description=description
            )
            limit_left -= used
        new_mirrors = DueFilter(now=job.clock(), new_mirrors=True, scope=job.scope)
        await check_links(
            crawls, job, new_mirrors, terminal, description=f"checking new archive copies{suffix}"
        )
        # If a new copy proves unusable, or cannot replace the cited one, the next best is tried.
        is_unavailable = not is_reached or job.counts[UNAVAILABLE]
        has_more = review_mirrors(job) > 0 or job.run_blocking(wants_better_copies)
        if not has_more or job.stop or is_unavailable:
            break
    return is_reached


async def _query_archives(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, *, limit: int, description: str
) -> tuple[bool, int]:
    """Look up mirrors and request captures.

    Returns:
        Whether the archive can be reached, and the number of lookups or of captures that were made,
        whichever is larger.
    """
    used: Counter[type] = Counter()
    total = sum(
        len(job.run_blocking(lookups_due, service, limit=limit))
        for service in configured_services(job)
    )
    is_reached = not total or await reaches_archive(job)
    if not is_reached:
        _warn_unreachable(job, terminal, "lookups and captures stay due")
    elif total or may_capture(job):
        with terminal.progress(description, total) as advance:

            def on_item(item: Any) -> None:
                if isinstance(item, LookupItem):
                    outcome: str = item.result.outcome
                elif isinstance(item, CaptureItem):
                    outcome = item.result.status
                else:
                    return
                used[type(item)] += 1
                advance(f"{outcome} {item.task.url}", kind=outcome)

            await crawls.crawl(CapturesSpider, job, limit=limit, on_item=on_item)
    return is_reached, max(used.values(), default=0)


async def find_moved(
    crawls: CrawlRunner,
    job: Job,
    terminal: TerminalOutput,
    *,
    limit: int,
    only_short_links: bool = False,
) -> None:
    """Search for the new addresses of links that are permanently broken.

    Args:
        crawls: Runs spiders.
        job: The job.
        terminal: Shows progress.
        limit: Maximum number of links.
        only_short_links: Whether to search only for the targets of dead short links.
    """
    total = len(job.run_blocking(due_searches, limit=limit, only_short_links=only_short_links))
    if job.stop or not total:
        return
    if not await reaches_archive(job):
        _warn_unreachable(job, terminal, "searches for moved pages stay due")
        return
    with terminal.progress("searching for moved pages", total) as advance:

        def on_item(item: Any) -> None:
            if isinstance(item, SearchItem):
                advance(f"{item.outcome} {item.task.url}")

        await crawls.crawl(
            MovesSpider, job, limit=limit, only_short_links=only_short_links, on_item=on_item
        )


async def compare_pages(crawls: CrawlRunner, job: Job, terminal: TerminalOutput) -> None:
    """Compare living pages with mementos from the time of citation, within limit and budget."""
    limit = _within_budget(job, job.config.drift.per_run)
    due = job.run_blocking(due_comparisons, limit=limit) if limit else ()
    if job.stop or not due:
        return
    needs_any_archive = any(_needs_archive_isolated(job, task) for task in due)
    if needs_any_archive and not await reaches_archive(job):
        return
    with terminal.progress("comparing pages with their copies", len(due)) as advance:

        def on_item(item: Any) -> None:
            if isinstance(item, DriftItem):
                advance(item.task.url)

        await crawls.crawl(DriftSpider, job, limit=limit, on_item=on_item)


async def check_parts(crawls: CrawlRunner, job: Job, terminal: TerminalOutput) -> None:
    """Look for the images, style sheets and frames of archive copies, within limit and budget.

    Archives that did not respond in this run receive no further requests.
    """
    limit = _within_budget(job, job.config.archives.part_checks_per_run)
    if job.stop:
        return
    due = job.run_blocking(due_copies, limit=limit)
    if not due.with_parts:
        await postpone_copies_without_parts(job, due)
        return
    if not await reaches_archive(job):
        return
    with terminal.progress("checking the parts of archive copies", len(due.with_parts)) as advance:

        def on_item(item: Any) -> None:
            if isinstance(item, PartsItem):
                advance(item.task.url)

        await crawls.crawl(PartsSpider, job, limit=limit, on_item=on_item)


def _within_budget(job: Job, limit: int) -> int:
    """Return a limit, reduced to the number of probes that the job may still make."""
    remaining = job.budget.remaining
    return limit if remaining is None else min(limit, max(0, remaining))


def _warn_unreachable(job: Job, terminal: TerminalOutput, consequence: str) -> None:
    """Warn that archives cannot be reached, unless their proxy does not respond.

    `job.archive_proxy` warns of that itself.
    """
    if not job.archive_proxy.is_unreachable:
        terminal.warn(f"cannot reach the Wayback Machine: {consequence}")


def _needs_archive_isolated(job: Job, task: ComparisonTask) -> bool:
    """Return whether a comparison requests an archive; False after an internal error."""
    with job.isolated(Unit.COMPARISON, task.url):
        return needs_archive(task)
    return False
