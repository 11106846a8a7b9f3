"""Run a process that reads batches of pages and sends back their results.

`process_pool` starts the processes, limits their time and replaces them.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from queue import SimpleQueue

import msgspec

from crawler.scan.page_source import PageSource
from crawler.scan.reader import ReadResult, SourceReader


def process_context() -> BaseContext:
    """Return the multiprocessing context: fork if safe, else forkserver or spawn.

    Fork is safe on Linux without other threads. It is preferred, because starting new interpreters
    takes longer than reading a wiki.
    """
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
    context.set_forkserver_preload([__name__])
    return context


def _run_worker(connection: Connection, reader: SourceReader) -> None:
    """Read batches of pages from a connection until it is closed, and send back their results.

    A thread sends the results. Without it, worker and caller could each wait for the other to read.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ready: SimpleQueue[bytes | list[ReadResult]] = SimpleQueue()
    threading.Thread(target=_send_results, args=(connection, ready), daemon=True).start()
    with suppress(EOFError, ConnectionError):  # the parent has ended
        while batch := connection.recv():
            ready.put(_pack([reader.try_read(source) for source in batch]))


def _send_results(connection: Connection, ready: SimpleQueue[bytes | list[ReadResult]]) -> None:
    with suppress(ConnectionError):
        while True:
            connection.send(ready.get())


def _pack(results: list[ReadResult]) -> bytes | list[ReadResult]:
    """Return results as MessagePack, which is several times faster than pickling them.

    Results with a file name that is not Unicode text are returned unchanged.
    """
    try:
        return msgspec.msgpack.encode(results)
    except UnicodeEncodeError:
        return results


class WorkerProcess:
    """Starts a process, sends batches of pages to it, and stops it.

    Attributes:
        pending_batches: The batches sent and not finished, the oldest first.
        first_batch_started_at: Monotonic time at which the worker started the first of them.
    """

    def __init__(self, context: BaseContext, reader: SourceReader) -> None:
        self.connection, child_connection = context.Pipe()
        self.process = context.Process(  # type: ignore[attr-defined]
            target=_run_worker, args=(child_connection, reader), daemon=True
        )
        self.process.start()
        child_connection.close()
        self.pending_batches: deque[list[tuple[int, PageSource]]] = deque()
        self.first_batch_started_at = 0.0

    def send(self, batch: list[tuple[int, PageSource]]) -> None:
        """Send a batch of numbered pages."""
        if not self.pending_batches:
            self.first_batch_started_at = time.monotonic()
        self.pending_batches.append(batch)
        self.connection.send([source for _, source in batch])

    def stop(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()
