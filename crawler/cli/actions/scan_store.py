"""Run the part of `holdfast scan` that saves citations to the database."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.lazy_imports import scan_sites
from crawler.cli.pages.target_pages import has_published_sites
from crawler.cli.steps.scan_steps import scan
from crawler.cli.targets import Target, whole_wikis
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.jobs.lifecycle import open_job
from crawler.scan.wiki_scan import ScanResult


def store_citations(
    loaded: LoadedConfig,
    targets: Sequence[Target],
    terminal: TerminalOutput,
    pages: tuple[str, ...],
    wiki_names: tuple[str, ...],
    *,
    stdin_format: str,
) -> None:
    """Save the citations of pages.

    A scan reads only pages that changed since the last scan, so --changed-since has no effect here.

    Args:
        loaded: The configuration.
        targets: The wikis or changed pages.
        terminal: Where messages go.
        pages: Pages named on the command line; empty for those of the configuration.
        wiki_names: Names of the wikis given on the command line; empty for all.
        stdin_format: The name of the format of standard input.
    """
    has_sites = has_published_sites(targets, pages)
    with open_job(loaded, "scan", wikis=whole_wikis(targets, wiki_names)) as job:
        for target in targets:
            result = scan(job, target.wiki, pages, terminal, stdin_format=stdin_format)
            prefix = f"{target.name}: " if len(targets) > 1 else ""
            if result.totals.pages or result.unchanged or not has_sites:
                terminal.note(prefix + _describe(result))
    if has_sites:
        read = scan_sites(loaded, targets, terminal, pages)
        terminal.note(f"{pluralize(read, 'page')} of published sites read")


def _describe(result: ScanResult) -> str:
    """Return one line with the numbers of pages and of changed citations."""
    totals = result.totals
    pages = pluralize(totals.pages + result.unchanged, "page")
    new = pluralize(totals.citations_new, "new citation")
    return (
        f"{pages} ({totals.pages:,} read, {result.unchanged:,} unchanged): "
        f"{new}, {totals.citations_removed:,} removed"
    )
