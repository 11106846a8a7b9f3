"""The queue: jobs for hosts and for the archives, at most one waiting and one at work for each.

Whoever adds jobs does it here, and takes turns with all others who do. procrastinate's own way to put a job back (`retry_job`) is not used:
where another job for the same host waits already, it fails for ever and the host is frozen; and a worker that was thought dead could end
the job of its successor, for both have one id. A job put back is a new job, and only if none waits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from procrastinate.jobs import Job as QueuedJob
from procrastinate.manager import JobManager
from procrastinate.sync_psycopg_connector import SyncPsycopgConnector
from sqlalchemy import Connection, text

from crawler.fleet import heartbeat
from store.sql import take_turns

# The number grows when jobs change their shape: a worker takes only what it understands, and leaves the rest to its peers.
QUEUE = "holdfast-1"
PROBE, ASK_ARCHIVES, PLAN = "probe", "ask_archives", "plan"
ARCHIVES = "archives"  # the lock of the one job that asks them
_LOCK = 0x486F6C65  # of those who add jobs

_under_way = text("SELECT lock FROM procrastinate_jobs WHERE queue_name = :queue AND status IN ('todo', 'doing') AND lock = ANY(:locks)")
_taken = text("DELETE FROM procrastinate_jobs WHERE status = 'doing' AND id = ANY(:ids)")
_left = text(
    "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE queue_name = :queue AND status IN ('todo', 'doing') AND task_name = ANY(:tasks))"
)
_count = text("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = :queue AND status IN ('todo', 'doing')")
_beating = text("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :seconds)")
_deferring = JobManager(SyncPsycopgConnector())  # never opened: it is handed the connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A job to be: the work on what `lock` names. `not_before`: nobody takes it earlier."""

    task: str
    lock: str
    arguments: dict[str, Any]
    not_before: datetime | None = None


def probe_order(host_id: int, run_id: int) -> Order:
    """Order that what is due at a host be probed, as part of a run."""
    return Order(task=PROBE, lock=f"host:{host_id}", arguments={"host_id": host_id, "run_id": run_id})


def archives_order(run_id: int, *, limit: int) -> Order:
    """Order that the archives be asked for what is due there: at most so many look-ups, and captures."""
    return Order(task=ASK_ARCHIVES, lock=ARCHIVES, arguments={"run_id": run_id, "limit": limit})


def enqueue(connection: Connection, orders: Sequence[Order]) -> int:
    """Add jobs for what is not waiting or at work already; give how many were added."""
    if not orders:
        return 0
    take_turns(connection, _LOCK)
    wanted = {"queue": QUEUE, "locks": [order.lock for order in orders]}
    there = set(connection.execute(_under_way, wanted).scalars())
    jobs = [_job(order) for order in orders if order.lock not in there]
    if jobs:
        _deferring.batch_defer_jobs(jobs, connection=connection.connection.driver_connection)
    return len(jobs)


def put_back(connection: Connection, jobs: Collection[tuple[int, Order]]) -> int:
    """Replace jobs at work by new ones that wait; give how many wait anew, the others having a successor already."""
    take_turns(connection, _LOCK)
    remove(connection, [job_id for job_id, _ in jobs])
    return enqueue(connection, [order for _, order in jobs])


def remove(connection: Connection, job_ids: Sequence[int]) -> None:
    """Delete jobs that were taken from the queue."""
    connection.execute(_taken, {"ids": list(job_ids)})


def later(order: Order, not_before: datetime | None) -> Order:
    return replace(order, not_before=not_before)


def is_empty(connection: Connection, tasks: Iterable[str] = (PROBE, ASK_ARCHIVES)) -> bool:
    """Tell whether no such job waits or is at work."""
    left: bool = connection.execute(_left, {"queue": QUEUE, "tasks": list(tasks)}).scalar_one()
    return not left


def count_left(connection: Connection) -> int:
    """Count the jobs that wait or are at work."""
    left: int = connection.execute(_count, {"queue": QUEUE}).scalar_one()
    return left


def count_workers(connection: Connection) -> int:
    """Count the workers whose heart beats."""
    workers: int = connection.execute(_beating, {"seconds": heartbeat.STALLED_SECONDS}).scalar_one()
    return workers


def _job(order: Order) -> QueuedJob:
    return QueuedJob(
        queue=QUEUE,
        lock=order.lock,
        queueing_lock=order.lock,
        task_name=order.task,
        task_kwargs=order.arguments,
        scheduled_at=order.not_before,
    )
