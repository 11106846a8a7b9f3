"""Test that a wrong clock is noticed by the times that sites send, and not by a few sites."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from crawler.probing.clock_monitor import ClockMonitor

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
YEARS = 5 * 365 * DAY


def monitor_of(times: Iterable[tuple[str, timedelta]], **more: str) -> ClockMonitor:
    """Return a monitor that got one response of each host, with how far its time is ahead."""
    monitor = ClockMonitor()
    for host, ahead in times:
        date = format_datetime(NOW + ahead, usegmt=True)
        monitor.record(host, {"date": date, **more}, NOW)
    return monitor


def sites(number: int, ahead: timedelta, name: str = "site") -> list[tuple[str, timedelta]]:
    return [(f"www.{name}{index}.example", ahead) for index in range(number)]


@pytest.mark.parametrize("ahead", [YEARS, -YEARS, 2 * DAY, -2 * DAY])
def test_sites_that_agree_warn_once(ahead: timedelta, caplog: pytest.LogCaptureFixture) -> None:
    assert monitor_of(sites(9, ahead)).has_warned
    (message,) = caplog.messages
    times = f"it says 2026-05-04 12:00 UTC, 5 of 5 sites say {NOW + ahead:%Y-%m-%d %H:%M} UTC"
    assert times in message


@pytest.mark.parametrize(
    "times",
    [
        sites(4, YEARS),  # too few
        sites(50, timedelta(hours=20)),  # a wrong time zone
        sites(5, timedelta(), "right") + sites(9, YEARS),
        sites(3, YEARS, "a") + sites(3, -YEARS, "b"),  # they do not agree
        [(f"www{number}.owner.example", YEARS) for number in range(50)],  # one owner
    ],
)
def test_a_right_clock_is_not_doubted(times: list[tuple[str, timedelta]]) -> None:
    assert not monitor_of(times).has_warned


def test_responses_of_caches_and_without_a_time_do_not_count() -> None:
    assert not monitor_of(sites(9, -YEARS), age="86400").has_warned
    monitor = ClockMonitor()
    for host, _ in sites(9, YEARS):
        monitor.record(host, {"date": "tomorrow"}, NOW)
        monitor.record(host, {}, NOW)
    assert not monitor.has_warned
