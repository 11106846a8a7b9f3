"""Test how much of its time a command reserves for its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import update

from crawler.cli import ending_time
from crawler.cli.ending_time import ending_seconds, stop_in_time
from crawler.cli.options import CommonOptions
from crawler.jobs.job import Job
from crawler.process.lifetime import seconds_since_boot
from crawler.scan.ingest import register_urls
from store.schema.models import LinkRow
from store.vocabulary import State
from store.work.runs import RunOutcome


def test_each_link_that_fails_takes_longer_than_one_that_is_counted(job: Job) -> None:
    register_urls(job, [f"http://a.example/{number}" for number in range(2_000)])
    alive = ending_seconds(job)
    with job.database.write() as connection:
        connection.execute(update(LinkRow).values(state=State.SUSPECT))
    failing = ending_seconds(job)
    assert failing - alive == pytest.approx(2_000 * 50e-6)
    assert ending_seconds(job, formats=["html"]) > failing


def test_a_machine_that_became_slow_stops_the_work_earlier(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a minute before the end, an ending of ten seconds takes six times as long."""
    monkeypatch.setattr(ending_time, "ending_seconds", lambda *_, **__: 10.0)
    monkeypatch.setattr(ending_time, "_slowness_of_start", lambda _: 1.0)
    monkeypatch.setattr(ending_time, "_MEASURED_SECONDS", 0.01)

    def stopped(slowness: float) -> object:
        monkeypatch.setattr(ending_time, "slowness_since", lambda _: slowness)

        async def scenario() -> object:
            stop_in_time(job, CommonOptions(started_at=seconds_since_boot()), 60.0)
            await asyncio.sleep(0.2)
            return job.stop.outcome

        return asyncio.run(scenario())

    assert stopped(1.0) is None
    assert stopped(6.0) is RunOutcome.DEADLINE


def test_no_time_left_stops_at_once_and_no_deadline_never(job: Job) -> None:
    async def outcomes() -> Sequence[object]:
        common = CommonOptions(started_at=seconds_since_boot() - 60)
        stop_in_time(job, common, None)
        before = job.stop.outcome
        stop_in_time(job, common, 30.0)
        return before, job.stop.outcome

    assert asyncio.run(outcomes()) == (None, RunOutcome.DEADLINE)
