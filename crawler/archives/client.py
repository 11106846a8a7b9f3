"""An archive for asynchronous callers: its blocking client in a worker thread, behind the service's throttles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

from crawler.archives.interface import Archive, NoAnswer
from crawler.archives.throttle import Throttle
from store.vocabulary import CaptureAnswer, Lookup

_Told = TypeVar("_Told", Lookup, CaptureAnswer)


class AsyncArchive:
    """Asks one archive, one question after another, every single request at the pace of its throttle.

    `build` makes the blocking client; it is given what the client must call ahead of each request. A pause the service asks for holds up
    look-ups and captures alike. Use it with `async with`, in the event loop its throttles belong to; leaving it waits for the request
    under way, if any, and answers what still waits for its turn with "no answer".
    """

    def __init__(self, build: Callable[[Callable[[], None]], Archive], *, lookups: Throttle, captures: Throttle) -> None:
        self._archive = build(self._wait_for_turn)
        self._lookups = lookups
        self._captures = captures
        self._pace = lookups  # of the question under way; read and written in the worker thread alone
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._turn: Future[None] | None = None
        self._closing = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing = True
        if self._turn is not None:
            self._turn.cancel()
        await asyncio.to_thread(self._thread.shutdown)
        self._archive.close()

    async def nearest(self, original: str, moment: datetime) -> Lookup:
        """As `Archive.nearest`."""
        return await self._ask(self._lookups, lambda: self._archive.nearest(original, moment))

    async def save(self, original: str) -> CaptureAnswer:
        """As `Archive.save`."""
        return await self._ask(self._captures, lambda: self._archive.save(original))

    async def _ask(self, pace: Throttle, question: Callable[[], _Told]) -> _Told:
        def ask() -> _Told:
            self._pace = pace
            return question()

        answer = await self._loop.run_in_executor(self._thread, ask)
        if answer.retry_after is not None:
            self._lookups.pause(answer.retry_after)
            self._captures.pause(answer.retry_after)
        return answer

    def _wait_for_turn(self) -> None:
        """Block the worker thread until its next request may start. Raises `NoAnswer` when we are stopping instead."""
        self._turn = asyncio.run_coroutine_threadsafe(self._pace.wait(), self._loop)
        if self._closing:
            self._turn.cancel()
        try:
            self._turn.result()
        except CancelledError:
            raise NoAnswer("not asked: stopping", sent=False) from None
