"""A worker's rounds: every few seconds it looks after the fleet, and after itself."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

from crawler.fleet.queue import ASK_ARCHIVES, PLAN, PROBE, is_empty
from crawler.fleet.runs import finish_run_if_done, report_totals
from crawler.fleet.schema import check_queue
from crawler.fleet.stalled_jobs import requeue_stalled, requeue_unstarted
from crawler.jobs.clock import ServerClock
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from store.errors import DatabaseUnavailable, StoreError
from store.work.runs import RunOutcome

logger = logging.getLogger("fleet")  # whose warnings are for a person

EVERY_SECONDS = 10.0
_ONCE_SECONDS = 2.0  # for whoever waits for it to end
_FAILURES_AT_MOST = 5  # rounds in a row that met an internal error
_CLOCKS_AGREE = timedelta(seconds=30)


class MaintenanceLoop:
    """See the module. `begun` are the ids of the jobs the worker works on; with `once`, it stops when the queue is empty."""

    def __init__(self, job: Job, begun: Collection[int], *, once: bool) -> None:
        self._job = job
        self._begun = begun
        self._once = once
        self._run_id: int | None = None
        self._reported: Counter[str] = Counter()
        self._suspects: frozenset[int] = frozenset()
        self._clock_said = False

    def join_run(self, run_id: int) -> None:
        """Write for this run from now on, unless it is older than the one we write for."""
        if self._run_id is None or run_id > self._run_id:
            self._run_id = self._job.run_id = run_id

    async def run(self, worker_id: int) -> None:
        """Look after everything again and again, until cancelled. A database that is away is waited for."""
        stop, failures = self._job.stop, 0
        while not stop:
            try:
                with (
                    self._job.isolated(Unit.QUEUE, "a worker's rounds") as looking,
                    suppress(DatabaseUnavailable),
                ):  # whoever needs it says so
                    look = asyncio.to_thread(
                        self._look_after_all,
                        worker_id,
                        frozenset(self._begun),
                        Counter(self._job.counts),
                    )
                    if await _to_its_end(look):
                        stop.request(RunOutcome.FINISHED)
            except StoreError as error:
                stop.request(RunOutcome.FAILED, str(error))
            failures = failures + 1 if looking.error else 0
            if (
                failures >= _FAILURES_AT_MOST
            ):  # a worker that no longer looks after the others must not go on unseen
                stop.request(
                    RunOutcome.FAILED,
                    f"{failures} internal errors in a row while this worker looked after the queue",
                )
            await asyncio.sleep(min(EVERY_SECONDS, _ONCE_SECONDS) if self._once else EVERY_SECONDS)

    async def report_progress(self) -> None:
        """Add what was done since the last time to what the run came to."""
        with suppress(DatabaseUnavailable):
            await asyncio.to_thread(self._report, Counter(self._job.counts))

    def _look_after_all(self, worker_id: int, begun: frozenset[int], done: Counter[str]) -> bool:
        """Do one round, in a thread; tell whether the worker is to end. `begun` and `done` are copies: the loop goes on."""
        job = self._job
        check_queue(job.database)
        self._set_clock()
        if stalled := requeue_stalled(job):
            logger.warning("%d jobs of workers that are gone went back to the queue", stalled)
        self._suspects = requeue_unstarted(job, worker_id, begun, self._suspects)
        self._report(done)
        finish_run_if_done(job)
        if not self._once or begun:
            return False
        with job.database.read() as connection:
            return is_empty(connection, (PROBE, ASK_ARCHIVES, PLAN))

    def _set_clock(self) -> None:
        clock = self._job.clock
        if not isinstance(clock, ServerClock):
            return
        clock.synchronize()
        if abs(clock.offset) > _CLOCKS_AGREE and not self._clock_said:
            minutes, word = (
                abs(clock.offset) / timedelta(minutes=1),
                "ahead of" if clock.offset > timedelta() else "behind",
            )
            logger.warning(
                "this machine's clock is %.1f minutes %s the database's: the database's counts; set this one right",
                minutes,
                word,
            )
            self._clock_said = True

    def _report(self, done: Counter[str]) -> None:
        if self._run_id is not None:
            report_totals(self._job, self._run_id, done - self._reported)
            self._reported = done


async def _to_its_end(work: Coroutine[Any, Any, bool]) -> bool:
    """Wait for work in a thread even when cancelled: the thread goes on anyway, and its connection with it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
