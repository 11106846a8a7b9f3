"""Find the pages that a command reads, and show warnings about pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crawler.cli.exit_codes import CommandFailed
from crawler.cli.terminal.console import TerminalOutput
from crawler.config import LoadedConfig
from crawler.pages.registry import format_names
from crawler.scan.discovery import page_sources
from crawler.scan.page_source import MARKDOWN, PageSource, PageSourceError
from store.vocabulary import PageWarning


def find_sources(
    loaded: LoadedConfig, pages: Sequence[str], *, stdin_format: str = MARKDOWN
) -> list[PageSource | PageWarning]:
    """Return the pages named on the command line, or those of the configuration.

    Args:
        loaded: The configuration of the wiki.
        pages: The arguments that name pages; empty for the pages of the configuration.
        stdin_format: The name of the format of standard input, which the page `-` names.

    Raises:
        CommandFailed: A named page does not exist, or a pattern matches nothing.
    """
    return list(iterate_sources(loaded, pages, stdin_format=stdin_format))


def iterate_sources(
    loaded: LoadedConfig, pages: Sequence[str], *, stdin_format: str = MARKDOWN
) -> Iterator[PageSource | PageWarning]:
    """Yield the pages that `find_sources` returns, each when it is found.

    Raises:
        CommandFailed: As for `find_sources`.
    """
    try:
        yield from page_sources(loaded, pages, stdin_format=stdin_format)
    except PageSourceError as error:
        raise CommandFailed(str(error)) from error


def check_stdin_format(pages: Sequence[str], stdin_format: str | None) -> str:
    """Return the name of the format of standard input, Markdown if none was given.

    Args:
        pages: The arguments of the command.
        stdin_format: The value of --stdin-format, None if it was not given.

    Raises:
        CommandFailed: There is no such format, or standard input is not read.
    """
    if stdin_format is None:
        return MARKDOWN
    if stdin_format not in format_names():
        known = ", ".join(format_names())
        raise CommandFailed(f"--stdin-format: unknown format {stdin_format!r}: use {known}")
    if "-" not in pages:
        raise CommandFailed("--stdin-format needs the page -: to read files, leave it out")
    return stdin_format


def show_warning(terminal: TerminalOutput, warning: PageWarning) -> None:
    """Show a warning about a page with its file and line."""
    location = f"{warning.page}:{warning.line}" if warning.line else warning.page
    terminal.warn(f"{location}: {warning.message}")
