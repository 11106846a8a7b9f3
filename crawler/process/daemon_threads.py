"""Run calls that cannot be interrupted, such as `getaddrinfo`, without delaying the exit.

Python joins the threads of `concurrent.futures.ThreadPoolExecutor` before a process ends, however
long they block. The threads here are daemon threads, so the process ends without them. Do not use
them for work that must be finished, such as writing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple, TypeVar

_T = TypeVar("_T")


class QueuedCall(NamedTuple):
    """A call that waits for a thread.

    Attributes:
        future: Receives the result or the exception.
        run: Runs the call, unless its future was cancelled.
    """

    future: Future[Any]
    run: Callable[[], None]


class DaemonExecutor(Executor):
    """Runs calls in daemon threads, which are started when they are first needed.

    Args:
        threads: The maximum number of threads.
        name: Their name, for debugging.
    """

    def __init__(self, threads: int, *, name: str) -> None:
        self._max_threads = threads
        self._name = name
        self._queue: SimpleQueue[QueuedCall | None] = SimpleQueue()
        self._lock = Lock()
        self._thread_count = 0
        self._idle_count = 0  # threads that wait for a call
        self._closed = False

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        """Queue a call.

        Args:
            fn: The function to call.
            *args: Its positional arguments.
            **kwargs: Its keyword arguments.

        Returns:
            The future of its result.

        Raises:
            RuntimeError: The executor was shut down.
        """
        future: Future[_T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001  `Future.result` raises it
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._closed:
                raise RuntimeError("the executor was shut down")
            self._queue.put(QueuedCall(future, run))
            if self._idle_count:
                self._idle_count -= 1
            elif self._thread_count < self._max_threads:
                self._thread_count += 1
                Thread(target=self._run_calls, name=self._name, daemon=True).start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Cancel the calls that have not begun. Running calls end by themselves.

        Args:
            wait: Ignored; running calls are never waited for.
            cancel_futures: Ignored; queued calls are always cancelled.
        """
        with self._lock:
            self._closed = True
            with suppress(Empty):
                while call := self._queue.get_nowait():
                    call.future.cancel()
            for _ in range(self._thread_count):
                self._queue.put(None)

    def _run_calls(self) -> None:
        """Run queued calls until the executor is shut down; the work of each thread."""
        while call := self._queue.get():
            call.run()
            del call  # an idle thread must not keep the result alive
            with self._lock:
                if self._queue.empty():  # otherwise it takes the next call at once
                    self._idle_count += 1
