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


def run_scenario(
    checks: NetworkChecks, scenario: Callable[[ConnectivityMonitor], Awaitable[object]]
) -> StopSignal:
    async def run() -> StopSignal:
        stop = StopSignal()
        await scenario(ConnectivityMonitor(checks, stop))
        return stop

    return asyncio.run(run())


def test_no_response_proves_that_a_failing_proxy_works(clock: StoppedClock) -> None:
    checks = NetworkChecks(clock, False, True)

    async def scenario(monitor: ConnectivityMonitor) -> None:
        assert await monitor.confirm_network(clock.now, None)
        assert not await monitor.confirm_network(clock.now, Fault.PROXY_FAILED, at_proxy=True)

    assert not run_scenario(checks, scenario)
    assert checks.count == 2


@pytest.mark.parametrize(("later", "checked"), [(0.5, 0), (5, 1)])
def test_only_a_recent_response_proves_that_the_network_is_up(
    clock: StoppedClock, later: float, checked: int
) -> None:
    checks = NetworkChecks(clock, True)

    async def scenario(monitor: ConnectivityMonitor) -> None:
        assert await monitor.confirm_network(clock.now, None)
        clock.now += later
        assert await monitor.confirm_network(clock.now, Fault.CONNECT_TIMEOUT)

    assert not run_scenario(checks, scenario)
    assert checks.count == checked


@pytest.mark.parametrize(
    "fault",
    [
        Fault.UNSAFE_ADDRESS,
        Fault.INVALID_URL,
        Fault.EXCLUDED,
        Fault.ROBOTS,
        Fault.INTERRUPTED,
        Fault.CLIENT_LIMIT,
    ],
)
def test_a_request_that_was_not_sent_proves_nothing_about_the_network(
    clock: StoppedClock, fault: Fault
) -> None:
    checks = NetworkChecks(clock, False, True)

    async def scenario(monitor: ConnectivityMonitor) -> None:
        clock.now += 60
        assert await monitor.confirm_network(clock.now, fault)
        assert not await monitor.confirm_network(clock.now, Fault.CONNECT_TIMEOUT)

    assert not run_scenario(checks, scenario)
    assert checks.count == 2


def test_responses_of_a_server_are_no_network_outage(clock: StoppedClock) -> None:
    checks = NetworkChecks(clock, False)

    async def scenario(monitor: ConnectivityMonitor) -> None:
        clock.now += 60
        for fault in (None, Fault.TLS, Fault.BAD_RESPONSE, Fault.TRUNCATED):
            assert await monitor.confirm_network(clock.now, fault)

    assert not run_scenario(checks, scenario)
    assert checks.count == 0


def test_failures_during_an_outage_are_ignored_and_later_ones_count(
    clock: StoppedClock,
) -> None:
    checks = NetworkChecks(clock, False, False, True, True)

    async def scenario(monitor: ConnectivityMonitor) -> None:
        clock.now += 60
        began = clock.now
        failures = await asyncio.gather(
            *(monitor.confirm_network(began, Fault.NAME_UNKNOWN) for _ in range(8))
        )
        assert failures == [False] * 8
        await monitor.wait_until_up()
        clock.now += 1
        assert await monitor.confirm_network(clock.now, Fault.NAME_UNKNOWN)

    assert not run_scenario(checks, scenario)
    assert checks.count == 4  # one for all eight, two until it was back, one for the last


def test_no_probe_starts_while_the_network_is_down(clock: StoppedClock) -> None:
    was_waiting: list[bool] = []

    class WaitingChecks(NetworkChecks):
        monitor: ConnectivityMonitor
        waiting: asyncio.Task[None] | None = None

        async def __call__(self) -> bool:
            found = await super().__call__()
            if self.waiting:
                was_waiting.append(not self.waiting.done())
            self.waiting = asyncio.create_task(self.monitor.wait_until_up())
            return found

    checks = WaitingChecks(clock, False, False, True)

    async def scenario(monitor: ConnectivityMonitor) -> None:
        checks.monitor = monitor
        clock.now += 60
        assert not await monitor.confirm_network(clock.now, Fault.UNREACHABLE)
        assert checks.waiting is not None
        await checks.waiting

    run_scenario(checks, scenario)
    assert was_waiting[1:] == [True]  # at the first check nothing waits yet


def test_a_network_that_stays_down_stops_the_job(clock: StoppedClock) -> None:
    async def scenario(monitor: ConnectivityMonitor) -> None:
        clock.now += 60
        assert not await monitor.confirm_network(clock.now, Fault.CONNECT_TIMEOUT)
        await monitor.wait_until_up()

    stop = run_scenario(NetworkChecks(clock, False), scenario)
    assert stop.outcome is RunOutcome.NETWORK_DOWN
    assert "stay due" in stop.detail


def test_a_stop_request_ends_the_wait_for_the_network(
    clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connectivity_monitor, "_WAITS_SECONDS", (3600,))

    async def scenario() -> StopSignal:
        stop = StopSignal()
        monitor = ConnectivityMonitor(NetworkChecks(clock, False), stop)
        clock.now += 60
        stop.request(RunOutcome.INTERRUPTED)
        assert not await monitor.confirm_network(clock.now, Fault.CONNECT_TIMEOUT)
        return stop

    assert asyncio.run(scenario()).outcome is RunOutcome.INTERRUPTED
