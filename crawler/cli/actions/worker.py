"""Run `holdfast worker`: take jobs from the queue of a fleet and run them."""

from __future__ import annotations

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.fleet_database import opened_fleet_database
from crawler.cli.monitors import monitored
from crawler.cli.options import CommonOptions
from crawler.cli.steps.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.summary import describe_counts, show_internal_errors
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import pluralize
from crawler.fleet.planner import is_cron
from crawler.fleet.spider import WorkerSpider
from crawler.jobs.lifecycle import open_job
from store.work.lease_owners import short_owner_name
from store.work.runs import RunOutcome


def execute(
    common: CommonOptions,
    *,
    cron: str | None,
    once: bool,
    deadline: float | None,
    metrics: str | None,
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.worker`.

    Returns:
        The exit code.

    Raises:
        CommandFailed: The crontab fields are invalid, or the worker failed.
    """
    terminal = TerminalOutput(common)
    loaded = common.load()
    with opened_fleet_database(loaded) as database:
        if cron and not is_cron(cron):
            raise CommandFailed(
                f"--plan: invalid crontab fields {cron!r}: use five fields, e.g. '0 * * * *'"
            )
        with (
            open_job(loaded, "worker", database=database, waits_for_database=True) as job,
            monitored(job, "worker", terminal, metrics=metrics),
        ):

            async def work(crawls: CrawlRunner) -> None:
                drain_on_signals(job, terminal)
                job.stop_within(common.seconds_left(deadline))
                terminal.note(
                    f"{short_owner_name(job.owner)} takes jobs from {database.url}, "
                    f"{job.config.network.concurrency} at a time"
                )
                await crawls.crawl(WorkerSpider, job, cron=cron, once=once)

            run_crawls(work)
        terminal.note(f"{pluralize(job.counts['host:worked'], 'host')}: {describe_counts(job)}")
        show_internal_errors(job, terminal)
        if job.stop.outcome is RunOutcome.FAILED:
            raise CommandFailed(job.stop.detail, ExitCode.FAILED)
        if job.stop.detail:
            terminal.note(job.stop.detail)
    return ExitCode.OK
