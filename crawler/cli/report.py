"""`holdfast report`: what was found, in any number of formats."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from crawler.cli.exits import Exit, Failure
from crawler.cli.options import Common, common_options
from crawler.cli.reporting import fail_on_option, format_option, lang_option, output_option, report_of, write_reports
from crawler.cli.screen import Screen
from reports.formats import ReportFormat
from reports.threshold import FailOn
from store.engine import open_database
from store.runs import find_run, last_checking_run


@click.command(
    epilog="""\b
Examples:
  holdfast report                                     to the terminal
  holdfast report --format html --output report.html
  holdfast report --format markdown,jsonl --output out
  holdfast report --only-new --since 2026-03-01
"""
)
@format_option("markdown")
@output_option
@lang_option
@click.option(
    "--since", metavar="RUN|DATE", help="New is what changed since this run, or since this day (default: the run before the last)."
)
@click.option("--only-new", is_flag=True, help="Only what changed since then.")
@fail_on_option
@common_options
def command(
    common: Common,
    formats: list[ReportFormat],
    output: Path | None,
    lang: str | None,
    since: str | None,
    only_new: bool,
    fail_on: str,
) -> Exit:
    """Tell what is broken, on which page and line, since when, and which mirror could stand in."""
    screen = Screen(common)
    loaded = common.load()
    with report_of(loaded, since=_run_id(loaded.database_url, since) if since else None, only_new=only_new, lang=lang) as report:
        for path in write_reports(report, formats, output):
            screen.note(f"report: {path}")
        return Exit.FINDINGS if FailOn(fail_on).exceeded(report) else Exit.OK


def _run_id(database_url: str, since: str) -> int:
    """Find the run a person means: its number, or the last one that had ended by a day's beginning. 0: before the first."""
    database = open_database(database_url)
    try:
        with database.read() as connection:
            if since.isdigit() and len(since) < 8:
                if find_run(connection, int(since)) is None:
                    raise Failure(f"there is no run {since}")
                return int(since)
            run = last_checking_run(connection, ended_by=_moment(since))
            return run.id if run else 0
    finally:
        database.close()


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Failure(f"{text!r} is neither a run's number nor a day; write for example 2026-03-01") from error
