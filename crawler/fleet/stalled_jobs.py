"""Requeue jobs that no worker is working on, and jobs that a worker could not finish.

These are jobs of the fleet's queue (`JobSpec`). The `Job` of a worker is the run of its process.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from procrastinate.sql import queries
from sqlalchemy import Connection, func, select, text

from crawler.fleet import heartbeat, queue
from crawler.fleet.queue import ARCHIVE_STEP_LOCK, PROBE, QUEUE, JobSpec, delayed, requeue
from crawler.jobs.job import Job
from store.schema.models import HostRow

_LOCK = 0x486F6C67  # advisory lock for looking for stalled jobs
_try_lock = select(func.pg_try_advisory_xact_lock(_LOCK))
_select_job_ids_of_worker = text(
    "SELECT id FROM procrastinate_jobs "
    "WHERE status = 'doing' AND worker_id = :worker AND queue_name = :queue"
)
_select_running_jobs = text(
    "SELECT id, task_name, lock, args FROM procrastinate_jobs "
    "WHERE status = 'doing' AND id = ANY(:ids)"
)


def requeue_stalled(job: Job) -> int:
    """Requeue the jobs of workers that are dead or frozen.

    Each is queued for the time when the lease of its host expires.

    Args:
        job: The `Job` of any worker, which has the database and the clock.

    Returns:
        The number of stalled jobs in the queue; 0 if another worker is looking for them now.
    """
    with job.database.write() as connection:
        if not connection.execute(_try_lock).scalar_one():
            return 0
        values = {
            "queue": QUEUE,
            "task_name": None,
            "seconds_since_heartbeat": heartbeat.STALLED_SECONDS,
        }
        stalled = connection.exec_driver_sql(
            queries["select_stalled_jobs_by_heartbeat"], values
        ).all()
        return _requeue_rows(connection, stalled, job.clock())


def requeue_unstarted(
    job: Job, worker_id: int, started: Collection[int], suspects: Collection[int]
) -> frozenset[int]:
    """Requeue jobs that the database assigned to this worker, but that the worker does not run.

    That happens when the connection breaks before the worker gets the result of its query. A job
    that was just taken looks the same, so only jobs found in two consecutive calls are requeued.

    Args:
        job: The worker's job.
        worker_id: Id of the worker.
        started: Ids of the jobs that the worker is running.
        suspects: Ids of the jobs that were unstarted at the last call: what it returned.

    Returns:
        Ids of the jobs that are unstarted now, for the next call.
    """
    with job.database.write() as connection:
        running = connection.execute(
            _select_job_ids_of_worker, {"worker": worker_id, "queue": QUEUE}
        ).scalars()
        unstarted = set(running) - set(started)
        lost = unstarted & set(suspects)
        if lost:
            rows = connection.execute(_select_running_jobs, {"ids": list(lost)}).all()
            _requeue_rows(connection, rows, job.clock())
    return frozenset(unstarted - lost)


def requeue_job(job: Job, job_id: int, spec: JobSpec, wait: timedelta = timedelta()) -> None:
    """Requeue one job, to be taken once the lease of its host has expired and a time has passed.

    Args:
        job: The worker's job.
        job_id: Id of the running job.
        spec: The job to queue in its place.
        wait: The least time until it may be taken.
    """
    now = job.clock()
    with job.database.write() as connection:
        not_before = _lease_end(connection, spec, now)
        if wait:
            not_before = max(not_before or now, now + wait)
        requeue(connection, [(job_id, delayed(spec, not_before))])


def retry_or_back_off(job: Job, job_id: int, spec: JobSpec, failures: int) -> datetime | None:
    """Requeue one job that met an internal error, or start its backoff after several.

    `queue.retry_or_back_off` decides by their number. The job is not taken before the lease of its
    host has expired.

    Args:
        job: The worker's job.
        job_id: Id of the running job.
        spec: The job to queue in its place.
        failures: Number of consecutive internal errors, this one included.

    Returns:
        The end of the backoff; None if the job is retried.
    """
    now = job.clock()
    with job.database.write() as connection:
        after_lease = delayed(spec, _lease_end(connection, spec, now))
        return queue.retry_or_back_off(connection, job_id, after_lease, failures=failures, now=now)


def _requeue_rows(connection: Connection, rows: Sequence[Any], now: datetime) -> int:
    """Requeue jobs.

    Args:
        connection: A connection that writes.
        rows: Rows with the columns of the query `_select_running_jobs`.
        now: The current time.

    Returns:
        The number of jobs.
    """
    jobs = []
    for row in rows:
        spec = JobSpec(task=row.task_name, lock=row.lock, arguments=row.args)
        jobs.append((row.id, delayed(spec, _lease_end(connection, spec, now))))
    requeue(connection, jobs)
    return len(jobs)


def _lease_end(connection: Connection, spec: JobSpec, now: datetime) -> datetime | None:
    """Return when the lease on a job's host or archives expires; None if there is no lease."""
    statement = select(func.max(HostRow.lease_until)).where(HostRow.lease_until > now)
    if spec.task == PROBE:
        statement = statement.where(HostRow.id == spec.arguments["host_id"])
    elif spec.lock == ARCHIVE_STEP_LOCK:
        # The slots of archives (`archive_session.service_slot`).
        statement = statement.where(HostRow.name.like("% service"))
    else:
        return None
    until: datetime | None = connection.execute(statement).scalar_one()
    return until
