"""Item pipelines: each takes one kind of item to the store and passes the others on."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.items import CaptureItem, DriftItem, LookupItem, PageItem, ProbeItem, SearchItem
from crawler.job import Job
from crawler.preservation.captures import store_capture
from crawler.preservation.lookups import store_lookup
from crawler.recording import PageRecorder
from crawler.rereading.comparing import outcome_of, store_drift
from crawler.rereading.searching import store_search
from store.errors import StoreError
from store.history import ProbeResult
from store.runs import RunOutcome


class _JobPipeline:
    """A pipeline that works for the spider's job. A store that fails ends the job: going on would only lose more."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def _job(self) -> Job:
        job: Job = self._crawler.spider.job  # type: ignore[union-attr]  # all our spiders have one
        return job

    def _count(self, stat: str) -> None:
        self._crawler.stats.inc_value(f"holdfast/{stat}")

    def _fail(self, error: StoreError) -> DropItem:
        self._job.note_trouble(error)
        return DropItem(str(error))


class PagePipeline(_JobPipeline):
    """Stores pages with their citations, in batches."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._recorders: dict[str, PageRecorder] = {}

    async def process_item(self, item: Any) -> Any:
        if not isinstance(item, PageItem):
            return item
        if item.wiki not in self._recorders:
            (wiki,) = self._job.loaded.wikis([item.wiki])
            self._recorders[item.wiki] = PageRecorder(self._job, wiki)
        self._count("pages")
        try:
            await asyncio.to_thread(self._recorders[item.wiki].put, item.page)
        except StoreError as error:
            raise self._fail(error) from error
        return item

    async def close_spider(self) -> None:
        for recorder in self._recorders.values():
            await asyncio.to_thread(recorder.flush)


class HistoryPipeline(_JobPipeline):
    """Hands probes to the job's writer."""

    async def process_item(self, item: Any) -> Any:
        if not isinstance(item, ProbeItem):
            return item
        self._count(f"probes/{item.judgement.verdict}")
        self._job.tally[f"{item.link.role}:{item.judgement.verdict}"] += 1
        result = ProbeResult(link_id=item.link.id, run_id=self._job.run_id, lease=item.lease, probe=item.probe, judgement=item.judgement)
        try:
            await self._job.writer.put(result)
        except StoreError as error:
            raise self._fail(error) from error
        return item

    async def close_spider(self) -> None:
        await self._job.host_leases.close()
        try:
            await self._job.writer.close()
        except StoreError as error:
            self._job.stop.order(RunOutcome.FAILED, str(error))


class ArchivePipeline(_JobPipeline):
    """Stores what archives answered."""

    async def process_item(self, item: Any) -> Any:
        try:
            if isinstance(item, LookupItem):
                self._count(f"lookups/{item.answer.outcome}")
                self._job.tally[f"lookup:{item.answer.outcome}"] += 1
                await self._job.persist(partial(store_lookup, self._job, item))
            elif isinstance(item, CaptureItem):
                self._count(f"captures/{item.answer.status}")
                self._job.tally[f"capture:{item.answer.status}"] += 1
                await self._job.persist(partial(store_capture, self._job, item))
        except StoreError as error:
            raise self._fail(error) from error
        return item


class RereadingPipeline(_JobPipeline):
    """Stores what came of reading pages again: where broken ones may have moved to, how living ones compare with what was cited."""

    async def process_item(self, item: Any) -> Any:
        try:
            if isinstance(item, SearchItem):
                self._count(f"searches/{item.outcome}")
                self._job.tally[f"search:{item.outcome}"] += 1
                await self._job.persist(partial(store_search, self._job, item))
            elif isinstance(item, DriftItem):
                outcome = outcome_of(item.comparison, strong_below=self._job.config.drift.strong_below)
                self._count(f"drifts/{outcome}")
                self._job.tally[f"drift:{outcome}"] += 1
                await self._job.persist(partial(store_drift, self._job, item))
        except StoreError as error:
            raise self._fail(error) from error
        return item


class MonitoringPipeline(_JobPipeline):
    """Tells who watches the job of every item that was stored."""

    async def process_item(self, item: Any) -> Any:
        for monitor in self._job.monitors:
            monitor.take(item)
        return item
