"""Test that a worker uses the database's clock, and waits for a database that is down."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from crawler.jobs import clock
from crawler.jobs.clock import ServerClock, clock_of
from crawler.jobs.job import Job
from store.errors import DatabaseDamaged, DatabaseUnavailable
from store.schema.engine import Database, open_database
from store.work.runs import RunOutcome
from tests.integration.fleet.conftest import OpenJob, rows

pytestmark = pytest.mark.postgresql
A_WHILE = timedelta(seconds=30)


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_fleet_uses_the_clock_of_the_server(database: Database, hours: int) -> None:
    off = timedelta(hours=hours)
    with time_machine.travel(datetime.now(UTC) + off, tick=True):
        server_clock = clock_of(database)
        assert isinstance(server_clock, ServerClock)
        ((right,),) = rows(database, "SELECT clock_timestamp()")
        assert abs(server_clock() - right) < A_WHILE
        assert abs(server_clock.offset - off) < A_WHILE
    assert abs(server_clock() - right) < A_WHILE  # whoever sets our clock sets not this one


def test_the_clock_includes_the_time_of_suspension(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_clock, boot = ServerClock(database), clock.seconds_since_boot
    before = server_clock()
    monkeypatch.setattr(clock, "seconds_since_boot", lambda: boot() + 3600)
    assert server_clock() - before >= timedelta(hours=1)


def test_without_a_database_server_the_clock_is_this_machines(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    assert clock_of(database) is clock.system_clock
    assert abs(ServerClock(database).offset) < A_WHILE
    database.close()


def test_a_worker_waits_for_an_unavailable_database_only(
    another_job: OpenJob,
) -> None:
    worker = another_job()
    worker.stop_on_store_error(DatabaseUnavailable("away"))
    assert not worker.stop
    worker.stop_on_store_error(DatabaseDamaged("torn"))
    assert worker.stop.outcome is RunOutcome.FAILED


def test_a_write_is_repeated_until_the_database_is_available(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.work.retry_budget.RETRY_SECONDS", 0.0)
    answers = [DatabaseUnavailable("away"), DatabaseUnavailable("away"), None]

    def write() -> None:
        if answer := answers.pop(0):
            raise answer

    asyncio.run(job.retries.run(write))
    assert answers == []


def test_stopping_worker_stops_retrying(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.work.retry_budget.RETRY_SECONDS", 0.0)
    job.stop.request(RunOutcome.INTERRUPTED)

    def write() -> None:
        raise DatabaseUnavailable("away")

    with pytest.raises(DatabaseUnavailable):
        asyncio.run(job.retries.run(write))
