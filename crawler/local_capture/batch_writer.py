"""Write pages of many concurrent tasks to the local archive, and sync the disk once for all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

from crawler.archives.local_urls import record_address
from crawler.http.exchange import HttpExchange
from crawler.jobs.batcher import Batcher
from crawler.jobs.job import Job
from crawler.local_archive import (
    ArchiveLayout,
    IndexEntry,
    LocalArchiveError,
    LocalArchiveWriter,
    RecordDamaged,
    open_archive_writer,
)
from crawler.local_capture.captured_page import CapturedPage
from store.vocabulary import (
    LOCAL,
    CaptureResult,
    CaptureStatus,
    RetryWhen,
    Snapshot,
    format_timestamp,
)

logger = logging.getLogger("holdfast.local_capture")


# The commands of a batch.


@dataclass(frozen=True, slots=True)
class _Write:
    """Append exchanges."""

    exchanges: Sequence[HttpExchange]


@dataclass(frozen=True, slots=True)
class _ReadBack:
    """Sync, then read the records of these entries."""

    entries: Sequence[IndexEntry]


@dataclass(frozen=True, slots=True)
class _Close:
    """Refuse later writes."""


_Command = _Write | _ReadBack | _Close
_Result = Sequence[IndexEntry] | Exception
"""The entries that a command wrote or read, or the error that it ended with."""


class BatchWriter:
    """An archive opened for writing by `open_batch_writer`, shared by concurrent tasks.

    Exchanges that a task has submitted are written even if the task is cancelled.

    Args:
        writer: The archive, for use by this instance alone.
    """

    def __init__(self, writer: LocalArchiveWriter) -> None:
        self._writer = writer
        self._commands = Batcher(self._run_all)
        self._is_closed = False

    @property
    def layout(self) -> ArchiveLayout:
        """The archive's files."""
        return self._writer.layout

    def no_space_error(self) -> LocalArchiveError:
        """Return the error for a response that could not be buffered on the local disk."""
        return LocalArchiveError(
            f"pages cannot be buffered in {self.layout.path}: free some space and run again"
        )

    async def write(self, exchanges: Sequence[HttpExchange]) -> Sequence[IndexEntry]:
        """Write exchanges to the archive.

        Returns:
            Their index entries.

        Raises:
            LocalArchiveError: They cannot be written.
        """
        return await self._submit(_Write(exchanges))

    async def confirm(
        self, page: CapturedPage, entries: Sequence[IndexEntry], *, digest: str
    ) -> CaptureResult:
        """Sync the records of a capture, read them back, and return the result of the capture.

        Args:
            page: The page.
            entries: The index entries of the page and its requisites.
            digest: The digest of the payload of the page's final response.

        Returns:
            `captured` with a snapshot, or `failed` if a record cannot be read.

        Raises:
            LocalArchiveError: The records cannot be synced.
        """
        try:
            await self._submit(_ReadBack(entries))
        except RecordDamaged as error:
            return failed_result("damaged", f"the record just written is {error}")
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
        detail = f"{len(entries)} records"
        return CaptureResult(status=CaptureStatus.CAPTURED, snapshot=snapshot, detail=detail)

    async def close(self) -> None:
        """Finish the commands submitted so far; later writes are refused."""
        await self._commands.submit(_Close())

    async def _submit(self, command: _Command) -> Sequence[IndexEntry]:
        """Run a command with the next batch, and return its entries or raise its error."""
        result = await self._commands.submit(command)
        if isinstance(result, Exception):
            raise result
        return result

    def _run_all(self, commands: Sequence[_Command]) -> Sequence[_Result]:
        """Run the commands of a batch: all writes first, so that one sync serves all."""
        results: list[_Result] = [()] * len(commands)
        for position, command in enumerate(commands):
            if isinstance(command, _Write):
                results[position] = self._write(command.exchanges)
        if any(isinstance(command, _ReadBack) for command in commands):
            error = self._sync()
            for position, command in enumerate(commands):
                if isinstance(command, _ReadBack):
                    results[position] = error or self._read_back(command.entries)
        if any(isinstance(command, _Close) for command in commands):
            self._is_closed = True
        return results

    # Errors are returned, and raised in the task that submitted the command. If one were raised
    # here, the batcher would run the other commands again, which would write records twice.

    def _write(self, exchanges: Sequence[HttpExchange]) -> _Result:
        """Return the index entries of exchanges after writing them, or the error."""
        if self._is_closed:
            return LocalArchiveError("the archive is closed")
        try:
            return [self._writer.write(exchange) for exchange in exchanges]
        except Exception as error:  # noqa: BLE001  raised by `_submit`
            return error

    def _sync(self) -> Exception | None:
        """Sync the archive, and return the error if that failed."""
        try:
            self._writer.sync()
        except Exception as error:  # noqa: BLE001  raised by `_submit`
            return error
        return None

    def _read_back(self, entries: Sequence[IndexEntry]) -> _Result:
        """Return the entries after reading their records, or the error."""
        try:
            for entry in entries:
                self._writer.read(entry)
        except Exception as error:  # noqa: BLE001  raised by `_submit`
            return error
        return entries


@asynccontextmanager
async def open_batch_writer(job: Job) -> AsyncIterator[BatchWriter]:
    """Open the job's archive for writing, creating it if there is none.

    Args:
        job: The job, whose configuration names the archive's folder.

    Yields:
        The writer; it is closed at the end of the block.

    Raises:
        LocalArchiveError: The archive cannot be opened, or not finished at the end.
    """
    local = job.config.archives.local
    opening = open_archive_writer(
        ArchiveLayout(job.loaded.local_archive),
        file_bytes=round(local.file_megabytes * 1_000_000),
        clock=job.clock,
    )
    with ExitStack() as stack:
        writer = await asyncio.to_thread(stack.enter_context, opening)
        for note in writer.recovery_notes:
            logger.warning("%s", note)
        batch_writer = BatchWriter(writer)
        try:
            yield batch_writer
        finally:
            await asyncio.shield(batch_writer.close())


def failed_result(
    code: str,
    detail: str,
    retry: RetryWhen = RetryWhen.LATER,
    *,
    was_requested: bool = True,
) -> CaptureResult:
    """Return the result of a capture that failed.

    Args:
        code: A short word for the failure, stored and counted.
        detail: The failure, in words.
        retry: Whether, and when, to try again.
        was_requested: Whether a request was sent.
    """
    return CaptureResult(
        status=CaptureStatus.FAILED,
        code=code,
        detail=detail,
        retry=retry,
        was_requested=was_requested,
    )
