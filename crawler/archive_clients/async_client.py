"""An archive for asynchronous callers: its blocking clients in worker threads, at the service's pace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

from crawler.archive_clients.client_thread import BeforeRequest, ClientThread
from crawler.archives.interface import (
    ArchiveClient,
    CaptureProgress,
    CaptureQuota,
    Capturer,
    SnapshotFinder,
)
from crawler.politeness.rate_limit import RateLimiter
from store.vocabulary import CaptureResult, CaptureStatus, SnapshotList, LookupResult, LookupOutcome

MAX_PAUSE_SECONDS = 600.0  # seconds; what a service that asks for a longer pause still has to answer is left to a later run
_SLACK = 1.0  # seconds

_Told = TypeVar("_Told", LookupResult, SnapshotList, CaptureResult, CaptureProgress, CaptureQuota)
_Client = TypeVar("_Client", bound=ArchiveClient)

_STOPPED = "no answer came before we stopped"
_NO_LOOKUP = LookupResult(outcome=LookupOutcome.UNKNOWN, detail=_STOPPED)
_NO_LISTING = SnapshotList(outcome=LookupOutcome.UNKNOWN, detail=_STOPPED)


def archive_rate_limiter(service: str, per_minute: float) -> RateLimiter:
    """A pace for one kind of request to an archive: even, and patient.

    What leaves evenly need not arrive so: a minute's worth takes a second longer, that no minute of the archive's own has one too many.
    """
    return RateLimiter(service, (60 + _SLACK) / per_minute, jitter=0.0, max_wait=MAX_PAUSE_SECONDS)


class AsyncArchive:
    """One archive: look-ups, captures and questions after captures side by side, each at a pace of its own.

    A pause the service asks for, in whatever answer, holds up all of them. The `build` functions make the blocking clients; they are given
    what a client must call ahead of each request. Without `build_capturer` nothing can be captured. Use it with `async with`, in the event
    loop its paces belong to.
    """

    def __init__(
        self,
        build_finder: Callable[[BeforeRequest], SnapshotFinder],
        build_capturer: Callable[[BeforeRequest], Capturer] | None = None,
        *,
        lookups: RateLimiter,
        captures: RateLimiter | None = None,
        polls: RateLimiter | None = None,
    ) -> None:
        self._finder = ClientThread(build_finder, lookups)
        self._capturer = (
            ClientThread(build_capturer, captures, caller_acquires=True)
            if build_capturer and captures
            else None
        )
        self._follower = (
            ClientThread(build_capturer, polls) if build_capturer and polls else None
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for lane in self._lanes:
            lane.stop_waiting()
        await asyncio.gather(*(lane.close() for lane in self._lanes))

    @property
    def seconds_until_free(self) -> float:
        """Seconds until the service may be asked for anything at all: more than any pace makes us wait only after it asked for a pause."""
        return min(lane.rate_limiter.seconds_until_next for lane in self._lanes)

    @property
    def is_pause_too_long(self) -> bool:
        """Whether the service asked for a pause that is not waited for."""
        return self.seconds_until_free > MAX_PAUSE_SECONDS

    @property
    def remaining_pause(self) -> float:
        """Seconds until every kind of request may be made again, for whoever asks the service next."""
        return max(lane.rate_limiter.seconds_until_next for lane in self._lanes)

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long."""
        for lane in self._lanes:
            lane.rate_limiter.pause(seconds)

    def shut_down_soon(self) -> None:
        """Start no further look-up, and wait only a short while for what is under way: all that stays open is answered "no answer"."""
        self._finder.stop_waiting()
        for lane in self._lanes:
            lane.shut_down_soon()

    async def nearest(self, original: str, moment: datetime) -> LookupResult:
        """As `Finder.nearest`."""
        return await self._ask(
            self._finder, lambda finder: finder.nearest(original, moment), unanswered=_NO_LOOKUP
        )

    async def since(self, original: str, moment: datetime) -> LookupResult:
        """As `Finder.since`."""
        return await self._ask(
            self._finder, lambda finder: finder.since(original, moment), unanswered=_NO_LOOKUP
        )

    async def redirects(self, original: str, *, neighbours: bool = False) -> SnapshotList:
        """As `Finder.redirects`."""
        return await self._ask(
            self._finder,
            lambda finder: finder.redirects(original, neighbours=neighbours),
            unanswered=_NO_LISTING,
        )

    async def acquire_capture(self) -> None:
        """Return when a capture may be asked for: then note that it is, and call `save` at once. Raises `LongPause`."""
        if self._capturer is not None:
            await self._capturer.rate_limiter.acquire()

    @property
    def seconds_until_capture(self) -> float:
        """Seconds until a capture may be asked for."""
        return self._capturer.rate_limiter.seconds_until_next if self._capturer else 0.0

    async def save(self, original: str, *, without_browser: bool = False) -> CaptureResult:
        """As `Capturer.save`, after `capture_turn`. A capture whose answer nobody waited for stays `asked`."""
        if self._capturer is None:
            raise RuntimeError("this archive was opened for look-ups alone")
        asked = CaptureResult(status=CaptureStatus.REQUESTED, code="no-answer", detail=_STOPPED)
        return await self._ask(
            self._capturer,
            lambda capturer: capturer.save(original, without_browser=without_browser),
            unanswered=asked,
        )

    async def poll(self, job_ids: Sequence[str]) -> CaptureProgress:
        """As `Capturer.follow`."""
        if self._follower is None:
            return CaptureProgress()
        return await self._ask(
            self._follower, lambda capturer: capturer.poll(job_ids), unanswered=CaptureProgress()
        )

    async def quota(self) -> CaptureQuota:
        """As `Capturer.allowance`."""
        if self._follower is None:
            return CaptureQuota()
        return await self._ask(
            self._follower,
            lambda capturer: capturer.quota(),
            unanswered=CaptureQuota(detail=_STOPPED),
        )

    async def _ask(
        self,
        lane: ClientThread[_Client],
        question: Callable[[_Client], _Told],
        *,
        unanswered: _Told,
    ) -> _Told:
        answer = await lane.submit(question, unanswered=unanswered)
        if answer.retry_after is not None:
            self.pause(answer.retry_after)
        return answer

    @property
    def _lanes(self) -> list[ClientThread[SnapshotFinder] | ClientThread[Capturer]]:
        return [lane for lane in (self._finder, self._capturer, self._follower) if lane is not None]
