"""Call a blocking client from coroutines: it runs in its own thread, under a rate limiter."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from typing import Any, Final, Generic, TypeVar

from crawler.archives.interface import ArchiveClient, NoUsableResponse
from crawler.politeness.rate_limit import PauseTooLong, RateLimiter

SHUTDOWN_GRACE_SECONDS: Final = 3.0  # for requests in progress when the job stops

BeforeRequest = Callable[[], None]
"""Called by a client before each of its requests; it blocks until the request may start."""

_NOT_SENT = "not requested: stopping"

_Client = TypeVar("_Client", bound=ArchiveClient)
_Result = TypeVar("_Result")


class WorkerThread:
    """Runs tasks one after another in a daemon thread, which does not keep the process alive."""

    def __init__(self) -> None:
        self._tasks: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        threading.Thread(target=self._work, name="archive", daemon=True).start()

    def submit(self, task: Callable[[], _Result]) -> Future[_Result]:
        """Queue a task; it does not run if its future is cancelled before its turn."""
        future: Future[_Result] = Future()

        def work() -> None:
            if future.set_running_or_notify_cancel():
                _run_and_set(future, task)

        self._tasks.put(work)
        return future

    def end(self, last: Callable[[], _Result]) -> Future[_Result]:
        """Queue the last task, which cannot be cancelled; the thread ends after it."""
        future: Future[_Result] = Future()
        future.set_running_or_notify_cancel()
        self._tasks.put(lambda: _run_and_set(future, last))
        self._tasks.put(None)
        return future

    def _work(self) -> None:
        """Run tasks until None is queued."""
        for task in iter(self._tasks.get, None):
            task()


def _run_and_set(future: Future[_Result], task: Callable[[], _Result]) -> None:
    """Run a task, and set its result or exception in its future."""
    try:
        future.set_result(task())
    except BaseException as error:  # noqa: BLE001  the future raises it for the caller
        future.set_exception(error)


class ClientThread(Generic[_Client]):
    """Runs the calls of one client one after another, in the client's own thread.

    Args:
        build: Makes the client. Its argument is the function that the client calls before each
            request.
        rate_limiter: Limits the requests.
        caller_acquires: Whether callers wait for the rate limiter themselves, before `submit`;
            otherwise each request of the client waits.
    """

    def __init__(
        self,
        build: Callable[[BeforeRequest], _Client],
        rate_limiter: RateLimiter,
        *,
        caller_acquires: bool = False,
    ) -> None:
        self.rate_limiter = rate_limiter
        self._client = build(_without_waiting if caller_acquires else self._wait_for_limiter)
        self._worker = WorkerThread()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._acquiring: Future[None] | None = None
        self._closing = False
        self._shutting_down = asyncio.Event()

    async def submit(self, call: Callable[[_Client], _Result], *, if_stopped: _Result) -> _Result:
        """Run a call of the client and return its result.

        Args:
            call: Takes the client.
            if_stopped: Returned if `shut_down_soon` was called and there is still no result when
                `SHUTDOWN_GRACE_SECONDS` have passed since then.

        Returns:
            The result of the call, or `if_stopped`.
        """
        self._loop = asyncio.get_running_loop()
        result = asyncio.wrap_future(self._worker.submit(lambda: call(self._client)))
        grace_end = asyncio.create_task(self._wait_until_grace_ends())
        either: set[asyncio.Future[Any]] = {result, grace_end}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            return result.result() if result.done() else if_stopped
        finally:
            grace_end.cancel()
            result.cancel()

    def stop_waiting(self) -> None:
        """Start no further request; one that waits for the limiter raises `NoUsableResponse`."""
        self._closing = True
        if self._acquiring is not None:
            self._acquiring.cancel()

    def shut_down_soon(self) -> None:
        """Wait no longer than `SHUTDOWN_GRACE_SECONDS` for the request in progress."""
        self._shutting_down.set()

    async def close(self) -> None:
        """Wait briefly for the request in progress; close the client when it has ended."""
        self.stop_waiting()
        closed = asyncio.wrap_future(self._worker.end(self._client.close))
        await asyncio.wait({closed}, timeout=SHUTDOWN_GRACE_SECONDS)
        closed.cancel()  # stops only the wait: the thread still closes the client

    async def _wait_until_grace_ends(self) -> None:
        """Wait until `SHUTDOWN_GRACE_SECONDS` have passed since `shut_down_soon` was called."""
        await self._shutting_down.wait()
        await asyncio.sleep(SHUTDOWN_GRACE_SECONDS)

    def _wait_for_limiter(self) -> None:
        """Block the worker thread until its next request may start.

        Raises:
            RuntimeError: The client was not called through `submit`.
            NoUsableResponse: The thread is being closed, or the service requested a pause.
        """
        if self._loop is None:
            raise RuntimeError("the client of a thread must be called through its submit method")
        if self._closing:  # the event loop may have ended
            raise NoUsableResponse(_NOT_SENT, sent=False)
        self._acquiring = asyncio.run_coroutine_threadsafe(self.rate_limiter.acquire(), self._loop)
        if self._closing:  # `stop_waiting` was called after the check above
            self._acquiring.cancel()
        try:
            self._acquiring.result()
        except CancelledError:
            raise NoUsableResponse(_NOT_SENT, sent=False) from None
        except PauseTooLong as pause:
            raise NoUsableResponse(f"not requested: {pause}", sent=False) from None


def _without_waiting() -> None:
    """Return at once: the caller has waited for the rate limiter."""
