"""Run `holdfast db check`: look for damage in the database and the local archive."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.archives.local_urls import parse_record_address
from crawler.cli.actions.db import opened_database
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.terminal.console import TerminalOutput, one_line
from crawler.cli.terminal.text_format import pluralize
from crawler.local_archive.fsck import check_archive
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from store.errors import DatabaseDamaged
from store.maintenance.integrity import check_database
from store.schema.engine import Database
from store.vocabulary import LOCAL, MirrorAddress
from store.work.archives.local_mirrors import local_mirrors


def execute(common: CommonOptions) -> ExitCode:
    """Print the damage that was found, one place a line.

    Args:
        common: The common options.

    Returns:
        The exit code.

    Raises:
        CommandFailed: Damage was found.
    """
    terminal = TerminalOutput(common)
    layout = ArchiveLayout(common.load_as_written().local_archive)
    try:
        with opened_database(common) as database:
            damaged_rows = _print_database_damage(database)
            damaged_records, unfinished = _print_archive_damage(database, layout)
    except DatabaseDamaged as error:
        raise CommandFailed(str(error), ExitCode.FAILED) from error
    if damaged_rows:
        raise CommandFailed(
            f"{database.url} is damaged ({pluralize(damaged_rows, 'place')} or more): "
            "restore a backup, or save what is readable with holdfast db export",
            ExitCode.FAILED,
        )
    terminal.note(f"{database.url}: no damage found")
    if damaged_records:
        raise CommandFailed(
            f"the archive in {layout.path} is damaged ({pluralize(damaged_records, 'place')}): "
            "restore these files from a backup",
            ExitCode.FAILED,
        )
    if unfinished:
        terminal.note(
            f"{layout.path}: no damage found, but a write was interrupted: the next "
            "holdfast archive --to local completes it, nothing is lost"
        )
    elif layout.exists():
        terminal.note(f"{layout.path}: no damage found")
    return ExitCode.OK


def _print_database_damage(database: Database) -> int:
    """Print the damage in the database, and return how many places are damaged."""
    damaged = 0
    for defect in check_database(database):
        damaged += 1
        parts = filter(None, (defect.kind, defect.where, defect.detail))
        print(one_line(": ".join(parts)))
    return damaged


def _print_archive_damage(database: Database, layout: ArchiveLayout) -> tuple[int, int]:
    """Print what is wrong with the local archive, and with the database's references to it.

    Returns:
        How many places are damaged, and how many an interrupted write left unfinished.
    """
    damaged = unfinished = 0
    for defect in check_archive(layout):
        if defect.is_repairable:
            unfinished += 1
        else:
            damaged += 1
        place = "" if defect.offset is None else f"byte {defect.offset}: "
        print(one_line(f"archive: {defect.filename}: {place}{defect.detail}"))
    for key in _missing_records(database, layout):
        damaged += 1
        print(one_line(f"archive: {key}: the database has this capture, the archive does not"))
    return damaged, unfinished


def _missing_records(database: Database, layout: ArchiveLayout) -> Iterator[str]:
    """Yield the keys of captures in the database that have no record in the archive."""
    after = 0
    while True:
        with database.read() as connection:
            mirrors = local_mirrors(connection, LOCAL, after=after)
        if not mirrors:
            return
        for mirror in mirrors:
            address = parse_record_address(mirror.key)
            if address is None or not _has_record(layout, address):
                yield mirror.key
        after = mirrors[-1].link_id


def _has_record(layout: ArchiveLayout, address: MirrorAddress) -> bool:
    """Return whether the archive has a readable record of a capture."""
    try:
        layout.find(address.original or "", address.timestamp)
    except RecordDamaged:
        return False
    return True
