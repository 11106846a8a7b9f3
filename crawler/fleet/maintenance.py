"""Maintain the fleet: requeue stalled jobs, check the schema and the clock, finish runs."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

from crawler.fleet.queue import ARCHIVE_STEP, PLAN, PROBE, is_empty
from crawler.fleet.runs import finish_run_if_done, report_totals
from crawler.fleet.schema import check_queue
from crawler.fleet.stalled_jobs import requeue_stalled, requeue_unstarted
from crawler.jobs.clock import ServerClock
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.probing.stored_probes import schedule_reprobes
from store.errors import DatabaseUnavailable, StoreError
from store.maintenance.frozen_sessions import end_frozen_sessions
from store.work.runs import RunOutcome

logger = logging.getLogger("holdfast.fleet")

EVERY_SECONDS = 10.0
_FROZEN_SECONDS = 300.0  # as long as the server lets a transaction be idle
_ONCE_SECONDS = 2.0  # the interval with --once: a user or script waits for the worker to end
_MAX_FAILURES = 5  # consecutive rounds with an internal error
_MAX_CLOCK_OFFSET = timedelta(seconds=30)


class MaintenanceLoop:
    """Maintains the fleet every ten seconds.

    Args:
        job: The worker's job.
        started: Ids of the queued jobs that the worker is running; the worker updates it.
        once: Whether to stop the worker when the queue is empty.
    """

    def __init__(self, job: Job, started: Collection[int], *, once: bool) -> None:
        self._job = job
        self._started = started
        self._once = once
        self._run_id: int | None = None
        self._reported: Counter[str] = Counter()
        self._unstarted: frozenset[int] = frozenset()
        self._clock_warned = False

    def join_run(self, run_id: int) -> None:
        """Record results for this run from now on, unless it is older than the current one."""
        if self._run_id is None or run_id > self._run_id:
            self._run_id = self._job.run_id = run_id

    async def run(self, worker_id: int) -> None:
        """Repeat maintenance until the job stops. An unavailable database is waited for.

        Args:
            worker_id: Id of the worker in procrastinate's table.
        """
        stop = self._job.stop
        failures = 0  # consecutive rounds with an internal error
        while not stop:
            try:
                with (
                    self._job.isolated(Unit.QUEUE, "maintenance of the queue") as isolation,
                    suppress(DatabaseUnavailable),  # the connector of the queue reports it
                ):
                    # Copies: the event loop changes both while the thread runs.
                    started = frozenset(self._started)
                    counts = Counter(self._job.counts)
                    maintain = asyncio.to_thread(self._maintain, worker_id, started, counts)
                    if await _until_done(maintain):
                        stop.request(RunOutcome.FINISHED)
            except StoreError as error:
                stop.request(RunOutcome.FAILED, str(error))
            failures = failures + 1 if isolation.error else 0
            if failures >= _MAX_FAILURES:
                stop.request(
                    RunOutcome.FAILED,
                    f"{failures} consecutive internal errors in the maintenance of the queue",
                )
            await asyncio.sleep(min(EVERY_SECONDS, _ONCE_SECONDS) if self._once else EVERY_SECONDS)

    async def report_progress(self) -> None:
        """Store what a worker that ends has not stored yet: its counts and links to probe again."""
        with suppress(DatabaseUnavailable):
            await asyncio.to_thread(self._report, Counter(self._job.counts))
            await asyncio.to_thread(schedule_reprobes, self._job)

    def _maintain(self, worker_id: int, started: frozenset[int], counts: Counter[str]) -> bool:
        """Do one round of maintenance, in a thread.

        Args:
            worker_id: Id of the worker in procrastinate's table.
            started: Ids of the queued jobs that the worker is running.
            counts: The worker's counts, of which only the increase is added to the run's totals.

        Returns:
            Whether the worker must stop: with `once`, if the queue is empty.
        """
        job = self._job
        check_queue(job.database)
        with job.database.write() as connection:
            ended = end_frozen_sessions(connection, age=timedelta(seconds=_FROZEN_SECONDS))
        if ended:
            logger.warning("%d sessions of frozen processes were ended", ended)
        self._synchronize_clock()
        if stalled := requeue_stalled(job):
            logger.warning("%d jobs of stalled workers were requeued", stalled)
        self._unstarted = requeue_unstarted(job, worker_id, started, self._unstarted)
        self._report(counts)
        if not started:  # another worker may finish the run, and does not know these links
            schedule_reprobes(job)
        finish_run_if_done(job)
        if not self._once or started:
            return False
        with job.database.read() as connection:
            return is_empty(connection, (PROBE, ARCHIVE_STEP, PLAN))

    def _synchronize_clock(self) -> None:
        """Set the job's clock by the database, and warn once if this machine's is far from it."""
        clock = self._job.clock
        if not isinstance(clock, ServerClock):
            return
        clock.synchronize()
        if abs(clock.offset) <= _MAX_CLOCK_OFFSET or self._clock_warned:
            return
        minutes = abs(clock.offset) / timedelta(minutes=1)
        direction = "ahead of" if clock.offset > timedelta() else "behind"
        logger.warning(
            "this machine's clock is %.1f minutes %s the database's, which is used: "
            "set this machine's clock",
            minutes,
            direction,
        )
        self._clock_warned = True

    def _report(self, counts: Counter[str]) -> None:
        """Add the increase of the counts since the last report to the totals of the run."""
        if self._run_id is not None:
            report_totals(self._job, self._run_id, counts - self._reported)
            self._reported = counts


async def _until_done(work: Coroutine[Any, Any, bool]) -> bool:
    """Wait for work in a thread, even after a cancellation: a thread cannot be cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
