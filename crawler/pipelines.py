"""Item pipelines: each stores one kind of item (`crawler.items`) and passes on the others.

Scrapy creates all pipelines for every spider. A module that only one kind of item needs is
therefore imported when the first such item is stored.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.items import (
    CaptureItem,
    DriftItem,
    LookupItem,
    PageItem,
    PartsItem,
    ProbeItem,
    RemovedPageItem,
    SearchItem,
)
from crawler.jobs.failed_items import replacement_for
from crawler.jobs.isolation import InternalError, Unit
from crawler.jobs.job import Job
from crawler.preservation.capture_queue import store_capture
from store.errors import StoreError
from store.work.history import ProbeResult
from store.work.runs import RunOutcome

if TYPE_CHECKING:  # imported late, see the module docstring
    from crawler.scan.page_recorder import PageRecorder


class _JobPipeline:
    """Base class of the pipelines: stores items for the spider's job.

    An error of the store stops the job, because further results would be lost, too. If an item
    cannot be stored for any other reason, an item that records the failure
    (`crawler.jobs.failed_items`) replaces it.

    Attributes:
        kinds: The item classes that it stores; it passes on all other items.
    """

    kinds: ClassVar[tuple[type, ...]]

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the pipeline."""
        return cls(crawler)

    @property
    def _job(self) -> Job:
        """The job of the spider."""
        spider: Any = self._crawler.spider  # a `JobSpider`, or one that the add-on gave a job
        job: Job = spider.job
        return job

    def _count(self, stat: str) -> None:
        """Count in Scrapy's statistics; `job.counts` has the numbers that commands print."""
        self._crawler.stats.inc_value(f"holdfast/{stat}")

    async def process_item(self, item: Any) -> Any:
        """Store an item if it is of this pipeline's kind.

        Args:
            item: Any item.

        Returns:
            The item, or its replacement, for the next pipeline.

        Raises:
            DropItem: Neither the item nor a replacement could be stored.
        """
        if not isinstance(item, self.kinds):
            return item
        try:
            # `isolated` logs an unexpected exception and keeps it in `error`.
            with self._job.isolated(Unit.ITEM, subject_of(item)) as isolation:
                await self._store(item)
            if isolation.error is None:
                return item
            replacement = await self._store_replacement(item, isolation.error)
            if replacement is not None:
                return replacement
        except StoreError as error:
            raise self._stop_job(error) from error
        raise DropItem(str(isolation.error))

    async def _store_replacement(self, item: Any, error: InternalError) -> Any:
        """Store an item that records that another could not be stored.

        Args:
            item: The item that could not be stored.
            error: What happened.

        Returns:
            The stored item; None if there is none for this kind, or it could not be stored either.

        Raises:
            StoreError: The database cannot be written.
        """
        with self._job.isolated(Unit.ITEM, subject_of(item)):
            replacement = replacement_for(item, error)
            if replacement is not None:
                await self._store(replacement)
            return replacement
        return None  # the replacement raised an exception, too, which `isolated` has logged

    @abstractmethod
    async def _store(self, item: Any) -> None:
        """Store an item of this pipeline's kinds. Raises StoreError."""

    def _stop_job(self, error: StoreError) -> DropItem:
        """Stop the job; return the exception that drops the item."""
        self._job.stop_on_store_error(error)
        return DropItem(str(error))


def subject_of(item: object) -> str:
    """Return what an item is about: the path of a page or the URL of a link."""
    if isinstance(item, PageItem):
        return item.page.path
    if isinstance(item, RemovedPageItem):
        return item.url
    if isinstance(item, ProbeItem):
        return item.link.url
    task = getattr(item, "task", None)
    return str(getattr(task, "url", type(item).__name__))


class PagePipeline(_JobPipeline):
    """Stores pages with their citations, in batches, and which pages were removed."""

    kinds = (PageItem, RemovedPageItem)

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._recorders: dict[str, PageRecorder] = {}
        # Pages arrive from several responses at once, and a recorder is for one thread at a time.
        self._lock = asyncio.Lock()

    async def _store(self, item: Any) -> None:
        from crawler.scan.page_recorder import PageRecorder  # noqa: PLC0415
        from store.work.pages import mark_removed  # noqa: PLC0415

        if isinstance(item, RemovedPageItem):
            run_id = self._job.run_id
            await self._job.write(mark_removed, [item.url], wiki=item.wiki, run_id=run_id)
            return
        if item.wiki not in self._recorders:
            (wiki,) = self._job.loaded.wikis([item.wiki])
            self._recorders[item.wiki] = PageRecorder(self._job, wiki)
        self._count("pages")
        async with self._lock:
            await asyncio.to_thread(self._recorders[item.wiki].add, item.page)

    async def close_spider(self) -> None:
        """Write the last batches. If one cannot be stored, the run ends as failed."""
        for recorder in self._recorders.values():
            try:
                await asyncio.to_thread(recorder.flush)
            except StoreError as error:
                self._job.stop.request(RunOutcome.FAILED, str(error))


class HistoryPipeline(_JobPipeline):
    """Stores probes, through the job's writer."""

    kinds = (ProbeItem,)

    async def _store(self, item: Any) -> None:
        self._count(f"probes/{item.judgement.verdict}")
        self._job.counts[f"{item.link.role}:{item.judgement.verdict}"] += 1
        result = ProbeResult(
            link_id=item.link.id,
            run_id=self._job.run_id,
            lease=item.lease,
            probe=item.probe,
            judgement=item.judgement,
        )
        await self._job.writer.put(result)

    async def close_spider(self) -> None:
        """Release the leases, then write the last probes.

        A release is written by the same writer, so it must be given to it before that closes.
        """
        try:
            await self._job.host_leases.close()
        finally:
            try:
                await self._job.writer.close()
            except StoreError as error:
                self._job.stop.request(RunOutcome.FAILED, str(error))


class ArchivePipeline(_JobPipeline):
    """Stores the results of archive lookups and captures."""

    kinds = (LookupItem, CaptureItem)

    async def _store(self, item: Any) -> None:
        if isinstance(item, LookupItem):
            from crawler.preservation.lookups import store_lookup  # noqa: PLC0415

            await self._job.retries.run(partial(store_lookup, self._job, item))
            self._count(f"lookups/{item.result.outcome}")
            self._job.counts[f"lookup:{item.result.outcome}"] += 1
        else:
            await self._job.retries.run(partial(store_capture, self._job, item))
            self._count(f"captures/{item.result.status}")
            self._job.counts[f"capture:{item.result.status}"] += 1


class MovesAndDriftPipeline(_JobPipeline):
    """Stores the results of searches for lost pages, and of comparisons with mementos."""

    kinds = (SearchItem, DriftItem)

    async def _store(self, item: Any) -> None:
        from crawler.drift.job import drift_outcome, store_comparison  # noqa: PLC0415
        from crawler.moves.job import store_search  # noqa: PLC0415

        if isinstance(item, SearchItem):
            await self._job.retries.run(partial(store_search, self._job, item))
            self._count(f"searches/{item.outcome}")
            self._job.counts[f"search:{item.outcome}"] += 1
        else:
            changed_below = self._job.config.drift.changed_below
            outcome = drift_outcome(item.comparison, changed_below=changed_below)
            await self._job.retries.run(partial(store_comparison, self._job, item))
            self._count(f"drifts/{outcome}")
            self._job.counts[f"drift:{outcome}"] += 1


class PartsPipeline(_JobPipeline):
    """Stores which parts of copies the archives have."""

    kinds = (PartsItem,)

    async def _store(self, item: Any) -> None:
        from crawler.page_parts.job import store_parts  # noqa: PLC0415

        await self._job.retries.run(partial(store_parts, self._job, item))
        if not item.found.known:
            result = "unknown"  # nothing is known of any part
        elif item.found.missing:
            result = "missing"
        else:
            result = "whole"
        self._count(f"parts/{result}")
        self._job.counts[f"parts:{result}"] += 1


class MonitoringPipeline(_JobPipeline):
    """Forwards stored items to the job's monitors."""

    kinds = (object,)

    async def _store(self, item: Any) -> None:
        for monitor in self._job.monitors:
            monitor.record_item(item)


class ItemCounter:
    """Counts the items that passed all pipelines, under the name of Scrapy's `CoreStats`.

    It is the last pipeline, and counts in the place of `CoreStats`, which needs a signal for each
    item (`crawler.scrapy_ext.core_stats`).
    """

    def __init__(self, crawler: Crawler) -> None:
        self._count = crawler.stats.inc_value

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the pipeline."""
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        """Count an item and pass it on."""
        self._count("item_scraped_count")
        return item
