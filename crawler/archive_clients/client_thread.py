"""One blocking client in a thread of its own, asked by coroutines, each of its requests at its turn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from crawler.archives.interface import ArchiveClient, NoAnswer
from crawler.politeness.rate_limit import PauseTooLong, RateLimiter

SHUTDOWN_GRACE_SECONDS = 3.0  # seconds; how long an answer is waited for once we stop

BeforeRequest = Callable[
    [], None
]  # what a client calls ahead of each of its requests; blocks until it may start

_STOPPING = "not asked: stopping"

_Client = TypeVar("_Client", bound=ArchiveClient)
_Done = TypeVar("_Done")


class WorkerThread:
    """A thread that does one thing after another, and keeps no process from ending."""

    def __init__(self) -> None:
        self._tasks: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        threading.Thread(target=self._work, name="archive", daemon=True).start()

    def submit(self, task: Callable[[], _Done]) -> Future[_Done]:
        """Have something done after everything else, unless it is cancelled by then."""
        done: Future[_Done] = Future()

        def work() -> None:
            if done.set_running_or_notify_cancel():
                _fulfil(done, task)

        self._tasks.put(work)
        return done

    def end(self, last: Callable[[], _Done]) -> Future[_Done]:
        """Have one last thing done, whatever happens, and end."""
        done: Future[_Done] = Future()
        done.set_running_or_notify_cancel()
        self._tasks.put(lambda: _fulfil(done, last))
        self._tasks.put(None)
        return done

    def _work(self) -> None:
        for task in iter(self._tasks.get, None):
            task()


def _fulfil(done: Future[_Done], task: Callable[[], _Done]) -> None:
    try:
        done.set_result(task())
    except BaseException as error:  # noqa: BLE001  whoever asked is told
        done.set_exception(error)


class ClientThread(Generic[_Client]):
    """One client in a thread of its own, asked one question after another.

    Every request waits for its turn by itself, unless whoever asks is to wait for it (`by_hand`).
    """

    def __init__(
        self, build: Callable[[BeforeRequest], _Client], rate_limiter: RateLimiter, *, caller_acquires: bool = False
    ) -> None:
        self.rate_limiter = rate_limiter
        self._client = build(_at_once if caller_acquires else self._wait_for_turn)
        self._worker = WorkerThread()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn: Future[None] | None = None
        self._closing = False
        self._leaving = asyncio.Event()

    async def submit(self, question: Callable[[_Client], _Done], *, unanswered: _Done) -> _Done:
        """Put a question; returns its answer, or `unanswered` where none has come a short while after we were told to leave."""
        self._loop = asyncio.get_running_loop()
        answer = asyncio.wrap_future(self._worker.submit(lambda: question(self._client)))
        leaving = asyncio.create_task(self._leave())
        first: set[asyncio.Future[Any]] = {answer, leaving}
        try:
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            return answer.result() if answer.done() else unanswered
        finally:
            leaving.cancel()
            answer.cancel()

    def stop_waiting(self) -> None:
        """Let no further request start: what waits for its turn is answered with "no answer"."""
        self._closing = True
        if self._turn is not None:
            self._turn.cancel()

    def shut_down_soon(self) -> None:
        """Wait no longer than `GRACE` for the request under way."""
        self._leaving.set()

    async def close(self) -> None:
        """Wait for the request under way, if any, and let go of the client: at once, or when the archive has answered at last."""
        self.stop_waiting()
        closed = asyncio.wrap_future(self._worker.end(self._client.close))
        await asyncio.wait({closed}, timeout=SHUTDOWN_GRACE_SECONDS)
        closed.cancel()  # it is closed all the same

    async def _leave(self) -> None:
        await self._leaving.wait()
        await asyncio.sleep(SHUTDOWN_GRACE_SECONDS)

    def _wait_for_turn(self) -> None:
        """Block the worker thread until its next request may start. Raises `NoAnswer` when we are stopping instead."""
        if self._loop is None:
            raise RuntimeError("a lane's client is asked through the lane")
        if self._closing:  # the loop may be gone by now
            raise NoAnswer(_STOPPING, sent=False)
        self._turn = asyncio.run_coroutine_threadsafe(self.rate_limiter.acquire(), self._loop)
        if self._closing:  # since
            self._turn.cancel()
        try:
            self._turn.result()
        except CancelledError:
            raise NoAnswer(_STOPPING, sent=False) from None
        except PauseTooLong as pause:
            raise NoAnswer(f"not asked: {pause}", sent=False) from None


def _at_once() -> None:
    """Take the turn that was waited for."""
