"""Run `holdfast demo`: run all steps on a small wiki against simulated servers, over seven days."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import as_file
from pathlib import Path
from typing import Any

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.report.output import open_report, write_reports
from crawler.cli.steps import archive_steps, check_steps
from crawler.cli.steps.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.steps.scan_steps import scan
from crawler.cli.summary import closing_line, describe_counts, show_summary
from crawler.cli.terminal.console import TerminalOutput
from crawler.config import FILE_NAME, load_config
from crawler.demo.scenario import PROBE_TIMES, START, run_demo_servers, wiki_folder
from crawler.jobs.clock import ManualClock
from crawler.jobs.lifecycle import open_job
from reports.findings.outline import outline_of
from reports.formats import ReportFormat
from store.work.frontier import DueFilter

_FORMATS = (ReportFormat.HTML, ReportFormat.MARKDOWN, ReportFormat.JSONL)
_MARKER_FILE = ".made-by-holdfast-demo"
_CONFIGURATION = """\
# Configuration of the demo. Its servers stop when it ends; the database and the report stay.
pages = ["wiki"]

[network]
contact = "mailto:demo@wiki.example"

[hosts."*"]
interval = 0.0      # loopback needs no pauses; the default is 1 second
timeout = 5
retry_wait = 0.05

[archives.wayback]
lookups_per_minute = 6000
captures_per_minute = 6000
replays_per_minute = 6000
"""


def execute(common: CommonOptions, *, folder: Path) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.demo`."""
    terminal = TerminalOutput(common)
    quiet = TerminalOutput(replace(common, verbosity=min(common.verbosity, -1)))
    _prepare(folder)
    clock = ManualClock(START)
    terminal.note(
        f"wiki in {folder / 'wiki'}, with a simulated web and archive on this machine; "
        "seven days pass on a simulated clock:"
    )

    async def run_week(crawls: CrawlRunner) -> None:
        async with run_demo_servers(clock) as servers:
            overrides = {"archives.capture": True, **_flatten(servers.settings())}
            for offset in PROBE_TIMES:
                clock.move_to(START + offset)
                loaded = load_config(folder / FILE_NAME, environment={}, overrides=overrides)
                with open_job(loaded, "run", clock=clock) as job:
                    drain_on_signals(job, terminal)
                    scan(job, loaded, (), quiet)
                    await check_steps.check_links(crawls, job, DueFilter(now=clock()), quiet)
                    await archive_steps.archive_links(crawls, job, quiet, limit=100)
                terminal.note(f"  {clock():%a %d %b %H:%M}  {describe_counts(job)}")
                if job.stop:
                    return

    run_crawls(run_week)
    loaded = load_config(folder / FILE_NAME, environment={})
    # Changes of the whole week count as new.
    with open_report(loaded, clock=clock, since=1) as report:
        report_files = write_reports(report, _FORMATS, folder)
        show_summary(terminal.console, report)
        actions = outline_of(report).actions
    for path in report_files:
        terminal.note(f"report: {path}")
    terminal.note(closing_line(report_files, actions))
    terminal.note(f"to run commands on this wiki, go to its folder: cd {shlex.quote(str(folder))}")
    return ExitCode.OK


def _prepare(folder: Path) -> None:
    """Create the folder with the wiki and its configuration; replace that of an earlier demo.

    Raises:
        CommandFailed: The folder is not empty and no folder of a demo, or cannot be written.
    """
    is_in_use = folder.exists() and any(folder.iterdir()) and not (folder / _MARKER_FILE).exists()
    if is_in_use:
        raise CommandFailed(
            f"{folder} is not empty and not of an earlier demo: use another folder with --folder"
        )
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / _MARKER_FILE).touch()
        (folder / FILE_NAME).write_text(_CONFIGURATION, encoding="utf-8")
        with as_file(wiki_folder()) as pages:
            shutil.copytree(pages, folder / "wiki")
    except OSError as error:
        raise CommandFailed(
            f"cannot write {folder} ({error.strerror}): use another folder with --folder"
        ) from error


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings by dotted keys. The value of `connect_to` stays a mapping."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping) and name != "connect_to":
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat
