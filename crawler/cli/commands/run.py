"""`holdfast run`: the job for cron."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import (
    CommonOptions,
    changed_option,
    common_options,
    deadline_option,
    metrics_option,
    wiki_option,
)
from crawler.cli.report_output import (
    fail_on_option,
    finish,
    format_option,
    lang_option,
    output_option,
)


@click.command(
    epilog="""\b
Examples:
  holdfast run docs                          everything that is due in the pages below docs/
  holdfast run --limit 500 --deadline 6h     a part of it, tonight
  holdfast run --fail-on never -q            for cron: speak only of trouble
  holdfast run --changed-since origin/main   for a pull request: the pages it changes
"""
)
@click.argument("pages", nargs=-1)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N probes.")
@click.option(
    "--lookups",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="At most so many look-ups, and captures.",
)
@deadline_option
@metrics_option
@format_option("markdown,jsonl")
@output_option
@lang_option
@fail_on_option
@wiki_option
@changed_option
@common_options
def command(
    common: CommonOptions,
    pages: tuple[str, ...],
    limit: int | None,
    lookups: int,
    deadline: float | None,
    metrics: str | None,
    formats: list[str],
    output: Path | None,
    lang: str | None,
    fail_on: str,
    names: tuple[str, ...],
    revision: str | None,
) -> ExitCode:
    """Scan the PAGES, probe what is due, look for mirrors, and report.

    PAGES are files, folders or globs; without any, those of the configuration, or else the working folder. What is not due is not asked:
    run it every night. Several wikis (--wiki) share their links, and each has a report of its own.
    """
    from crawler.cli import (
        local_archive,
        steps,
    )
    from crawler.cli.crawl_runner import CrawlRunner, drain_on_signals, run_crawls  # noqa: PLC0415
    from crawler.cli.ending_time import ending_seconds  # noqa: PLC0415
    from crawler.cli.monitors import monitored  # noqa: PLC0415
    from crawler.cli.scan_steps import crawl_sites, scan  # noqa: PLC0415
    from crawler.cli.targets import apply_scope, resolve_targets, whole_wikis  # noqa: PLC0415
    from crawler.jobs.job import ProbeBudget, open_job  # noqa: PLC0415
    from store.maintenance.upkeep import prune  # noqa: PLC0415
    from store.work.frontier import DueFilter  # noqa: PLC0415
    from store.work.runs import RunOutcome  # noqa: PLC0415

    screen = TerminalOutput(common)
    loaded = common.load()
    parts = resolve_targets(loaded, names, pages, revision=revision)
    with (
        open_job(loaded, "run", wikis=whole_wikis(parts, names)) as job,
        monitored(job, "run", screen, metrics=metrics),
    ):
        job.budget = ProbeBudget(limit)
        for part in parts:
            with steps.isolated_step(job, f"the scan of {part.name or 'the wiki'}"):
                scan(job, part.wiki, pages, screen)
        apply_scope(job, parts, names, screen)

        async def night(crawls: CrawlRunner) -> None:
            drain_on_signals(job, screen)
            ending = ending_seconds(job, common, formats=formats)
            job.stop_within(common.seconds_left(deadline), shutdown_seconds=ending)
            for part in parts:
                if part.pages is None:
                    with steps.isolated_step(job, "the crawl of published sites"):
                        await crawl_sites(crawls, job, part.wiki, pages, screen)
            with steps.isolated_step(job, "checking"):
                await steps.check_links(crawls, job, DueFilter(now=job.clock(), scope=job.scope), screen)
            with steps.isolated_step(job, "keeping local copies"):
                await local_archive.complete_copies(crawls, job, screen)
            with steps.isolated_step(job, "archiving"):
                await steps.archive_links(crawls, job, screen, limit=lookups)
            with steps.isolated_step(job, "comparing"):
                await steps.compare_pages(crawls, job, screen)

        run_crawls(night)
        if job.stop.outcome is not RunOutcome.FAILED:
            keep, late = timedelta(days=loaded.config.history.keep_probes_days), bool(job.stop)
            with steps.isolated_step(job, "pruning"):
                prune(
                    job.database, max_age=keep, now=job.clock(), should_stop=lambda: late
                )  # a step a night, at least
    return finish(
        job, screen, parts=parts, formats=formats, output=output, lang=lang, fail_on=fail_on
    )
