"""The queue: jobs for hosts and for the archives, at most one waiting and one at work for each.

Whoever adds jobs does it here, and takes turns with all others who do. procrastinate's own way to put a job back (`retry_job`) is not used:
where another job for the same host waits already, it fails for ever and the host is frozen; and a worker that was thought dead could end
the job of its successor, for both have one id. A job put back is a new job, and only if none waits.
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
from store.schema.dialects import take_turns

# The number grows when jobs change their shape: a worker takes only what it understands, and leaves the rest to its peers.
QUEUE = "holdfast-1"
PROBE, ASK_ARCHIVES, PLAN = "probe", "ask_archives", "plan"
ARCHIVES = "archives"  # the lock of the one job that asks them
_LOCK = 0x486F6C65  # of those who add jobs

_RETRY_WAITS: Final = (
    timedelta(seconds=5),
    timedelta(seconds=15),
)  # after internal errors, before a job is parked
_PARKED_FIRST: Final = timedelta(hours=1)  # twice as long each time
_PARKED_LONGEST: Final = timedelta(days=7)

# A parked job has procrastinate's status for one that failed; it is parked until the time it would be scheduled at.
_under_way = text(
    "SELECT lock FROM procrastinate_jobs WHERE queue_name = :queue AND lock = ANY(:locks) "
    "AND (status IN ('todo', 'doing') OR (status = 'failed' AND scheduled_at > now()))"
)
_unparked = text(
    "DELETE FROM procrastinate_jobs WHERE queue_name = :queue AND status = 'failed' AND lock = ANY(:locks) RETURNING lock, attempts"
)
_failures = text(
    "UPDATE procrastinate_jobs SET attempts = :failures WHERE queue_name = :queue AND status = 'todo' AND lock = :lock"
)
_parked = text(
    "UPDATE procrastinate_jobs SET status = 'failed', scheduled_at = :until, attempts = :failures, worker_id = NULL "
    "WHERE id = :id AND status = 'doing'"
)
_all_parked = text(
    "SELECT coalesce(host.name, job.lock) AS name, job.scheduled_at AS until FROM procrastinate_jobs job "
    "LEFT JOIN host ON host.id = CAST(job.args ->> 'host_id' AS integer) "
    "WHERE job.queue_name = :queue AND job.status = 'failed' ORDER BY job.scheduled_at, job.id"
)
_taken = text("DELETE FROM procrastinate_jobs WHERE status = 'doing' AND id = ANY(:ids)")
_left = text(
    "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE queue_name = :queue AND status IN ('todo', 'doing') AND task_name = ANY(:tasks))"
)
_count = text(
    "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = :queue AND status IN ('todo', 'doing')"
)
_beating = text(
    "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :seconds)"
)
_deferring = JobManager(SyncPsycopgConnector())  # never opened: it is handed the connection


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """A job to be: the work on what `lock` names. `not_before`: nobody takes it earlier."""

    task: str
    lock: str
    arguments: dict[str, Any]
    not_before: datetime | None = None


def probe_job(host_id: int, run_id: int) -> JobSpec:
    """Order that what is due at a host be probed, as part of a run."""
    return JobSpec(
        task=PROBE, lock=f"host:{host_id}", arguments={"host_id": host_id, "run_id": run_id}
    )


def archives_job(run_id: int, *, limit: int) -> JobSpec:
    """Order that the archives be asked for what is due there: at most so many look-ups, and captures."""
    return JobSpec(task=ASK_ARCHIVES, lock=ARCHIVES, arguments={"run_id": run_id, "limit": limit})


def enqueue(connection: Connection, orders: Sequence[JobSpec]) -> int:
    """Add jobs for what is not waiting or at work already; give how many were added."""
    if not orders:
        return 0
    take_turns(connection, _LOCK)
    wanted = {"queue": QUEUE, "locks": [order.lock for order in orders]}
    there = set(connection.execute(_under_way, wanted).scalars())
    jobs = [_job(order) for order in orders if order.lock not in there]
    if jobs:
        unparked = connection.execute(
            _unparked, {"queue": QUEUE, "locks": [job.lock for job in jobs]}
        ).all()
        _deferring.batch_defer_jobs(jobs, connection=connection.connection.driver_connection)
        for row in unparked:  # one that fails again is parked at once
            connection.execute(
                _failures, {"queue": QUEUE, "lock": row.lock, "failures": row.attempts}
            )
    return len(jobs)


def retry_or_park(
    connection: Connection, job_id: int, order: JobSpec, *, failures: int, now: datetime
) -> datetime | None:
    """Put back a job that met an internal error, for a while later; after several, park it, where nobody takes it.

    A parked job becomes one that waits when its work is planned again after its time. Each time it is parked for longer.

    Args:
        connection: A connection that writes.
        job_id: The job at work.
        order: What it was about; `not_before` is kept to.
        failures: How many internal errors in a row it met, this one included.
        now: The present time.

    Returns:
        Until when it is parked; None if it waits for another try.
    """
    take_turns(connection, _LOCK)
    if failures <= len(_RETRY_WAITS):
        then = max(now + _RETRY_WAITS[failures - 1], order.not_before or now)
        requeue(connection, [(job_id, delayed(order, then))])
        connection.execute(_failures, {"queue": QUEUE, "lock": order.lock, "failures": failures})
        return None
    times = failures - len(_RETRY_WAITS) - 1
    until = now + min(_PARKED_FIRST * (1 << min(times, 10)), _PARKED_LONGEST)
    connection.execute(_parked, {"id": job_id, "until": until, "failures": failures})
    return until


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedJob:
    """A job that nobody takes for a while, after internal errors. `name` is that of its host, or of its lock."""

    name: str
    until: datetime


def parked_jobs(connection: Connection) -> Sequence[ParkedJob]:
    """List the parked jobs, those first that can be planned again first."""
    return [
        ParkedJob(name=row.name, until=row.until)
        for row in connection.execute(_all_parked, {"queue": QUEUE})
    ]


def requeue(connection: Connection, jobs: Collection[tuple[int, JobSpec]]) -> int:
    """Replace jobs at work by new ones that wait; give how many wait anew, the others having a successor already."""
    take_turns(connection, _LOCK)
    remove(connection, [job_id for job_id, _ in jobs])
    return enqueue(connection, [order for _, order in jobs])


def remove(connection: Connection, job_ids: Sequence[int]) -> None:
    """Delete jobs that were taken from the queue."""
    connection.execute(_taken, {"ids": list(job_ids)})


def delayed(order: JobSpec, not_before: datetime | None) -> JobSpec:
    return replace(order, not_before=not_before)


def is_empty(connection: Connection, tasks: Iterable[str] = (PROBE, ASK_ARCHIVES)) -> bool:
    """Tell whether no such job waits or is at work."""
    left: bool = connection.execute(_left, {"queue": QUEUE, "tasks": list(tasks)}).scalar_one()
    return not left


def count_pending(connection: Connection) -> int:
    """Count the jobs that wait or are at work."""
    left: int = connection.execute(_count, {"queue": QUEUE}).scalar_one()
    return left


def count_workers(connection: Connection) -> int:
    """Count the workers whose heart beats."""
    workers: int = connection.execute(_beating, {"seconds": heartbeat.STALLED_SECONDS}).scalar_one()
    return workers


def _job(order: JobSpec) -> QueuedJob:
    return QueuedJob(
        queue=QUEUE,
        lock=order.lock,
        queueing_lock=order.lock,
        task_name=order.task,
        task_kwargs=order.arguments,
        scheduled_at=order.not_before,
    )
