"""Export the local archive as a WACZ file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from crawler.archives.local_urls import parse_record_address
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import format_size, pluralize
from crawler.config import LoadedConfig
from crawler.files.atomic import replace_file
from crawler.jobs.clock import system_clock
from crawler.jobs.configured_database import open_configured_database
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import LocalArchiveError
from crawler.local_archive.wacz import WaczPage, write_wacz
from crawler.local_archive.writer import open_archive_writer
from crawler.process.version import holdfast_version
from store.vocabulary import LOCAL
from store.work.archives.local_mirrors import local_pages


def export_wacz(loaded: LoadedConfig, file: Path, terminal: TerminalOutput) -> None:
    """Write the whole local archive to a WACZ file. On failure the file is left as it was.

    Args:
        loaded: The configuration.
        file: The file to write.
        terminal: Where messages go.

    Raises:
        CommandFailed: There is no local archive, or the file cannot be written.
    """
    layout = ArchiveLayout(loaded.local_archive)
    if not layout.warc_files():
        raise CommandFailed(
            f"no local archive in {layout.path}: create one with holdfast archive --to local"
        )
    pages = _pages(loaded)
    # Opening the archive indexes records that a killed process left without an index.
    with suppress(LocalArchiveError), open_archive_writer(layout):
        pass
    try:
        with replace_file(file) as stream:
            files = write_wacz(
                layout,
                stream,
                pages,
                title=f"{loaded.config.wiki or 'Holdfast'}: the pages it cites",
                software=f"Holdfast/{holdfast_version()}",
                now=system_clock(),
            )
    except OSError as error:
        raise CommandFailed(
            f"cannot write {file}: {error.strerror}: choose another file", ExitCode.FAILED
        ) from error
    contents = f"{pluralize(len(pages), 'page')} in {pluralize(files, 'WARC file')}"
    terminal.note(f"{file}: {contents} exported ({format_size(file.stat().st_size)})")


def _pages(loaded: LoadedConfig) -> list[WaczPage]:
    """Return the captures in the database as pages of the WACZ file."""
    database = open_configured_database(loaded)
    try:
        with database.read() as connection:
            stored = list(local_pages(connection, LOCAL))
    finally:
        database.close()
    pages = []
    for page in stored:
        address = parse_record_address(page.key)
        if address and address.original and address.captured_at:
            pages.append(
                WaczPage(url=address.original, captured_at=address.captured_at, title=page.title)
            )
    return pages
