"""The fleet's run: what a plan began, until nothing of it waits or is at work any more.

All workers write for the same run, so that what is "new" in a report, and what --fail-on looks at, is what the fleet found, not one worker.
A plan made while a run goes on adds to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from importlib.metadata import version

from sqlalchemy import Connection

from crawler.fleet.queue import count_pending, count_workers, is_empty
from crawler.jobs.clock import seconds_since_boot
from crawler.jobs.job import Job
from crawler.preservation.mirror_review import review_mirrors
from store.errors import DatabaseUnavailable
from store.schema.dialects import take_turns
from store.work.runs import PLAN, RunOutcome, add_totals, begin_run, end_run, find_run, open_run

# A fleet that never gets through ends its run all the same, and begins another: reports need an end to compare with.
MAX_RUN_DURATION = timedelta(hours=24)
_LOCK = 0x486F6C68
_LOOK_SECONDS = 1.0
_SAY_EVERY_SECONDS = 20.0


def join_run(connection: Connection, job: Job) -> int:
    """Give the run that goes on, or begin one."""
    take_turns(connection, _LOCK)  # or planners at once would begin a run each
    now, run = job.clock(), open_run(connection, PLAN)
    if run and now - run.started_at < MAX_RUN_DURATION:
        return run.id
    if run:
        end_run(connection, run.id, at=now, outcome=RunOutcome.DEADLINE)
    return begin_run(connection, command=PLAN, at=now, owner=job.owner, version=version("holdfast"))


def finish_run_if_done(job: Job) -> int | None:
    """End the fleet's run if none of its jobs is left, after weighing the mirrors it probed; give the run that was ended."""
    with job.database.write() as connection:
        if not is_empty(connection) or open_run(connection, PLAN) is None:
            return None
    review_mirrors(job)
    with job.database.write() as connection:
        run = open_run(connection, PLAN)
        if run is None or not is_empty(connection):
            return None
        end_run(connection, run.id, at=job.clock(), outcome=RunOutcome.FINISHED)
        return run.id


def wait_for_run(job: Job, seconds: float | None, *, say: Callable[[str], None]) -> None:
    """Wait until the job's run has ended, and take over what it came to; no longer than so many seconds. A database that is away is waited for."""
    until, said_at = (
        None if seconds is None else seconds_since_boot() + seconds,
        seconds_since_boot(),
    )
    while not job.stop:
        if until is not None and seconds_since_boot() >= until:
            job.stop.request(
                RunOutcome.DEADLINE,
                "the deadline was reached; the workers go on, the run has not ended",
            )
        left = workers = None
        with suppress(DatabaseUnavailable), job.database.read() as connection:
            run = find_run(connection, job.run_id)
            if run is None or run.finished_at:
                job.counts.update(run.totals if run else {})
                return
            left, workers = count_pending(connection), count_workers(connection)
        if seconds_since_boot() - said_at > _SAY_EVERY_SECONDS:
            said_at = seconds_since_boot()
            if left is not None:
                say(
                    f"jobs left: {left}; workers: {workers}{'' if workers else ', none at work: start holdfast worker'}"
                )
        time.sleep(_LOOK_SECONDS)


def report_totals(job: Job, run_id: int, more: Mapping[str, int]) -> None:
    """Add what a worker did to what the run came to."""
    if more:
        with job.database.write() as connection:
            add_totals(connection, run_id, more)
