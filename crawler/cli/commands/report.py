"""`holdfast report`: what was found, in any number of formats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, common_options, wiki_option
from crawler.cli.report_output import (
    fail_on_option,
    format_option,
    lang_option,
    language_of,
    output_option,
    place_of_reports,
    report_of,
    write_reports,
)
from crawler.config import LoadedConfig
from reports.model import GroupBy, Report
from reports.site import SiteFolderError, write_site, write_wikis
from reports.threshold import FailOn
from store.schema.engine import open_database
from store.work.runs import find_run, last_checking_run


@click.command(
    epilog="""\b
Examples:
  holdfast report                                     to the terminal
  holdfast report --format html --output report.html
  holdfast report --format markdown,jsonl --output out
  holdfast report --only-new --since 2026-03-01
  holdfast report --group-by page                     page by page, for mending
  holdfast report --site public                       many pages, for tens of thousands of links
"""
)
@format_option("markdown")
@output_option
@lang_option
@click.option(
    "--since",
    metavar="RUN|DATE|all",
    help="New is what changed since this run, or since this day, or ever (default: the run before the last).",
)
@click.option("--only-new", is_flag=True, help="Only what changed since then.")
@click.option(
    "--group-by",
    type=click.Choice([word.value for word in GroupBy]),
    help="What links are put together by, where the format has groups.",
)
@click.option(
    "--site",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write a site instead: a page for each wiki page, host and link.",
)
@fail_on_option
@wiki_option
@common_options
def command(
    common: CommonOptions,
    formats: list[str],
    output: Path | None,
    lang: str | None,
    since: str | None,
    only_new: bool,
    group_by: str | None,
    site: Path | None,
    fail_on: str,
    names: tuple[str, ...],
) -> ExitCode:
    """Tell what is broken, on which page and line, since when, and which mirror could stand in."""
    screen = TerminalOutput(common)
    wikis = common.load().wikis(names)
    exceeded = False
    told: dict[str, Any] = {
        "only_new": only_new,
        "group_by": GroupBy(group_by) if group_by else None,
        "lang": lang,
    }
    for wiki in wikis:
        target = place_of_reports(wiki, output, several=len(wikis) > 1, formats=formats)
        with report_of(wiki, since=_run_id(wiki, since) if since else None, **told) as report:
            if site:
                _write_site(report, _place_of_site(wiki, site, several=len(wikis) > 1))
            else:
                for path in write_reports(report, formats, target):
                    screen.note(f"report: {path}")
            exceeded |= FailOn(fail_on).exceeded(report)
    if site:
        screen.note(f"report: {_front_page(wikis, site, lang)}")
    return ExitCode.FINDINGS if exceeded else ExitCode.OK


def write_sites(wikis: Sequence[LoadedConfig], folder: Path, *, lang: str | None = None) -> None:
    """Write the site of each wiki, and a page that leads to them if there are several. Raises Failure."""
    for wiki in wikis:
        with report_of(wiki, lang=lang) as report:
            _write_site(report, _place_of_site(wiki, folder, several=len(wikis) > 1))
    _front_page(wikis, folder, lang)


def _place_of_site(wiki: LoadedConfig, folder: Path, *, several: bool) -> Path:
    return folder / wiki.config.wiki if several else folder


def _front_page(wikis: Sequence[LoadedConfig], folder: Path, lang: str | None) -> Path:
    if len(wikis) == 1:
        return folder / "index.html"
    return write_wikis([wiki.config.wiki for wiki in wikis], folder, language_of(wikis[0], lang))


def _write_site(report: Report, folder: Path) -> None:
    try:
        write_site(report, folder)
    except SiteFolderError as error:
        raise CommandFailed(str(error)) from error
    except OSError as error:
        raise CommandFailed(
            f"{folder} cannot be written: {error.strerror}", ExitCode.FAILED
        ) from error


def _run_id(wiki: LoadedConfig, since: str) -> int:
    """Find the run a person means: its number, or the last one that had ended by a day's beginning. 0: before the first."""
    if since == "all":
        return 0
    database = open_database(wiki.database_url)
    try:
        with database.read() as connection:
            if since.isdigit() and len(since) < 8:
                if find_run(connection, int(since)) is None:
                    raise CommandFailed(f"there is no run {since}")
                return int(since)
            run = last_checking_run(connection, wiki=wiki.config.wiki, ended_by=_moment(since))
            return run.id if run else 0
    finally:
        database.close()


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CommandFailed(
            f"{text!r} is neither a run's number nor a day nor all; write for example 2026-03-01"
        ) from error
