"""What any worker looks after now and then, one at a time: jobs that nobody works on go back to the queue, a run that is through is ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from procrastinate.sql import queries
from sqlalchemy import Connection, func, select, text

from crawler.fleet import heartbeat, queue
from crawler.fleet.queue import ARCHIVES, PROBE, QUEUE, JobSpec, delayed, requeue
from crawler.jobs.job import Job
from store.schema.models import HostRow

_LOCK = 0x486F6C67  # of whoever looks
_my_turn = select(func.pg_try_advisory_xact_lock(_LOCK))
_taken_by = text(
    "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = :worker AND queue_name = :queue"
)
_jobs = text(
    "SELECT id, task_name, lock, args FROM procrastinate_jobs WHERE status = 'doing' AND id = ANY(:ids)"
)


def requeue_stalled(job: Job) -> int:
    """Put back the jobs of workers that are dead or frozen, each for when its host's lease has run out; give how many there were.

    Nothing is done, and 0 given, where another worker is looking at this moment.
    """
    with job.database.write() as connection:
        if not connection.execute(_my_turn).scalar_one():
            return 0
        values = {
            "queue": QUEUE,
            "task_name": None,
            "seconds_since_heartbeat": heartbeat.STALLED_SECONDS,
        }
        stalled = connection.exec_driver_sql(
            queries["select_stalled_jobs_by_heartbeat"], values
        ).all()
        return _put_back(connection, stalled, job.clock())


def requeue_unstarted(
    job: Job, worker_id: int, begun: Collection[int], suspects: Collection[int]
) -> frozenset[int]:
    """Put back the jobs this worker took without ever hearing of it: the answer was lost with its connection.

    `begun` are those it works on. A job just taken may look the same, so only those are put back that did so the last time, too
    (`suspects`); gives those that do now.
    """
    with job.database.write() as connection:
        taken = set(connection.execute(_taken_by, {"worker": worker_id, "queue": QUEUE}).scalars())
        unbegun = taken - set(begun)
        if lost := unbegun & set(suspects):
            _put_back(connection, connection.execute(_jobs, {"ids": list(lost)}).all(), job.clock())
    return frozenset(unbegun - lost)


def requeue_job(job: Job, job_id: int, order: JobSpec, wait: timedelta = timedelta()) -> None:
    """Put one job back, for when nobody holds what it is about, and `wait` has passed."""
    now = job.clock()
    with job.database.write() as connection:
        free_at = _free_at(connection, order, now)
        requeue(
            connection,
            [(job_id, delayed(order, max(free_at or now, now + wait) if wait else free_at))],
        )


def retry_or_park(job: Job, job_id: int, order: JobSpec, failures: int) -> datetime | None:
    """Put back or park one job that met an internal error, as `queue.retry_or_park` does."""
    now = job.clock()
    with job.database.write() as connection:
        due = delayed(order, _free_at(connection, order, now))
        return queue.retry_or_park(connection, job_id, due, failures=failures, now=now)


def _put_back(connection: Connection, rows: Sequence[Any], now: datetime) -> int:
    orders = [JobSpec(task=row.task_name, lock=row.lock, arguments=row.args) for row in rows]
    requeue(
        connection,
        [
            (row.id, delayed(order, _free_at(connection, order, now)))
            for row, order in zip(rows, orders, strict=True)
        ],
    )
    return len(orders)


def _free_at(connection: Connection, order: JobSpec, now: datetime) -> datetime | None:
    """When the lease on what a job is about runs out; None if it has."""
    statement = select(func.max(HostRow.lease_until)).where(HostRow.lease_until > now)
    if order.task == PROBE:
        statement = statement.where(HostRow.id == order.arguments["host_id"])
    elif order.lock == ARCHIVES:
        statement = statement.where(HostRow.name.like("% service"))
    else:
        return None
    until: datetime | None = connection.execute(statement).scalar_one()
    return until
