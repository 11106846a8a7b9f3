"""Scan the pages that `holdfast fix` wrote, so that the store has their new citations."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.pages.page_sources import find_sources
from crawler.config import LoadedConfig
from crawler.jobs.lifecycle import open_job
from crawler.scan.page_source import PageSource
from crawler.scan.wiki_scan import scan_wiki


def scan_written_pages(
    loaded: LoadedConfig, written: Sequence[tuple[LoadedConfig, Sequence[str]]]
) -> None:
    """Scan pages that were written.

    Args:
        loaded: The configuration.
        written: (configuration of a wiki, paths of its pages that were written).

    Raises:
        StoreError: The database cannot be written.
        CommandFailed: A page no longer exists.
    """
    with open_job(loaded, "scan", wikis=()) as job:
        for wiki, paths in written:
            wanted = frozenset(paths)
            named = [str(wiki.folder / path) for path in paths]
            sources = [
                source
                for source in find_sources(wiki, named)
                if isinstance(source, PageSource) and source.path in wanted
            ]
            scan_wiki(job, wiki, sources, is_complete=False, on_page=lambda _path: None)
