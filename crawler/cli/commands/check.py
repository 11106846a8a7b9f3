"""`holdfast check`: probes only."""

from __future__ import annotations

import click

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import (
    CommonOptions,
    changed_option,
    common_options,
    deadline_option,
    metrics_option,
    wiki_option,
)
from crawler.cli.report_output import fail_on_option, finish


@click.command(
    epilog="""\b
Examples:
  holdfast check                             everything due
  holdfast check --host example.org --all    one host's links, due or not
  holdfast check https://example.org/a       this one, now, with the verdict printed
"""
)
@click.argument("urls", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Also what is not due.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Only links of this host; may be repeated.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N probes.")
@deadline_option
@metrics_option
@fail_on_option
@wiki_option
@changed_option
@common_options
def command(
    common: CommonOptions,
    urls: tuple[str, ...],
    everything: bool,
    hosts: tuple[str, ...],
    limit: int | None,
    deadline: float | None,
    metrics: str | None,
    fail_on: str,
    names: tuple[str, ...],
    revision: str | None,
) -> ExitCode:
    """Probe what is due, originals and mirrors alike; or just the URLS given, printing each verdict."""
    from crawler.cli import (
        local_archive,
        steps,
    )
    from crawler.cli.crawl_runner import CrawlRunner, drain_on_signals, run_crawls  # noqa: PLC0415
    from crawler.cli.ending_time import ending_seconds  # noqa: PLC0415
    from crawler.cli.monitors import monitored  # noqa: PLC0415
    from crawler.cli.targets import apply_scope, resolve_targets, whole_wikis  # noqa: PLC0415
    from crawler.http.urls import is_external  # noqa: PLC0415
    from crawler.jobs.job import ProbeBudget, open_job  # noqa: PLC0415
    from crawler.scan.ingest import register_urls  # noqa: PLC0415
    from store.work.frontier import DueFilter  # noqa: PLC0415

    screen = TerminalOutput(common)
    if wrong := [url for url in urls if not is_external(url)]:
        raise CommandFailed(
            f"{wrong[0]!r} is no http or https address; to check pages, use holdfast run"
        )
    loaded = common.load()
    parts = resolve_targets(loaded, names, revision=revision)
    with (
        open_job(loaded, "check", wikis=whole_wikis(parts, names)) as job,
        monitored(job, "check", screen, metrics=metrics),
    ):
        job.budget = ProbeBudget(limit)
        apply_scope(job, parts, names, screen)
        ids = register_urls(job, urls)
        wanted = DueFilter(
            now=job.clock(), ignore_schedule=everything, hosts=hosts, ids=tuple(ids), scope=job.scope
        )

        async def work(crawls: CrawlRunner) -> None:
            drain_on_signals(job, screen)
            job.stop_within(common.seconds_left(deadline), shutdown_seconds=ending_seconds(job, common))
            with steps.isolated_step(job, "checking"):
                await steps.check_links(
                    crawls, job, wanted, screen, on_probe=steps.print_verdict if urls else None
                )
            with steps.isolated_step(job, "keeping local copies"):
                await local_archive.complete_copies(crawls, job, screen)

        run_crawls(work)
    return finish(job, screen, parts=parts, fail_on=fail_on)
