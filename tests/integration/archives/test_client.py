"""The asynchronous front: every request at the pace of its throttle, one at a time, pauses kept, a clean end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from crawler.archives.client import AsyncArchive
from crawler.archives.interface import Archive
from crawler.archives.throttle import Throttle
from crawler.demo.archive import Holding, pausing
from store.vocabulary import CaptureAnswer, CaptureStatus, Lookup, LookupOutcome
from tests.integration.archives.clients import client_of
from tests.web.archive import RunningWayback

PAGE = "https://example.org/"
READ = datetime(2021, 8, 5, tzinfo=UTC)


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    def throttle(self, per_minute: float) -> Throttle:
        return Throttle(per_minute, clock=self, sleep=self.sleep)


def front(archive: RunningWayback, clock: Clock, *, lookups: float = 30, captures: float = 6) -> AsyncArchive:
    return AsyncArchive(
        lambda turn: client_of(archive.endpoint, before_request=turn), lookups=clock.throttle(lookups), captures=clock.throttle(captures)
    )


def test_every_request_waits_for_its_turn(archive: RunningWayback) -> None:
    clock = Clock()

    async def ask() -> list[float]:
        async with front(archive, clock) as service:
            await service.nearest(PAGE, READ)  # two queries: at 0 and 2 s
            after_lookup = clock.now
            await asyncio.gather(service.save(PAGE), service.save(f"{PAGE}2"))  # captures have a pace of their own: at 2 and 12 s
            return [after_lookup, clock.now]

    assert asyncio.run(ask()) == [2.0, 12.0]
    assert [asked.kind for asked in archive.asked] == ["cdx", "cdx", "save", "save"]


def test_a_pause_holds_up_lookups_and_captures(archive: RunningWayback) -> None:
    clock = Clock()

    async def ask() -> tuple[Lookup, CaptureAnswer, float]:
        async with front(archive, clock) as service:
            archive.faults["cdx"] = pausing(300)
            lookup = await service.nearest(PAGE, READ)
            capture = await service.save(PAGE)
            return lookup, capture, clock.now

    lookup, capture, now = asyncio.run(ask())
    assert (lookup.outcome, lookup.retry_after) == (LookupOutcome.UNKNOWN, 300.0)
    assert (capture.status, now) == (CaptureStatus.CAPTURED, 300.0)


def test_leaving_ends_what_waits_and_asks_for_nothing_more(archive: RunningWayback) -> None:
    async def ask() -> tuple[CaptureAnswer, Lookup, CaptureAnswer]:
        slow = Throttle(1)  # a minute apart, by the real clock
        service = AsyncArchive(lambda turn: client_of(archive.endpoint, before_request=turn), lookups=slow, captures=slow)
        async with service:
            first = await service.save(PAGE)
            looking, saving = asyncio.create_task(service.nearest(PAGE, READ)), asyncio.create_task(service.save(PAGE))
            await asyncio.sleep(0.05)
        return first, await looking, await saving

    first, lookup, capture = asyncio.run(ask())
    assert first.detail == ""
    assert lookup.detail == capture.detail == "not asked: stopping"
    assert (capture.status, capture.code) == (CaptureStatus.FAILED, "unreachable")
    assert len(archive.asked) == 1


class Watched(Archive):
    """An archive that notes who asks it, and whether two ever do at once."""

    def __init__(self, turn: Callable[[], None]) -> None:
        self.turn = turn
        self.busy = threading.Lock()
        self.threads: set[str] = set()
        self.closed = False

    def nearest(self, original: str, moment: datetime) -> Lookup:
        assert self.busy.acquire(blocking=False)
        self.threads.add(threading.current_thread().name)
        self.turn()
        self.busy.release()
        return Lookup(outcome=LookupOutcome.NONE, detail=original)

    def save(self, original: str) -> CaptureAnswer:
        raise ZeroDivisionError(original)

    def close(self) -> None:
        self.closed = True


def test_one_thread_asks_one_question_at_a_time() -> None:
    watched: list[Watched] = []

    def build(turn: Callable[[], None]) -> Watched:
        watched.append(Watched(turn))
        return watched[0]

    async def ask() -> list[str]:
        clock = Clock()
        async with AsyncArchive(build, lookups=clock.throttle(60), captures=clock.throttle(60)) as service:
            answers = await asyncio.gather(*(service.nearest(str(number), READ) for number in range(20)))
            assert (await asyncio.gather(service.save(PAGE), return_exceptions=True))[0].__class__ is ZeroDivisionError
            return [answer.detail for answer in answers]

    assert asyncio.run(ask()) == [str(number) for number in range(20)]
    assert len(watched[0].threads) == 1
    assert watched[0].closed


def test_answers_come_through_unchanged(archive: RunningWayback) -> None:
    archive.holdings.append(Holding(original=PAGE, timestamp="20210101000000"))

    async def ask() -> Lookup:
        async with front(archive, Clock()) as service:
            return await service.nearest(PAGE, READ)

    snapshot = asyncio.run(ask()).snapshot
    assert snapshot is not None
    assert snapshot.url == "https://web.archive.org/web/20210101000000/https://example.org/"
