"""The run of a fleet: from the first planned job until no job is queued or running.

All workers record results for the same run. So "new" in a report, and --fail-on, refer to what the
fleet found, not to one worker's part. A plan made during a run adds jobs to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection

from crawler.fleet.queue import count_pending, count_workers, is_empty
from crawler.jobs.job import Job
from crawler.jobs.run_outcome import outcome_for, read_work_left
from crawler.preservation.mirror_review import review_mirrors
from crawler.probing.stored_probes import apply_new_mementos
from crawler.process.lifetime import seconds_since_boot
from crawler.process.version import holdfast_version
from store.errors import DatabaseUnavailable
from store.queries.work_left import totals_without_work_left
from store.schema.dialects import lock_for_transaction
from store.work.frontier import DueFilter
from store.work.runs import (
    PLAN,
    RunOutcome,
    RunRecord,
    add_totals,
    begin_run,
    find_run,
    finish_run,
    lock_unfinished_run,
)

# If the queue never becomes empty, a run ends after this time: reports compare finished runs.
MAX_RUN_DURATION = timedelta(hours=24)
_LOCK = 0x486F6C68  # advisory lock for starting runs
_POLL_SECONDS = 1.0
_NOTIFY_INTERVAL_SECONDS = 20.0


def join_run(connection: Connection, job: Job) -> int:
    """Return the id of the fleet's current run, or start one.

    Args:
        connection: A connection that writes.
        job: The planning job.
    """
    lock_for_transaction(connection, _LOCK)  # else concurrent planners would start a run each
    now = job.clock()
    run = lock_unfinished_run(connection, PLAN)
    if run and now - run.started_at < MAX_RUN_DURATION:
        return run.id
    if run:
        finish_run(connection, run.id, at=now, outcome=RunOutcome.DEADLINE)
    return begin_run(connection, command=PLAN, at=now, owner=job.owner, version=holdfast_version())


def finish_run_if_done(job: Job) -> int | None:
    """Finish the fleet's run if no job is queued or running.

    The mirrors that the run probed are first applied to the links, as at the end of a single run.

    Args:
        job: Any worker's job.

    Returns:
        The id of the run that was finished; None if it goes on, or there is none.
    """
    with job.database.write() as connection:
        unfinished = lock_unfinished_run(connection, PLAN)
        if unfinished is None or not is_empty(connection):
            return None
    review_mirrors(job)
    # Not the job's own run: this worker may have taken none of its jobs.
    apply_new_mementos(job, unfinished.id)
    with job.database.write() as connection:
        run = lock_unfinished_run(connection, PLAN)
        if run is None or not is_empty(connection):
            return None
        _finish(connection, job, run)
        return run.id


def _finish(connection: Connection, job: Job, run: RunRecord) -> None:
    """Store the outcome of a run and the number of links that it left due."""
    due_filter = DueFilter(now=run.started_at, checked_before=run.started_at)
    left = read_work_left(job, connection, due_filter)
    add_totals(connection, run.id, left.to_totals())
    finish_run(connection, run.id, at=job.clock(), outcome=outcome_for(left))


def wait_for_run(job: Job, seconds: float | None, *, notify: Callable[[str], None]) -> None:
    """Wait until the job's run has ended, and copy its totals into the job's counts.

    An unavailable database is waited for.

    Args:
        job: A job whose `run_id` is that of the run.
        seconds: How long to wait; None for no limit. After that the job is stopped.
        notify: Called with a line about the jobs left, every 20 seconds.
    """
    notified_at = seconds_since_boot()
    deadline = None if seconds is None else notified_at + seconds
    while not job.stop:
        if deadline is not None and seconds_since_boot() >= deadline:
            job.stop.request(
                RunOutcome.DEADLINE,
                "the deadline was reached; the workers go on, the run has not ended",
            )
        pending: int | None = None
        workers = 0
        with suppress(DatabaseUnavailable), job.database.read() as connection:
            run = find_run(connection, job.run_id)
            if run is None or run.finished_at:
                job.counts.update(totals_without_work_left(run.totals if run else {}))
                return
            pending = count_pending(connection)
            workers = count_workers(connection)
        if seconds_since_boot() - notified_at > _NOTIFY_INTERVAL_SECONDS:
            notified_at = seconds_since_boot()
            if pending is not None:
                hint = "" if workers else ": start one with holdfast worker"
                notify(f"jobs left: {pending}; workers: {workers}{hint}")
        time.sleep(_POLL_SECONDS)


def report_totals(job: Job, run_id: int, increase: Mapping[str, int]) -> None:
    """Add the increase of a worker's counters to the totals of the run."""
    if increase:
        with job.database.write() as connection:
            add_totals(connection, run_id, increase)
