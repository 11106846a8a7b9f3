"""Test the intervals between requests, with a clock that only moves during waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import pairwise

import pytest

from crawler.config import Config
from crawler.http import fetch as fetch_module
from crawler.http.fetch import RequestPermit
from crawler.politeness import rate_limit
from crawler.politeness.rate_limit import (
    MAX_INTERVAL,
    MAX_WAIT,
    PauseTooLong,
    RateLimiter,
)
from crawler.politeness.rate_limiter_registry import RateLimiterRegistry
from tests.unit.crawler.stopped_clock import StoppedClock, stop_time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    return stop_time(monkeypatch, rate_limit, fetch_module)


def time_of(clock: StoppedClock, turn: Callable[[], Awaitable[None]]) -> float:
    """Return the time at which the awaitable of `turn` is done."""
    asyncio.run(turn())  # type: ignore[arg-type]
    return clock.now


def test_the_first_request_starts_at_once_and_the_next_an_interval_later(
    clock: StoppedClock,
) -> None:
    limiter = RateLimiter("a.example", 2.0)
    turns = [time_of(clock, limiter.acquire) for _ in range(4)]
    assert turns[0] == 0
    gaps = [later - earlier for earlier, later in pairwise(turns)]
    assert all(2.0 <= gap <= 2.2 for gap in gaps)
    assert len(set(gaps)) > 1  # the jitter differs


def test_without_an_interval_no_request_waits(clock: StoppedClock) -> None:
    limiter = RateLimiter("a.example", 0.0)
    assert [time_of(clock, limiter.acquire) for _ in range(5)] == [0.0] * 5


def test_the_interval_counts_from_when_the_request_was_sent(clock: StoppedClock) -> None:
    limiter = RateLimiter("a.example", 2.0, jitter=0.0, clock=clock.seconds, sleep=clock.sleep)

    async def scenario() -> list[float]:
        sent = []
        for delay in (0.5, 0.0, 1.5, 0.0):  # the connection, or a busy machine
            async with limiter.request():
                await clock.sleep(delay)
                sent.append(clock.now)
                limiter.record_sent()
        return sent

    sent = asyncio.run(scenario())
    assert [later - earlier for earlier, later in pairwise(sent)] == [2.0, 3.5, 2.0]


def test_no_request_overtakes_one_that_is_not_sent_yet(clock: StoppedClock) -> None:
    limiter = RateLimiter("a.example", 2.0, jitter=0.0, clock=clock.seconds, sleep=clock.sleep)
    sent = []

    async def request(*, delay: float = 0.0, seconds: float = 0.0) -> None:
        async with limiter.request():
            for _ in range(20):  # other tasks run
                await asyncio.sleep(0)
            clock.now += delay  # a machine that is busy for longer than the interval
            sent.append(clock.now)
            limiter.record_sent()
            await clock.sleep(seconds)

    async def scenario() -> None:
        await request()
        await asyncio.gather(request(delay=3.0), request())

    asyncio.run(scenario())
    assert [later - earlier for earlier, later in pairwise(sent)] == [5.0, 2.0]


def test_a_requested_pause_is_never_shortened(clock: StoppedClock) -> None:
    limiter = RateLimiter("a.example", 1.0)
    limiter.pause(30)
    limiter.pause(5)
    assert limiter.seconds_until_next == 30
    assert time_of(clock, limiter.acquire) == 30


def test_a_pause_requested_during_a_wait_is_kept(clock: StoppedClock) -> None:
    limiter = RateLimiter("a.example", 1.0)
    time_of(clock, limiter.acquire)
    clock.while_waiting.append(lambda: limiter.pause(20))
    assert time_of(clock, limiter.acquire) >= 20


def test_a_pause_longer_than_the_maximum_is_not_waited_for(clock: StoppedClock) -> None:
    limiter = RateLimiter("a.example", 1.0)
    limiter.pause(MAX_WAIT + 2)
    with pytest.raises(PauseTooLong) as raised:
        time_of(clock, limiter.acquire)
    assert raised.value.slot == "a.example"
    assert clock.now == 0


def test_a_configured_interval_above_the_maximum_pause_is_waited_for(clock: StoppedClock) -> None:
    limiter = RateLimiter("a.example", 3 * MAX_WAIT)
    time_of(clock, limiter.acquire)
    assert time_of(clock, limiter.acquire) >= 3 * MAX_WAIT


def test_requests_start_at_even_intervals_in_the_order_of_their_calls() -> None:
    clock = StoppedClock()
    limiter = RateLimiter("a.example", 2.0, jitter=0.0, clock=clock.seconds, sleep=clock.sleep)
    starts: list[tuple[str, float]] = []

    async def take(name: str) -> None:
        await limiter.acquire()
        starts.append((name, clock.now))

    async def all_at_once() -> None:
        await asyncio.gather(*(take(name) for name in "abcd"))
        clock.now += 600  # unused time is not saved up
        await asyncio.gather(take("e"), take("f"))

    asyncio.run(all_at_once())
    assert starts == [("a", 0.0), ("b", 2.0), ("c", 4.0), ("d", 6.0), ("e", 606.0), ("f", 608.0)]


def test_a_cancelled_wait_starts_no_request() -> None:
    clock = StoppedClock()
    limiter = RateLimiter("a.example", 2.0, jitter=0.0, clock=clock.seconds, sleep=clock.sleep)

    async def cancel_one() -> None:
        await limiter.acquire()
        waiting_task = asyncio.create_task(limiter.acquire())
        waiting_task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting_task
        await limiter.acquire()

    asyncio.run(cancel_one())
    assert clock.now == 2.0


@pytest.mark.parametrize(("pause", "waited"), [(602.0, True), (603.0, False)])
def test_the_maximum_pause_can_be_set(pause: float, waited: bool) -> None:
    clock = StoppedClock()
    limiter = RateLimiter(
        "an archive", 2.0, jitter=0.0, max_wait=600.0, clock=clock.seconds, sleep=clock.sleep
    )
    limiter.pause(pause)
    if waited:
        assert time_of(clock, limiter.acquire) == pause
    else:
        with pytest.raises(PauseTooLong, match="an archive requested a pause of 603 s"):
            time_of(clock, limiter.acquire)


def test_each_slot_has_its_own_limiter_until_it_is_forgotten(clock: StoppedClock) -> None:
    registry = RateLimiterRegistry(Config(hosts={"slow.example": {"interval": 9}}).rules_for)
    assert time_of(clock, registry.limiter_for("slow.example").acquire) == 0
    assert time_of(clock, registry.limiter_for("other.example").acquire) == 0
    assert registry.limiter_for("slow.example").seconds_until_next >= 9
    assert 1 <= registry.limiter_for("other.example").seconds_until_next < 9
    registry.forget("slow.example")
    registry.forget("never-seen.example")
    assert registry.limiter_for("slow.example").seconds_until_next == 0


def test_a_slowed_slot_keeps_its_interval_after_it_was_forgotten(clock: StoppedClock) -> None:
    registry = RateLimiterRegistry(Config(hosts={"slow.example": {"interval": 90}}).rules_for)
    registry.limiter_for("a.example").extend_interval(20)
    registry.limiter_for("a.example").extend_interval(5)
    registry.forget("a.example")
    registry.limiter_for("b.example").extend_interval(3600)
    registry.limiter_for("slow.example").extend_interval(3600)
    assert [
        registry.limiter_for(f"{name}.example").interval for name in ("a", "b", "c", "slow")
    ] == [
        20,
        MAX_INTERVAL,
        1,
        90,
    ]
    first = time_of(clock, registry.limiter_for("a.example").acquire)
    assert time_of(clock, registry.limiter_for("a.example").acquire) - first >= 20


@pytest.mark.parametrize(
    ("statuses", "interval"),
    [
        ([429], 1),
        ([429, 429], 2),
        ([403, 429], 2),
        ([429, 200, 429], 1),
        ([429] * 4, 4),
        ([429] * 40, MAX_INTERVAL),
        ([403] * 40, 2),  # some servers answer every request with 403
        ([403, 403, 200, 403, 403], 4),
        ([404, 500] * 5, 1),
    ],
)
def test_consecutive_refusals_double_the_interval(
    clock: StoppedClock, statuses: list[int], interval: float
) -> None:
    limiter = RateLimiter("a.example", 1.0)
    for status in statuses:
        limiter.record_status(status)
    assert limiter.interval == interval


def test_hosts_of_one_operator_share_a_rate_limiter(clock: StoppedClock) -> None:
    registry = RateLimiterRegistry(
        Config(
            hosts={
                "*.blog.example": {"operator": "blogs"},
                "slow.blog.example": {"interval": 9},
                "blogs": {"interval": 30},
            }
        ).rules_for
    )
    one, two = registry.limiter_for("one.blog.example"), registry.limiter_for("two.blog.example")
    assert one is two
    assert (
        registry.limiter_for("blogs") is not one
    )  # a host that happens to have the operator's name
    assert time_of(clock, one.acquire) == 0
    assert registry.limiter_for("slow.blog.example").interval == 9
    one.extend_interval(20)
    registry.forget("one.blog.example")
    registry.forget("two.blog.example")
    assert (
        registry.limiter_for("two.blog.example").interval,
        registry.limiter_for("two.blog.example").seconds_until_next >= 1,
    ) == (
        20,
        True,
    )


def test_the_observed_interval_includes_requested_pauses(clock: StoppedClock) -> None:
    limiter = RateLimiter("a.example", 1.0, jitter=0)
    limiter.delay_next(40)  # the pause left by the last lease was not requested of this limiter
    for number in range(6):
        assert (limiter.observed_interval is None) is (number < 5)
        time_of(clock, limiter.acquire)
        if number in (1, 3):
            limiter.pause(10)  # nine seconds more than the interval
    assert limiter.observed_interval == 1 + 18 / 6
    limiter.pause(600)  # it was not waited for
    assert limiter.observed_interval == 1 + 18 / 6
    limiter.extend_interval(5)
    assert limiter.observed_interval == 5 + 18 / 6


def test_the_interval_counts_from_sending_and_the_first_from_its_response(
    clock: StoppedClock,
) -> None:
    registry = RateLimiterRegistry(
        Config().rules_for
    )  # an interval of a second, a concurrency of two
    started_at: list[float] = []

    async def ask(takes: float) -> None:
        async with registry.request("a.example"):
            started_at.append(clock.now)
            clock.now += takes

    async def scenario() -> None:
        for takes in (0.5, 0.5, 0.0, 0.9, 0.0):  # the first also opens a connection
            await ask(takes)

    asyncio.run(scenario())
    gaps = [later - earlier for earlier, later in pairwise(started_at)]
    assert 1.5 <= gaps[0] <= 1.6
    assert all(1.0 <= gap <= 1.1 for gap in gaps[1:3])
    assert gaps[3] == pytest.approx(1.1)  # a late response: the request may have been sent late


def test_a_slot_keeps_its_limits_while_a_request_waits() -> None:
    registry = RateLimiterRegistry(Config(hosts={"*": {"interval": 0, "concurrency": 1}}).rules_for)
    at_once = most = 0

    async def ask() -> None:
        nonlocal at_once, most
        async with registry.request("a.example"):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

    async def scenario() -> None:
        waiting = [asyncio.create_task(ask()) for _ in range(3)]
        await asyncio.sleep(0)
        before = registry._slots["a.example"]
        registry.forget("a.example")  # its lease was released
        waiting.append(asyncio.create_task(ask()))
        await asyncio.sleep(0)
        assert registry._slots["a.example"] is before
        registry.forget("a.example")
        await asyncio.gather(*waiting)

    asyncio.run(scenario())
    assert most == 1
    assert not registry._slots


def test_a_permit_waits_for_the_rate_limiter_each_time_it_is_entered(clock: StoppedClock) -> None:
    registry = RateLimiterRegistry(Config().rules_for)

    async def enter_twice() -> float:
        turn = RequestPermit(partial(registry.request, "a.example"))
        async with turn:
            pass
        async with turn:
            pass
        return turn.waited_seconds

    assert 1.0 <= asyncio.run(enter_twice()) <= 1.1
