"""Test how long threads wait for a processor."""

from __future__ import annotations

import pytest

from crawler.process.thread_times import ThreadTimes, read_thread_times, slowness_since


def test_slowness_is_elapsed_time_divided_by_running_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = ThreadTimes(running=2.0, waiting=9.0)
    monkeypatch.setattr("crawler.process.thread_times.read_thread_times", lambda: times)
    assert slowness_since(ThreadTimes(running=1.0, waiting=5.0)) == 5.0
    assert slowness_since(None) == 1.0


def test_the_times_of_a_thread_grow() -> None:
    before = read_thread_times()
    sum(range(1_000_000))
    after = read_thread_times()
    if before is None or after is None:
        pytest.skip("this system does not report them")
    assert after.running > before.running
    assert after.waiting >= before.waiting
