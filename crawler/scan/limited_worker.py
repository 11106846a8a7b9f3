"""Have hostile input read by a process of its own, which is ended after a time limit."""

from __future__ import annotations

from threading import Event, Timer
from typing import Any

from crawler.pages import NotText
from crawler.scan.page_source import PageSource
from crawler.scan.worker_process import BatchReader, PageJob, WorkerProcess, process_context

_START_SECONDS = 30.0  # for a process to start, on a busy machine


class ReadingStopped(NotText, TimeoutError):
    """Raised when the process that reads a page took too long or crashed."""


class LimitedWorker:
    """Sends input to one process, one after the other. Another process is started when it ends.

    Args:
        reader: What the process runs.
        empty: Input that takes no time to read; it is read first, while the process starts.
        time_limit: Seconds to read one input.
    """

    def __init__(self, reader: BatchReader, empty: PageSource, *, time_limit: float) -> None:
        self._reader = reader
        self._empty = empty
        self._time_limit = time_limit
        self._worker: WorkerProcess | None = None
        self._is_killed = False

    def read(self, source: PageSource, reason: str = "", *, time_limit: float = 0) -> Any:
        """Return what `BatchReader.read_batch` returns for one input.

        Args:
            source: The input.
            reason: Why its parser is not used; "" to use it.
            time_limit: Seconds; 0 for those of the worker.

        Raises:
            ReadingStopped: It took too long, or the process crashed.
        """
        seconds = time_limit or self._time_limit
        if self._worker is None:
            self._worker = self._start()
        if self._is_killed:
            self.close()
            raise ReadingStopped("the run ended")
        worker, overdue = self._worker, Event()
        # A timer, because sending a large page can block until the worker reads it.
        timer = Timer(seconds, _kill, (worker, overdue))
        timer.start()
        try:
            worker.send([PageJob(0, source, reason)])
            received = worker.connection.recv()
        except (EOFError, OSError) as error:
            self.close()
            problem = f"took longer than {seconds:g} s" if overdue.is_set() else "crashed"
            raise ReadingStopped(f"the parser {problem}") from error
        finally:
            timer.cancel()
            timer.join()
        if overdue.is_set():
            self.close()
        else:
            worker.pending_batches.clear()
        return received

    def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def kill(self) -> None:
        """End the process for good, from another thread than the one that reads."""
        self._is_killed = True
        if worker := self._worker:
            worker.process.kill()

    def _start(self) -> WorkerProcess:
        """Return a process that has read its first input, the empty one.

        Raises:
            ReadingStopped: It did not start in time. What it reads later would be taken for the
                next input.
        """
        worker = WorkerProcess(process_context(), self._reader)
        worker.send([PageJob(0, self._empty)])
        try:
            is_started = worker.connection.poll(_START_SECONDS)
            if is_started:
                worker.connection.recv()
        except (EOFError, OSError):
            is_started = True  # it crashed: reading the page reports that
        if not is_started:
            worker.stop()
            raise ReadingStopped(f"the parser did not start within {_START_SECONDS:g} s")
        worker.pending_batches.clear()
        return worker


def _kill(worker: WorkerProcess, overdue: Event) -> None:
    overdue.set()
    worker.process.kill()
