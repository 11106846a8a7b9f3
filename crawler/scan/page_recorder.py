"""Write scanned pages to the database in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crawler.config import LoadedConfig
from crawler.jobs.isolation import Unit, is_unexpected
from crawler.jobs.job import Job
from store.vocabulary import Page, PageWarning
from store.work.pages import ScanTotals, record_pages

# Increased when the rules for reading pages or parsing archive URLs change, so that the next scan
# reads all pages again, including unchanged ones.
READING_VERSION = 10
_BATCH_PAGES = 100  # in one transaction
_BATCH_CITATIONS = 20_000  # a batch with as many citations and links is written early: memory


class PageRecorder:
    """Writes the pages of a wiki to the database in batches. It is for one thread at a time.

    Attributes:
        totals: The counts of what was written.
        warnings: About pages that could not be stored.
    """

    def __init__(self, job: Job, wiki: LoadedConfig) -> None:
        """Start with no pages.

        Args:
            job: The running job.
            wiki: The configuration of the wiki that the pages belong to.
        """
        self._job = job
        self._config = wiki.config
        self._waiting: list[Page] = []
        self._waiting_citations = 0
        self.totals = ScanTotals()
        self.warnings: list[PageWarning] = []

    def add(self, page: Page) -> None:
        """Add a page, and write the batch once it is full."""
        self._waiting.append(replace(page, read_mode=versioned_read_mode(page.read_mode)))
        self._waiting_citations += len(page.citations) + len(page.internal_links)
        if len(self._waiting) >= _BATCH_PAGES or self._waiting_citations >= _BATCH_CITATIONS:
            self.flush()

    def flush(self) -> None:
        """Write the waiting pages; if the batch fails, write them one by one.

        Raises:
            StoreError: The database cannot be written. The pages are kept for the next call.
        """
        pages, self._waiting, self._waiting_citations = self._waiting, [], 0
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
            message = f"was not stored: {writing.error}"
            self.warnings.append(
                PageWarning(page=page.path, line=0, code="internal-error", message=message)
            )

    def _write(self, pages: Sequence[Page]) -> None:
        """Write pages in one transaction, repeated while the database is unavailable."""
        job, config = self._job, self._config

        def write() -> ScanTotals:
            with job.database.write() as connection:
                return record_pages(
                    connection,
                    job.link_registry(connection),
                    pages,
                    wiki=config.wiki,
                    run_id=job.run_id,
                )

        self.totals += job.retries.run_blocking(write)


def versioned_read_mode(read_mode: str) -> str:
    """Return a page's read mode followed by the version of the reading rules."""
    return f"{read_mode} {READING_VERSION}"
