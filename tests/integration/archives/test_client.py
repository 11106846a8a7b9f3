"""Test the asynchronous client: rate limits, pauses, one request at a time, and closing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

import pytest

from crawler.archive_clients import client_thread
from crawler.archive_clients.async_client import (
    MAX_PAUSE_SECONDS,
    AsyncArchive,
    archive_rate_limiter,
)
from crawler.archive_clients.wayback import WaybackClient
from crawler.archives.interface import CaptureProgress, CaptureQuota, Capturer, SnapshotFinder
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import SimulatedFault, rate_limited
from crawler.politeness.rate_limit import RateLimiter
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    LookupOutcome,
    LookupResult,
    SnapshotList,
)
from tests.integration.archives.clients import client_of
from tests.web.archive import RunningWayback

PAGE = "https://example.org/"
READ = datetime(2021, 8, 5, tzinfo=UTC)


class Clock:
    """A clock that moves only during sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    def limiter(self, per_minute: float) -> RateLimiter:
        return RateLimiter(
            "archive",
            60 / per_minute,
            jitter=0.0,
            max_wait=MAX_PAUSE_SECONDS,
            clock=self,
            sleep=self.sleep,
        )


def open_archive(
    archive: RunningWayback, clock: Clock, *, lookups: float = 30, captures: float = 6
) -> AsyncArchive:
    def build(before_request: Callable[[], None]) -> WaybackClient:
        return client_of(archive.endpoint, before_request=before_request)

    return AsyncArchive(
        build,
        build,
        lookups=clock.limiter(lookups),
        captures=clock.limiter(captures),
        polls=clock.limiter(60),
    )


async def save(service: AsyncArchive, url: str) -> CaptureResult:
    await service.acquire_capture()
    return await service.save(url)


def test_every_request_waits_for_its_rate_limiter(archive: RunningWayback) -> None:
    clock = Clock()

    async def call() -> list[float]:
        async with open_archive(archive, clock) as service:
            await service.nearest(PAGE, READ)  # two queries: at 0 and 2 s
            after_lookup = clock.now
            await asyncio.gather(
                save(service, PAGE), save(service, f"{PAGE}2")
            )  # captures have another limiter: at 2 and 12 s
            return [after_lookup, clock.now]

    assert asyncio.run(call()) == [2.0, 12.0]
    assert [requested.kind for requested in archive.requests] == ["cdx", "cdx", "save", "save"]


def test_a_pause_delays_lookups_and_captures(archive: RunningWayback) -> None:
    clock = Clock()

    async def call() -> tuple[LookupResult, CaptureResult, float]:
        async with open_archive(archive, clock) as service:
            archive.faults["cdx"] = rate_limited(300)
            lookup = await service.nearest(PAGE, READ)
            capture = await save(service, PAGE)
            return lookup, capture, clock.now

    lookup, capture, now = asyncio.run(call())
    assert (lookup.outcome, lookup.retry_after) == (LookupOutcome.UNKNOWN, 300.0)
    assert (capture.status, now) == (CaptureStatus.CAPTURED, 300.0)


def test_closing_ends_waiting_calls_without_further_requests(archive: RunningWayback) -> None:
    async def call() -> LookupResult:
        slow = archive_rate_limiter("archive", 1)  # a minute apart, by the real clock
        async with AsyncArchive(
            lambda before_request: client_of(archive.endpoint, before_request=before_request),
            lookups=slow,
        ) as service:
            await service.oldest_since(PAGE, READ)
            waiting = asyncio.create_task(service.nearest(PAGE, READ))
            await asyncio.sleep(0.05)
        return await waiting

    assert asyncio.run(call()).detail == "not requested: stopping"
    assert len(archive.requests) == 1


def test_after_shut_down_soon_a_silent_archive_is_not_waited_for(
    archive: RunningWayback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A requested capture stays `requested`, and the process does not wait for the thread."""
    monkeypatch.setattr(client_thread, "SHUTDOWN_GRACE_SECONDS", 0.05)
    archive.faults["cdx"] = archive.faults["save"] = SimulatedFault(delay=3600)

    def build(before_request: Callable[[], None]) -> WaybackClient:
        return client_of(archive.endpoint, timeout=3600, before_request=before_request)

    async def call() -> tuple[LookupResult, CaptureResult]:
        clock = Clock()
        async with AsyncArchive(
            build, build, lookups=clock.limiter(600), captures=clock.limiter(600)
        ) as service:
            requested = asyncio.gather(service.nearest(PAGE, READ), save(service, PAGE))
            while len(archive.requests) < 2:  # noqa: ASYNC110  the archive runs in another thread's loop
                await asyncio.sleep(0.01)
            service.shut_down_soon()
            return await requested

    lookup, capture = asyncio.run(asyncio.wait_for(call(), timeout=30))
    assert (lookup.outcome, capture.status, capture.code) == (
        LookupOutcome.UNKNOWN,
        CaptureStatus.REQUESTED,
        "no-answer",
    )
    threads = [thread for thread in threading.enumerate() if thread.name == "archive"]
    assert threads != []
    assert all(thread.daemon for thread in threads)


class RecordingClient(SnapshotFinder, Capturer):
    """A client that records the calling threads, and fails if two call it at the same time."""

    def __init__(self, before_request: Callable[[], None]) -> None:
        self.before_request = before_request
        self.busy = threading.Lock()
        self.threads: set[str] = set()
        self.closed = False

    def nearest(
        self,
        original: str,
        moment: datetime,
        *,
        is_failing: bool = False,
        excluded: Collection[str] = (),
        prefer_earlier: bool = True,
    ) -> LookupResult:
        assert self.busy.acquire(blocking=False)
        self.threads.add(threading.current_thread().name)
        self.before_request()
        self.busy.release()
        return LookupResult(outcome=LookupOutcome.NONE, detail=original)

    def oldest_since(self, original: str, moment: datetime) -> LookupResult:
        raise ZeroDivisionError(original)

    def save(self, original: str, *, without_browser: bool = False) -> CaptureResult:
        return CaptureResult(
            status=CaptureStatus.PENDING, job_id="1", detail="plainly" if without_browser else ""
        )

    def poll(self, job_ids: Sequence[str]) -> CaptureProgress:
        return CaptureProgress(retry_after=100)

    def quota(self) -> CaptureQuota:
        return CaptureQuota(free_sessions=3)

    def close(self) -> None:
        self.closed = True


def recording_archive(clock: Clock) -> tuple[list[RecordingClient], AsyncArchive]:
    clients: list[RecordingClient] = []

    def build(before_request: Callable[[], None]) -> RecordingClient:
        clients.append(RecordingClient(before_request))
        return clients[-1]

    return clients, AsyncArchive(
        build, build, lookups=clock.limiter(60), captures=clock.limiter(6), polls=clock.limiter(60)
    )


def test_one_thread_sends_one_request_at_a_time() -> None:
    clients, archive = recording_archive(Clock())

    async def call() -> list[str]:
        async with archive as service:
            results = await asyncio.gather(
                *(service.nearest(str(number), READ) for number in range(20))
            )
            assert (await asyncio.gather(service.oldest_since(PAGE, READ), return_exceptions=True))[
                0
            ].__class__ is ZeroDivisionError
            return [result.detail for result in results]

    assert asyncio.run(call()) == [str(number) for number in range(20)]
    assert [len(client.threads) for client in clients] == [1, 0, 0]
    assert all(client.closed for client in clients)


def test_lookups_captures_and_polls_have_separate_limiters() -> None:
    """A pause that one of them receives applies to all, and to the next process."""
    clock = Clock()
    _, archive = recording_archive(clock)

    async def call() -> tuple[float, float, float]:
        async with archive as service:
            assert (await save(service, PAGE)).detail == ""
            assert (await service.save(PAGE, without_browser=True)).detail == "plainly"
            assert (await service.quota()).free_sessions == 3
            before = service.shortest_wait_seconds
            await service.poll(["1"])
            return before, service.shortest_wait_seconds, service.longest_wait_seconds

    before, after, until_all = asyncio.run(call())
    assert (before, after, until_all) == (0.0, 100.0, 100.0)


def test_an_archive_opened_for_lookups_only_captures_nothing() -> None:
    async def call() -> tuple[CaptureQuota, CaptureProgress]:
        async with AsyncArchive(RecordingClient, lookups=Clock().limiter(60)) as service:
            await service.acquire_capture()
            with pytest.raises(RuntimeError, match="lookups only"):
                await service.save(PAGE)
            return await service.quota(), await service.poll(["1"])

    assert asyncio.run(call()) == (CaptureQuota(), CaptureProgress())


def test_results_are_returned_unchanged(archive: RunningWayback) -> None:
    archive.snapshots.append(StoredSnapshot(original=PAGE, timestamp="20210101000000"))

    async def call() -> LookupResult:
        async with open_archive(archive, Clock()) as service:
            return await service.nearest(PAGE, READ)

    snapshot = asyncio.run(call()).snapshot
    assert snapshot is not None
    assert snapshot.url == "https://web.archive.org/web/20210101000000/https://example.org/"


@pytest.mark.parametrize("lists_neighbours", [False, True])
def test_an_index_that_does_not_respond_is_not_asked_for_further_lists(
    archive: RunningWayback, *, lists_neighbours: bool
) -> None:
    archive.faults["cdx"] = SimulatedFault(status=503, body="overloaded")
    url = "https://example.org/a/b.html"

    async def call() -> list[SnapshotList]:
        async with open_archive(archive, Clock(), lookups=6000) as service:
            request = service.neighbours if lists_neighbours else service.redirects
            return [await request(url) for _ in range(9)]

    listed = asyncio.run(call())
    assert {each.outcome for each in listed} == {LookupOutcome.UNKNOWN}
    assert listed[-1].detail == listed[0].detail
    assert len(archive.requests_of("cdx")) == 5
