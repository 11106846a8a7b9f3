"""A worker's shift: from the first job taken until it is told to stop, or finds that it cannot go on.

procrastinate's worker takes jobs from the queue, many at once; each is worked on by the very coroutines that a single process runs. What a
shift leaves undone goes back to the queue for the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any

from procrastinate import App, JobContext
from procrastinate.exceptions import ConnectorException

from crawler.fleet import heartbeat, stalled_jobs
from crawler.fleet.heartbeat import Heartbeat
from crawler.fleet.maintenance import MaintenanceLoop
from crawler.fleet.patient_connector import FencedJobs, PatientConnector, connection_url
from crawler.fleet.planner import plan, queue_new_mirrors
from crawler.fleet.queue import ASK_ARCHIVES, PLAN, PROBE, QUEUE, JobSpec
from crawler.http.connectivity import MAX_CONNECTIONS
from crawler.http.fetch import Fetch
from crawler.items import Emit
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.jobs.stop_signal import StopSignal
from crawler.preservation import run_archive_step
from crawler.probing.connectivity_monitor import ConnectivityMonitor
from crawler.probing.network_check import has_network, known_places, reaches_archive
from crawler.probing.scheduler import host_work
from store.errors import DatabaseUnavailable, StoreError
from store.work.frontier import DueFilter, DueHost, due_host
from store.work.runs import RunOutcome

logger = logging.getLogger("fleet")  # whose warnings are for a person

_POLL_SECONDS = 1.0
_CLOCKS_DIFFER = timedelta(
    seconds=1
)  # a planner's and ours, though both go by the database's: what was due then is due
_DRAIN_SECONDS = 5.0  # as long as a single process gives what is under way
_RETRY_SECONDS = 2.0
_HOP_SECONDS = 3.0  # a worker that is asking a host for a redirect only is done with it by then
_HELD_WAIT = timedelta(
    seconds=15
)  # until a job is taken up again that met a host another worker holds
_FORGOTTEN_SECONDS = (
    86_400.0  # the row of a worker that was killed; one that only slept finds its own again
)
_NETWORK_WAITS = (5, 10)  # seconds; then the others get its hosts
_NETWORK_RETRY_SECONDS = 30.0


class _Watch(ConnectivityMonitor):
    """Lets nobody on once the network is given up: the work on hosts is about to be cancelled."""

    async def wait_until_up(self) -> None:
        await super().wait_until_up()
        if self._stop:
            await asyncio.Event().wait()


class FleetWorker:
    """See the module. `job` is the worker's own; `cron` says when this worker plans (five fields, UTC)."""

    def __init__(
        self, job: Job, *, fetch: Fetch, emit: Emit, cron: str | None = None, once: bool = False
    ) -> None:
        self._job = job
        self._emit = emit
        self._cron = cron
        self._begun: set[int] = set()
        self._rounds = MaintenanceLoop(job, self._begun, once=once)
        self._heartbeat: Heartbeat | None = None
        self._going: asyncio.Task[None] | None = None
        self._places: Sequence[tuple[str, int]] = ()
        self._latest: deque[DueHost] = deque(maxlen=MAX_CONNECTIONS)
        self._fetch = fetch
        self._watch_network()

    async def run(self) -> None:
        """Work until the job is told to stop, and drain."""
        app = self._app()
        try:
            async with app.open_async():
                while not self._job.stop:
                    await self._take_jobs(app)
                    await self._wait_for_network()
        except ConnectorException as error:
            self._job.stop.request(
                RunOutcome.FAILED,
                f"the queue in {self._job.database.url} failed: {error.__cause__ or error}",
            )
        await self._job.host_leases.close()
        await self._job.writer.flush()
        await self._rounds.report_progress()

    def _app(self) -> App:
        app = App(connector=PatientConnector(self._job.database, self._job.stop))
        app.job_manager = FencedJobs(app.connector, on_registered=self._begin_side_work)
        app.task(name=PROBE, pass_context=True)(self._probe)
        app.task(name=ASK_ARCHIVES, pass_context=True)(self._ask_archives)
        planning = app.task(
            name=PLAN, pass_context=True, lock=PLAN, queueing_lock=PLAN, queue=QUEUE
        )(self._plan)
        if self._cron:
            app.periodic(cron=self._cron)(planning)
        return app

    async def _take_jobs(self, app: App) -> None:
        working = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                name=self._job.owner,
                concurrency=self._job.config.network.concurrency,
                fetch_job_polling_interval=_POLL_SECONDS,
                shutdown_graceful_timeout=_DRAIN_SECONDS,
                listen_notify=False,  # it would save a second now and then, for one more connection and way to fail
                delete_jobs="always",
                install_signal_handlers=False,
                update_heartbeat_interval=heartbeat.INTERVAL_SECONDS,
                stalled_worker_timeout=_FORGOTTEN_SECONDS,
            )
        )
        orders = {asyncio.create_task(stop.wait()) for stop in (self._job.stop, self._away)}
        try:
            await asyncio.wait({working, *orders}, return_when=asyncio.FIRST_COMPLETED)
            working.cancel()  # it drains
            with suppress(asyncio.CancelledError):
                await working
        finally:
            await self._end_side_work()
            for order in orders:
                order.cancel()

    def _begin_side_work(self, worker_id: int) -> None:
        self._heartbeat = Heartbeat(
            connection_url(self._job.database), worker_id, asyncio.get_running_loop()
        )
        self._heartbeat.start()
        self._going = asyncio.create_task(self._rounds.run(worker_id))

    async def _end_side_work(self) -> None:
        if self._going:
            self._going.cancel()
            with suppress(asyncio.CancelledError, StoreError):
                await self._going
        if self._heartbeat:
            await asyncio.to_thread(self._heartbeat.stop)

    # --- the network

    def _watch_network(self) -> None:
        self._away = StopSignal()
        self._watch = _Watch(self._has_network, self._away, waits=_NETWORK_WAITS, known_up=False)
        self._work_on = host_work(
            self._job, fetch=self._fetch, emit=self._emit, connectivity=self._watch, wait_seconds=_HOP_SECONDS
        )

    async def _wait_for_network(self) -> None:
        """Take no jobs while there is no network: the other workers may have one."""
        if not self._away:
            return
        logger.warning(
            "no network: the hosts at work went back to the queue, no more are taken until it is there"
        )
        while not self._job.stop and not await self._has_network():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._job.stop.wait(), _NETWORK_RETRY_SECONDS)
        if not self._job.stop:
            logger.warning("the network is back: taking hosts again")
            self._watch_network()

    async def _has_network(self) -> bool:
        """Tell whether the archive or any of the hosts last worked on can be connected to."""
        with suppress(StoreError):  # the database may be out of reach for the same reason
            wanted = DueFilter(now=self._job.clock(), ignore_schedule=True)
            self._places = await known_places(self._job, list(self._latest), wanted)
        return await has_network(self._job, self._places)

    # --- jobs

    async def _probe(self, context: JobContext, host_id: int, run_id: int) -> None:
        self._rounds.join_run(run_id)
        await self._see_to(context, lambda: self._probe_host(host_id))

    async def _ask_archives(self, context: JobContext, run_id: int, limit: int) -> None:
        self._rounds.join_run(run_id)
        await self._see_to(context, lambda: self._ask_all_archives(run_id, limit))

    async def _plan(
        self, context: JobContext, timestamp: int
    ) -> None:  # the moment cron meant; it is now that counts
        await self._see_to(context, self._plan_now)

    async def _see_to(self, context: JobContext, work: Callable[[], Awaitable[bool]]) -> None:
        """Do a job, and hand it back if it was not done to its end. One that meets internal errors again and again is parked."""
        queued, done = context.job, None
        assert queued.id is not None  # noqa: S101  it was taken from the queue
        order = JobSpec(
            task=queued.task_name, lock=queued.lock or "", arguments=dict(queued.task_kwargs)
        )
        self._begun.add(queued.id)
        working = self._job.isolated(Unit.QUEUE, order.lock, expected=(ConnectorException,))
        try:
            with working:
                done = await work()
        except* StoreError as errors:
            for error in flatten_exceptions(errors):
                self._job.stop_on_store_error(error)
        finally:
            if working.error:
                await asyncio.shield(
                    self._hand_back(
                        partial(self._retry_or_park, queued.id, order, queued.attempts + 1)
                    )
                )
            elif not done or self._job.stop or self._away:
                wait = (
                    _HELD_WAIT
                    if done is False and not (self._job.stop or self._away)
                    else timedelta()
                )
                await asyncio.shield(
                    self._hand_back(
                        partial(stalled_jobs.requeue_job, self._job, queued.id, order, wait)
                    )
                )
            self._begun.discard(queued.id)

    def _retry_or_park(self, job_id: int, order: JobSpec, failures: int) -> None:
        if until := stalled_jobs.retry_or_park(self._job, job_id, order, failures):
            logger.warning(
                "the job %s met %d internal errors: it is parked until %s",
                order.lock,
                failures,
                f"{until:%Y-%m-%d %H:%M} UTC",
            )

    async def _hand_back(self, put_back: Callable[[], None]) -> None:
        """Put a job back, however long the database is away; told to stop, leave it to the others to find."""
        gives_up_at = None
        while True:
            try:
                await asyncio.to_thread(put_back)
            except DatabaseUnavailable:
                if self._job.stop:
                    gives_up_at = gives_up_at or monotonic() + _DRAIN_SECONDS
                    if monotonic() > gives_up_at:
                        return
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def _probe_host(self, host_id: int) -> bool:
        began, wanted = monotonic(), DueFilter(now=self._job.clock() + _CLOCKS_DIFFER)
        host = await asyncio.to_thread(self._due_host, host_id, wanted)
        if host is None:
            logger.warning("host %d is no longer in the database: its job is dropped", host_id)
            return True
        if not host.links:
            return True
        self._latest.append(host)
        self._job.counts["host:worked"] += 1
        return await self._work_on(host, wanted) and not self._watch.was_down_since(began)

    def _due_host(self, host_id: int, wanted: DueFilter) -> DueHost | None:
        with self._job.database.read() as connection:
            return due_host(connection, host_id, wanted)

    async def _ask_all_archives(self, run_id: int, limit: int) -> bool:
        if not await reaches_archive(self._job):
            logger.warning("the Wayback Machine cannot be reached: look-ups and captures stay due")
            return True
        ours = await run_archive_step(self._job, emit=self._emit, limit=limit)
        await asyncio.to_thread(queue_new_mirrors, self._job, run_id)
        return ours

    async def _plan_now(self) -> bool:
        planned = await asyncio.to_thread(plan, self._job)
        logger.info(
            "planned: %d hosts with %d links due, %d jobs queued",
            planned.hosts,
            planned.links,
            planned.queued,
        )
        return True


def flatten_exceptions(errors: BaseExceptionGroup[Any]) -> Sequence[Any]:
    """List what a group of exceptions holds, however deep."""
    return [
        leaf
        for error in errors.exceptions
        for leaf in (
            flatten_exceptions(error) if isinstance(error, BaseExceptionGroup) else [error]
        )
    ]
