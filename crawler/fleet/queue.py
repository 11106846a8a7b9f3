"""The queue: jobs for hosts and for the archives, at most one queued and one running for each.

All jobs are added here, by one process at a time. procrastinate's own `retry_job` is not used. If
another job for the same host is queued, it fails for ever and blocks the host. And a worker that
was thought dead could finish the job of its successor, as both have the same id. A requeued job is
a new job, and is added only if none is queued.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from procrastinate.jobs import Job as QueuedJob
from procrastinate.manager import JobManager
from procrastinate.sync_psycopg_connector import SyncPsycopgConnector
from sqlalchemy import Connection, text

from crawler.fleet import heartbeat
from store.schema.dialects import lock_for_transaction

# The number grows when the arguments of jobs change, so that workers take only jobs of their
# version.
QUEUE = "holdfast-1"
# Names of tasks, as the database stores them.
PROBE = "probe"
ARCHIVE_STEP = "ask_archives"
PLAN = "plan"
ARCHIVE_STEP_LOCK = "archives"  # so that one worker at a time runs the archive step
_LOCK = 0x486F6C65  # advisory lock for adding jobs

# Waits before a job is retried after each of its first internal errors; then it is in backoff.
_RETRY_WAITS: Final = (timedelta(seconds=5), timedelta(seconds=15))
_FIRST_BACKOFF: Final = timedelta(hours=1)  # doubled each time
_MAX_BACKOFF: Final = timedelta(days=7)

# A job in backoff has procrastinate's status `failed`, and stays so until its `scheduled_at`.
_select_present_locks = text("""
    SELECT lock FROM procrastinate_jobs
    WHERE queue_name = :queue AND lock = ANY(:locks)
      AND (status = ANY(:statuses) OR (status = 'failed' AND scheduled_at > now()))
""")
_delete_in_backoff = text("""
    DELETE FROM procrastinate_jobs
    WHERE queue_name = :queue AND status = 'failed' AND lock = ANY(:locks)
    RETURNING lock, attempts
""")
_set_failures = text("""
    UPDATE procrastinate_jobs SET attempts = :failures
    WHERE queue_name = :queue AND status = 'todo' AND lock = :lock
""")
_start_backoff = text("""
    UPDATE procrastinate_jobs
    SET status = 'failed', scheduled_at = :until, attempts = :failures, worker_id = NULL
    WHERE id = :id AND status = 'doing'
""")
_select_in_backoff = text("""
    SELECT coalesce(host.name, job.lock) AS name, job.scheduled_at AS until
    FROM procrastinate_jobs job
    LEFT JOIN host ON host.id = CAST(job.args ->> 'host_id' AS integer)
    WHERE job.queue_name = :queue AND job.status = 'failed' AND job.scheduled_at > now()
    ORDER BY job.scheduled_at, job.id
""")
_delete_running = text("DELETE FROM procrastinate_jobs WHERE status = 'doing' AND id = ANY(:ids)")
_has_jobs = text("""
    SELECT EXISTS (
        SELECT FROM procrastinate_jobs
        WHERE queue_name = :queue AND status IN ('todo', 'doing') AND task_name = ANY(:tasks)
    )
""")
_count_pending = text("""
    SELECT count(*) FROM procrastinate_jobs
    WHERE queue_name = :queue AND status IN ('todo', 'doing')
""")
_count_live_workers = text("""
    SELECT count(*) FROM procrastinate_workers
    WHERE last_heartbeat > now() - make_interval(secs => :seconds)
""")
# Its connector is never opened: it uses the connection that it is given.
_job_manager = JobManager(SyncPsycopgConnector())


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """A job to queue.

    Attributes:
        task: Name of the task.
        lock: Identifies what the job works on. At most one job with a lock is running.
        arguments: The arguments of the task.
        not_before: No worker takes it earlier; None for at once.
    """

    task: str
    lock: str
    arguments: dict[str, Any]
    not_before: datetime | None = None


def probe_job(host_id: int, run_id: int) -> JobSpec:
    """Return a job that probes the due links of a host, as part of a run."""
    return JobSpec(
        task=PROBE, lock=f"host:{host_id}", arguments={"host_id": host_id, "run_id": run_id}
    )


def archive_step_job(run_id: int, *, limit: int) -> JobSpec:
    """Return a job that makes due lookups and captures, `limit` of each at most."""
    return JobSpec(
        task=ARCHIVE_STEP, lock=ARCHIVE_STEP_LOCK, arguments={"run_id": run_id, "limit": limit}
    )


def enqueue(
    connection: Connection, specs: Sequence[JobSpec], *, behind_running: bool = False
) -> int:
    """Add jobs whose lock no queued or running job has.

    Args:
        connection: A connection that writes.
        specs: The jobs.
        behind_running: Whether a job is also added if one with its lock is running, which does not
            know of the work. It is taken when that one has ended.

    Returns:
        The number of jobs added.
    """
    if not specs:
        return 0
    lock_for_transaction(connection, _LOCK)
    statuses = ["todo"] if behind_running else ["todo", "doing"]
    wanted = {"queue": QUEUE, "locks": [spec.lock for spec in specs], "statuses": statuses}
    present = set(connection.execute(_select_present_locks, wanted).scalars())
    jobs = [_to_queued_job(spec) for spec in specs if spec.lock not in present]
    if jobs:
        ended_backoffs = connection.execute(
            _delete_in_backoff, {"queue": QUEUE, "locks": [job.lock for job in jobs]}
        ).all()
        _job_manager.batch_defer_jobs(jobs, connection=connection.connection.driver_connection)
        for row in ended_backoffs:
            # Keeps the number of failures: a job that fails again is in backoff at once.
            connection.execute(
                _set_failures, {"queue": QUEUE, "lock": row.lock, "failures": row.attempts}
            )
    return len(jobs)


def retry_or_back_off(
    connection: Connection, job_id: int, spec: JobSpec, *, failures: int, now: datetime
) -> datetime | None:
    """Requeue a job that met an internal error for a later time; after several, back off.

    No worker takes a job in backoff. It is queued again when its work is planned after the end of
    the backoff. Each backoff is twice as long as the last one.

    Args:
        connection: A connection that writes.
        job_id: Id of the running job.
        spec: The job; a retry is not made before its `not_before`.
        failures: Number of consecutive internal errors, this one included.
        now: The current time.

    Returns:
        The end of the backoff; None if the job is retried.
    """
    lock_for_transaction(connection, _LOCK)
    if failures <= len(_RETRY_WAITS):
        retry_at = max(now + _RETRY_WAITS[failures - 1], spec.not_before or now)
        requeue(connection, [(job_id, delayed(spec, retry_at))])
        connection.execute(_set_failures, {"queue": QUEUE, "lock": spec.lock, "failures": failures})
        return None
    earlier_backoffs = failures - len(_RETRY_WAITS) - 1
    # 10 avoids an overflow of the product; the maximum is reached earlier.
    until = now + min(_FIRST_BACKOFF * (1 << min(earlier_backoffs, 10)), _MAX_BACKOFF)
    # procrastinate itself queues the plans of `--cron`, also while an earlier one is in backoff.
    connection.execute(_delete_in_backoff, {"queue": QUEUE, "locks": [spec.lock]})
    connection.execute(_start_backoff, {"id": job_id, "until": until, "failures": failures})
    return until


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInBackoff:
    """A job that is not retried for some time, after internal errors.

    Attributes:
        name: Name of its host, or its lock.
        until: When it can be queued again.
    """

    name: str
    until: datetime


def jobs_in_backoff(connection: Connection) -> Sequence[JobInBackoff]:
    """Return the jobs in backoff, ordered by its end."""
    return [
        JobInBackoff(name=row.name, until=row.until)
        for row in connection.execute(_select_in_backoff, {"queue": QUEUE})
    ]


def requeue(connection: Connection, jobs: Collection[tuple[int, JobSpec]]) -> int:
    """Replace running jobs by new queued ones.

    Args:
        connection: A connection that writes.
        jobs: Ids of the running jobs, with the jobs to queue.

    Returns:
        The number of jobs queued; the others had a successor in the queue.
    """
    lock_for_transaction(connection, _LOCK)
    delete_running(connection, [job_id for job_id, _ in jobs])
    return enqueue(connection, [spec for _, spec in jobs])


def delete_running(connection: Connection, job_ids: Sequence[int]) -> None:
    """Delete running jobs."""
    connection.execute(_delete_running, {"ids": list(job_ids)})


def delayed(spec: JobSpec, not_before: datetime | None) -> JobSpec:
    """Return a job that no worker takes before a time."""
    return replace(spec, not_before=not_before)


def is_empty(connection: Connection, tasks: Iterable[str] = (PROBE, ARCHIVE_STEP)) -> bool:
    """Return whether no job of these tasks is queued or running."""
    values = {"queue": QUEUE, "tasks": list(tasks)}
    has_jobs: bool = connection.execute(_has_jobs, values).scalar_one()
    return not has_jobs


def count_pending(connection: Connection) -> int:
    """Return the number of queued and running jobs."""
    pending: int = connection.execute(_count_pending, {"queue": QUEUE}).scalar_one()
    return pending


def count_workers(connection: Connection) -> int:
    """Return the number of workers with a recent heartbeat."""
    workers: int = connection.execute(
        _count_live_workers, {"seconds": heartbeat.STALLED_SECONDS}
    ).scalar_one()
    return workers


def _to_queued_job(spec: JobSpec) -> QueuedJob:
    """Return a job as procrastinate has it. `queueing_lock` lets only one be queued at a time."""
    return QueuedJob(
        queue=QUEUE,
        lock=spec.lock,
        queueing_lock=spec.lock,
        task_name=spec.task,
        task_kwargs=spec.arguments,
        scheduled_at=spec.not_before,
    )
