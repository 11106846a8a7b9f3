"""Test the queue: at most one queued and one running job for each host."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DEFAULT_QUEUE, Status
from procrastinate.jobs import Job as QueuedJob

from crawler.fleet.connector import OwnedJobManager, ReconnectingConnector
from crawler.fleet.queue import (
    QUEUE,
    archive_step_job,
    count_pending,
    delayed,
    delete_running,
    enqueue,
    is_empty,
    jobs_in_backoff,
    probe_job,
    requeue,
    retry_or_back_off,
)
from crawler.jobs.stop_signal import StopSignal
from store.schema.engine import Database
from tests.integration.fleet.conftest import now, queued, take

pytestmark = pytest.mark.postgresql
ORDERS = [probe_job(host, 1) for host in range(1, 6)]


def add(database: Database, *, hosts: int = 5) -> int:
    with database.write() as connection:
        return enqueue(connection, ORDERS[:hosts])


def test_waiting_and_running_jobs_are_not_queued_again(database: Database) -> None:
    assert add(database, hosts=2) == 2
    take(database)
    assert add(database) == 3
    assert add(database) == 0
    assert queued(database) == [
        ("doing", "host:1"),
        *(("todo", f"host:{host}") for host in range(2, 6)),
    ]


def test_concurrent_planners_add_each_host_once(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        added = list(threads.map(lambda _: add(database), range(16)))
    assert sorted(added) == [0] * 15 + [5]
    assert len(queued(database)) == 5


def test_a_requeued_job_is_a_new_one_that_waits_until_its_time(database: Database) -> None:
    add(database, hosts=1)
    taken, then = take(database), now() + timedelta(minutes=1)
    with database.write() as connection:
        assert requeue(connection, [(taken, delayed(ORDERS[0], then))]) == 1
    ((status, lock, queue, args, job_id, at),) = queued(
        database, "status, lock, queue_name, args, id, scheduled_at"
    )
    assert (status, lock, queue, args, at) == (
        "todo",
        "host:1",
        QUEUE,
        {"host_id": 1, "run_id": 1},
        then,
    )
    assert job_id > taken


def test_a_running_job_with_a_queued_successor_is_not_requeued(database: Database) -> None:
    """The own retry of procrastinate would fail forever here, as another job of the host is queued."""
    add(database, hosts=1)
    taken = take(database)
    with database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE procrastinate_jobs SET queueing_lock = NULL, lock = NULL"
        )  # as if they had not seen each other
        assert enqueue(connection, ORDERS[:1]) == 1
        connection.exec_driver_sql(
            "UPDATE procrastinate_jobs SET lock = 'host:1' WHERE status = 'doing'"
        )
        assert requeue(connection, [(taken, ORDERS[0])]) == 0
    assert queued(database) == [("todo", "host:1")]


def fail(database: Database, failures: int, *, at: datetime | None = None) -> datetime | None:
    """Take the only job, and record its next internal error."""
    taken = take(database)
    with database.write() as connection:
        return retry_or_back_off(connection, taken, ORDERS[0], failures=failures, now=at or now())


def test_a_job_that_meets_internal_errors_is_tried_twice_more_and_then_parked(
    database: Database,
) -> None:
    add(database, hosts=1)
    assert fail(database, 1) is None
    assert queued(database, "status, attempts") == [("todo", 1)]
    assert fail(database, 2) is None
    until = fail(database, 3)
    assert until is not None
    assert until > now() + timedelta(minutes=59)
    assert queued(database, "status, attempts, scheduled_at") == [("failed", 3, until)]
    with database.read() as connection:
        assert [(job.name, job.until) for job in jobs_in_backoff(connection)] == [("host:1", until)]
        assert is_empty(
            connection
        )  # nobody waits for it: a run ends, and so does a worker that is to work once


def test_a_parked_job_is_planned_again_after_its_time_and_then_parked_for_longer(
    database: Database,
) -> None:
    add(database, hosts=1)
    fail(database, 3)
    assert add(database, hosts=1) == 0  # planned meanwhile
    with database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE procrastinate_jobs SET scheduled_at = now() - interval '1 second'"
        )
    assert add(database, hosts=1) == 1
    assert queued(database, "status, attempts") == [("todo", 3)]
    until = fail(database, 4)
    assert until is not None
    assert until > now() + timedelta(minutes=119)


def test_at_most_one_job_with_a_lock_is_parked_and_only_until_its_time(database: Database) -> None:
    add(database, hosts=1)
    first = fail(database, 3)
    # as a plan of `--cron`, which procrastinate queues by itself
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args) "
            "SELECT queue_name, task_name, lock, args FROM procrastinate_jobs"
        )
    second = fail(database, 3, at=now() + timedelta(minutes=5))
    assert first is not None
    assert second is not None
    assert queued(database, "status, scheduled_at") == [("failed", second)]
    with database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE procrastinate_jobs SET scheduled_at = now() - interval '1 second'"
        )
    with database.read() as connection:
        assert not jobs_in_backoff(connection)


def test_a_finished_job_resets_its_number_of_errors(database: Database) -> None:
    add(database, hosts=1)
    fail(database, 1)
    with database.write() as connection:
        delete_running(connection, [take(database)])
    add(database, hosts=1)
    assert queued(database, "status, attempts") == [("todo", 0)]


def test_remaining_jobs_are_counted_in_this_queue_only(database: Database) -> None:
    with database.write() as connection:
        assert is_empty(connection)
        enqueue(connection, [archive_step_job(1, limit=5)])
        assert not is_empty(connection)
        assert is_empty(connection, ["plan"])
        assert count_pending(connection) == 1
        connection.exec_driver_sql(f"UPDATE procrastinate_jobs SET queue_name = '{DEFAULT_QUEUE}'")
        assert is_empty(connection)
        assert count_pending(connection) == 0


def test_a_stalled_worker_cannot_finish_the_job_of_its_successor(database: Database) -> None:
    add(database, hosts=1)
    taken = take(database)
    with database.write() as connection:
        requeue(connection, [(taken, ORDERS[0])])
    take(database)

    async def end() -> None:
        jobs = OwnedJobManager(
            ReconnectingConnector(database, StopSignal()), on_registered=lambda _: None
        )
        zombie = QueuedJob(
            id=taken, queue=QUEUE, lock="host:1", queueing_lock="host:1", task_name="probe"
        )
        await jobs.finish_job(zombie, Status.SUCCEEDED, delete_job=True)
        await jobs.connector.close_async()

    asyncio.run(end())
    assert queued(database) == [("doing", "host:1")]


def test_other_errors_of_the_queue_are_raised(database: Database) -> None:
    async def enqueue_all() -> None:
        connector = ReconnectingConnector(database, StopSignal())
        try:
            await connector.execute_query_async("SELECT nonsense")
        finally:
            await connector.close_async()

    with pytest.raises(ConnectorException):
        asyncio.run(enqueue_all())
