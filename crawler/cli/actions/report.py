"""Run `holdfast report`: write reports or a website from the stored results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.report_output import open_report, report_language, report_path, write_reports
from crawler.cli.stored_data import require_database
from crawler.config import LoadedConfig
from reports.model import GroupBy, Report
from reports.site import SiteFolderError, write_site, write_wiki_index
from reports.threshold import FailOn
from store.files.temporary_folders import remove_leftover_folders
from store.schema.engine import open_database
from store.work.runs import find_run, last_checking_run

_LEFTOVER_SECONDS = 86_400.0  # no process writes a site for a day
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
                _write_site(report, _site_folder(wiki, site, several=several))
            else:
                for written in write_reports(report, formats, path):
                    terminal.note(f"report: {written}")
            exceeded |= FailOn(fail_on).exceeded(report)
    if site:
        terminal.note(f"report: {_write_front_page(wikis, site, lang)}")
    return ExitCode.FINDINGS if exceeded else ExitCode.OK


def write_sites(wikis: Sequence[LoadedConfig], folder: Path, *, lang: str | None = None) -> None:
    """Write the site of each wiki, and a page with links to them if there are several.

    Args:
        wikis: The configurations of the wikis.
        folder: Where to write.
        lang: Value of the option --lang.
    """
    for wiki in wikis:
        with open_report(wiki, lang=lang) as report:
            _write_site(report, _site_folder(wiki, folder, several=len(wikis) > 1))
    _write_front_page(wikis, folder, lang)


def _site_folder(wiki: LoadedConfig, folder: Path, *, several: bool) -> Path:
    return folder / wiki.config.wiki if several else folder


def _write_front_page(wikis: Sequence[LoadedConfig], folder: Path, lang: str | None) -> Path:
    """Return the front page of the site; with several wikis, write it as a list of them."""
    if len(wikis) == 1:
        return folder / "index.html"
    names = [wiki.config.wiki for wiki in wikis]
    return write_wiki_index(names, folder, report_language(wikis[0], lang))


def _write_site(report: Report, folder: Path) -> None:
    # Folders of killed processes. Another process may be writing a site now; its folder is younger.
    remove_leftover_folders(folder.parent, f".{folder.name}.", min_age=_LEFTOVER_SECONDS)
    try:
        write_site(report, folder)
    except SiteFolderError as error:
        raise CommandFailed(str(error)) from error
    except OSError as error:
        raise CommandFailed(
            f"cannot write {folder}: {error.strerror}: use another folder with --site",
            ExitCode.FAILED,
        ) from error


def _run_id(wiki: LoadedConfig, since: str) -> int:
    """Return the id of the run that --since names by its number or by a date.

    Returns:
        The run's number, or the last run that had ended at the date; 0 for `all`, or if none had.

    Raises:
        CommandFailed: There is no such run, or the value is invalid.
    """
    if since == "all":
        return 0
    database = open_database(wiki.database_url)
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
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CommandFailed(
            f"invalid --since {text!r}: use a run number, a date such as 2026-03-01, or all"
        ) from error
