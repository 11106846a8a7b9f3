"""Read many pages in worker processes: in page order, each within a time limit, in bounded memory.

The parser is native code that holds the interpreter lock, so a page that takes too long can only be
stopped by ending the process that reads it (`worker_process`).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from multiprocessing.connection import wait

import msgspec
from msgspec import Struct

from crawler.archives import pair_page
from crawler.pages import Dialect
from crawler.pages.registry import DEFAULT_FORMAT, reader_named
from crawler.scan.page_source import PageSource
from crawler.scan.reader import PageFinisher, ReadResult, SourceReader, unreadable_page
from crawler.scan.worker_process import PageJob, WorkerProcess, process_context
from store.vocabulary import Page, PageWarning

TIME_LIMIT = 5.0  # seconds for a page, or for a batch of small ones
# Time limit for the regular expression fallback, which limits itself to less on an idle machine.
_FALLBACK_SECONDS = 120.0
_MAX_PAGES_WITHOUT_POOL = 24  # reading these takes less time than starting a process
SMALL_PAGE_BYTES = 65_536  # the parser reads any page of this size in time
_BATCH_PAGES = 16  # small pages sent to a worker at once; a larger page is sent alone
_MAX_QUEUED_BATCHES = 4  # so that a worker reads while the caller processes results
# Results are yielded in page order. These limit the memory of results that wait for an earlier
# page: finished pages, and their citations.
_MAX_PAGES_AHEAD = 512
_MAX_CITATIONS_AHEAD = 100_000


class UnchangedPage(Struct, frozen=True):
    """A page whose bytes are those of the last scan; it was not parsed."""

    path: str
    sha256: str


ScanItem = Page | PageWarning | UnchangedPage
"""The result of reading a source: a page, a warning, or that the page has not changed."""

_Source = PageSource | PageWarning | UnchangedPage
"""A page to read, or the item for one that is not read."""


def read_pages(
    sources: Sequence[PageSource | PageWarning],
    hashes: Mapping[str, str] | None = None,
    *,
    dialect: str = Dialect.MKDOCS,
    local_archive_url: str = "",
) -> Iterator[ScanItem]:
    """Read the pages of a wiki as `scan_pages` does, and pair their mirrors with originals.

    Args:
        sources: The pages, and warnings to pass through.
        hashes: The known SHA-256 by path; pages with the same hash are returned as
            `UnchangedPage`. None: all pages are parsed.
        dialect: How the wiki's renderer reads Markdown.
        local_archive_url: The base URL of the local archive.

    Returns:
        An iterator with one item for each source, in order.
    """
    finish = partial(pair_page, local_archive_url=local_archive_url)
    return scan_pages(sources, dialect=Dialect(dialect), hashes=hashes, finish=finish)


def scan_pages(
    sources: Iterable[PageSource | PageWarning],
    *,
    dialect: Dialect = Dialect.MKDOCS,
    hashes: Mapping[str, str] | None = None,
    finish: PageFinisher | None = None,
    time_limit: float = TIME_LIMIT,
    processes: int | None = None,
) -> Iterator[ScanItem]:
    """Read pages, in worker processes if there are many or large ones.

    Args:
        sources: The pages, and warnings to pass through.
        dialect: How the wiki's renderer reads Markdown.
        hashes: The known SHA-256 by path; pages with the same hash are returned as
            `UnchangedPage`. None: all pages are parsed.
        finish: Applied to each record in the worker; it must be picklable. None: records stay as
            they are.
        time_limit: Seconds for a page, or a batch of small ones. The pages of a slower batch are
            read one by one, a slower page by regular expression.
        processes: Number of workers; by default the number of processors.

    Yields:
        One item for each source, in order.
    """
    remaining = _without_unchanged(sources, hashes or {})
    reader = SourceReader(dialect, finish)
    first = list(islice(remaining, _MAX_PAGES_WITHOUT_POOL + 1))
    if len(first) <= _MAX_PAGES_WITHOUT_POOL and all(map(_is_small, first)):
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


def _is_small(source: _Source) -> bool:
    return not isinstance(source, PageSource) or source.size <= SMALL_PAGE_BYTES


def _without_unchanged(
    sources: Iterable[PageSource | PageWarning], hashes: Mapping[str, str]
) -> Iterator[_Source]:
    for source in sources:
        known = hashes.get(source.path) if isinstance(source, PageSource) else None
        if known and isinstance(source, PageSource) and _hash(source) == known:
            yield UnchangedPage(source.path, known)
        else:
            yield source


def _hash(source: PageSource) -> str:
    try:
        return hashlib.sha256(source.read()).hexdigest()
    except OSError:
        return ""


class _Pool:
    """The workers, and the pages sent to them.

    Attributes:
        single_pages: Pages that are sent alone, each to an idle worker.
        results: Finished items that are not yielded yet, by page number.
        citations_ahead: The number of citations in `results`.
        next_index: Number of the page to yield next.
        exhausted: Whether all sources were taken from the iterator.
    """

    def __init__(self, reader: SourceReader, time_limit: float, processes: int) -> None:
        reader_named(DEFAULT_FORMAT)  # forked workers share what is imported already
        self.context, self.reader, self.time_limit = process_context(), reader, time_limit
        self.workers = [WorkerProcess(self.context, reader) for _ in range(processes)]
        self.unpack = msgspec.msgpack.Decoder(list[ReadResult]).decode
        self.single_pages: deque[PageJob] = deque()
        self.results: dict[int, ScanItem] = {}
        self.citations_ahead = 0
        self.next_index = 0
        self.exhausted = False

    def read(self, sources: Iterable[_Source]) -> Iterator[ScanItem]:
        """Yield one item for each source, in order."""
        numbered = enumerate(sources)
        while True:
            self._fill_queues(numbered)
            while self.next_index in self.results:
                yield self._take_next()
            if any(worker.pending_batches for worker in self.workers):
                self._collect()
            elif self.exhausted and not self.single_pages and not self.results:
                return

    def _take_next(self) -> ScanItem:
        item = self.results.pop(self.next_index)
        self.next_index += 1
        self.citations_ahead -= _count_citations(item)
        return item

    def _fill_queues(self, numbered: Iterator[tuple[int, _Source]]) -> None:
        """Send batches in rounds, so that every worker gets one before any gets a second."""
        for _ in range(_MAX_QUEUED_BATCHES):
            for worker in self.workers:
                if len(worker.pending_batches) >= _MAX_QUEUED_BATCHES:
                    continue
                if batch := self._next_batch(numbered, is_idle=not worker.pending_batches):
                    worker.send(batch)

    def _next_batch(
        self, numbered: Iterator[tuple[int, _Source]], *, is_idle: bool
    ) -> list[PageJob]:
        """Return the next pages for a worker; items that need no reading go to the results."""
        batch: list[PageJob] = []
        while (
            not self.single_pages
            and len(batch) < _BATCH_PAGES
            and len(self.results) < _MAX_PAGES_AHEAD
            and self.citations_ahead < _MAX_CITATIONS_AHEAD
        ):
            index, source = next(numbered, (-1, None))
            if source is None:
                self.exhausted = True
                break
            if not isinstance(source, PageSource):
                self.results[index] = source
            elif source.size > SMALL_PAGE_BYTES or source.data is not None:
                # The content of standard input goes through the pipe, so to an idle worker.
                self.single_pages.append(PageJob(index, source))
            else:
                batch.append(PageJob(index, source))
        if not batch and self.single_pages and is_idle:
            return [self.single_pages.popleft()]
        return batch

    def _collect(self) -> None:
        """Wait for results, at most until the time limit of a worker's page."""
        busy = {worker.connection: worker for worker in self.workers if worker.pending_batches}
        deadline = min(map(self._deadline, busy.values()))
        for connection in wait(list(busy), max(0.0, deadline - time.monotonic())):
            worker = busy[connection]  # type: ignore[index]
            try:
                received = worker.connection.recv()
            except (EOFError, ConnectionError):
                self._replace(worker, "crashed")
                continue
            results = self.unpack(received) if isinstance(received, bytes) else received
            self._accept(worker, results)
        for worker in busy.values():
            if worker in self.workers and self._is_overdue(worker):
                self._replace(worker, f"took longer than {self._time_limit(worker):g} s")

    def _time_limit(self, worker: WorkerProcess) -> float:
        """Return the seconds that a worker may take for its oldest batch."""
        is_fallback = bool(worker.pending_batches[0][0].reason)
        return _FALLBACK_SECONDS if is_fallback else self.time_limit

    def _deadline(self, worker: WorkerProcess) -> float:
        return worker.first_batch_started_at + self._time_limit(worker)

    def _is_overdue(self, worker: WorkerProcess) -> bool:
        return (
            bool(worker.pending_batches)
            and time.monotonic() >= self._deadline(worker)
            and not worker.connection.poll()
        )

    def _accept(self, worker: WorkerProcess, results: list[ReadResult]) -> None:
        """Add the results of a worker's oldest batch to `results`."""
        for job, result in zip(worker.pending_batches.popleft(), results, strict=True):
            self.results[job.number] = item = result.item
            self.citations_ahead += _count_citations(item)
        worker.first_batch_started_at = time.monotonic()

    def _replace(self, worker: WorkerProcess, problem: str) -> None:
        """Replace a worker that crashed or is overdue.

        If its current batch has one page, that page is read again by regular expression. If this
        was the failed attempt, the page is skipped. If the batch has several pages, each is read
        again alone, as any of them may be the cause.

        Args:
            worker: The worker.
            problem: What happened, for the warning about the page ("crashed", "took longer ...").
        """
        worker.stop()
        self.workers[self.workers.index(worker)] = WorkerProcess(self.context, self.reader)
        current, *unstarted = worker.pending_batches
        if len(current) > 1:
            self.single_pages.extend(current)
        elif current[0].reason:
            index, source, reason = current[0]
            self.results[index] = unreadable_page(source, reason, problem)
        else:
            self.single_pages.append(current[0]._replace(reason=f"the parser {problem}"))
        self.single_pages.extend(chain.from_iterable(unstarted))

    def close(self) -> None:
        """Kill all workers."""
        for worker in self.workers:
            worker.stop()


def _count_citations(item: ScanItem) -> int:
    return len(item.citations) if isinstance(item, Page) else 0
