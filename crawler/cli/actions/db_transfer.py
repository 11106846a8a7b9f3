"""Run `holdfast db export` and `import`: copy the database to a file and back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from crawler.cli.actions.db import opened_database
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.standard_streams import is_output_lost
from crawler.cli.terminal.text_format import pluralize
from crawler.files.atomic import replace_file
from store.errors import ImportFailed
from store.maintenance.export_import import export_lines, import_lines
from store.maintenance.inventory import read_inventory


def export_database(common: CommonOptions, *, file: Path) -> ExitCode:
    """Write the whole database as JSON Lines.

    Args:
        common: The common options.
        file: The file to write; `-` for standard output.

    Returns:
        The exit code.
    """
    terminal = TerminalOutput(common)
    with opened_database(common) as database:
        total = sum(read_inventory(database).rows.values())
        with (
            database.read() as connection,
            _writable(file) as stream,
            terminal.progress("exporting", total) as advance,
        ):
            for line in export_lines(connection):
                stream.write(line)
                advance()
    if str(file) != "-" or not is_output_lost():
        terminal.note(f"{pluralize(total, 'row')} of {database.url} exported")
    return ExitCode.OK


def import_database(common: CommonOptions, *, file: Path) -> ExitCode:
    """Import an export into an empty database.

    Args:
        common: The common options.
        file: The file to read; `-` for standard input.

    Returns:
        The exit code.

    Raises:
        CommandFailed: The file is invalid, or the database is not empty. Nothing is imported.
    """
    terminal = TerminalOutput(common)
    with opened_database(common, create=True) as database, _readable(file) as stream:
        try:
            with database.write() as connection:
                rows = import_lines(connection, stream)
        except ImportFailed as error:
            raise CommandFailed(f"{file}: {error}; nothing was imported") from error
    terminal.note(f"{pluralize(rows, 'row')} imported into {database.url}")
    return ExitCode.OK


@contextmanager
def _writable(file: Path) -> Iterator[BinaryIO]:
    """Open a file that is replaced when the block ends, and left as it was if the block fails."""
    if str(file) == "-":
        yield sys.stdout.buffer
        return
    try:
        with replace_file(file) as stream:
            yield stream
    except OSError as error:
        raise CommandFailed(
            f"cannot write {file}: {error.strerror}: use another file", ExitCode.FAILED
        ) from error


@contextmanager
def _readable(file: Path) -> Iterator[BinaryIO]:
    """Open a file for reading; `-` is standard input, which stays open."""
    if str(file) == "-":
        yield sys.stdin.buffer
    else:
        with file.open("rb") as stream:
            yield stream
