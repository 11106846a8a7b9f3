"""Which pages a command is about, and what is said of those that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed
from crawler.config import LoadedConfig
from crawler.scan.discovery import PageSource, PageSourceError
from crawler.scan.reader import page_sources
from store.vocabulary import PageWarning


def find_sources(loaded: LoadedConfig, pages: Sequence[str]) -> list[PageSource | PageWarning]:
    """Find the pages named on the command line, or configured. Raises Failure."""
    try:
        return list(page_sources(loaded, pages))
    except PageSourceError as error:
        raise CommandFailed(str(error)) from error


def show_warning(screen: TerminalOutput, warning: PageWarning) -> None:
    """Name the file, the line where there is one, and what is the matter."""
    place = f"{warning.page}:{warning.line}" if warning.line else warning.page
    screen.warn(f"{place}: {warning.message}")
