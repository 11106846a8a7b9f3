"""Captures in our own archive: pages taken, kept with what belongs to them, and said to be captured once they were read back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

from crawler.archives.local_urls import record_address
from crawler.http.exchange import HttpExchange
from crawler.http.fetch import Fetch
from crawler.http.spool import NO_ROOM
from crawler.http.urls import request_url
from crawler.items import CaptureItem, Emit
from crawler.jobs.job import Job
from crawler.jobs.stop_signal import StopSignal
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import IndexEntry, LocalArchiveError, RecordDamaged
from crawler.local_archive.redirect_chains import read_redirect_chain
from crawler.local_archive.warc import WarcRecord
from crawler.local_capture.batch_writer import BatchWriter, failed
from crawler.local_capture.captured_page import CapturedPage
from crawler.local_capture.page_fetcher import NotFetched, PageFetcher
from crawler.preservation.captures import begin_capture
from store.vocabulary import LOCAL, CaptureResult, RetryWhen, Verdict, parse_timestamp
from store.work.captures import CaptureTask
from store.work.runs import RunOutcome

SERVED = (Verdict.ALIVE, Verdict.MOVED)


class LocalCapturer:
    """Has pages kept in one archive, any number of them side by side. An archive that cannot be written to gives the order to stop."""

    def __init__(self, job: Job, shelf: BatchWriter, fetch: Fetch, emit: Emit) -> None:
        self.halted = StopSignal()
        self._job = job
        self._shelf = shelf
        self._taker = PageFetcher(job, fetch)
        self._emit = emit

    async def capture(self, task: CaptureTask) -> None:
        """Keep a page, and what it shows. What is not kept stays due."""
        await asyncio.to_thread(begin_capture, self._job, task)
        await self._answer(task, self._captured)

    async def complete(self, task: CaptureTask) -> None:
        """Keep what a page shows that a probe brought: that one is kept already. Until this is done the capture stays under way."""
        await self._answer(task, self._completed)

    async def _answer(
        self, task: CaptureTask, work: Callable[[CaptureTask], Awaitable[CaptureResult | None]]
    ) -> None:
        try:
            answer = await work(task)
        except LocalArchiveError as error:
            self.halted.request(RunOutcome.FAILED, str(error))
            return
        if answer is not None:
            await self._emit(CaptureItem(service=LOCAL, task=task, result=answer))

    async def _captured(self, task: CaptureTask) -> CaptureResult | None:
        """Take a page and keep it; None where the job was stopped before it was whole: another run begins anew."""
        taken = await self._taker.fetch_page(task.url)
        if isinstance(taken, NotFetched):
            return failed(
                "not-asked", taken.reason, RetryWhen.LATER if taken.retry else RetryWhen.NEVER
            )
        page, found = taken
        if found.verdict not in SERVED:
            return failed(str(found.reason), found.detail)
        if page.missing_reason == NO_ROOM:
            raise self._shelf.no_space_error()
        if not page.exchanges:
            return failed("not-whole", page.missing_reason)
        entries = await self._shelf.write(page.exchanges)
        return await self._with_resources(page, entries, digest=entries[-1].digest)

    async def _completed(self, task: CaptureTask) -> CaptureResult | None:
        try:
            records = await asyncio.to_thread(_kept_of, self._shelf.layout, task)
        except RecordDamaged as error:
            return failed("damaged", f"the record a probe brought is {error}")
        page = CapturedPage(url=records[0].url, exchanges=[_exchange(record) for record in records])
        return await self._with_resources(
            page, (), digest=records[-1].headers.get("warc-payload-digest", "")
        )

    async def _with_resources(
        self, page: CapturedPage, kept: Sequence[IndexEntry], *, digest: str
    ) -> CaptureResult | None:
        entries = list(kept)
        async with aclosing(self._taker.fetch_requisites(page)) as resources:
            async for exchanges in resources:
                entries += await self._shelf.write(exchanges)
        return None if self._job.stop else await self._shelf.confirm(page, entries, digest=digest)


def _kept_of(folder: ArchiveLayout, task: CaptureTask) -> Sequence[WarcRecord]:
    """Read the records of a page that a probe brought; its capture has their timestamp for a name."""
    return read_redirect_chain(folder, record_address(task.job_id, request_url(task.url)))


def _exchange(record: WarcRecord) -> HttpExchange:
    at = parse_timestamp(record.timestamp)
    if at is None:
        raise RecordDamaged("without a date")
    return HttpExchange(
        url=record.url,
        at=at,
        request=b"",
        head=record.head,
        body=record.payload,
        content=record.content,
        status=record.http_status,
        headers=record.http_headers,
    )
