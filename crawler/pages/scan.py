"""Reads many pages: in worker processes, in page order, each within a time limit, with bounded memory.

The parser is native code that holds the interpreter, so a page that takes too long can only be stopped with the process that reads it.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext

from crawler.pages.decode import NotText
from crawler.pages.dialect import Dialect
from crawler.pages.extraction import extract
from crawler.pages.plain import read_plainly
from crawler.pages.sources import PageSource
from store.vocabulary import Page, PageWarning

TIME_LIMIT = 5.0  # seconds a page
_FEW = 24  # pages not worth starting a process for
_SMALL = 65_536  # bytes of a page that no text can make slow
_BATCH = 8  # pages given to a worker at a time
_AHEAD = 512  # pages begun while an earlier one is not finished: bounds the memory


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A page whose bytes are those of the last scan; it was not parsed."""

    path: str
    sha256: str


Result = Page | PageWarning | Unchanged


def scan_pages(
    sources: Iterable[PageSource | PageWarning],
    *,
    dialect: Dialect = Dialect.MKDOCS,
    hashes: Mapping[str, str] | None = None,
    time_limit: float = TIME_LIMIT,
    processes: int | None = None,
) -> Iterator[Result]:
    """The records of the pages, in their order; warnings come through in their place.

    `hashes` has the SHA-256 of the pages read before, by path: a page that still has it comes back as `Unchanged`. `time_limit` is in seconds
    a page; what takes longer is read plainly. `processes` is by default the number of processors.
    """
    remaining = _without_unchanged(sources, hashes or {})
    first = list(islice(remaining, _FEW + 1))
    if len(first) <= _FEW and all(not isinstance(source, PageSource) or source.size <= _SMALL for source in first):
        for source in first:
            yield read_page(source, dialect) if isinstance(source, PageSource) else source
        return
    pool = _Pool(dialect, time_limit, processes or os.cpu_count() or 1)
    try:
        yield from pool.read(chain(first, remaining))
    finally:
        pool.close()


def read_page(source: PageSource, dialect: Dialect = Dialect.MKDOCS) -> Page | PageWarning:
    """The record of one page, or why it has none."""
    try:
        return extract(source.read(), path=source.path, dialect=dialect)
    except OSError as error:
        return PageWarning(page=source.path, line=0, code="unreadable", message=f"cannot be read: {error.strerror}")
    except NotText as error:
        return PageWarning(page=source.path, line=0, code="binary", message=f"was skipped: {error}")


def _read_plainly(source: PageSource, why: str) -> Page | PageWarning:
    try:
        return read_plainly(source.read(), path=source.path, why=why)
    except (OSError, NotText):
        return PageWarning(page=source.path, line=0, code="unreadable", message=why)


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


def _work(connection: Connection, dialect: Dialect) -> None:
    """A worker: batches of pages in, one answer a page out; a text instead of a record says why there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    while batch := connection.recv():
        for source in batch:
            try:
                answer: Page | PageWarning | str = read_page(source, dialect)
            except BaseException as error:  # noqa: BLE001 - a panic of the native parser is no Exception
                answer = f"the parser failed ({type(error).__name__})"
            connection.send(answer)


class _Worker:
    """One process and what it was given; `since` is when it began its present page."""

    def __init__(self, context: BaseContext, dialect: Dialect) -> None:
        self.connection, other = context.Pipe()
        self.process = context.Process(target=_work, args=(other, dialect), daemon=True)  # type: ignore[attr-defined]
        self.process.start()
        other.close()
        self.tasks: deque[tuple[int, PageSource]] = deque()
        self.since = 0.0

    def give(self, batch: list[tuple[int, PageSource]]) -> None:
        self.tasks.extend(batch)
        self.since = time.monotonic()
        self.connection.send([source for _, source in batch])

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class _Pool:
    """The workers, and the pages on their way."""

    def __init__(self, dialect: Dialect, time_limit: float, processes: int) -> None:
        self.context, self.dialect, self.time_limit = _context(), dialect, time_limit
        self.workers = [_Worker(self.context, dialect) for _ in range(processes)]
        self.returned: deque[tuple[int, PageSource]] = deque()  # what a stopped worker had not begun
        self.done: dict[int, Result] = {}
        self.next = 0
        self.exhausted = False

    def read(self, sources: Iterable[PageSource | PageWarning | Unchanged]) -> Iterator[Result]:
        numbered = enumerate(sources)
        while True:
            for worker in self.workers:
                if not worker.tasks and (batch := self._batch(numbered)):
                    worker.give(batch)
            while self.next in self.done:
                yield self.done.pop(self.next)
                self.next += 1
            if any(worker.tasks for worker in self.workers):
                self._collect()
            elif self.exhausted and not self.returned and not self.done:
                return

    def _batch(self, numbered: Iterator[tuple[int, PageSource | PageWarning | Unchanged]]) -> list[tuple[int, PageSource]]:
        """The next pages to read; what needs no reading is done at once."""
        batch: list[tuple[int, PageSource]] = []
        while self.returned and len(batch) < _BATCH:
            batch.append(self.returned.popleft())
        while len(batch) < _BATCH and len(self.done) < _AHEAD:
            index, source = next(numbered, (-1, None))
            if source is None:
                self.exhausted = True
                break
            if isinstance(source, PageSource):
                batch.append((index, source))
            else:
                self.done[index] = source
        return batch

    def _collect(self) -> None:
        """Wait for answers, and for no page longer than its time."""
        busy = {worker.connection: worker for worker in self.workers if worker.tasks}
        deadline = min(worker.since for worker in busy.values()) + self.time_limit
        for connection in wait(list(busy), max(0.0, deadline - time.monotonic())):
            worker = busy[connection]  # type: ignore[index]
            try:
                answer = worker.connection.recv()
            except (EOFError, ConnectionError):
                self._replace(worker, "the parser crashed")
                continue
            index, source = worker.tasks.popleft()
            self.done[index] = _read_plainly(source, answer) if isinstance(answer, str) else answer
            worker.since = time.monotonic()
        for worker in busy.values():
            if (
                worker.tasks
                and worker in self.workers
                and time.monotonic() - worker.since >= self.time_limit
                and not worker.connection.poll()
            ):
                self._replace(worker, f"the parser took longer than {self.time_limit:g} s")

    def _replace(self, worker: _Worker, why: str) -> None:
        """Stop a worker that its present page has stopped, read that page plainly, and give the rest to others."""
        worker.stop()
        index, source = worker.tasks.popleft()
        self.returned.extend(worker.tasks)
        self.done[index] = _read_plainly(source, why)
        self.workers[self.workers.index(worker)] = _Worker(self.context, self.dialect)

    def close(self) -> None:
        for worker in self.workers:
            worker.stop()
