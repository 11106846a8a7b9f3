"""`holdfast worker`: one of many hands on one PostgreSQL."""

from __future__ import annotations

import click

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, common_options, deadline_option, metrics_option
from crawler.cli.text_format import pluralize


@click.command(
    epilog="""\b
Examples:
  holdfast worker                        take jobs until stopped
  holdfast worker --plan '0 * * * *'     and plan at every full hour
  holdfast worker --once --deadline 6h   until nothing is left, six hours at most
"""
)
@click.option(
    "--plan",
    "cron",
    metavar="CRON",
    help="Plan at these times too: five fields as in a crontab, UTC.",
)
@click.option("--once", is_flag=True, help="End when nothing is left in the queue.")
@deadline_option
@metrics_option
@common_options
def command(
    common: CommonOptions, cron: str | None, once: bool, deadline: float | None, metrics: str | None
) -> ExitCode:
    """Take what is planned from the queue and do it: many hosts at once, together with all other workers.

    Any number of workers may share a PostgreSQL; no host is asked by two of them. `holdfast plan` fills the queue.
    """
    from crawler.cli.crawl_runner import CrawlRunner, drain_on_signals, run_crawls  # noqa: PLC0415
    from crawler.cli.fleet_database import opened_fleet  # noqa: PLC0415  Scrapy takes longer to import than a wrong option to notice
    from crawler.cli.monitors import monitored  # noqa: PLC0415
    from crawler.cli.summary import describe_counts, show_internal_errors  # noqa: PLC0415
    from crawler.jobs.job import open_job  # noqa: PLC0415
    from store.work.lease_owners import short_owner_name  # noqa: PLC0415
    from store.work.runs import RunOutcome  # noqa: PLC0415

    screen = TerminalOutput(common)
    loaded = common.load()
    with opened_fleet(loaded) as database:
        from crawler.fleet.planner import is_cron  # noqa: PLC0415  needs the extra
        from crawler.fleet.spider import WorkerSpider  # noqa: PLC0415

        if cron and not is_cron(cron):
            raise CommandFailed(
                f"--plan {cron!r} names no times: write five fields as in a crontab, such as '0 * * * *'"
            )
        with (
            open_job(loaded, "worker", database=database, waits_for_database=True) as job,
            monitored(job, "worker", screen, metrics=metrics),
        ):

            async def work(crawls: CrawlRunner) -> None:
                drain_on_signals(job, screen)
                job.stop_within(common.seconds_left(deadline))
                screen.note(
                    f"{short_owner_name(job.owner)} takes jobs from {database.url}, {job.config.network.concurrency} at once"
                )
                await crawls.crawl(WorkerSpider, job, cron=cron, once=once)

            run_crawls(work)
        screen.note(f"{pluralize(job.counts['host:worked'], 'host')}: {describe_counts(job)}")
        show_internal_errors(job, screen)
        if job.stop.outcome is RunOutcome.FAILED:
            raise CommandFailed(job.stop.detail, ExitCode.FAILED)
        if job.stop.detail:
            screen.note(job.stop.detail)
    return ExitCode.OK
