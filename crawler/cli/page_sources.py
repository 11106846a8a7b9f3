"""Find the pages that a command is about, and show warnings about pages."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed
from crawler.config import LoadedConfig
from crawler.pages.registry import format_names
from crawler.scan.discovery import page_sources
from crawler.scan.page_source import PageSource, PageSourceError, StandardInput
from store.vocabulary import PageWarning


def find_sources(loaded: LoadedConfig, pages: Sequence[str]) -> list[PageSource | PageWarning]:
    """Return the pages named on the command line, or those of the configuration.

    Raises:
        CommandFailed: A named page does not exist, or a pattern matches nothing.
    """
    try:
        return list(page_sources(loaded, pages))
    except PageSourceError as error:
        raise CommandFailed(str(error)) from error


def name_standard_input(pages: Sequence[str], page_format: str | None) -> tuple[str, ...]:
    """Return the arguments of a command, in which `-` has the format of standard input.

    Args:
        pages: The arguments.
        page_format: The name of the format, None if it was not given.

    Raises:
        CommandFailed: There is no such format, or no `-`.
    """
    if page_format is None:
        return tuple(pages)
    if page_format not in format_names():
        known = ", ".join(format_names())
        raise CommandFailed(f"--stdin-format: unknown format {page_format!r}: use {known}")
    if "-" not in pages:
        raise CommandFailed("--stdin-format needs the page -: to read files, leave it out")
    return tuple(StandardInput(page_format) if page == "-" else page for page in pages)


def show_warning(terminal: TerminalOutput, warning: PageWarning) -> None:
    """Show a warning about a page with its file and line."""
    location = f"{warning.page}:{warning.line}" if warning.line else warning.page
    terminal.warn(f"{location}: {warning.message}")
