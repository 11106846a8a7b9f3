"""Reads many pages: in worker processes, in page order, each within a time limit, with bounded memory.

The parser is native code that holds the interpreter, so a page that takes too long can only be stopped with the process that reads it.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from queue import SimpleQueue

import msgspec

from crawler.pages.decode import NotText
from crawler.pages.dialect import Dialect
from crawler.pages.extraction import extract
from crawler.pages.regex_fallback import find_urls_by_regex
from crawler.scan.discovery import PageSource
from store.vocabulary import Page, PageWarning

TIME_LIMIT = 5.0  # seconds a page
_MAX_PAGES_WITHOUT_POOL = 24  # pages not worth starting a process for
_SMALL_PAGE_BYTES = 65_536  # bytes of a page that no text can make slow
_BATCH_PAGES = 16  # small pages given to a worker at a time; a larger one is given alone
_MAX_QUEUED_BATCHES = 4  # batches a worker has before it, so that it reads on while the caller is busy with what was read
_MAX_PAGES_AHEAD = 512  # pages begun while an earlier one is not finished: bounds the memory


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A page whose bytes are those of the last scan; it was not parsed."""

    path: str
    sha256: str


ScanItem = Page | PageWarning | Unchanged
PageFinisher = Callable[[Page], Page]


def scan_pages(
    sources: Iterable[PageSource | PageWarning],
    *,
    dialect: Dialect = Dialect.MKDOCS,
    hashes: Mapping[str, str] | None = None,
    finish: PageFinisher | None = None,
    time_limit: float = TIME_LIMIT,
    processes: int | None = None,
) -> Iterator[ScanItem]:
    """The records of the pages, in their order; warnings come through in their place.

    `hashes` has the SHA-256 of the pages read before, by path: a page that still has it comes back as `Unchanged`. `finish` is what remains to
    be done to each record, done where the page was read: a function that can be pickled. `time_limit` is in seconds a page; what takes longer
    is read plainly. `processes` is by default the number of processors.
    """
    remaining = _without_unchanged(sources, hashes or {})
    reader = PageReader(dialect, finish)
    first = list(islice(remaining, _MAX_PAGES_WITHOUT_POOL + 1))
    if len(first) <= _MAX_PAGES_WITHOUT_POOL and all(
        not isinstance(source, PageSource) or source.size <= _SMALL_PAGE_BYTES for source in first
    ):
        started = time.monotonic()
        while first and time.monotonic() - started < time_limit:
            source = first.pop(0)
            yield reader.read_or_fall_back(source) if isinstance(source, PageSource) else source
        if not first:
            return
    pool = _Pool(reader, time_limit, processes or os.cpu_count() or 1)
    try:
        yield from pool.read(chain(first, remaining))
    finally:
        pool.close()


def read_source(source: PageSource, dialect: Dialect = Dialect.MKDOCS) -> Page | PageWarning:
    """The record of one page, or why it has none."""
    try:
        return extract(source.read(), path=source.path, dialect=dialect)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        return PageWarning(page=source.path, line=0, code="unreadable", message=what)
    except NotText as error:
        return PageWarning(page=source.path, line=0, code="binary", message=f"was skipped: {error}")


@dataclass(frozen=True, slots=True)
class PageReader:
    """How pages are read, and what remains to be done to their records."""

    dialect: Dialect
    finish: PageFinisher | None

    def read(self, source: PageSource) -> Page | PageWarning:
        return self._finished(read_source(source, self.dialect))

    def read_or_fall_back(self, source: PageSource) -> Page | PageWarning:
        """Read a page in this process; one that the parser fails at is read plainly."""
        answer = read_safely(source, self)
        return answer.page or answer.warning or self.read_by_regex(source, answer.failure)

    def read_by_regex(self, source: PageSource, why: str) -> Page | PageWarning:
        try:
            return self._finished(find_urls_by_regex(source.read(), path=source.path, reason=why))
        except Exception as error:  # noqa: BLE001  the page has a warning already, and costs no other
            what = f"was skipped: {why}, and so did the plain reading ({type(error).__name__})"
            return PageWarning(page=source.path, line=0, code="unreadable", message=what)

    def _finished(self, read: Page | PageWarning) -> Page | PageWarning:
        return self.finish(read) if self.finish and isinstance(read, Page) else read


def _without_unchanged(
    sources: Iterable[PageSource | PageWarning], hashes: Mapping[str, str]
) -> Iterator[PageSource | PageWarning | Unchanged]:
    for source in sources:
        known = hashes.get(source.path) if isinstance(source, PageSource) else None
        if known and isinstance(source, PageSource) and _hash(source) == known:
            yield Unchanged(source.path, known)
        else:
            yield source


def _hash(source: PageSource) -> str:
    try:
        return hashlib.sha256(source.read()).hexdigest()
    except OSError:
        return ""


def _context() -> BaseContext:
    """Fork where no thread is running: to start fresh interpreters takes longer than to read a whole wiki."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
    context.set_forkserver_preload([__name__])
    return context


class _ReadResult(msgspec.Struct, array_like=True):
    """What a worker has to say of a page: its record, a warning in its place, or why there is neither."""

    page: Page | None = None
    warning: PageWarning | None = None
    failure: str = ""


def _run_worker(connection: Connection, reader: PageReader) -> None:
    """A worker: batches of pages in, their answers out.

    A thread sends them: while it waits for the caller to listen, batches are still taken in, or the caller could be waiting for just that.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ready: SimpleQueue[bytes | list[_ReadResult]] = SimpleQueue()
    threading.Thread(target=_send_results, args=(connection, ready), daemon=True).start()
    with suppress(EOFError, ConnectionError):  # the caller is gone
        while batch := connection.recv():
            ready.put(_pack([read_safely(source, reader) for source in batch]))


def _send_results(connection: Connection, ready: SimpleQueue[bytes | list[_ReadResult]]) -> None:
    with suppress(ConnectionError):
        while True:
            connection.send(ready.get())


def _pack(answers: list[_ReadResult]) -> bytes | list[_ReadResult]:
    """Pack answers, which is several times faster than pickling records. The name of a file may be no text: then they stay as they are."""
    try:
        return msgspec.msgpack.encode(answers)
    except UnicodeEncodeError:
        return answers


def describe_failure(error: BaseException) -> str:
    """Say that a page could not be read because of an internal error.

    >>> failure_of(KeyError("a word of the page"))
    'the parser failed (KeyError)'
    """
    return f"the parser failed ({type(error).__name__})"


def internal_error_in(warning: PageWarning) -> str | None:
    """Return the class of the exception that a warning tells of, as `failure_of` writes it; None where it tells of none."""
    found = re.search(r"the parser failed \((\w+)\)", warning.message)
    return found[1] if found else None


def read_safely(source: PageSource, reader: PageReader) -> _ReadResult:
    try:
        read = reader.read(source)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of the native parser is no Exception
        return _ReadResult(failure=describe_failure(error))
    return _ReadResult(page=read) if isinstance(read, Page) else _ReadResult(warning=read)


class _Worker:
    """One process, the batches before it, and since when it has been at the first of them."""

    def __init__(self, context: BaseContext, reader: PageReader) -> None:
        self.connection, other = context.Pipe()
        self.process = context.Process(target=_run_worker, args=(other, reader), daemon=True)  # type: ignore[attr-defined]
        self.process.start()
        other.close()
        self.batches: deque[list[tuple[int, PageSource]]] = deque()
        self.since = 0.0

    def send(self, batch: list[tuple[int, PageSource]]) -> None:
        if not self.batches:
            self.since = time.monotonic()
        self.batches.append(batch)
        self.connection.send([source for _, source in batch])

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class _Pool:
    """The workers, and the pages on their way."""

    def __init__(self, reader: PageReader, time_limit: float, processes: int) -> None:
        self.context, self.reader, self.time_limit = _context(), reader, time_limit
        self.workers = [_Worker(self.context, reader) for _ in range(processes)]
        self.unpack = msgspec.msgpack.Decoder(list[_ReadResult]).decode
        self.single_pages: deque[tuple[int, PageSource]] = (
            deque()
        )  # pages to be read one at a time, each by a worker that has nothing else to do
        self.results: dict[int, ScanItem] = {}
        self.next_index = 0
        self.exhausted = False  # all sources were taken; what needs no reading may fill the room ahead before that

    def read(self, sources: Iterable[PageSource | PageWarning | Unchanged]) -> Iterator[ScanItem]:
        numbered = enumerate(sources)
        while True:
            for _ in range(_MAX_QUEUED_BATCHES):
                for worker in self.workers:
                    if len(worker.batches) < _MAX_QUEUED_BATCHES and (
                        batch := self._batch(numbered, is_idle=not worker.batches)
                    ):
                        worker.send(batch)
            while self.next_index in self.results:
                yield self.results.pop(self.next_index)
                self.next_index += 1
            if any(worker.batches for worker in self.workers):
                self._collect()
            elif self.exhausted and not self.single_pages and not self.results:
                return

    def _batch(
        self, numbered: Iterator[tuple[int, PageSource | PageWarning | Unchanged]], *, is_idle: bool
    ) -> list[tuple[int, PageSource]]:
        """The next pages for a worker to read; what needs no reading is done at once."""
        batch: list[tuple[int, PageSource]] = []
        while not self.single_pages and len(batch) < _BATCH_PAGES and len(self.results) < _MAX_PAGES_AHEAD:
            index, source = next(numbered, (-1, None))
            if source is None:
                self.exhausted = True
                break
            if not isinstance(source, PageSource):
                self.results[index] = source
            elif source.size > _SMALL_PAGE_BYTES or source.data is not None:
                self.single_pages.append((index, source))
            else:
                batch.append((index, source))
        return batch or ([self.single_pages.popleft()] if self.single_pages and is_idle else [])

    def _collect(self) -> None:
        """Wait for answers, but not longer than the time limit."""
        busy = {worker.connection: worker for worker in self.workers if worker.batches}
        deadline = min(worker.since for worker in busy.values()) + self.time_limit
        for connection in wait(list(busy), max(0.0, deadline - time.monotonic())):
            worker = busy[connection]  # type: ignore[index]
            try:
                answers = worker.connection.recv()
            except (EOFError, ConnectionError):
                self._replace(worker, "the parser crashed")
                continue
            self._accept(worker, self.unpack(answers) if isinstance(answers, bytes) else answers)
        for worker in busy.values():
            if (
                worker.batches
                and worker in self.workers
                and time.monotonic() - worker.since >= self.time_limit
                and not worker.connection.poll()
            ):
                self._replace(worker, f"the parser took longer than {self.time_limit:g} s")

    def _accept(self, worker: _Worker, answers: list[_ReadResult]) -> None:
        for (index, source), answer in zip(worker.batches.popleft(), answers, strict=True):
            self.results[index] = (
                answer.page or answer.warning or self.reader.read_by_regex(source, answer.failure)
            )
        worker.since = time.monotonic()

    def _replace(self, worker: _Worker, why: str) -> None:
        """Stop a worker that a page has stopped. That page is read plainly; of several each gets a try of its own."""
        worker.stop()
        self.workers[self.workers.index(worker)] = _Worker(self.context, self.reader)
        stopped_at, *waiting = worker.batches
        if len(stopped_at) == 1:
            ((index, source),) = stopped_at
            self.results[index] = self.reader.read_by_regex(source, why)
        else:
            self.single_pages.extend(stopped_at)
        self.single_pages.extend(chain.from_iterable(waiting))

    def close(self) -> None:
        for worker in self.workers:
            worker.stop()
