"""`holdfast archive`: mirrors only."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, common_options, deadline_option, metrics_option, wiki_option
from crawler.cli.report_output import finish


@click.command(
    epilog="""\b
Examples:
  holdfast archive --dry-run      what would be looked up and captured
  holdfast archive --limit 50     some of it
  holdfast archive --find-moved   and where pages that are broken for good may have moved to
  holdfast archive --to local     keep copies on your own disk, asking no archive
  holdfast archive --wacz wiki.wacz    what is kept there, in one file
"""
)
@click.option("--dry-run", is_flag=True, help="Say what would be asked, and ask nothing.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="At most so many look-ups, captures, searches.",
)
@click.option(
    "--to",
    "service",
    type=click.Choice(["local"]),
    help="Ask no archive: keep copies of living links on your own disk.",
)
@click.option(
    "--wacz",
    "package",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Ask nothing: pack what is kept there.",
)
@click.option(
    "--find-moved",
    is_flag=True,
    help="Look for the new addresses of links that are broken for good, too.",
)
@deadline_option
@metrics_option
@wiki_option
@common_options
def command(
    common: CommonOptions,
    dry_run: bool,
    limit: int,
    service: str | None,
    package: Path | None,
    find_moved: bool,
    deadline: float | None,
    metrics: str | None,
    names: tuple[str, ...],
) -> ExitCode:
    """Find the mirror nearest the access date for links that have none, and request new ones.

    Archives are asked to publish copies only with keys, or with `capture = true` under [archives].
    """
    from crawler.cli import (
        local_archive,
        steps,
    )
    from crawler.cli.crawl_runner import CrawlRunner, drain_on_signals, run_crawls  # noqa: PLC0415
    from crawler.cli.ending_time import ending_seconds  # noqa: PLC0415
    from crawler.cli.monitors import monitored  # noqa: PLC0415
    from crawler.cli.targets import apply_scope, resolve_targets, whole_wikis  # noqa: PLC0415
    from crawler.jobs.job import open_job  # noqa: PLC0415
    from store.work.runs import RunOutcome  # noqa: PLC0415

    screen = TerminalOutput(common)
    loaded = common.load()
    if package is not None:
        local_archive.pack_archive(loaded, package, screen)
        return ExitCode.OK
    if service and find_moved:
        raise CommandFailed("--find-moved asks archives, --to local asks none: name one of them")
    parts = resolve_targets(loaded, names)
    with (
        open_job(loaded, "archive", wikis=whole_wikis(parts, names)) as job,
        monitored(job, "archive", screen, metrics=metrics),
    ):
        apply_scope(job, parts, names, screen)
        if dry_run and service:
            local_archive.print_local_plan(job, limit=limit)
            return ExitCode.OK
        if dry_run:
            steps.print_archive_plan(job, limit=limit, find_moved=find_moved)
            return ExitCode.OK

        async def work(crawls: CrawlRunner) -> None:
            drain_on_signals(job, screen)
            job.stop_within(common.seconds_left(deadline), shutdown_seconds=ending_seconds(job, common))
            if service:
                with steps.isolated_step(job, "keeping local copies"):
                    await local_archive.archive_locally(crawls, job, screen, limit=limit)
                return
            with steps.isolated_step(job, "archiving"):
                if not await steps.archive_links(crawls, job, screen, limit=limit):
                    job.stop.request(
                        RunOutcome.NETWORK_DOWN,
                        "the archive could not be reached: nothing was asked",
                    )
            if find_moved:
                with steps.isolated_step(job, "searching"):
                    await steps.find_moved(crawls, job, screen, limit=limit)
            with steps.isolated_step(job, "comparing"):
                await steps.compare_pages(crawls, job, screen)

        run_crawls(work)
    return finish(job, screen, parts=parts, fail_on="never", probed=False)
