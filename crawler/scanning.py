"""Scanning: pages read, mirrors paired with their originals, all of it stored."""

from __future__ import annotations

from dataclasses import replace

from crawler.archives import pair
from crawler.job import Job
from crawler.pages import extract
from store.pages import ScanTotals, record_pages
from store.vocabulary import Page

_BATCH = 100  # pages a transaction


def read_page(source: bytes, path: str) -> Page:
    """Read one page: its citations, each with the original behind it. Raises NotText."""
    page = extract(source, path=path)
    citations, warnings = pair(page.citations)
    return replace(page, citations=citations, warnings=(*page.warnings, *warnings))


class PageRecorder:
    """Gathers pages and writes them a batch at a time."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._waiting: list[Page] = []
        self.totals = ScanTotals()

    def put(self, page: Page) -> None:
        self._waiting.append(page)
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        if not self._waiting:
            return
        job = self._job
        with job.database.write() as connection:
            wiki = job.config.wiki
            self.totals += record_pages(connection, job.book(connection), self._waiting, wiki=wiki, run_id=job.run_id)
        self._waiting.clear()
