"""The first step of a job: read the pages of files into the store."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed
from crawler.cli.page_sources import find_sources, show_warning
from crawler.cli.targets import Target
from crawler.config import LoadedConfig
from crawler.jobs.job import Job
from crawler.scan.discovery import published_sites
from crawler.scan.ingest import ScanResult, scan_wiki
from crawler.scan.page_source import PageSource
from store.vocabulary import PageWarning

_SHOWN_WARNINGS = 10
_SHOWN_PROBLEMS = 3


def require_pages(targets: Sequence[Target], pages: Sequence[str]) -> None:
    """Check that there is something to read: a page in one of the wikis, or a published site.

    Args:
        targets: The wikis.
        pages: Pages named on the command line; empty for those of the configuration.

    Raises:
        CommandFailed: There is no page, or none can be read.
    """
    if "-" in pages:  # standard input can be read only once
        return
    problems: list[str] = []
    for target in targets:
        if published_sites(target.wiki, pages):
            return
        sources = find_sources(target.wiki, pages)
        if not sources or any(isinstance(source, PageSource) for source in sources):
            return
        problems += [
            f"{source.page}: {source.message}"
            for source in sources
            if isinstance(source, PageWarning) and source.code != "no-pages"
        ]
    if problems:
        raise CommandFailed(f"no page can be read: {'; '.join(problems[:_SHOWN_PROBLEMS])}")
    where = ", ".join(pages) or ", ".join(str(target.wiki.folder) for target in targets)
    raise CommandFailed(
        f"{where}: no pages: name Markdown files or the folder that contains them, "
        "or set pages in holdfast.toml"
    )


def scan(
    job: Job, wiki: LoadedConfig, pages: Sequence[str], terminal: TerminalOutput
) -> ScanResult:
    """Read the pages of a wiki that changed, and save their citations.

    Args:
        job: The job.
        wiki: The configuration of the wiki.
        pages: Pages named on the command line; empty for those of the configuration.
        terminal: Where progress and warnings go.

    Returns:
        The number of pages and citations, and the warnings.
    """
    sources = find_sources(wiki, pages)
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
