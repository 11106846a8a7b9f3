"""The local archive as a job puts pages there: many at once have something for it, one at a time is written, in worker threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from threading import Lock
from typing import TypeVar

from crawler.archives.local.addresses import record_address
from crawler.archives.local.archive import LocalArchive, open_archive
from crawler.archives.local.folder import Folder
from crawler.archives.local.records import Entry, Exchange, LocalArchiveError, RecordDamaged
from crawler.job import Job
from crawler.preservation.asking import logger
from crawler.preservation.local.taken import Taken
from store.vocabulary import LOCAL, CaptureAnswer, CaptureStatus, RetryWhen, Snapshot, format_timestamp

_T = TypeVar("_T")


class Shelf:
    """An archive opened for writing, by `open_shelf`."""

    def __init__(self, archive: LocalArchive) -> None:
        self._archive = archive
        self._turn = asyncio.Lock()
        self._writing = Lock()  # a thread goes on though who waited for it was cancelled
        self._is_closed = False

    @property
    def folder(self) -> Folder:
        return self._archive.folder

    async def put(self, exchanges: Sequence[Exchange]) -> Sequence[Entry]:
        """Write exchanges down. Raises LocalArchiveError."""
        return await self._alone(lambda: [self._archive.keep(exchange) for exchange in exchanges])

    async def acknowledge(self, page: Taken, entries: Sequence[Entry], *, digest: str) -> CaptureAnswer:
        """Say that a page is captured: its records are on the disk, and were read back from there. `digest` is of the page's own payload.

        Raises LocalArchiveError.
        """
        try:
            await self._alone(lambda: self._read_back(entries))
        except RecordDamaged as error:
            return failed("damaged", f"the record just written is {error}")
        first, last = page.first, page.exchanges[-1]
        snapshot = Snapshot(
            service=LOCAL,
            url=record_address(format_timestamp(first.at), first.url),
            original=first.url,
            captured_at=first.at.replace(microsecond=0),
            status=last.status,
            mimetype=page.mime,
            digest=digest,
        )
        return CaptureAnswer(status=CaptureStatus.CAPTURED, snapshot=snapshot, detail=f"{len(entries)} records")

    def close(self) -> None:
        """Let nobody write any more, once who writes now is done."""
        with self._writing:
            self._is_closed = True

    async def _alone(self, work: Callable[[], _T]) -> _T:
        def locked() -> _T:
            with self._writing:
                if self._is_closed:
                    raise LocalArchiveError("the archive is closed")
                return work()

        async with self._turn:
            return await asyncio.to_thread(locked)

    def _read_back(self, entries: Sequence[Entry]) -> None:
        self._archive.sync()
        for entry in entries:
            self._archive.read(entry)


@asynccontextmanager
async def open_shelf(job: Job) -> AsyncIterator[Shelf]:
    """Open the job's archive, making it if there is none. Raises LocalArchiveError."""
    local = job.config.archives.local
    opening = open_archive(Folder(job.loaded.local_archive), file_bytes=round(local.file_megabytes * 1_000_000), clock=job.clock)
    with ExitStack() as stack:
        archive = await asyncio.to_thread(stack.enter_context, opening)
        for note in archive.notes:
            logger.warning("%s", note)
        shelf = Shelf(archive)
        stack.callback(shelf.close)
        yield shelf


def failed(code: str, detail: str, retry: RetryWhen = RetryWhen.LATER) -> CaptureAnswer:
    """Say that nothing was kept, and why."""
    return CaptureAnswer(status=CaptureStatus.FAILED, code=code, detail=detail, retry=retry)
