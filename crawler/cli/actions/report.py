"""Run `holdfast report`: write reports or a website from the stored results."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from crawler.cli import lazy_imports
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.report.output import open_report, report_path, write_reports
from crawler.cli.stored_data import require_database
from crawler.cli.terminal.console import TerminalOutput
from crawler.config import LoadedConfig
from crawler.jobs.configured_database import open_configured_database
from reports.model import GroupBy
from reports.threshold import FailOn
from store.work.runs import find_run, last_checking_run

_MAX_RUN_DIGITS = 7  # longer numbers are dates such as 20260301


def execute(
    common: CommonOptions,
    *,
    formats: list[str],
    output: Path | None,
    lang: str | None,
    since: str | None,
    only_new: bool,
    group_by: str | None,
    site: Path | None,
    fail_on: str,
    wiki_names: tuple[str, ...],
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.report`."""
    if site and output:
        raise CommandFailed(
            f"--site {site} and --output {output} cannot be used together: "
            "--site names the folder of the website, so leave out --output"
        )
    terminal = TerminalOutput(common)
    loaded = common.load_as_written()
    wikis = loaded.wikis(wiki_names)
    require_database(loaded)
    several = len(wikis) > 1
    grouping = GroupBy(group_by) if group_by else None
    exceeded = False
    for wiki in wikis:
        path = report_path(wiki, output, several=several, formats=formats)
        since_run = _run_id(wiki, since) if since else None
        with open_report(
            wiki, lang=lang, since=since_run, only_new=only_new, group_by=grouping
        ) as report:
            if site:
                lazy_imports.write_wiki_site(report, wiki, site, several=several)
            else:
                for written in write_reports(report, formats, path):
                    terminal.note(f"report: {written}")
            exceeded |= FailOn(fail_on).exceeded(report)
    if site:
        terminal.note(f"report: {lazy_imports.write_index(wikis, site, lang)}")
    return ExitCode.FINDINGS if exceeded else ExitCode.OK


def _run_id(wiki: LoadedConfig, since: str) -> int:
    """Return the id of the run that --since names by its number or by a date.

    Returns:
        The run's number, or the last run that had ended at the date; 0 for `all`, or if none had.

    Raises:
        CommandFailed: There is no such run, or the value is invalid.
    """
    if since == "all":
        return 0
    database = open_configured_database(wiki)
    try:
        with database.read() as connection:
            if since.isdigit() and len(since) <= _MAX_RUN_DIGITS:
                if find_run(connection, int(since)) is None:
                    raise CommandFailed(f"no run {since}: holdfast status lists the last runs")
                return int(since)
            run = last_checking_run(connection, wiki=wiki.config.wiki, ended_by=_parse_date(since))
            return run.id if run else 0
    finally:
        database.close()


def _parse_date(text: str) -> datetime:
    """Return the moment of a date or time in ISO 8601. Raises CommandFailed."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CommandFailed(
            f"invalid --since {text!r}: use a run number, a date such as 2026-03-01, or all"
        ) from error
