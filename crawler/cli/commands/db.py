"""`holdfast db …`: looking after the database."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import click

from crawler.archives.local_urls import parse_record_address
from crawler.cli.console import TerminalOutput, one_line
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, common_options
from crawler.cli.text_format import pluralize
from crawler.local_archive.fsck import check_archive
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from store.errors import DatabaseDamaged, ImportFailed
from store.maintenance import upkeep
from store.maintenance.export_import import export_lines, import_lines
from store.schema.engine import Database, open_database
from store.schema.upgrade import HEAD
from store.vocabulary import LOCAL
from store.work.local_mirrors import local_mirrors

_SHOWN = 50  # links that rejudging names without -v


@click.group(
    epilog="""\b
Examples:
  holdfast db info
  holdfast db export wiki.jsonl
  holdfast --db postgresql://user@host/name db import wiki.jsonl
  holdfast db rejudge               what today's rules would say of stored probes
"""
)
@common_options
def command() -> None:
    """Look after the database: upgrade, check, info, prune, export, import, rejudge."""


@command.command()
@common_options
def upgrade(common: CommonOptions) -> ExitCode:
    """Bring the schema up to date (every command but plan and worker does so by itself); an SQLite file is backed up first.

    On PostgreSQL, the queue of a fleet is made or upgraded too, if the extra `fleet` is installed.
    """
    screen = TerminalOutput(common)
    with _database(common) as database:
        screen.note(f"{database.url}: schema {HEAD}, up to date{_upgrade_queue(database)}")
    return ExitCode.OK


@command.command()
@common_options
def check(common: CommonOptions) -> ExitCode:
    """Look for damage: an unsound file, rows without what they refer to, states their history does not bear out; and in the local archive,
    records that are not whole or not where its index says.

    Exit code 1 if there is any. Nothing is changed.
    """
    screen = TerminalOutput(common)
    folder = ArchiveLayout(common.load().local_archive)
    try:
        with _database(common) as database:
            found = 0
            for damage in upkeep.check_database(database):
                found += 1
                print(
                    one_line(
                        ": ".join(
                            part for part in (damage.kind, damage.where, damage.detail) if part
                        )
                    )
                )
            flaws, unfinished = _check_archive(database, folder)
    except DatabaseDamaged as error:
        raise CommandFailed(str(error), ExitCode.FAILED) from error
    if found:
        raise CommandFailed(
            f"{database.url} is damaged in {found} places or more: restore a backup, or export what can be read",
            ExitCode.FAILED,
        )
    screen.note(f"{database.url} is sound")
    if flaws:
        raise CommandFailed(
            f"the archive in {folder.path} is damaged in {flaws} places: restore those files from a backup",
            ExitCode.FAILED,
        )
    if unfinished:
        screen.note(
            f"{folder.path} is sound but unfinished: the next holdfast archive --to local repairs that, nothing is lost"
        )
    elif folder.exists():
        screen.note(f"{folder.path} is sound")
    return ExitCode.OK


def _check_archive(database: Database, folder: ArchiveLayout) -> tuple[int, int]:
    """Print what is wrong with the local archive, and with what the database says of it.

    Returns:
        How much is damaged, and how much a writer that was stopped left unfinished.
    """
    found = unfinished = 0
    for flaw in check_archive(folder):
        unfinished += flaw.unfinished
        found += not flaw.unfinished
        place = "" if flaw.offset is None else f"byte {flaw.offset}: "
        print(one_line(f"archive: {flaw.filename}: {place}{flaw.detail}"))
    for key in _missing(database, folder):
        found += 1
        print(one_line(f"archive: {key}: a capture says so, and no such record is there"))
    return found, unfinished


def _missing(database: Database, folder: ArchiveLayout) -> Iterator[str]:
    after = 0
    while True:
        with database.read() as connection:
            mirrors = local_mirrors(connection, LOCAL, after=after)
        for mirror in mirrors:
            try:
                address = parse_record_address(mirror.key)
                folder.find(
                    address.original or "" if address else "", address.timestamp if address else ""
                )
            except RecordDamaged:
                yield mirror.key
        if not mirrors:
            return
        after = mirrors[-1].link_id


@command.command()
@common_options
def info(common: CommonOptions) -> ExitCode:
    """Say what is in the database, how large it is, and how far back its probes go."""
    with _database(common) as database:
        inventory = upkeep.read_inventory(database)
    print(f"database  {inventory.url}")
    print(f"schema    {inventory.revision}")
    print(f"size      {inventory.size_bytes / 1e6:,.1f} MB")
    if inventory.oldest_probe_at and inventory.newest_probe_at:
        print(
            f"probes    {inventory.oldest_probe_at:%Y-%m-%d} to {inventory.newest_probe_at:%Y-%m-%d}"
        )
    width = max(map(len, inventory.rows))
    for table, rows in inventory.rows.items():
        print(f"  {table:{width}}  {rows:12,}")
    return ExitCode.OK


@command.command()
@click.option(
    "--keep-days",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Instead of history.keep_probes_days.",
)
@common_options
def prune(common: CommonOptions, keep_days: int | None) -> ExitCode:
    """Delete raw probes older than history.keep_probes_days, but never a link's latest. Spans and states are kept for ever."""
    screen = TerminalOutput(common)
    days = keep_days or common.load().config.history.keep_probes_days
    now = datetime.now(UTC)
    with _database(common) as database:
        with database.read() as connection:
            old = upkeep.count_old_probes(connection, now - timedelta(days=days))
        with screen.progress("prune", old) as advance:

            def looked_at(probes: int) -> None:
                for _ in range(probes):
                    advance("")

            pruned = upkeep.prune(database, max_age=timedelta(days=days), now=now, on_step=looked_at)
    screen.note(
        f"{pluralize(pruned, 'probe')} older than {pluralize(days, 'day')} deleted; the spans stay"
    )
    return ExitCode.OK


@command.command("export")
@click.argument(
    "file",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    default="-",
)
@common_options
def export_(common: CommonOptions, file: Path) -> ExitCode:
    """Write the whole database as JSON Lines, to FILE or to standard output."""
    screen = TerminalOutput(common)
    with _database(common) as database:
        total = sum(upkeep.read_inventory(database).rows.values())
        with (
            database.read() as connection,
            _written(file) as stream,
            screen.progress("export", total) as advance,
        ):
            for line in export_lines(connection):
                stream.write(line)
                advance("")
    screen.note(f"{pluralize(total, 'row')} of {database.url} exported")
    return ExitCode.OK


@command.command("import")
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@common_options
def import_(common: CommonOptions, file: Path) -> ExitCode:
    """Read what `export` wrote (FILE, or - for standard input) into an empty database: all of it, or nothing."""
    screen = TerminalOutput(common)
    with _database(common) as database, _opened(file) as stream:
        try:
            with database.write() as connection:
                rows = import_lines(connection, stream)
        except ImportFailed as error:
            raise CommandFailed(f"{file}: {error}; nothing was imported") from error
    screen.note(f"{pluralize(rows, 'row')} imported into {database.url}")
    return ExitCode.OK


@command.command()
@click.option("--write", is_flag=True, help="Write it; without, it is only shown.")
@common_options
def rejudge(common: CommonOptions, write: bool) -> ExitCode:
    """Judge all stored probes by today's rules, and say which links would stand differently."""
    from crawler.politeness.url_filters import UrlFilters  # noqa: PLC0415
    from crawler.probing.stored_probes import rejudge as judge_all_again  # noqa: PLC0415  brings in Scrapy's part of the house

    screen = TerminalOutput(common)
    config = common.load().config
    policy, accepted = config.history.policy, UrlFilters.from_config(config).accepted_statuses
    totals: Counter[str] = Counter()
    with _database(common) as database:
        links = upkeep.read_inventory(database).rows["link"]
        with screen.progress("rejudge", links) as advance:
            for one in judge_all_again(database, policy, accepted, write=write):
                advance(one.url)
                totals["links"] += 1
                totals["probes"] += one.probes
                totals["rejudged"] += one.rejudged
                if one.state_changed:
                    totals["differ"] += 1
                    if screen.verbose or totals["differ"] <= _SHOWN:
                        before, after = one.before, one.after
                        print(
                            one_line(
                                f"{one.url}: {before.state}/{before.reason} -> {after.state}/{after.reason}"
                            )
                        )
    if totals["differ"] > _SHOWN and not screen.verbose:
        screen.note(f"… and {totals['differ'] - _SHOWN} more; -v shows all")
    verb = "stand" if write else "would stand"
    screen.note(
        f"{pluralize(totals['probes'], 'probe')} of {pluralize(totals['links'], 'link')} judged again: {pluralize(totals['rejudged'], 'other verdict')}, "
        f"{pluralize(totals['differ'], 'link')} {verb} differently{'' if write or not totals['rejudged'] + totals['differ'] else '; --write writes it'}"
    )
    return ExitCode.OK


def _upgrade_queue(database: Database) -> str:
    if database.engine.dialect.name != "postgresql":
        return ""
    try:
        from crawler.fleet.schema import upgrade_queue  # noqa: PLC0415  an extra that may not be installed
    except ModuleNotFoundError as error:
        return f"; no queue for a fleet, as {error.name} is not installed (pip install 'holdfast[fleet]')"
    upgrade_queue(database)
    return "; the queue of a fleet, up to date"


@contextmanager
def _database(common: CommonOptions) -> Iterator[Database]:
    database = open_database(common.load().database_url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _written(file: Path) -> Iterator[BinaryIO]:
    """Give a stream to a file that is there whole, or as it was before."""
    if str(file) == "-":
        yield sys.stdout.buffer
        return
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as stream:
            try:
                yield stream
                stream.flush()
            except BaseException:
                part.unlink()
                raise
        part.replace(file)
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written: {error.strerror}") from error


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
    else:
        with file.open("rb") as stream:
            yield stream
