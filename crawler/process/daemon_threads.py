"""Threads for calls that cannot be interrupted, such as `getaddrinfo`, and must not delay the exit.

Python joins the threads of `concurrent.futures.ThreadPoolExecutor` before a process ends, however
long they block. The threads here are daemons, so the process ends without them. Do not use them
for work that has to be finished, such as writing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

_T = TypeVar("_T")
_Call = tuple[Future[Any], Callable[[], None]]


class DaemonExecutor(Executor):
    """Run calls in at most `threads` daemon threads, started when they are first needed."""

    def __init__(self, threads: int, *, name: str) -> None:
        self._most = threads
        self._name = name
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._lock = Lock()
        self._threads = 0
        self._idle = 0
        self._closed = False

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        """Queue a call.

        Returns:
            The future of its result.

        Raises:
            RuntimeError: The executor was shut down.
        """
        future: Future[_T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001  it is raised where the result is read
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._closed:
                raise RuntimeError("the executor was shut down")
            self._calls.put((future, call))
            if self._idle:
                self._idle -= 1
            elif self._threads < self._most:
                self._threads += 1
                Thread(target=self._work, name=self._name, daemon=True).start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Cancel the calls that have not begun; those under way are left to end by themselves."""
        with self._lock:
            self._closed = True
            with suppress(Empty):
                while waiting := self._calls.get_nowait():
                    waiting[0].cancel()
            for _ in range(self._threads):
                self._calls.put(None)

    def _work(self) -> None:
        while waiting := self._calls.get():
            waiting[1]()
            del waiting  # a result is not kept alive by a thread that waits
            with self._lock:
                if self._calls.empty():
                    self._idle += 1
