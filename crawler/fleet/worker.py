"""Run a fleet worker: take jobs from the queue until the worker is stopped or cannot go on.

procrastinate's worker takes jobs from the queue, many at once. Each runs the same coroutines as a
single process. Jobs that the worker leaves unfinished are requeued for other workers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from time import monotonic

from procrastinate import App, JobContext
from procrastinate.exceptions import ConnectorException

from crawler.fleet import heartbeat, stalled_jobs
from crawler.fleet.connector import (
    OwnedJobManager,
    ReconnectingConnector,
    connection_url,
    first_line,
)
from crawler.fleet.heartbeat import Heartbeat
from crawler.fleet.maintenance import MaintenanceLoop
from crawler.fleet.network_watch import NetworkWatch
from crawler.fleet.planner import plan, queue_new_mirrors
from crawler.fleet.queue import ARCHIVE_STEP, PLAN, PROBE, QUEUE, JobSpec
from crawler.http.fetch import Fetch
from crawler.items import Emit
from crawler.jobs.isolation import Unit, flatten_exceptions
from crawler.jobs.job import Job
from crawler.preservation.archive_step import run_archive_step
from crawler.probing.network_check import reaches_archive
from crawler.probing.scheduler import make_host_prober
from store.errors import DatabaseUnavailable, StoreError
from store.work.frontier import DueFilter, due_host
from store.work.runs import RunOutcome

logger = logging.getLogger("holdfast.fleet")

_POLL_SECONDS = 1.0
# How far the clock of the process that planned may be ahead of this one. Both follow the
# database's clock, but not exactly.
_MAX_CLOCK_DIFFERENCE = timedelta(seconds=1)
_DRAIN_SECONDS = 5.0  # for jobs in progress, as in a single process
_RETRY_SECONDS = 2.0
# How long to wait for a host's lease: another worker may hold it only to follow a redirect.
_LEASE_WAIT_SECONDS = 3.0
_LEASED_WAIT = timedelta(seconds=15)  # before retrying a job whose host another worker has leased
# The row of a killed worker is deleted after that. A suspended worker inserts its row again.
_PRUNE_WORKERS_SECONDS = 86_400.0


class FleetWorker:
    """Takes jobs from the queue of a fleet and runs them.

    Args:
        job: The worker's own job: configuration, database, stop signal.
        fetch: Sends one request.
        emit: Takes an item through the pipelines.
        cron: When this worker plans: five crontab fields in UTC; None for never.
        once: Whether to stop when the queue is empty.
    """

    def __init__(
        self, job: Job, *, fetch: Fetch, emit: Emit, cron: str | None = None, once: bool = False
    ) -> None:
        self._job = job
        self._fetch = fetch
        self._emit = emit
        self._cron = cron
        self._jobs_in_progress: set[int] = set()  # ids in procrastinate's table
        self._maintenance = MaintenanceLoop(job, self._jobs_in_progress, once=once)
        self._maintenance_task: asyncio.Task[None] | None = None
        self._heartbeat: Heartbeat | None = None
        self._network = NetworkWatch(job)

    async def run(self) -> None:
        """Take jobs until the worker's job stops, then finish what is in progress."""
        app = self._app()
        try:
            async with app.open_async():
                while not self._job.stop:
                    await self._take_jobs(app)
                    if self._network.down:
                        await self._network.wait_until_up()
        except ConnectorException as error:
            self._job.stop.request(
                RunOutcome.FAILED,
                f"the queue in {self._job.database.url} failed: "
                f"{first_line(error.__cause__ or error)}",
            )
        await self._job.host_leases.close()
        await self._job.writer.flush()
        await self._maintenance.report_progress()

    def _app(self) -> App:
        """Return procrastinate's application with the three tasks of a worker."""
        app = App(connector=ReconnectingConnector(self._job.database, self._job.stop))
        app.job_manager = OwnedJobManager(app.connector, on_registered=self._start_background_work)
        app.task(name=PROBE, pass_context=True)(self._probe_job)
        app.task(name=ARCHIVE_STEP, pass_context=True)(self._archive_job)
        task = app.task(name=PLAN, pass_context=True, lock=PLAN, queueing_lock=PLAN, queue=QUEUE)
        planning = task(self._plan_job)
        if self._cron:
            app.periodic(cron=self._cron)(planning)
        return app

    async def _take_jobs(self, app: App) -> None:
        """Run procrastinate's worker until the job stops or the network is down."""
        self._probe_due_links = make_host_prober(
            self._job,
            fetch=self._fetch,
            emit=self._emit,
            connectivity=self._network.connectivity,
            wait_seconds=_LEASE_WAIT_SECONDS,
        )
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                name=self._job.owner,
                concurrency=self._job.config.network.concurrency,
                fetch_job_polling_interval=_POLL_SECONDS,
                shutdown_graceful_timeout=_DRAIN_SECONDS,
                # NOTIFY would save up to a second, but needs a second connection that can fail.
                listen_notify=False,
                delete_jobs="always",
                install_signal_handlers=False,
                update_heartbeat_interval=heartbeat.INTERVAL_SECONDS,
                stalled_worker_timeout=_PRUNE_WORKERS_SECONDS,
            )
        )
        stops = {asyncio.create_task(stop.wait()) for stop in (self._job.stop, self._network.down)}
        try:
            await asyncio.wait({worker, *stops}, return_when=asyncio.FIRST_COMPLETED)
            worker.cancel()  # it finishes the jobs in progress first
            with suppress(asyncio.CancelledError):
                await worker
        finally:
            await self._stop_background_work()
            for stop in stops:
                stop.cancel()

    def _start_background_work(self, worker_id: int) -> None:
        """Start heartbeats and maintenance, once the worker has its id."""
        url = connection_url(self._job.database)
        self._heartbeat = Heartbeat(url, worker_id, asyncio.get_running_loop())
        self._heartbeat.start()
        self._maintenance_task = asyncio.create_task(self._maintenance.run(worker_id))

    async def _stop_background_work(self) -> None:
        """Stop maintenance, then the heartbeats."""
        if self._maintenance_task:
            self._maintenance_task.cancel()
            with suppress(asyncio.CancelledError, StoreError):
                await self._maintenance_task
        if self._heartbeat:
            await asyncio.to_thread(self._heartbeat.stop)

    async def _probe_job(self, context: JobContext, host_id: int, run_id: int) -> None:
        """Run a queued job that probes a host."""
        self._maintenance.join_run(run_id)
        await self._run_job(context, lambda: self._probe_host(host_id))

    async def _archive_job(self, context: JobContext, run_id: int, limit: int) -> None:
        """Run a queued job that makes lookups and captures, `limit` of each at most."""
        self._maintenance.join_run(run_id)
        await self._run_job(context, lambda: self._look_up_and_capture(run_id, limit))

    async def _plan_job(self, context: JobContext, timestamp: int) -> None:
        """Run a queued job that plans. `timestamp`, the scheduled time, is not used."""
        await self._run_job(context, self._plan_now)

    async def _run_job(self, context: JobContext, work: Callable[[], Awaitable[bool]]) -> None:
        """Run a queued job, and requeue it if it did not finish.

        A job that meets internal errors repeatedly is in backoff afterwards.

        Args:
            context: The queued job.
            work: Runs it. Returns False if another worker has leased what it needs.
        """
        queued = context.job
        is_done: bool | None = None
        assert queued.id is not None  # noqa: S101  it was taken from the queue
        spec = JobSpec(
            task=queued.task_name, lock=queued.lock or "", arguments=dict(queued.task_kwargs)
        )
        self._jobs_in_progress.add(queued.id)
        isolation = self._job.isolated(Unit.QUEUE, spec.lock, expected=(ConnectorException,))
        try:
            with isolation:
                is_done = await work()
        except* StoreError as errors:
            for error in flatten_exceptions(errors):
                self._job.stop_on_store_error(error)
        finally:
            requeue: Callable[[], None] | None
            if isolation.error:
                requeue = partial(self._retry_or_back_off, queued.id, spec, queued.attempts + 1)
            else:
                requeue = self._requeue_function(queued.id, spec, is_done=is_done)
            if requeue:
                await asyncio.shield(self._requeue_with_retries(requeue))
            self._jobs_in_progress.discard(queued.id)

    def _requeue_function(
        self, job_id: int, spec: JobSpec, *, is_done: bool | None
    ) -> Callable[[], None] | None:
        """Return the function that requeues a job, or None if the job is done.

        Args:
            job_id: The id of the queued job.
            spec: The job.
            is_done: True if the job finished, False if another worker has leased what it needs,
                None if an exception ended it.
        """
        is_stopping = bool(self._job.stop or self._network.down)
        if is_done and not is_stopping:
            return None
        wait = timedelta()
        if is_done is False and not is_stopping:
            wait = _LEASED_WAIT
        return partial(stalled_jobs.requeue_job, self._job, job_id, spec, wait)

    def _retry_or_back_off(self, job_id: int, spec: JobSpec, failures: int) -> None:
        """Requeue a job after an internal error, or start its backoff with a warning in the log."""
        until = stalled_jobs.retry_or_back_off(self._job, job_id, spec, failures)
        if until:
            logger.warning(
                "the job %s met %d internal errors: it is in backoff until %s",
                spec.lock,
                failures,
                f"{until:%Y-%m-%d %H:%M} UTC",
            )

    async def _requeue_with_retries(self, requeue: Callable[[], None]) -> None:
        """Call a function that requeues a job, again while the database is unavailable.

        A stopping worker gives up after a few seconds: another worker's maintenance will requeue
        the job (`stalled_jobs`).

        Args:
            requeue: Requeues the job; it is called in a thread.
        """
        give_up_at = None
        while True:
            try:
                await asyncio.to_thread(requeue)
            except DatabaseUnavailable:
                if self._job.stop:
                    give_up_at = give_up_at or monotonic() + _DRAIN_SECONDS
                    if monotonic() > give_up_at:
                        return
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def _probe_host(self, host_id: int) -> bool:
        """Probe the due links of a host. Returns False if they could not all be probed."""
        started_at = monotonic()
        due_filter = DueFilter(now=self._job.clock() + _MAX_CLOCK_DIFFERENCE)
        host = await self._job.read(due_host, host_id, due_filter)
        if host is None:
            logger.warning("host %d is no longer in the database: its job is dropped", host_id)
            return True
        if not host.links:
            return True
        self._network.remember(host)
        self._job.counts["host:worked"] += 1
        connectivity = self._network.connectivity
        finished = await self._probe_due_links(host, due_filter)
        return finished and not connectivity.was_down_since(started_at)

    async def _look_up_and_capture(self, run_id: int, limit: int) -> bool:
        """Make due lookups and captures. Returns False if another worker has the lease."""
        if not await reaches_archive(self._job):
            # If the proxy for archives does not respond, it has logged that itself.
            if not self._job.archive_proxy.is_unreachable:
                logger.warning("cannot reach the Wayback Machine: lookups and captures stay due")
            return True
        had_lease = await run_archive_step(self._job, emit=self._emit, limit=limit)
        await asyncio.to_thread(queue_new_mirrors, self._job, run_id)
        return had_lease

    async def _plan_now(self) -> bool:
        """Queue what is due. Returns True: planning waits for no other worker."""
        result = await asyncio.to_thread(plan, self._job)
        logger.info(
            "planned: %d hosts with %d links due, %d jobs queued",
            result.hosts,
            result.links,
            result.queued,
        )
        return True
