"""What a scan read, put into the store: what is new, what moved, what is gone."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from crawler.config import LoadedConfig
from crawler.git import dates_added
from crawler.jobs.isolation import InternalError, Unit, is_unexpected
from crawler.jobs.job import Job
from crawler.scan.discovery import PageSource
from crawler.scan.internal_links import resolve_links, settings_warning
from crawler.scan.process_pool import Unchanged, internal_error_in
from crawler.scan.reader import read_pages
from store.vocabulary import Page, PageWarning, Role
from store.work.pages import (
    ScanTotals,
    anchors_of_pages,
    set_added_dates,
    internal_links,
    known_pages,
    last_scan_time,
    mark_gone,
    mark_seen,
    record_pages,
    update_internal_links,
    undated_citations,
)

_BATCH = 100  # pages a transaction


class PageRecorder:
    """Gathers the pages of a wiki and writes them a batch at a time. `wiki` is the configuration as that wiki sees it."""

    def __init__(self, job: Job, wiki: LoadedConfig) -> None:
        self._job = job
        self._config = wiki.config
        self._waiting: list[Page] = []
        self.totals = ScanTotals()
        self.warnings: list[PageWarning] = []  # about pages that could not be stored

    def add(self, page: Page) -> None:
        self._waiting.append(page)
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what was put so far: page by page, where one of them cannot be written. Raises StoreError."""
        pages, self._waiting = self._waiting, []
        if not pages:
            return
        try:
            self._write(pages)
        except Exception as error:
            if not is_unexpected(error):
                self._waiting = pages + self._waiting
                raise
            for page in pages:
                self._write_or_warn(page)

    def _write_or_warn(self, page: Page) -> None:
        with self._job.isolated(Unit.PAGE, page.path) as writing:
            self._write([page])
        if writing.error:
            self.warnings.append(
                PageWarning(
                    page=page.path,
                    line=0,
                    code="internal-error",
                    message=f"was not stored: {writing.error}",
                )
            )

    def _write(self, pages: Sequence[Page]) -> None:
        job, config = self._job, self._config
        with job.database.write() as connection:
            book = job.link_registry(connection)
            self.totals += record_pages(
                connection, book, pages, wiki=config.wiki, run_id=job.run_id, dialect=config.dialect
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What one scan came to. `warnings` are about pages that could not be read, and those of the pages read, which the store keeps too."""

    totals: ScanTotals
    unchanged: int
    warnings: Sequence[PageWarning] = field(default_factory=tuple)


def record_scan(
    job: Job,
    wiki: LoadedConfig,
    sources: Sequence[PageSource | PageWarning],
    *,
    is_complete: bool,
    on_page: Callable[[str], None],
) -> ScanResult:
    """Read the pages of a wiki that changed, and store them. `whole` says that the sources are all there is, so that what is missing is gone.

    Where only a part was named, a page is gone when its file is. A scan that finds no page at all marks none gone: a folder that was not
    mounted is no reason to forget a wiki.
    """
    name, dialect = wiki.config.wiki, wiki.config.dialect
    with job.database.read() as connection:
        known = known_pages(connection, name)
        seen = last_scan_time(connection, name)
        hashes = known_pages(connection, name, dialect=dialect)
    recorder, unchanged, warnings = PageRecorder(job, wiki), [], []
    for result in read_pages(
        sources, hashes, dialect=dialect, own_archive=wiki.config.archives.local.base_url
    ):
        _note_internal_errors(job, result)
        if isinstance(result, PageWarning):
            warnings.append(result)
            continue
        if isinstance(result, Unchanged):
            unchanged.append(result.path)
        else:
            recorder.add(result)
            warnings.extend(result.warnings)
        on_page(result.path)
    recorder.flush()
    warnings.extend(recorder.warnings)
    found = {source.path for source in sources if isinstance(source, PageSource)}
    missing = (
        [
            path
            for path in known
            if path not in found and (is_complete or not (wiki.folder / path).exists())
        ]
        if found
        else []
    )
    with job.database.write() as connection:
        mark_seen(connection, unchanged, wiki=name, run_id=job.run_id)
        gone = mark_gone(connection, missing, wiki=name, run_id=job.run_id)
    if recorder.totals.citations_new:
        with job.isolated(Unit.PAGE, f"the git history of {wiki.folder}"):
            _date_citations(job, wiki, sources, since=seen)
    if recorder.totals.pages or missing:
        pages = [source for source in sources if isinstance(source, PageSource)]
        with job.isolated(Unit.PAGE, f"the internal links of {wiki.folder}"):
            _resolve_internal_links(job, wiki, pages)
            if warning := settings_warning(wiki, pages):
                warnings.append(warning)
    return ScanResult(totals=recorder.totals + gone, unchanged=len(unchanged), warnings=warnings)


def _note_internal_errors(job: Job, read: Page | PageWarning | Unchanged) -> None:
    """Count what the readers of pages met, in processes of their own; the page's warning tells of it, too."""
    warnings = (
        [read]
        if isinstance(read, PageWarning)
        else []
        if isinstance(read, Unchanged)
        else read.warnings
    )
    for warning in warnings:
        if kind := internal_error_in(warning):
            job.errors.add(InternalError(Unit.PAGE, warning.page, kind, "crawler.pages"))


def _date_citations(
    job: Job,
    wiki: LoadedConfig,
    sources: Sequence[PageSource | PageWarning],
    *,
    since: datetime | None,
) -> None:
    """Learn from the pages' git history when citations that are new since a moment came into the wiki, where nothing on the pages tells."""
    name = wiki.config.wiki
    with job.database.read() as connection:
        undated = undated_citations(connection, name, job.run_id)
    files = [
        source.file.resolve()
        for source in sources
        if isinstance(source, PageSource) and source.file
    ]
    if not undated or not files:
        return
    folder = Path(os.path.commonpath([file.parent for file in files]))
    days = dates_added(
        folder, undated, {file.suffix for file in files}, since=since.date() if since else None
    )
    with job.database.write() as connection:
        set_added_dates(
            connection,
            {citation_id: day for url, day in days.items() for citation_id in undated[url]},
        )


def _resolve_internal_links(job: Job, wiki: LoadedConfig, sources: Sequence[PageSource]) -> None:
    """Look up all of the wiki's links to itself anew: a page that changed may break those of any other."""
    name = wiki.config.wiki
    with job.database.write() as connection:
        links = internal_links(connection, name)
        resolved = resolve_links(
            wiki, sources, anchors_of_pages(connection, name), list(links.values())
        )
        changed = {
            link_id: link
            for (link_id, before), link in zip(links.items(), resolved, strict=True)
            if link != before
        }
        update_internal_links(connection, changed)


def register_urls(job: Job, urls: Sequence[str]) -> Sequence[int]:
    """Give the ids of links by their URLs, making rows for those no page cites."""
    if not urls:
        return ()
    with job.database.write() as connection:
        ids = job.link_registry(connection).link_ids(urls, Role.LINK)
    return list(dict.fromkeys(ids[url] for url in urls))
