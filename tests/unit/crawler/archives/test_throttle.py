"""The pace, on a clock of the test's own."""

from __future__ import annotations

import asyncio

import pytest

from crawler.archives.throttle import LONGEST_WAIT, LongPause, Throttle


class Clock:
    """A clock that goes on only while somebody sleeps. `at_wake` may meddle before the sleeper goes on."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def paced(clock: Clock, per_minute: float = 30.0) -> Throttle:
    return Throttle(per_minute, clock=clock, sleep=clock.sleep)


async def starts(throttle: Throttle, clock: Clock, count: int) -> list[float]:
    """When each of so many waiters, all there at once, is let through."""

    async def one() -> float:
        await throttle.wait()
        return clock.now

    return list(await asyncio.gather(*(one() for _ in range(count))))


def test_requests_are_spaced_evenly_and_in_order() -> None:
    clock = Clock()
    assert asyncio.run(starts(paced(clock), clock, 4)) == [1000.0, 1002.0, 1004.0, 1006.0]


def test_time_that_passed_counts_but_is_not_saved_up() -> None:
    clock = Clock()

    async def ask() -> list[float]:
        throttle = paced(clock)
        first = await starts(throttle, clock, 1)
        clock.now += 600
        return first + await starts(throttle, clock, 3)

    assert asyncio.run(ask()) == [1000.0, 1600.0, 1602.0, 1604.0]


def test_a_pause_holds_up_everyone_and_is_never_shortened() -> None:
    clock = Clock()

    async def ask() -> list[float]:
        throttle = paced(clock)
        throttle.pause(60)
        throttle.pause_until(1030.0)
        return await starts(throttle, clock, 2)

    assert asyncio.run(ask()) == [1060.0, 1062.0]


def test_a_pause_that_comes_during_a_wait_holds_up_the_waiter() -> None:
    clock = Clock()
    throttle = Throttle(30.0, clock=clock, sleep=clock.sleep)

    async def pausing_sleep(seconds: float) -> None:
        if len(clock.slept) == 0:
            throttle.pause_until(1100.0)
        await clock.sleep(seconds)

    throttle._sleep = pausing_sleep
    assert asyncio.run(starts(throttle, clock, 2)) == [1000.0, 1100.0]


def test_a_waiter_who_leaves_takes_no_turn() -> None:
    clock = Clock()

    async def ask() -> list[float]:
        throttle = paced(clock)
        await throttle.wait()
        leaving = asyncio.create_task(throttle.wait())
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        return await starts(throttle, clock, 1)

    assert asyncio.run(ask()) == [1002.0]


@pytest.mark.parametrize("rate", [0, -1.0])
def test_a_rate_that_lets_nothing_through_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="lets nothing through"):
        Throttle(rate)


def test_a_pause_too_long_to_wait_for_is_told_and_takes_no_turn() -> None:
    clock = Clock()
    throttle = paced(clock)
    throttle.pause(LONGEST_WAIT + throttle.interval + 1)
    with pytest.raises(LongPause, match="pause of 603 s"):
        asyncio.run(throttle.wait())
    assert clock.slept == []
    clock.now += 2
    asyncio.run(throttle.wait())
    assert clock.slept == [LONGEST_WAIT + throttle.interval - 1]


def test_a_slow_pace_is_no_pause() -> None:
    clock = Clock()
    assert asyncio.run(starts(paced(clock, per_minute=0.05), clock, 2)) == [1000.0, 2200.0]


def test_how_long_until_the_next_turn_is_known() -> None:
    clock = Clock()
    throttle = paced(clock)
    assert throttle.next_in == 0.0
    asyncio.run(throttle.wait())
    assert throttle.next_in == 2.0
    throttle.pause(9.0)
    assert throttle.next_in == 9.0
