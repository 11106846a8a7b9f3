"""Test progress lines: rate, remaining time, results and slowest hosts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.cli.terminal.progress import ProgressState
from crawler.politeness.estimate import HostEstimate

HOSTS = [
    HostEstimate(name="web.archive.org", links=300, duration=timedelta(seconds=600)),
    HostEstimate(name="a.example", links=100, duration=timedelta(seconds=130)),
    HostEstimate(name="b.example", links=1, duration=timedelta(seconds=1)),
    HostEstimate(name="none.example", links=0, duration=timedelta()),
]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_first_seconds_show_no_remaining_time(clock: Clock) -> None:
    progress = ProgressState(401, HOSTS, clock=clock)
    assert (progress.per_second, progress.seconds_left, progress.describe()) == (
        None,
        None,
        "0 of 401",
    )
    progress.step("alive", "a.example")
    clock.now += 1
    assert progress.describe() == "1 of 401; 1 alive"


def test_the_remaining_time_is_at_least_that_of_the_slowest_host(clock: Clock) -> None:
    progress = ProgressState(401, HOSTS, clock=clock)
    for _ in range(100):
        progress.step("alive", "a.example")
    progress.step("broken", "b.example")
    clock.now += 10
    assert progress.per_second == pytest.approx(10.1)
    assert progress.seconds_left == 600  # by the rate it would be 30
    assert progress.slowest_hosts == {"web.archive.org": 600}
    assert (
        progress.describe()
        == "101 of 401, 10/s, about 10 min left; 100 alive, 1 broken; slowest: web.archive.org 10 min"
    )


def test_a_measured_slow_rate_overrides_the_estimate(clock: Clock) -> None:
    progress = ProgressState(401, HOSTS, clock=clock)
    for _ in range(10):
        progress.step("alive", "web.archive.org")
    clock.now += 100
    assert progress.seconds_left == pytest.approx(3910)
    assert "6/min, about 1 h 5 min left" in progress.describe()


def test_a_limit_of_probes_bounds_the_time_of_the_slowest_host(clock: Clock) -> None:
    progress = ProgressState(20, HOSTS, clock=clock)
    for _ in range(10):
        progress.step(host="a.example")
    clock.now += 10
    assert progress.seconds_left == 20
    assert progress.slowest_hosts["web.archive.org"] == 20


def test_no_remaining_time_is_shown_at_the_end(clock: Clock) -> None:
    progress = ProgressState(2, clock=clock)
    progress.step()
    progress.step()
    clock.now += 60
    assert progress.seconds_left is None
    assert progress.describe() == "2 of 2, 2/min"
