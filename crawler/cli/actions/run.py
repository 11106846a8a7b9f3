"""Run `holdfast run`: scan pages, check links, archive, compare and report."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from crawler.cli.deadline import reserve_time_for_archives, stop_in_time
from crawler.cli.exit_codes import ExitCode
from crawler.cli.job_end import finish, job_report_path
from crawler.cli.job_scope import apply_scope
from crawler.cli.monitors import monitored
from crawler.cli.options import CommonOptions
from crawler.cli.pages.site_crawl import crawl_sites
from crawler.cli.pages.target_pages import require_pages
from crawler.cli.report.output import require_writable
from crawler.cli.steps import archive_steps, check_steps
from crawler.cli.steps.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.steps.local_archive_steps import complete_local_captures, save_refused_pages
from crawler.cli.steps.run_estimate import announce_run
from crawler.cli.steps.scan_steps import scan
from crawler.cli.targets import resolve_targets, whole_wikis
from crawler.cli.terminal.console import TerminalOutput
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from crawler.jobs.probe_budget import ProbeBudget
from store.maintenance.pruning import prune
from store.work.frontier import DueFilter
from store.work.runs import HELD_HOSTS, RunOutcome


def execute(
    common: CommonOptions,
    *,
    pages: tuple[str, ...],
    limit: int | None,
    lookups: int,
    deadline: float | None,
    metrics: str | None,
    formats: list[str],
    output: Path | None,
    lang: str | None,
    fail_on: str,
    wiki_names: tuple[str, ...],
    changed_since: str | None,
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.run`."""
    terminal = TerminalOutput(common)
    loaded = common.load()
    targets = resolve_targets(loaded, wiki_names, pages, changed_since=changed_since)
    require_pages(targets, pages)
    for target in targets if formats else ():
        path = job_report_path(target.wiki, output, several=len(targets) > 1, formats=formats)
        require_writable(path, formats)
    with (
        open_job(
            loaded,
            "run",
            wikis=whole_wikis(targets, wiki_names),
            seconds=common.seconds_left(deadline),
        ) as job,
        monitored(job, "run", terminal, metrics=metrics),
    ):
        job.budget = ProbeBudget(limit)
        for target in targets:
            with check_steps.isolated_step(job, f"the scan of {target.name or 'the wiki'}"):
                scan(job, target.wiki, pages, terminal)
        apply_scope(job, targets, wiki_names, terminal)

        async def run_steps(crawls: CrawlRunner) -> None:
            drain_on_signals(job, terminal)
            stop_in_time(job, common, deadline, formats=formats)
            for target in targets:
                if target.pages is None:
                    with check_steps.isolated_step(job, "the crawl of published sites"):
                        await crawl_sites(crawls, job, target.wiki, pages, terminal)
            await _check_and_archive(crawls, job, terminal, lookups=lookups)

        run_crawls(run_steps)
        _delete_old_probes(job)
    return finish(
        job,
        terminal,
        targets=targets,
        formats=formats,
        output=output,
        lang=lang,
        fail_on=fail_on,
    )


async def _check_and_archive(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, *, lookups: int
) -> None:
    """Check the due links, make at most `lookups` archive lookups, and compare pages.

    With a deadline, the last fifth of the time is first for the archives, then for the links left.
    """
    with check_steps.isolated_step(job, "estimating"):
        announce_run(job, terminal, limit=lookups)
    due = DueFilter(now=job.clock(), scope=job.scope)
    with check_steps.isolated_step(job, "checking"):
        has_archive_work = partial(archive_steps.has_archive_work, job, limit=lookups)
        async with reserve_time_for_archives(job, has_archive_work):
            await check_steps.check_links(crawls, job, due, terminal, announced=True)
    await _archive(crawls, job, terminal, lookups=lookups)
    if job.budget.was_paused:
        with check_steps.isolated_step(job, "checking the remaining links"):
            await _check_remaining(crawls, job, due, terminal)


async def _check_remaining(
    crawls: CrawlRunner, job: Job, due: DueFilter, terminal: TerminalOutput
) -> None:
    """Check the links that were left when checking was paused for the archives."""
    job.counts.pop(HELD_HOSTS, None)  # only hosts that are still held are counted
    remaining = replace(due, checked_before=job.started_at)
    description = "checking the remaining links"
    await check_steps.check_links(
        crawls, job, remaining, terminal, description=description, announced=True
    )


async def _archive(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, *, lookups: int
) -> None:
    """Run the steps that need archives or the local archive."""
    with check_steps.isolated_step(job, "saving local copies"):
        await complete_local_captures(crawls, job, terminal)
    with check_steps.isolated_step(job, "archiving"):
        await archive_steps.archive_links(crawls, job, terminal, limit=lookups)
    with check_steps.isolated_step(job, "saving pages that archives may not copy"):
        await save_refused_pages(crawls, job, terminal)
    with check_steps.isolated_step(job, "searching"):
        await archive_steps.find_moved(crawls, job, terminal, limit=lookups, only_short_links=True)
    with check_steps.isolated_step(job, "checking parts"):
        await archive_steps.check_parts(crawls, job, terminal)
    with check_steps.isolated_step(job, "comparing"):
        await archive_steps.compare_pages(crawls, job, terminal)


def _delete_old_probes(job: Job) -> None:
    """Delete old probes. A job that was stopped deletes only one batch, so that it ends soon."""
    if job.stop.outcome is RunOutcome.FAILED:
        return
    max_age = timedelta(days=job.config.history.keep_probes_days)
    has_stopped = bool(job.stop)
    with check_steps.isolated_step(job, "pruning"):
        work = partial(
            prune, job.database, max_age=max_age, now=job.clock(), should_stop=lambda: has_stopped
        )
        job.retries.run_blocking(work)
