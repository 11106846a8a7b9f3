"""Do `holdfast check`: probe links that are due, or given URLs."""

from __future__ import annotations

from crawler.cli import steps
from crawler.cli.console import TerminalOutput
from crawler.cli.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.ending_time import ending_seconds
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.job_ending import finish
from crawler.cli.job_scope import apply_scope
from crawler.cli.local_archive import complete_local_captures
from crawler.cli.monitors import monitored
from crawler.cli.options import CommonOptions
from crawler.cli.targets import resolve_targets, whole_wikis
from crawler.http.urls import is_external
from crawler.jobs.lifecycle import open_job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.scan.ingest import register_urls
from store.work.frontier import DueFilter


def execute(
    common: CommonOptions,
    *,
    urls: tuple[str, ...],
    ignore_schedule: bool,
    hosts: tuple[str, ...],
    limit: int | None,
    deadline: float | None,
    metrics: str | None,
    fail_on: str,
    wiki_names: tuple[str, ...],
    changed_since: str | None,
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.check`.

    Returns:
        The exit code.

    Raises:
        CommandFailed: An argument is no URL, or the job failed.
    """
    terminal = TerminalOutput(common)
    for url in urls:
        if not is_external(url):
            raise CommandFailed(
                f"{url!r} is no http or https URL: to check the links of pages, use holdfast run"
            )
    loaded = common.load()
    targets = resolve_targets(loaded, wiki_names, changed_since=changed_since)
    with (
        open_job(loaded, "check", wikis=whole_wikis(targets, wiki_names)) as job,
        monitored(job, "check", terminal, metrics=metrics),
    ):
        job.budget = ProbeBudget(limit)
        apply_scope(job, targets, wiki_names, terminal)
        ids = register_urls(job, urls)
        wanted = DueFilter(
            now=job.clock(),
            ignore_schedule=ignore_schedule,
            hosts=hosts,
            ids=tuple(ids),
            scope=job.scope,
        )

        async def run_steps(crawls: CrawlRunner) -> None:
            drain_on_signals(job, terminal)
            ending = ending_seconds(job, common)
            job.stop_within(common.seconds_left(deadline), shutdown_seconds=ending)
            on_probe = steps.print_verdict if urls else None
            with steps.isolated_step(job, "checking"):
                await steps.check_links(crawls, job, wanted, terminal, on_probe=on_probe)
            with steps.isolated_step(job, "saving local copies"):
                await complete_local_captures(crawls, job, terminal)

        run_crawls(run_steps)
    return finish(job, terminal, targets=targets, fail_on=fail_on)
