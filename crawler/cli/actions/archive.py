"""Run `holdfast archive`: look up and request archive copies, save local copies, export them."""

from __future__ import annotations

from pathlib import Path

from crawler.cli.deadline import stop_in_time
from crawler.cli.dry_run import print_archive_plan, print_local_plan
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.job_end import finish_without_report
from crawler.cli.job_scope import apply_scope
from crawler.cli.monitors import monitored
from crawler.cli.options import CommonOptions
from crawler.cli.steps import archive_steps, check_steps
from crawler.cli.steps.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.steps.local_archive_steps import archive_locally, save_refused_pages
from crawler.cli.stored_data import require_database
from crawler.cli.summary import describe_counts
from crawler.cli.targets import resolve_targets, whole_wikis
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.wacz_export import export_wacz
from crawler.config import LoadedConfig
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_dry_job, open_job
from store.work.runs import RunOutcome


def execute(
    common: CommonOptions,
    *,
    dry_run: bool,
    limit: int,
    destination: str | None,
    wacz_file: Path | None,
    find_moved: bool,
    deadline: float | None,
    metrics: str | None,
    wiki_names: tuple[str, ...],
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.archive`.

    Returns:
        The exit code.

    Raises:
        CommandFailed: Options exclude each other, a dry run has no database, or the job failed.
    """
    terminal = TerminalOutput(common)
    loaded = common.load()
    if wacz_file is not None:
        export_wacz(loaded, wacz_file, terminal)
        return ExitCode.OK
    if destination and find_moved:
        raise CommandFailed(
            "--find-moved needs archives, --to local uses none: use only one of them"
        )
    if dry_run:
        _print_plan(loaded, terminal, destination, limit, wiki_names, find_moved=find_moved)
        return ExitCode.OK
    targets = resolve_targets(loaded, wiki_names)
    with (
        open_job(
            loaded,
            "archive",
            wikis=whole_wikis(targets, wiki_names),
            seconds=common.seconds_left(deadline),
        ) as job,
        monitored(job, "archive", terminal, metrics=metrics),
    ):
        apply_scope(job, targets, wiki_names, terminal)

        async def run_steps(crawls: CrawlRunner) -> None:
            drain_on_signals(job, terminal)
            stop_in_time(job, common, deadline)
            if destination:
                with check_steps.isolated_step(job, "saving local copies"):
                    await archive_locally(crawls, job, terminal, limit=limit)
            else:
                await _query_archives(crawls, job, terminal, limit=limit, find_moved=find_moved)

        run_crawls(run_steps)
    if job.counts:
        terminal.note(describe_counts(job))
    return finish_without_report(job, terminal)


def _print_plan(
    loaded: LoadedConfig,
    terminal: TerminalOutput,
    destination: str | None,
    limit: int,
    wiki_names: tuple[str, ...],
    *,
    find_moved: bool,
) -> None:
    """Print what would be done, without changing the database."""
    require_database(loaded)
    with open_dry_job(loaded) as job:
        apply_scope(job, resolve_targets(loaded, wiki_names), wiki_names, terminal)
        if destination:
            print_local_plan(job, limit=limit)
        else:
            print_archive_plan(job, limit=limit, find_moved=find_moved)


async def _query_archives(
    crawls: CrawlRunner, job: Job, terminal: TerminalOutput, *, limit: int, find_moved: bool
) -> None:
    """Run the steps that need archives. If no archive can be reached, the job fails."""
    with check_steps.isolated_step(job, "archiving"):
        is_reached = await archive_steps.archive_links(crawls, job, terminal, limit=limit)
        if not is_reached:
            setting = "archives.proxy" if job.archive_proxy.is_unreachable else "network.proxy"
            job.stop.request(
                RunOutcome.NETWORK_DOWN,
                "cannot reach the archive, nothing was requested: "
                f"check the connection or {setting}, then run again",
            )
    with check_steps.isolated_step(job, "saving pages that archives may not copy"):
        await save_refused_pages(crawls, job, terminal)
    if find_moved:
        with check_steps.isolated_step(job, "searching"):
            await archive_steps.find_moved(crawls, job, terminal, limit=limit)
    with check_steps.isolated_step(job, "checking parts"):
        await archive_steps.check_parts(crawls, job, terminal)
    with check_steps.isolated_step(job, "comparing"):
        await archive_steps.compare_pages(crawls, job, terminal)
