"""The steps of a job that save pages to the local archive and verify the saved pages."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from crawler.cli.steps.crawl_runner import CrawlRunner
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import pluralize
from crawler.items import CaptureItem
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.local_archive import ArchiveLayout, LocalArchiveError, finish_interrupted_write
from crawler.local_capture.capture_run import incomplete_captures, wanted_local_captures
from crawler.local_capture.probe_capture import is_probe_capture_enabled
from crawler.local_capture.replay_urls import update_replay_urls
from crawler.local_capture.verify import verify_local_mirrors
from crawler.preservation.mirror_review import review_mirrors
from crawler.spiders.captures import CapturesSpider
from store.vocabulary import LOCAL, CaptureStatus
from store.vocabulary.secrets import redact_tokens

# Maximum number of pages that a run saves because their sites refuse public archives.
_MAX_REFUSED = 500


async def archive_locally(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, *, limit: int
) -> None:
    """Save pages that are not in the local archive yet, and verify saved pages that are due.

    Args:
        crawls: Runs the spider.
        job: The job.
        terminal: Where progress and messages go.
        limit: Maximum number of new pages.
    """
    new_pages = min(limit, len(job.run_blocking(wanted_local_captures)))
    total = new_pages + len(job.run_blocking(incomplete_captures))
    await _save_pages(crawls, job, terminal, limit=limit, total=total)
    _verify_archive(job, terminal)
    if not job.config.archives.local.base_url:
        terminal.note(
            "reports and fixes do not link to local copies: "
            "set archives.local.base_url to the address they are served at"
        )


async def complete_local_captures(crawls: CrawlRunner, job: Job, terminal: TerminalOutput) -> None:
    """Save the requisites of pages that probes saved, and verify saved pages that are due."""
    if not job.stop:
        total = len(job.run_blocking(incomplete_captures))
        await _save_pages(crawls, job, terminal, limit=0, total=total)
    _verify_archive(job, terminal)


async def save_refused_pages(crawls: CrawlRunner, job: Job, terminal: TerminalOutput) -> None:
    """Save the pages whose sites refuse public archives, if the local archive is in use."""
    if job.stop or not is_probe_capture_enabled(job):
        return
    if count := min(_MAX_REFUSED, len(job.run_blocking(wanted_local_captures, only_refused=True))):
        await _save_pages(crawls, job, terminal, limit=count, total=count)
        _verify_archive(job, terminal)


async def _save_pages(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, *, limit: int, total: int
) -> None:
    """Save pages, and print how many could not be saved.

    Args:
        crawls: Runs the spider.
        job: The job.
        terminal: Where progress and messages go.
        limit: Maximum number of new pages; 0 only completes the captures made by probes.
        total: Number of steps of the progress bar; nothing is done if it is 0.
    """
    if not total or job.stop:
        return
    failures = Counter[str]()
    with terminal.progress("saving pages", total) as advance:

        def on_item(item: Any) -> None:
            if not isinstance(item, CaptureItem):
                return
            url, result = item.task.url, item.result
            advance(f"{result.status} {url}", kind=result.status)
            if result.status is CaptureStatus.FAILED:
                failures[result.code] += 1
                if terminal.verbose:
                    detail = redact_tokens(result.detail, url)
                    terminal.note(f"{url}: not saved: {result.code}: {detail}")

        await crawls.crawl(CapturesSpider, job, limit=limit, to=LOCAL, on_item=on_item)
    if failures:
        by_code = ", ".join(f"{count:,} {code}" for code, count in failures.most_common())
        hint = "" if terminal.verbose else ": use -v to list them"
        terminal.note(f"{pluralize(failures.total(), 'page')} not saved ({by_code}){hint}")


def _verify_archive(job: Job, terminal: TerminalOutput) -> None:
    """Verify the saved pages that are due, and update what depends on them.

    What an interrupted run left unindexed is indexed first, as nothing may have been saved now.
    """
    layout = ArchiveLayout(job.loaded.local_archive)
    if layout.exists():
        try:
            notes = finish_interrupted_write(layout)
        except LocalArchiveError as error:
            notes = (str(error),)
        for note in notes:
            terminal.warn(note)
        with job.isolated(Unit.MIRROR, str(layout.path)):
            verify_local_mirrors(job, layout)
        review_mirrors(job)
        base_url = job.config.archives.local.base_url
        job.retries.run_blocking(partial(update_replay_urls, job.database, base_url))
