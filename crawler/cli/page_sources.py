"""Find the pages that a command is about, and show warnings about pages."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed
from crawler.config import LoadedConfig
from crawler.scan.discovery import page_sources
from crawler.scan.page_source import PageSource, PageSourceError
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


def show_warning(terminal: TerminalOutput, warning: PageWarning) -> None:
    """Show a warning about a page with its file and line."""
    location = f"{warning.page}:{warning.line}" if warning.line else warning.page
    terminal.warn(f"{location}: {warning.message}")
