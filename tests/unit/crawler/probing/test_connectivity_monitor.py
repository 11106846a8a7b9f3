"""Test whether a failure is the host's or our network's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from crawler.jobs.stop_signal import StopSignal
from crawler.probing import connectivity_monitor
from crawler.probing.connectivity_monitor import ConnectivityMonitor
from store.vocabulary import Fault
from store.work.runs import RunOutcome
from tests.unit.crawler.stopped_clock import StoppedClock, stop_time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[StoppedClock]:
    monkeypatch.setattr(connectivity_monitor, "_WAITS_SECONDS", (0, 0, 0))
    with pytest.MonkeyPatch.context() as patched:
        clock = stop_time(patched, connectivity_monitor)
        clock.now = 100.0
        yield clock


class NetworkChecks:
    """The results of network checks in order; the last one stays. A check takes two seconds."""

    def __init__(self, clock: StoppedClock, *found: bool) -> None:
        self._clock, self._found = clock, found
        self.count = 0

    async def __call__(self) -> bool:
        self._clock.now += 2
        self.count += 1
        return self._found[min(self.count, len(self._found)) - 1]


def watched(
    looks: NetworkChecks, scenario: Callable[[ConnectivityMonitor], Awaitable[object]]
) -> StopSignal:
    async def whole() -> StopSignal:
        stop = StopSignal()
        await scenario(ConnectivityMonitor(looks, stop))
        return stop

    return asyncio.run(whole())


def test_no_answer_vouches_for_a_proxy_that_fails(clock: StoppedClock) -> None:
    looks = NetworkChecks(clock, False, True)

    async def scenario(watch: ConnectivityMonitor) -> None:
        assert await watch.confirm_network(clock.now, None)
        assert not await watch.confirm_network(clock.now, Fault.UNREACHABLE, at_proxy=True)

    assert not watched(looks, scenario)
    assert looks.count == 2


@pytest.mark.parametrize(("later", "looked"), [(0.5, 0), (5, 1)])
def test_an_answer_of_just_now_vouches_for_the_network_and_an_older_one_does_not(
    clock: StoppedClock, later: float, looked: int
) -> None:
    looks = NetworkChecks(clock, True)

    async def scenario(watch: ConnectivityMonitor) -> None:
        assert await watch.confirm_network(clock.now, None)
        clock.now += later
        assert await watch.confirm_network(clock.now, Fault.CONNECT_TIMEOUT)

    assert not watched(looks, scenario)
    assert looks.count == looked


def test_responses_of_a_server_are_no_network_outage(clock: StoppedClock) -> None:
    looks = NetworkChecks(clock, False)

    async def scenario(watch: ConnectivityMonitor) -> None:
        clock.now += 60
        for fault in (None, Fault.TLS, Fault.BAD_RESPONSE, Fault.TRUNCATED):
            assert await watch.confirm_network(clock.now, fault)

    assert not watched(looks, scenario)
    assert looks.count == 0


def test_everything_that_failed_while_it_was_away_is_set_aside_and_nothing_begun_since(
    clock: StoppedClock,
) -> None:
    looks = NetworkChecks(clock, False, False, True, True)

    async def scenario(watch: ConnectivityMonitor) -> None:
        clock.now += 60
        began = clock.now
        failures = await asyncio.gather(
            *(watch.confirm_network(began, Fault.NAME_UNKNOWN) for _ in range(8))
        )
        assert failures == [False] * 8
        await watch.wait_until_up()
        clock.now += 1
        assert await watch.confirm_network(clock.now, Fault.NAME_UNKNOWN)

    assert not watched(looks, scenario)
    assert looks.count == 4  # one for all eight, two until it was back, one for the last


def test_no_probe_starts_while_the_network_is_down(clock: StoppedClock) -> None:
    held_back: list[bool] = []

    class Watching(NetworkChecks):
        watch: ConnectivityMonitor
        waiting: asyncio.Task[None] | None = None

        async def __call__(self) -> bool:
            found = await super().__call__()
            if self.waiting:
                held_back.append(not self.waiting.done())
            self.waiting = asyncio.create_task(self.watch.wait_until_up())
            return found

    looks = Watching(clock, False, False, True)

    async def scenario(watch: ConnectivityMonitor) -> None:
        looks.watch = watch
        clock.now += 60
        assert not await watch.confirm_network(clock.now, Fault.UNREACHABLE)
        assert looks.waiting is not None
        await looks.waiting

    watched(looks, scenario)
    assert held_back[1:] == [True]  # the first look is before anybody knows


def test_a_network_that_does_not_come_back_ends_the_job(clock: StoppedClock) -> None:
    async def scenario(watch: ConnectivityMonitor) -> None:
        clock.now += 60
        assert not await watch.confirm_network(clock.now, Fault.CONNECT_TIMEOUT)
        await watch.wait_until_up()

    stop = watched(NetworkChecks(clock, False), scenario)
    assert stop.outcome is RunOutcome.NETWORK_DOWN
    assert "stay due" in stop.detail


def test_an_order_to_stop_ends_the_waiting(
    clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connectivity_monitor, "_WAITS_SECONDS", (3600,))

    async def scenario() -> StopSignal:
        stop = StopSignal()
        watch = ConnectivityMonitor(NetworkChecks(clock, False), stop)
        clock.now += 60
        stop.request(RunOutcome.INTERRUPTED)
        assert not await watch.confirm_network(clock.now, Fault.CONNECT_TIMEOUT)
        return stop

    assert asyncio.run(scenario()).outcome is RunOutcome.INTERRUPTED
