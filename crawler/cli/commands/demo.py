"""`holdfast demo`: the whole job, offline, seven days in seconds."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import click

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, common_options
from crawler.cli.report_output import report_of, write_reports
from crawler.cli.summary import describe_counts, show_summary
from crawler.config import FILE_NAME, load_config
from crawler.demo.scenario import PROBE_TIMES, START, run_demo_servers, wiki
from crawler.jobs.clock import ManualClock
from reports.formats import ReportFormat
from store.work.frontier import DueFilter

_FORMATS = (ReportFormat.HTML, ReportFormat.MARKDOWN, ReportFormat.JSONL)
_MARK = ".made-by-holdfast-demo"
_CONFIGURATION = """\
# The demo's configuration. Its web and its archive are gone when it ends; its database and report stay.
pages = ["wiki"]

[network]
contact = "mailto:demo@wiki.example"

[hosts."*"]
interval = 0.0      # on loopback nobody minds; the default is 1 second
timeout = 5
retry_wait = 0.05

[archives.wayback]
lookups_per_minute = 6000
captures_per_minute = 6000
replays_per_minute = 6000
"""


@click.command(
    epilog="""\b
Examples:
  holdfast demo                    into ./holdfast-demo
  holdfast demo --folder /tmp/d    elsewhere
"""
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("holdfast-demo"),
    show_default=True,
    help="Where the demo's wiki and report go.",
)
@common_options
def command(common: CommonOptions, folder: Path) -> ExitCode:
    """Show the whole job on a small wiki, against a web and an archive of its own on loopback.

    Nothing outside this machine is asked, no keys are needed. The clock is moved over seven days, so that links have time to be confirmed
    broken. The wiki, the database and the report stay in the folder, for a look around.
    """
    from crawler.cli import steps  # noqa: PLC0415  Scrapy takes longer to import than a wrong option to notice
    from crawler.cli.crawl_runner import CrawlRunner, drain_on_signals, run_crawls  # noqa: PLC0415
    from crawler.cli.scan_steps import scan  # noqa: PLC0415
    from crawler.jobs.job import open_job  # noqa: PLC0415

    screen = TerminalOutput(common)
    hushed = TerminalOutput(replace(common, verbosity=min(common.verbosity, -1)))
    folder = _prepare(folder)
    clock = ManualClock(START)
    screen.note(f"A wiki in {folder / 'wiki'}, its web and its archive on loopback; a week passes:")

    async def week(crawls: CrawlRunner) -> None:
        async with run_demo_servers(clock) as stage:
            for passed in PROBE_TIMES:
                clock.move_to(START + passed)
                loaded = load_config(
                    folder / FILE_NAME,
                    environment={},
                    overrides={"archives.capture": True, **_dotted(stage.settings())},
                )
                with open_job(loaded, "run", clock=clock) as job:
                    drain_on_signals(job, screen)
                    scan(job, loaded, (), hushed)
                    await steps.check_links(crawls, job, DueFilter(now=clock()), hushed)
                    await steps.archive_links(crawls, job, hushed, limit=100)
                screen.note(f"  {clock():%a %d %b %H:%M}  {describe_counts(job)}")
                if job.stop:
                    return

    run_crawls(week)
    loaded = load_config(folder / FILE_NAME, environment={})
    with report_of(loaded, clock=clock, since=1) as report:  # new is what changed in the whole week
        written = write_reports(report, _FORMATS, folder)
        show_summary(screen.console, report)
    for path in written:
        screen.note(f"report: {path}")
    return ExitCode.OK


def _prepare(folder: Path) -> Path:
    """Make the folder anew. One that an earlier demo did not make is left alone."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise CommandFailed(
            f"{folder} is not empty and no earlier demo made it: name another with --folder"
        )
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / _MARK).touch()
        (folder / FILE_NAME).write_text(_CONFIGURATION, encoding="utf-8")
        with as_file(wiki()) as pages:
            shutil.copytree(pages, folder / "wiki")
    except OSError as error:
        raise CommandFailed(
            f"{folder} cannot be written ({error.strerror}): name another with --folder"
        ) from error
    return folder


def _dotted(settings: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Flatten nested settings as far as sections go: what lies below a section's key is its value."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping) and name != "connect_to":
            flat |= _dotted(value, f"{above}{name}.")
        else:
            flat[above + name] = value
    return flat
