"""Test how much time a command reserves to write its results before a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import update

from crawler.cli import deadline
from crawler.cli.deadline import shutdown_seconds, stop_in_time
from crawler.cli.options import CommonOptions
from crawler.jobs.job import Job
from crawler.process.lifetime import seconds_since_boot
from crawler.scan.wiki_scan import register_urls
from store.schema.models import LinkRow
from store.vocabulary import State
from store.work.runs import RunOutcome


def test_failing_links_and_formats_take_longer(job: Job) -> None:
    register_urls(job, [f"http://a.example/{number}" for number in range(2_000)])
    alive = shutdown_seconds(job)
    with job.database.write() as connection:
        connection.execute(update(LinkRow).values(state=State.SUSPECT))
    failing = shutdown_seconds(job)
    assert failing - alive == pytest.approx(2_000 * 50e-6)
    assert shutdown_seconds(job, formats=["html"]) > failing


def test_work_stops_earlier_if_the_machine_becomes_slow(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute before the deadline, ten seconds of CPU time take ten seconds, or sixty."""
    monkeypatch.setattr(deadline, "shutdown_seconds", lambda *_, **__: 10.0)
    monkeypatch.setattr(deadline, "_slowness_of_start", lambda _: 1.0)
    monkeypatch.setattr(deadline, "_MEASURED_SECONDS", 0.01)

    def outcome_with(slowness: float) -> object:
        monkeypatch.setattr(deadline, "slowness_since", lambda _: slowness)

        async def scenario() -> object:
            stop_in_time(job, CommonOptions(started_at=seconds_since_boot()), 60.0)
            await asyncio.sleep(0.2)
            return job.stop.outcome

        return asyncio.run(scenario())

    assert outcome_with(1.0) is None
    assert outcome_with(6.0) is RunOutcome.DEADLINE


def test_a_passed_deadline_stops_at_once_and_no_deadline_never(job: Job) -> None:
    async def outcomes() -> Sequence[object]:
        common = CommonOptions(started_at=seconds_since_boot() - 60)
        stop_in_time(job, common, None)
        before = job.stop.outcome
        stop_in_time(job, common, 30.0)
        return before, job.stop.outcome

    assert asyncio.run(outcomes()) == (None, RunOutcome.DEADLINE)
