"""The first step of a job: read the pages of files into the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crawler.cli.pages.page_sources import find_sources, show_warning
from crawler.cli.terminal.console import TerminalOutput
from crawler.config import LoadedConfig
from crawler.jobs.job import Job
from crawler.scan.page_source import MARKDOWN, PageSource
from crawler.scan.wiki_scan import ScanResult, scan_wiki
from store.vocabulary import PageWarning

_SHOWN_WARNINGS = 10


def scan(
    job: Job,
    wiki: LoadedConfig,
    pages: Sequence[str],
    terminal: TerminalOutput,
    *,
    staged: Mapping[str, PageSource] = {},
    stdin_format: str = MARKDOWN,
) -> ScanResult:
    """Read the new and changed pages of a wiki, and save their citations.

    Args:
        job: The job.
        wiki: The configuration of the wiki.
        pages: Pages named on the command line; empty for those of the configuration.
        terminal: Where progress and warnings go.
        staged: Versions of pages staged for a commit, by path; they are read instead of the files.
        stdin_format: The name of the format of standard input.

    Returns:
        The number of pages and citations, and the warnings.
    """
    sources = find_sources(wiki, pages, stdin_format=stdin_format)
    if staged:
        others = [source for source in sources if _path_of(source) not in staged]
        sources = [*others, *staged.values()]
    files = sum(isinstance(source, PageSource) for source in sources)
    with terminal.progress("reading pages", files) as advance:
        result = scan_wiki(job, wiki, sources, is_complete=not pages, on_page=advance)
    shown = result.warnings if terminal.verbose else result.warnings[:_SHOWN_WARNINGS]
    for warning in shown:
        show_warning(terminal, warning)
    hidden = len(result.warnings) - len(shown)
    if hidden:
        terminal.warn(f"{hidden} more warnings about pages: use -v to show them, or see the report")
    return result


def _path_of(source: PageSource | PageWarning) -> str:
    return source.path if isinstance(source, PageSource) else source.page
