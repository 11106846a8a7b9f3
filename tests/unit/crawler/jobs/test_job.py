"""Test stop signals, budgets and host rules of a job."""

from __future__ import annotations

import asyncio

import pytest

from crawler.config import Config
from crawler.config.hosts import HostRules
from crawler.jobs.job import Job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.jobs.stop_signal import StopSignal
from crawler.politeness.host_rules import rules_for
from store.work.retry_budget import RetryBudget
from store.work.runs import RunOutcome


def test_the_first_stop_request_is_replaced_only_by_a_failure() -> None:
    """A run whose results could not be written after the deadline must not count as finished."""
    stop = StopSignal()
    assert not stop
    stop.request(RunOutcome.DEADLINE, "time is up")
    stop.request(RunOutcome.INTERRUPTED, "too late")
    assert stop
    assert (stop.outcome, stop.detail) == (RunOutcome.DEADLINE, "time is up")
    stop.request(RunOutcome.FAILED, "the disk is full")
    stop.request(RunOutcome.FAILED, "the disk is full still")
    assert (stop.outcome, stop.detail) == (RunOutcome.FAILED, "the disk is full")


def test_a_job_stops_so_early_that_its_process_ends_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requested: list[float | None] = []
    monkeypatch.setattr(
        StopSignal, "request_after", lambda _stop, seconds: requested.append(seconds)
    )
    job = Job.__new__(Job)
    for seconds, ending in ((None, 9.0), (3600.0, 4.0), (20.0, 4.0), (20.0, 100.0), (-1.0, 4.0)):
        job.stop, job.retries = StopSignal(), RetryBudget()
        job.stop_within(seconds, shutdown_seconds=ending)
    assert requested == [3591.0, 14.0, 5.0]
    assert job.stop.outcome is RunOutcome.DEADLINE


def test_a_deadline_requests_the_stop_after_its_time() -> None:
    async def scenario(seconds: float | None) -> StopSignal:
        stop = StopSignal()
        stop.request_after(seconds)
        assert not stop
        if seconds is not None:
            await stop.wait()
        return stop

    assert asyncio.run(scenario(0)).outcome is RunOutcome.DEADLINE
    assert not asyncio.run(scenario(None))


def test_a_budget_is_spent_after_its_probes_and_none_is_unlimited() -> None:
    budget = ProbeBudget(2)
    assert [(budget.is_spent, budget.take()) for _ in range(4)] == [
        (False, True),
        (False, True),
        (True, False),
        (True, False),
    ]
    assert not ProbeBudget().is_spent
    assert all(ProbeBudget().take() for _ in range(100))


def test_a_paused_budget_takes_nothing_and_loses_nothing() -> None:
    budget = ProbeBudget(2)
    budget.pause()
    assert (budget.is_spent, budget.take(), budget.remaining) == (True, False, 2)
    budget.resume()
    assert (budget.is_spent, budget.take(), budget.remaining) == (False, True, 1)
    assert budget.was_paused


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ({}, HostRules(concurrency=1, interval=10, per_day=50)),
        (
            {"*": {"interval": 0, "concurrency": 9, "timeout": 3}},
            HostRules(concurrency=1, interval=10, per_day=50, timeout=3),
        ),
        (
            {"archive.today": {"timeout": 40}},
            HostRules(concurrency=1, interval=10, per_day=50, timeout=40),
        ),
        (
            {"archive.today": {"interval": 30, "per_run": 5}},
            HostRules(concurrency=1, interval=30, per_run=5, per_day=50),
        ),
    ],
)
def test_archive_today_has_slow_default_rules_that_can_be_overridden(
    hosts: dict[str, dict[str, float]], expected: HostRules
) -> None:
    assert rules_for(Config(hosts=hosts), "archive.today") == expected
    assert rules_for(Config(), "a.example") == HostRules()


def test_the_wayback_machines_rate_is_its_setting() -> None:
    config = Config()
    rules = rules_for(config, "web.archive.org")
    assert rules.interval == 60 / config.archives.wayback.replays_per_minute
    assert rules.concurrency > 1
