"""Use an archive from coroutines: its blocking clients run in worker threads, at limited rates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from types import TracebackType
from typing import Final, Self, TypeVar

from crawler.archive_clients.client_thread import BeforeRequest, ClientThread
from crawler.archives.capture_errors import NO_ANSWER
from crawler.archives.interface import (
    ArchiveClient,
    CaptureProgress,
    CaptureQuota,
    Capturer,
    SnapshotFinder,
)
from crawler.politeness.rate_limit import RateLimiter
from store.vocabulary import CaptureResult, CaptureStatus, LookupOutcome, LookupResult, SnapshotList

# A service that requests a longer pause is not used any more in this run.
MAX_PAUSE_SECONDS: Final = 600.0
# Consecutive lookups without a response after which a service is considered unavailable.
_MAX_UNAVAILABLE: Final = 5
# Added to a minute: requests sent evenly may arrive unevenly.
_SLACK_SECONDS: Final = 1.0

_Result = TypeVar(
    "_Result", LookupResult, SnapshotList, CaptureResult, CaptureProgress, CaptureQuota
)
_Client = TypeVar("_Client", bound=ArchiveClient)

# Results of calls that the end of the job interrupts.
_STOPPED = "no response before the job stopped"
_STOPPED_LOOKUP = LookupResult(outcome=LookupOutcome.UNKNOWN, detail=_STOPPED)
_STOPPED_LIST = SnapshotList(outcome=LookupOutcome.UNKNOWN, detail=_STOPPED)


def archive_rate_limiter(service: str, per_minute: float) -> RateLimiter:
    """Return a rate limiter for one kind of request to an archive, at even intervals.

    A minute's requests are spread over 61 seconds. So the archive never receives too many within
    a minute, even if some are delayed on their way. Callers wait for up to ten minutes.

    Args:
        service: The service's name, for messages.
        per_minute: The number of requests per minute.
    """
    return RateLimiter(
        service, (60 + _SLACK_SECONDS) / per_minute, jitter=0.0, max_wait=MAX_PAUSE_SECONDS
    )


class AsyncArchive:
    """Uses one archive: lookups, captures and polls run side by side, each with a rate limiter.

    A pause that the service requests in any response applies to all of them. Use the instance with
    `async with`, in the event loop that the rate limiters belong to.

    Args:
        build_finder: Makes the client for lookups. Its argument is the function that the client
            calls before each request.
        build_capturer: Makes the client for captures and polls, in the same way; without it
            nothing can be captured.
        lookups: The rate limiter of lookups.
        captures: The rate limiter of capture requests.
        polls: The rate limiter of polls and quota requests.
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
        self._capturer: ClientThread[Capturer] | None = None
        if build_capturer and captures:
            self._capturer = ClientThread(build_capturer, captures, caller_acquires=True)
        self._poller: ClientThread[Capturer] | None = None
        if build_capturer and polls:
            self._poller = ClientThread(build_capturer, polls)
        self._unavailable_in_row = 0  # consecutive lookups without a response
        # Why the service is considered unavailable; "" as long as lookups get responses.
        self.unavailable_detail = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for thread in self._threads:
            thread.stop_waiting()
        await asyncio.gather(*(thread.close() for thread in self._threads))

    @property
    def shortest_wait_seconds(self) -> float:
        """The seconds until a request may be sent, of the kind with the shortest wait.

        The kinds are lookups, captures and polls, each with a rate limit of its own.
        The value exceeds a few seconds only if the service requested a pause.
        """
        return min(thread.rate_limiter.seconds_until_next for thread in self._threads)

    @property
    def is_pause_too_long(self) -> bool:
        """True if the service requested a pause of over ten minutes: no run waits for it."""
        return self.shortest_wait_seconds > MAX_PAUSE_SECONDS

    @property
    def longest_wait_seconds(self) -> float:
        """The seconds until a request may be sent, of the kind with the longest wait."""
        return max(thread.rate_limiter.seconds_until_next for thread in self._threads)

    def pause(self, seconds: float) -> None:
        """Send no request of any kind for this number of seconds."""
        for thread in self._threads:
            thread.rate_limiter.pause(seconds)

    def shut_down_soon(self) -> None:
        """Start no further lookup, and wait up to three seconds for requests in progress.

        Calls without a response by then return an unknown outcome.
        """
        self._finder.stop_waiting()
        for thread in self._threads:
            thread.shut_down_soon()

    async def nearest(
        self,
        original: str,
        moment: datetime,
        *,
        is_failing: bool = False,
        excluded: Collection[str] = (),
        prefer_earlier: bool = True,
    ) -> LookupResult:
        """Return the usable snapshot nearest to a time; see `SnapshotFinder.nearest`."""
        return await self._call(
            self._finder,
            lambda finder: finder.nearest(
                original,
                moment,
                is_failing=is_failing,
                excluded=excluded,
                prefer_earlier=prefer_earlier,
            ),
            if_stopped=_STOPPED_LOOKUP,
        )

    async def oldest_since(self, original: str, moment: datetime) -> LookupResult:
        """Return the oldest snapshot since a time; see `SnapshotFinder.oldest_since`."""
        return await self._call(
            self._finder,
            lambda finder: finder.oldest_since(original, moment),
            if_stopped=_STOPPED_LOOKUP,
        )

    async def redirects(self, original: str, *, of_neighbours: bool = False) -> SnapshotList:
        """Return archived redirects of a URL; see `SnapshotFinder.redirects`."""
        return await self._list(
            lambda finder: finder.redirects(original, of_neighbours=of_neighbours)
        )

    async def neighbours(self, original: str) -> SnapshotList:
        """Return snapshots of the pages in a URL's folder; see `SnapshotFinder.neighbours`."""
        return await self._list(lambda finder: finder.neighbours(original))

    async def acquire_capture(self) -> None:
        """Wait until a capture may be requested. The caller stores the request, then calls `save`.

        Raises:
            PauseTooLong: The service requested a pause of more than ten minutes.
        """
        if self._capturer is not None:
            await self._capturer.rate_limiter.acquire()

    @property
    def seconds_until_capture(self) -> float:
        """The seconds until a capture may be requested."""
        return self._capturer.rate_limiter.seconds_until_next if self._capturer else 0.0

    async def save(self, original: str, *, without_browser: bool = False) -> CaptureResult:
        """Request a capture and return its result; call it after `acquire_capture`.

        A capture without a response in time keeps the status `requested`.

        Args:
            original: The URL of the page.
            without_browser: Fetch the page without a browser, if the archive offers that.

        Returns:
            The snapshot, a job id by which the capture is polled, or the reason of the failure.

        Raises:
            RuntimeError: The archive was opened for lookups only.
        """
        if self._capturer is None:
            raise RuntimeError("this archive was opened for lookups only")
        requested = CaptureResult(status=CaptureStatus.REQUESTED, code=NO_ANSWER, detail=_STOPPED)
        return await self._call(
            self._capturer,
            lambda capturer: capturer.save(original, without_browser=without_browser),
            if_stopped=requested,
        )

    async def poll(self, job_ids: Sequence[str]) -> CaptureProgress:
        """Return the results of pending captures by their job ids; see `Capturer.poll`."""
        if self._poller is None:
            return CaptureProgress()
        return await self._call(
            self._poller, lambda capturer: capturer.poll(job_ids), if_stopped=CaptureProgress()
        )

    async def quota(self) -> CaptureQuota:
        """Return how many captures the account may still request; see `Capturer.quota`."""
        if self._poller is None:
            return CaptureQuota()
        return await self._call(
            self._poller,
            lambda capturer: capturer.quota(),
            if_stopped=CaptureQuota(detail=_STOPPED),
        )

    async def _list(self, call: Callable[[SnapshotFinder], SnapshotList]) -> SnapshotList:
        """Return a list of snapshots; send no request if the service is considered unavailable."""
        if self.unavailable_detail:
            return SnapshotList(outcome=LookupOutcome.UNKNOWN, detail=self.unavailable_detail)
        return await self._call(self._finder, call, if_stopped=_STOPPED_LIST)

    async def _call(
        self,
        thread: ClientThread[_Client],
        call: Callable[[_Client], _Result],
        *,
        if_stopped: _Result,
    ) -> _Result:
        """Return the result of a call, after applying the pause that it reports to all threads."""
        result = await thread.submit(call, if_stopped=if_stopped)
        if result.retry_after is not None:
            self.pause(result.retry_after)
        if isinstance(result, LookupResult | SnapshotList):
            self._count_unavailable(result)
        return result

    def _count_unavailable(self, result: LookupResult | SnapshotList) -> None:
        """Count consecutive lookups without a response, and set `unavailable_detail` by it."""
        self._unavailable_in_row = self._unavailable_in_row + 1 if result.unavailable else 0
        is_unavailable = self._unavailable_in_row >= _MAX_UNAVAILABLE
        self.unavailable_detail = result.detail if is_unavailable else ""

    @property
    def _threads(self) -> list[ClientThread[SnapshotFinder] | ClientThread[Capturer]]:
        """The threads of lookups, captures and polls, as far as there are such."""
        return [
            thread for thread in (self._finder, self._capturer, self._poller) if thread is not None
        ]
