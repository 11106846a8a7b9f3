"""Build reports from the store and write them to files or standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from math import inf
from pathlib import Path

from crawler.archives import service_trust
from crawler.cli.acknowledgements import acknowledged_ids
from crawler.cli.exit_codes import CommandFailed
from crawler.cli.fix.copy_plans import read_leave_progress, returned_originals
from crawler.cli.lazy_imports import own_sites, plan_repairs
from crawler.cli.output_file import (
    names_file,
    require_folder,
    why_not_writable_output,
    write_file,
)
from crawler.cli.report.language import report_language
from crawler.config import LoadedConfig
from crawler.git import folder_in_repository, source_template
from crawler.jobs.clock import Clock, system_clock
from crawler.jobs.configured_database import open_configured_database
from crawler.local_capture.replay_urls import update_replay_urls
from crawler.process.version import documentation_url
from reports.builder import build_report, paused_garbage_collection
from reports.formats import ReportFormat, get_format, render
from reports.model import GroupBy, Report
from reports.report_scope import ReportScope

# Formats whose reports can be concatenated.
_JOINABLE = frozenset(
    {ReportFormat.MARKDOWN, ReportFormat.JSONL, ReportFormat.GITHUB, ReportFormat.COMMENT}
)


@contextmanager
def open_report(
    wiki: LoadedConfig,
    *,
    clock: Clock = system_clock,
    lang: str | None = None,
    pages: frozenset[str] | None = None,
    run_id: int | None = None,
    since: int | None = None,
    only_new: bool = False,
    group_by: GroupBy | None = None,
    database_wait: float = inf,
) -> Iterator[Report]:
    """Open the store and build the report of a wiki. The report is valid inside the block.

    Args:
        wiki: The configuration of the wiki.
        clock: Returns the time of the report.
        lang: Value of the option --lang.
        pages: Paths of the pages to which the report is limited; None for all.
        run_id: The run it is about; None for the latest run that checked links and has ended.
        since: The run that "new" is measured against; None for the latest complete run before
            `run_id`, 0 to count all findings as new.
        only_new: Whether to leave out links whose state has not changed since then.
        group_by: How to group findings, in formats that can; None: they are not grouped.
        database_wait: How many seconds to wait for the database at most.

    Yields:
        The report; it reads from the database while it is rendered.
    """
    config = wiki.config
    trust = service_trust(wiki)
    database = open_configured_database(wiki, seconds=database_wait)
    try:
        update_replay_urls(database, config.archives.local.base_url)
        report_scope = ReportScope(
            wiki=config.wiki,
            folder_name=wiki.folder.name,
            source_url=config.report.source_url or source_template(wiki.folder),
            repository_folder=folder_in_repository(wiki.folder),
            docs_url=_docs_url(config.report.docs_url),
            lang=report_language(wiki, lang),
            less_trusted_services=trust.less_trusted_in_reports,
            distrusted_services=trust.distrusted,
            read_own_sites=cache(partial(own_sites, wiki)),
            read_leave_progress=lambda connection: read_leave_progress(connection, wiki),
            read_returned=lambda connection: returned_originals(connection, wiki),
            plan_fixes=lambda connection, acknowledged: plan_repairs(
                connection, wiki, acknowledged
            ),
            min_confidence=config.moves.min_confidence,
            now=clock(),
            pages=pages,
            run_id=run_id,
            since=since,
            only_new=only_new,
            group_by=group_by,
        )
        with database.read() as connection:
            acknowledged = acknowledged_ids(
                connection, wiki, today=report_scope.now.astimezone().date()
            )
            yield build_report(connection, replace(report_scope, acknowledged=acknowledged))
    finally:
        database.close()


def _docs_url(setting: str | None) -> str:
    return documentation_url() if setting is None else setting


def is_stdout(output: Path | None) -> bool:
    """Return whether reports go to standard output: without --output, or with `--output -`."""
    return output is None or str(output) == "-"


def report_path(
    wiki: LoadedConfig, output: Path | None, *, several: bool, formats: Sequence[str]
) -> Path | None:
    """Return where the reports of one wiki are written.

    Args:
        wiki: The configuration of the wiki.
        output: Value of the option --output.
        several: Whether several wikis are reported; each then gets a folder of its own.
        formats: The report formats.

    Returns:
        A file or a folder; None or `-` for standard output.

    Raises:
        CommandFailed: The reports of several wikis cannot be written to `output`.
    """
    if not several:
        return output
    if is_stdout(output):
        not_joinable = [name for name in formats if name not in _JOINABLE]
        if not_joinable:
            raise CommandFailed(
                f"several {not_joinable[0]} reports need a folder: "
                "use --output FOLDER, or choose one wiki with --wiki"
            )
        return output
    assert output is not None  # noqa: S101  see is_stdout
    if names_file(output, formats=len(formats)):
        raise CommandFailed(
            f"several wikis cannot share {output}: "
            "use --output FOLDER, or choose one wiki with --wiki"
        )
    return output / wiki.config.wiki


def write_reports(report: Report, formats: Sequence[str], output: Path | None) -> list[Path]:
    """Write a report in each format.

    Args:
        report: The report.
        formats: Names of the formats.
        output: A folder, or a file for one format; None or `-` for standard output (one format).

    Returns:
        The files written.

    Raises:
        CommandFailed: A file cannot be written, or several formats would go to standard output.
    """
    with paused_garbage_collection():
        if output is None or is_stdout(output):
            if len(formats) > 1:
                raise CommandFailed("several formats need a folder: use --output FOLDER")
            for name in formats:
                for chunk in render(report, name):
                    sys.stdout.write(chunk)
            return []
        _require_folder_for_formats(output, formats)
        if names_file(output, formats=len(formats)):
            return [_write(output, render(report, formats[0]))]
        paths = []
        for name in formats:
            path = output / f"report{get_format(name).suffix}"
            paths.append(_write(path, render(report, name)))
        return paths


def require_writable(output: Path, formats: Sequence[str]) -> None:
    """Check that reports can be written, before a run that may take hours.

    Args:
        output: A folder, or a file for one format; `-` for standard output.
        formats: Names of the formats.

    Raises:
        CommandFailed: They cannot be written.
    """
    if is_stdout(output):
        return
    _require_folder_for_formats(output, formats)
    if problem := why_not_writable_output(output, formats=len(formats)):
        raise CommandFailed(
            f"cannot write reports to {problem}: "
            "choose another folder with --output or report.output"
        )


def _require_folder_for_formats(output: Path, formats: Sequence[str]) -> None:
    require_folder(output, [f"report{get_format(name).suffix}" for name in formats])


def _write(path: Path, chunks: Iterator[str]) -> Path:
    return write_file(path, (chunk.encode() for chunk in chunks))
