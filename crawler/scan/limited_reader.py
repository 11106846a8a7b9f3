"""Read single pages again, as a scan does: a large page in a process with a time limit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Event, Timer
from typing import Self

import msgspec

from crawler.archives import pair_page
from crawler.pages import Dialect, NotText
from crawler.scan.page_source import PageSource
from crawler.scan.process_pool import SMALL_PAGE_BYTES, TIME_LIMIT
from crawler.scan.reader import ReadResult, SourceReader, describe_failure
from crawler.scan.worker_process import PageJob, WorkerProcess, process_context
from store.vocabulary import Page, PageWarning

# On a busy machine a process takes long to start: six times the time limit of a page.
_START_FACTOR = 6
_EMPTY_PAGE = PageSource(path="", size=0, data=b"", format="markdown")
_UNPACK = msgspec.msgpack.Decoder(list[ReadResult]).decode


@dataclass(frozen=True, slots=True)
class _ParserOnly(SourceReader):
    """Reads pages without the regular expression fallback: its results cannot be used for edits."""

    def read_or_fall_back(self, source: PageSource, reason: str = "") -> Page | PageWarning:
        """Return the record of a page, or a warning if the parser fails."""
        try:
            return self.read(source)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  also a panic of native code
            problem = reason or describe_failure(error)
            return PageWarning(page=source.path, line=0, code="unreadable", message=problem)


class ReadingStopped(NotText, TimeoutError):
    """Raised when the process that reads a page took too long or crashed."""


class LimitedReader:
    """Reads pages one after another, each within the time limit of a scan.

    Small pages are read in this process.

    Args:
        dialect: How the wiki's renderer reads Markdown.
        local_archive_url: The base URL of the local archive.
        time_limit: Seconds for a page.
    """

    def __init__(
        self, dialect: Dialect, local_archive_url: str, *, time_limit: float = TIME_LIMIT
    ) -> None:
        finish = partial(pair_page, local_archive_url=local_archive_url)
        self._reader = _ParserOnly(dialect, finish)
        self._time_limit = time_limit
        self._worker: WorkerProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, source: PageSource) -> Page:
        """Return the record of a page.

        Args:
            source: The page, with its bytes.

        Raises:
            NotText: The bytes are no text, or the parser failed.
            ReadingStopped: The parser took too long, or its process crashed.
        """
        if source.size <= SMALL_PAGE_BYTES:
            read = self._reader.read_or_fall_back(source)
        else:
            read = self._read_in_worker(source)
        if isinstance(read, PageWarning):
            raise NotText(read.message.removeprefix("was skipped: "))
        return read

    def close(self) -> None:
        """End the process that reads large pages."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _start_worker(self) -> WorkerProcess:
        """Return a process that has read its first page, an empty one."""
        worker = WorkerProcess(process_context(), self._reader)
        worker.send([PageJob(0, _EMPTY_PAGE)])
        with suppress(EOFError, OSError):  # it crashed: reading the page reports that
            if worker.connection.poll(_START_FACTOR * self._time_limit):
                worker.connection.recv()
        worker.pending_batches.clear()
        return worker

    def _read_in_worker(self, source: PageSource) -> Page | PageWarning:
        """Read a page in the worker process. Raises ReadingStopped if that fails."""
        if self._worker is None:
            self._worker = self._start_worker()
        overdue = Event()
        # A timer, because sending a large page can block until the worker reads it.
        timer = Timer(self._time_limit, _kill, (self._worker, overdue))
        timer.start()
        try:
            self._worker.send([PageJob(0, source)])
            received = self._worker.connection.recv()
        except (EOFError, OSError) as error:
            self.close()
            problem = f"took longer than {self._time_limit:g} s" if overdue.is_set() else "crashed"
            raise ReadingStopped(f"the parser {problem}") from error
        finally:
            timer.cancel()
            timer.join()
        if overdue.is_set():
            self.close()
        else:
            self._worker.pending_batches.clear()
        (result,) = _UNPACK(received) if isinstance(received, bytes) else received
        return result.item


def _kill(worker: WorkerProcess, overdue: Event) -> None:
    overdue.set()
    worker.process.kill()
