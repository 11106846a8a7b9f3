"""Captures in our own archive: pages taken, kept with what belongs to them, and said to be captured once they were read back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from crawler.archives.local.addresses import record_address
from crawler.archives.local.archive import LocalArchive
from crawler.archives.local.records import Entry, Exchange, LocalArchiveError, RecordDamaged
from crawler.items import CaptureItem
from crawler.job import Job
from crawler.liveness import judge
from crawler.preservation.asking import Emit
from crawler.preservation.captures import begin_capture
from crawler.preservation.local.taking import NotAsked, Taken, Taker
from crawler.probing.prober import Fetch
from store.captures import CaptureTask
from store.runs import RunOutcome
from store.vocabulary import LOCAL, CaptureAnswer, CaptureStatus, RetryWhen, Snapshot, Verdict, format_timestamp

_SERVED = (Verdict.ALIVE, Verdict.MOVED)


class Keeping:
    """Has pages kept in one archive, any number of them side by side."""

    def __init__(self, job: Job, archive: LocalArchive, fetch: Fetch, emit: Emit) -> None:
        self._job = job
        self._archive = archive
        self._taker = Taker(job, fetch)
        self._emit = emit
        self._writing = asyncio.Lock()

    async def keep(self, task: CaptureTask) -> None:
        """Keep one page. An archive that cannot be written to ends the job: what was not kept stays due."""
        await asyncio.to_thread(begin_capture, self._job, task)
        try:
            answer = await self._captured(task.url)
        except LocalArchiveError as error:
            self._job.stop.order(RunOutcome.FAILED, str(error))
            return
        if answer is not None:
            await self._emit(CaptureItem(service=LOCAL, task=task, answer=answer))

    async def _captured(self, url: str) -> CaptureAnswer | None:
        """Take a page and keep it; None where the job was stopped before it was whole: another run begins anew."""
        taken = await self._taker.take(url)
        if isinstance(taken, NotAsked):
            return _failed("not-asked", taken.why, RetryWhen.LATER if taken.again else RetryWhen.NEVER)
        found = judge(taken.probe)
        if found.verdict not in _SERVED:
            return _failed(str(found.reason), found.detail)
        if not taken.exchanges:
            return _failed("not-whole", taken.lacks)
        entries = list(await self._write(taken.exchanges))
        async with aclosing(self._taker.resources(taken)) as resources:
            async for exchanges in resources:
                entries += await self._write(exchanges)
        if self._job.stop:
            return None
        return await self._acknowledged(taken, entries)

    async def _write(self, exchanges: Sequence[Exchange]) -> Sequence[Entry]:
        async with self._writing:
            return await asyncio.to_thread(lambda: [self._archive.keep(exchange) for exchange in exchanges])

    async def _acknowledged(self, taken: Taken, entries: Sequence[Entry]) -> CaptureAnswer:
        """Say that a page is captured: its records are on the disk, and were read back from there."""
        async with self._writing:
            try:
                await asyncio.to_thread(self._read_back, entries)
            except RecordDamaged as error:
                return _failed("damaged", f"the record just written is {error}")
        first, last = taken.first, taken.exchanges[-1]
        timestamp = format_timestamp(first.at)
        snapshot = Snapshot(
            service=LOCAL,
            url=record_address(timestamp, first.url),
            original=first.url,
            captured_at=first.at.replace(microsecond=0),
            status=last.status,
            mimetype=taken.mime,
            digest=entries[len(taken.exchanges) - 1].digest,
        )
        return CaptureAnswer(status=CaptureStatus.CAPTURED, snapshot=snapshot, detail=f"{len(entries)} records")

    def _read_back(self, entries: Sequence[Entry]) -> None:
        self._archive.sync()
        for entry in entries:
            self._archive.read(entry)


def _failed(code: str, detail: str, retry: RetryWhen = RetryWhen.LATER) -> CaptureAnswer:
    return CaptureAnswer(status=CaptureStatus.FAILED, code=code, detail=detail, retry=retry)
