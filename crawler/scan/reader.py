"""Scanning: pages found and read, mirrors paired with their originals, all of it stored."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from crawler.archives import pair_page
from crawler.config import LoadedConfig
from crawler.http.urls import is_external
from crawler.pages import Dialect, extract
from crawler.pages.html import extract_html
from crawler.scan.discovery import PageSource, find_pages
from crawler.scan.process_pool import Unchanged, scan_pages
from store.vocabulary import Citation, InternalLink, Page, PageWarning

SCHEMA = 1  # of the JSON lines


def page_sources(
    loaded: LoadedConfig, arguments: Sequence[str]
) -> Iterator[PageSource | PageWarning]:
    """Find the pages that arguments name, from the working folder; without any, the configured ones. Raises PageSourceError."""
    here = Path.cwd()
    given = [
        argument if argument == "-" else os.path.join(here, argument)
        for argument in arguments
        if not is_external(argument)
    ]
    configured = [page for page in loaded.config.pages if not is_external(page)]
    if not given and (arguments or (loaded.config.pages and not configured)):
        return iter(())  # only sites are named
    return find_pages(given or configured or (".",), loaded.folder, ignore=loaded.config.ignore)


def published_sites(loaded: LoadedConfig, arguments: Sequence[str]) -> Sequence[str]:
    """List the published sites that arguments name; without any, the configured ones."""
    return [site for site in (arguments or loaded.config.pages) if is_external(site)]


def read_pages(
    sources: Sequence[PageSource | PageWarning],
    hashes: Mapping[str, str] | None = None,
    *,
    dialect: str = Dialect.MKDOCS,
    own_archive: str = "",
) -> Iterator[Page | PageWarning | Unchanged]:
    """Read pages in worker processes, in order; those whose hash is known come back as `Unchanged`.

    `own_archive` is the base URL of an archive of one's own.
    """
    return scan_pages(
        sources,
        dialect=Dialect(dialect),
        hashes=hashes,
        finish=partial(pair_page, local_archive_url=own_archive),
    )


def read_page(
    source: bytes, path: str, *, dialect: str = Dialect.MKDOCS, own_archive: str = ""
) -> Page:
    """Read one page here and now. Raises NotText."""
    return pair_page(extract(source, path=path, dialect=Dialect(dialect)), local_archive_url=own_archive)


def read_fetched_page(source: bytes, url: str, *, own_archive: str = "") -> Page:
    """Read one page of a published site. Raises NotText."""
    return pair_page(extract_html(source, url=url), local_archive_url=own_archive)


def citation_object(citation: Citation) -> dict[str, Any]:
    """One citation as an object of `scan --format jsonl`. Its fields and their order are a contract (docs/formats.md)."""
    archive = citation.archive
    return {
        "schema": SCHEMA,
        "page": citation.page,
        "line": citation.line,
        "column": citation.column,
        "start": citation.start,
        "end": citation.end,
        "url": citation.url,
        "text": citation.text,
        "title": citation.title,
        "kind": citation.kind,
        "footnote": citation.footnote,
        "section": list(citation.section),
        "quoted": citation.quoted,
        "accessed": citation.accessed and citation.accessed.isoformat(),
        "published": citation.published and citation.published.isoformat(),
        "marked_dead": citation.marked_dead,
        "salvaged": citation.salvaged,
        "archive": archive
        and {
            "service": archive.service,
            "timestamp": archive.timestamp,
            "snapshot_id": archive.snapshot_id,
            "modifier": archive.modifier,
            "original": archive.original,
            "original_source": archive.original_source,
        },
        "original": citation.original,
    }


def internal_link_object(link: InternalLink) -> dict[str, Any]:
    """One internal link as an object of `scan --internal`."""
    return {
        "schema": SCHEMA,
        "page": link.page,
        "line": link.line,
        "column": link.column,
        "start": link.start,
        "end": link.end,
        "target": link.target,
        "text": link.text,
        "path": link.path,
        "fragment": link.fragment,
        "broken": link.broken,
    }
