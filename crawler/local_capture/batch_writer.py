"""The local archive as a job puts pages there: what many have for it at once is written one after another, and the disk waited for once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

from crawler.archives.local_urls import record_address
from crawler.http.exchange import HttpExchange
from crawler.jobs.batching import Batcher
from crawler.jobs.job import Job
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import IndexEntry, LocalArchiveError, RecordDamaged
from crawler.local_archive.writer import LocalArchiveWriter, open_archive_writer
from crawler.local_capture.captured_page import CapturedPage
from crawler.preservation.archive_session import logger
from store.vocabulary import (
    LOCAL,
    CaptureResult,
    CaptureStatus,
    RetryWhen,
    Snapshot,
    format_timestamp,
)


@dataclass(frozen=True, slots=True)
class _Put:
    exchanges: Sequence[HttpExchange]


@dataclass(frozen=True, slots=True)
class _ReadBack:
    entries: Sequence[IndexEntry]


@dataclass(frozen=True, slots=True)
class _Close:
    pass


_Work = _Put | _ReadBack | _Close
_Done = Sequence[IndexEntry] | Exception


class BatchWriter:
    """An archive opened for writing, by `open_shelf`. Who is cancelled leaves what is being written to be written."""

    def __init__(self, archive: LocalArchiveWriter) -> None:
        self._archive = archive
        self._works = Batcher(self._do_all)
        self._is_closed = False

    @property
    def layout(self) -> ArchiveLayout:
        return self._archive.layout

    def no_space_error(self) -> LocalArchiveError:
        """Say that an answer could not be put aside until it is written: that is none of its link's doing."""
        return LocalArchiveError(
            f"what is to be kept cannot be put aside in {self.layout.path}: free some space and run again"
        )

    async def write(self, exchanges: Sequence[HttpExchange]) -> Sequence[IndexEntry]:
        """Write exchanges down. Raises LocalArchiveError."""
        return await self._do(_Put(exchanges))

    async def confirm(
        self, page: CapturedPage, entries: Sequence[IndexEntry], *, digest: str
    ) -> CaptureResult:
        """Say that a page is captured: its records are on the disk, and were read back from there. `digest` is of the page's own payload.

        Raises LocalArchiveError.
        """
        try:
            await self._do(_ReadBack(entries))
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
        return CaptureResult(
            status=CaptureStatus.CAPTURED, snapshot=snapshot, detail=f"{len(entries)} records"
        )

    async def close(self) -> None:
        """Let nobody write any more, once what is to be written is."""
        await self._works.submit(_Close())

    async def _do(self, work: _Work) -> Sequence[IndexEntry]:
        done = await self._works.submit(work)
        if isinstance(done, Exception):
            raise done
        return done

    def _do_all(self, works: Sequence[_Work]) -> Sequence[_Done]:
        """Write everything first, so that the disk is waited for once."""
        written = [
            self._written(work.exchanges) if isinstance(work, _Put) else () for work in works
        ]
        fault = self._synced() if any(isinstance(work, _ReadBack) for work in works) else None
        self._is_closed |= any(isinstance(work, _Close) for work in works)
        return [
            fault or self._read_back(work.entries) if isinstance(work, _ReadBack) else done
            for work, done in zip(works, written, strict=True)
        ]

    def _written(self, exchanges: Sequence[HttpExchange]) -> _Done:
        if self._is_closed:
            return LocalArchiveError("the archive is closed")
        try:
            return [self._archive.write(exchange) for exchange in exchanges]
        except Exception as error:  # noqa: BLE001  it is theirs who asked: what the others wrote is not to be written twice
            return error

    def _synced(self) -> Exception | None:
        try:
            self._archive.sync()
        except Exception as error:  # noqa: BLE001  as above
            return error
        return None

    def _read_back(self, entries: Sequence[IndexEntry]) -> _Done:
        try:
            for entry in entries:
                self._archive.read(entry)
        except Exception as error:  # noqa: BLE001  as above
            return error
        return entries


@asynccontextmanager
async def open_batch_writer(job: Job) -> AsyncIterator[BatchWriter]:
    """Open the job's archive, making it if there is none. Raises LocalArchiveError."""
    local = job.config.archives.local
    opening = open_archive_writer(
        ArchiveLayout(job.loaded.local_archive),
        file_bytes=round(local.file_megabytes * 1_000_000),
        clock=job.clock,
    )
    with ExitStack() as stack:
        archive = await asyncio.to_thread(stack.enter_context, opening)
        for note in archive.recovery_notes:
            logger.warning("%s", note)
        shelf = BatchWriter(archive)
        try:
            yield shelf
        finally:
            await asyncio.shield(shelf.close())


def failed(code: str, detail: str, retry: RetryWhen = RetryWhen.LATER) -> CaptureResult:
    """Say that nothing was kept, and why."""
    return CaptureResult(status=CaptureStatus.FAILED, code=code, detail=detail, retry=retry)
