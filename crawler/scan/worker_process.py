"""Run a process that reads batches of pages and sends back their results.

`process_pool` starts the processes, limits their time and replaces them.
"""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple, Protocol

from crawler.process.lifetime import leave_ctrl_c_to_parent, stop_signals_blocked
from crawler.scan.page_source import PageSource

# Reading a page of the largest size with a citation every fifty bytes takes half of this memory.
MAX_WORKER_BYTES = 1536 * 1024 * 1024


class PageJob(NamedTuple):
    """A page for a worker to read.

    Attributes:
        number: Its number among all pages.
        source: The page.
        reason: Why the parser is not used; empty to use it.
    """

    number: int
    source: PageSource
    reason: str = ""


def process_context() -> BaseContext:
    """Return the multiprocessing context: fork if safe, else forkserver or spawn.

    Fork is safe on Linux without other threads. It is preferred, because starting new interpreters
    takes longer than reading a wiki.
    """
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
    context.set_forkserver_preload([__name__])
    if sys.platform != "win32":
        # Now, because to start it unblocks signals, which must stay blocked for the fork server.
        resource_tracker.ensure_running()
    return context


class BatchReader(Protocol):
    """What a worker runs: it must be picklable."""

    def read_batch(self, batch: Sequence[tuple[Any, str]]) -> Any:
        """Return the results of a batch, packed as the caller unpacks them.

        Args:
            batch: What to read, each with the reason why its parser is not used ("" to use it).
        """


def _run_worker(connection: Connection, reader: BatchReader) -> None:
    """Read batches of pages from a connection until it is closed, and send back their results.

    A thread sends the results. Without it, worker and caller could each wait for the other to read.
    """
    leave_ctrl_c_to_parent()
    ready: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_send_results, args=(connection, ready), daemon=True).start()
    _limit_memory()  # last: with too little memory, starting the thread would never return
    # These exceptions mean that the parent has ended, or will replace this process.
    with suppress(EOFError, ConnectionError, MemoryError):
        while _waits_for_batch(connection) and (batch := connection.recv()):
            ready.put(reader.read_batch(batch))


def _waits_for_batch(connection: Connection) -> bool:
    """Wait for a batch, or for the end of the parent.

    The connection stays open if the parent is killed, because forked workers inherit its other end.

    Returns:
        False if the parent has ended.
    """
    parent = multiprocessing.parent_process()
    return parent is None or connection in wait([connection, parent.sentinel])


def _limit_memory() -> None:
    """Limit the memory that this process may allocate in addition to its present one (Linux only).

    The limit is relative, as a forked process starts with all the memory of its parent.
    """
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - not on every system

    with suppress(OSError):
        data_pages = int(Path("/proc/self/statm").read_text("ascii").split()[5])  # see proc(5)
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limit = data_pages * resource.getpagesize() + MAX_WORKER_BYTES
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _send_results(connection: Connection, ready: SimpleQueue[Any]) -> None:
    with suppress(ConnectionError):
        while True:
            connection.send(ready.get())


class WorkerProcess:
    """Starts a process, sends batches of pages to it, and stops it.

    Attributes:
        pending_batches: The batches sent and not finished, the oldest first.
        first_batch_started_at: Monotonic time at which the worker started the first of them.
    """

    def __init__(self, context: BaseContext, reader: BatchReader) -> None:
        self.connection, child_connection = context.Pipe()
        self.process = context.Process(  # type: ignore[attr-defined]
            target=_run_worker, args=(child_connection, reader), daemon=True
        )
        with stop_signals_blocked():
            self.process.start()
        child_connection.close()
        self.pending_batches: deque[list[PageJob]] = deque()
        self.first_batch_started_at = 0.0

    def send(self, batch: list[PageJob]) -> None:
        """Send a batch of numbered pages.

        If the process has ended, receiving its results fails, and nothing is raised here.
        """
        if not self.pending_batches:
            self.first_batch_started_at = time.monotonic()
        self.pending_batches.append(batch)
        with suppress(ConnectionError):
            self.connection.send([(job.source, job.reason) for job in batch])

    def stop(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()
