"""An archive for asynchronous callers: its blocking clients in worker threads, at the service's pace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Generic, Self, TypeVar

from crawler.archives.interface import Allowance, Capturer, Client, Finder, NoAnswer, Progress
from crawler.pace import LongPause, Pace
from store.vocabulary import CaptureAnswer, Listing, Lookup

LONGEST_WAIT = 600.0  # seconds; what a service that asks for a longer pause still has to answer is left to a later run
_SLACK = 1.0  # seconds

Turn = Callable[[], None]  # what a client calls ahead of each of its requests; blocks until it may start

_Told = TypeVar("_Told", Lookup, Listing, CaptureAnswer, Progress, Allowance)
_Client = TypeVar("_Client", bound=Client)


def archive_pace(service: str, per_minute: float) -> Pace:
    """A pace for one kind of request to an archive: even, and patient.

    What leaves evenly need not arrive so: a minute's worth takes a second longer, that no minute of the archive's own has one too many.
    """
    return Pace(service, (60 + _SLACK) / per_minute, jitter=0.0, longest_wait=LONGEST_WAIT)


class Lane(Generic[_Client]):
    """One client in a thread of its own, asked one question after another.

    Every request waits for its turn by itself, unless whoever asks is to wait for it (`by_hand`).
    """

    def __init__(self, build: Callable[[Turn], _Client], pace: Pace, *, by_hand: bool = False) -> None:
        self.pace = pace
        self._client = build(_at_once if by_hand else self._wait_for_turn)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn: Future[None] | None = None
        self._closing = False

    async def ask(self, question: Callable[[_Client], _Told]) -> _Told:
        """Put a question; returns its answer."""
        self._loop = asyncio.get_running_loop()
        return await self._loop.run_in_executor(self._thread, question, self._client)

    def stop_waiting(self) -> None:
        """Let no further request start: what waits for its turn is answered with "no answer"."""
        self._closing = True
        if self._turn is not None:
            self._turn.cancel()

    async def close(self) -> None:
        """Wait for the request under way, if any, and let go of the client."""
        self.stop_waiting()
        await asyncio.to_thread(self._thread.shutdown)
        self._client.close()

    def _wait_for_turn(self) -> None:
        """Block the worker thread until its next request may start. Raises `NoAnswer` when we are stopping instead."""
        if self._loop is None:
            raise RuntimeError("a lane's client is asked through the lane")
        self._turn = asyncio.run_coroutine_threadsafe(self.pace.turn(), self._loop)
        if self._closing:
            self._turn.cancel()
        try:
            self._turn.result()
        except CancelledError:
            raise NoAnswer("not asked: stopping", sent=False) from None
        except LongPause as pause:
            raise NoAnswer(f"not asked: {pause}", sent=False) from None


class AsyncArchive:
    """One archive: look-ups, captures and questions after captures side by side, each at a pace of its own.

    A pause the service asks for, in whatever answer, holds up all of them. The `build` functions make the blocking clients; they are given
    what a client must call ahead of each request. Without `build_capturer` nothing can be captured. Use it with `async with`, in the event
    loop its paces belong to.
    """

    def __init__(
        self,
        build_finder: Callable[[Turn], Finder],
        build_capturer: Callable[[Turn], Capturer] | None = None,
        *,
        lookups: Pace,
        captures: Pace | None = None,
        questions: Pace | None = None,
    ) -> None:
        self._finder = Lane(build_finder, lookups)
        self._capturer = Lane(build_capturer, captures, by_hand=True) if build_capturer and captures else None
        self._follower = Lane(build_capturer, questions) if build_capturer and questions else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for lane in self._lanes:
            lane.stop_waiting()
        await asyncio.gather(*(lane.close() for lane in self._lanes))

    @property
    def pause_left(self) -> float:
        """Seconds until the service may be asked for anything at all: more than any pace makes us wait only after it asked for a pause."""
        return min(lane.pace.next_in for lane in self._lanes)

    @property
    def pauses_long(self) -> bool:
        """Whether the service asked for a pause that is not waited for."""
        return self.pause_left > LONGEST_WAIT

    @property
    def rest(self) -> float:
        """Seconds until every kind of request may be made again, for whoever asks the service next."""
        return max(lane.pace.next_in for lane in self._lanes)

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long."""
        for lane in self._lanes:
            lane.pace.hold(seconds)

    def stop_waiting(self) -> None:
        """Start no further look-up: what waits for its turn is answered with "no answer"."""
        self._finder.stop_waiting()

    async def nearest(self, original: str, moment: datetime) -> Lookup:
        """As `Finder.nearest`."""
        return await self._ask(self._finder, lambda finder: finder.nearest(original, moment))

    async def since(self, original: str, moment: datetime) -> Lookup:
        """As `Finder.since`."""
        return await self._ask(self._finder, lambda finder: finder.since(original, moment))

    async def redirects(self, original: str) -> Listing:
        """As `Finder.redirects`."""
        return await self._ask(self._finder, lambda finder: finder.redirects(original))

    async def capture_turn(self) -> None:
        """Return when a capture may be asked for: then note that it is, and call `save` at once. Raises `LongPause`."""
        if self._capturer is not None:
            await self._capturer.pace.turn()

    async def save(self, original: str, *, plainly: bool = False) -> CaptureAnswer:
        """As `Capturer.save`, after `capture_turn`."""
        if self._capturer is None:
            raise RuntimeError("this archive was opened for look-ups alone")
        return await self._ask(self._capturer, lambda capturer: capturer.save(original, plainly=plainly))

    async def follow(self, job_ids: Sequence[str]) -> Progress:
        """As `Capturer.follow`."""
        return await self._ask(self._follower, lambda capturer: capturer.follow(job_ids)) if self._follower else Progress()

    async def allowance(self) -> Allowance:
        """As `Capturer.allowance`."""
        return await self._ask(self._follower, lambda capturer: capturer.allowance()) if self._follower else Allowance()

    async def _ask(self, lane: Lane[_Client], question: Callable[[_Client], _Told]) -> _Told:
        answer = await lane.ask(question)
        if answer.retry_after is not None:
            self.pause(answer.retry_after)
        return answer

    @property
    def _lanes(self) -> list[Lane[Finder] | Lane[Capturer]]:
        return [lane for lane in (self._finder, self._capturer, self._follower) if lane is not None]


def _at_once() -> None:
    """Take the turn that was waited for."""
