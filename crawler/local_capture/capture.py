"""Capture pages into the local archive: fetch, write, read back, and report the result."""

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
from crawler.local_archive import (
    ArchiveLayout,
    IndexEntry,
    LocalArchiveError,
    RecordDamaged,
    RecordUnreadable,
    WarcRecord,
    read_redirect_chain,
)
from crawler.local_capture.batch_writer import BatchWriter, failed_result, logger
from crawler.local_capture.captured_page import CapturedPage
from crawler.local_capture.page_fetcher import NotFetched, PageFetcher
from crawler.preservation.capture_queue import begin_capture
from store.vocabulary import LOCAL, SERVED_VERDICTS, CaptureResult, RetryWhen, parse_timestamp
from store.work.archives.captures import CaptureTask
from store.work.runs import RunOutcome


class LocalCapturer:
    """Captures pages into one archive; tasks may use it concurrently.

    Args:
        job: The job.
        writer: The archive.
        fetch: Sends a single request, and records its exchange.
        emit: Sends an item through the pipelines.

    Attributes:
        halted: A stop signal, requested when the archive can no longer be written.
    """

    def __init__(self, job: Job, writer: BatchWriter, fetch: Fetch, emit: Emit) -> None:
        self.halted = StopSignal()
        self._job = job
        self._writer = writer
        self._fetcher = PageFetcher(job, fetch)
        self._emit = emit
        self._has_unreadable_pages = False

    async def capture(self, task: CaptureTask) -> None:
        """Capture a page and its requisites.

        If the job stops before that, the capture stays due.
        """
        await begin_capture(self._job, task)
        await self._run(task, self._capture_page)

    async def complete(self, task: CaptureTask) -> None:
        """Capture the requisites of a page that a probe captured.

        If the job stops before that, the capture stays pending.
        """
        await self._run(task, self._capture_requisites_of)

    async def _run(
        self, task: CaptureTask, work: Callable[[CaptureTask], Awaitable[CaptureResult | None]]
    ) -> None:
        """Emit the result of a capture, or request `halted` if the archive cannot be written.

        Args:
            task: The capture.
            work: Makes it and returns the result; None if the job was stopped before the end.
        """
        try:
            result = await work(task)
        except LocalArchiveError as error:
            self.halted.request(RunOutcome.FAILED, str(error))
            return
        if result is not None:
            await self._emit(CaptureItem(service=LOCAL, task=task, result=result))

    async def _capture_page(self, task: CaptureTask) -> CaptureResult | None:
        """Fetch and write a page; None if the job was stopped before it was complete."""
        fetched = await self._fetcher.fetch_page(task.url)
        if isinstance(fetched, NotFetched):
            retry = RetryWhen.SOON if fetched.may_retry else RetryWhen.NEVER
            return failed_result("not-requested", fetched.reason, retry, was_requested=False)
        page, judgement = fetched
        if judgement.verdict not in SERVED_VERDICTS:
            return failed_result(str(judgement.reason), judgement.detail)
        if page.missing_reason == NO_ROOM:
            raise self._writer.no_space_error()
        if not page.exchanges:
            return failed_result("incomplete", page.missing_reason)
        entries = await self._writer.write(page.exchanges)
        return await self._finish(page, entries, digest=entries[-1].digest)

    async def _capture_requisites_of(self, task: CaptureTask) -> CaptureResult | None:
        """Fetch and write the requisites of a page that is in the archive.

        Returns:
            The result of the capture; None if the job was stopped, or if the page cannot be read
            now, so that the capture stays pending.
        """
        try:
            records = await asyncio.to_thread(_read_page, self._writer.layout, task)
        except RecordUnreadable as error:
            if not self._has_unreadable_pages:  # one warning, as they may have the same cause
                logger.warning("%s is completed in a later run: its record is %s", task.url, error)
            self._has_unreadable_pages = True
            return None
        except RecordDamaged as error:
            return failed_result("damaged", f"the record a probe captured is {error}")
        page = CapturedPage(url=records[0].url, exchanges=[_exchange(record) for record in records])
        digest = records[-1].headers.get("warc-payload-digest", "")
        return await self._finish(page, (), digest=digest)

    async def _finish(
        self, page: CapturedPage, page_entries: Sequence[IndexEntry], *, digest: str
    ) -> CaptureResult | None:
        """Fetch and write a page's requisites, and confirm the capture.

        Args:
            page: The page.
            page_entries: The index entries of the page, if it was written in this run.
            digest: The digest of the payload of the page's final response.

        Returns:
            The result of the capture; None if the job was stopped.
        """
        entries = list(page_entries)
        async with aclosing(self._fetcher.fetch_requisites(page)) as requisites:
            async for exchanges in requisites:
                entries += await self._writer.write(exchanges)
        if self._job.stop:
            return None
        return await self._writer.confirm(page, entries, digest=digest)


def _read_page(layout: ArchiveLayout, task: CaptureTask) -> Sequence[WarcRecord]:
    """Read the records of a page that a probe captured: the capture's job id is their timestamp."""
    return read_redirect_chain(layout, record_address(task.job_id, request_url(task.url)))


def _exchange(record: WarcRecord) -> HttpExchange:
    """Return the exchange of a record, without its request.

    Raises:
        RecordDamaged: The record has no date.
    """
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
