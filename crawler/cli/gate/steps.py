"""The steps of a gate for a few links: check them, look up or request copies, verify the copies."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.options import DEFAULT_LOOKUPS
from crawler.cli.steps import archive_steps, check_steps
from crawler.cli.steps.crawl_runner import CrawlRunner
from crawler.cli.terminal.console import TerminalOutput
from crawler.jobs.job import Job
from crawler.preservation.lookups import UNAVAILABLE
from crawler.preservation.mirror_review import review_mirrors
from store.queries.archive_attempts import captures_to_verify
from store.work.frontier import DueFilter
from store.work.scope import Scope

# Links that go through all steps together, so that few are half done when the time is over.
MAX_LINKS_AT_ONCE = 10


async def process_links(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, links: Sequence[int]
) -> bool:
    """Check links, look up or request copies of those without one, and verify the copies.

    Args:
        crawls: Runs the spiders.
        job: The job; its scope is set to the links.
        terminal: Where progress and warnings go.
        links: Ids of links and mirrors.

    Returns:
        False if lookups or captures were due, and the archive could not be reached or did not
        respond.
    """
    job.scope = Scope(link_ids=tuple(links))
    is_reached = True
    with check_steps.isolated_step(job, "checking"):
        due_filter = DueFilter(now=job.clock(), scope=job.scope)
        await check_steps.check_links(crawls, job, due_filter, terminal)
    with check_steps.isolated_step(job, "archiving"):
        is_reached = await archive_steps.archive_links(crawls, job, terminal, limit=DEFAULT_LOOKUPS)
    with check_steps.isolated_step(job, "verifying"):
        await _verify_captures(crawls, job, terminal, links)
    return is_reached and not job.counts[UNAVAILABLE]


async def _verify_captures(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, links: Sequence[int]
) -> None:
    """Probe new captures at once, which a run does after an hour.

    A capture that the archive does not replay yet is probed again by the next run.
    """
    mirrors = await job.read(captures_to_verify, links)
    if mirrors:
        due_filter = DueFilter(now=job.clock(), ids=tuple(mirrors))
        await check_steps.check_links(
            crawls, job, due_filter, terminal, description="checking new archive copies"
        )
        review_mirrors(job)
