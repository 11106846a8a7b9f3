"""An archive of one's own in a job: what is kept there, and that it is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from crawler.config import host_and_port
from crawler.http.connectivity import MAX_CONNECTIONS
from crawler.http.fetch import Fetch
from crawler.items import Emit
from crawler.jobs.failed_items import failed_capture
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.local_archive.model import LocalArchiveError
from crawler.local_capture.batch_writer import open_batch_writer
from crawler.local_capture.capture import LocalCapturer
from crawler.local_capture.probe_capture import capture_from_probes
from crawler.local_capture.verify import verify_local_mirrors
from crawler.preservation.archive_session import logger
from crawler.preservation.capture_policy import CaptureChoice, rank_candidates
from crawler.probing.network_check import has_network
from store.vocabulary import LOCAL
from store.work.capture_candidates import capture_candidates
from store.work.captures import (
    CaptureTask,
    due_captures,
    pending_captures,
    queue_captures,
    requeue_captures,
)
from store.work.runs import RunOutcome

__all__ = [
    "capture_from_probes",
    "capture_locally",
    "complete_captures",
    "incomplete_captures",
    "verify_local_mirrors",
    "wanted_local_captures",
]

_PAGES_AT_ONCE = 8


async def capture_locally(job: Job, *, fetch: Fetch, emit: Emit, limit: int) -> None:
    """Keep copies of at most `limit` living links that we have none of, and complete those that probes brought."""
    try:
        await _keep(job, limit, fetch=fetch, emit=emit)
    except LocalArchiveError as error:
        job.stop.request(RunOutcome.FAILED, str(error))


async def complete_captures(job: Job, *, fetch: Fetch, emit: Emit) -> None:
    """Keep what pages show that probes brought. Where the archive cannot be written to that is for another time, and nobody's failure."""
    try:
        await _keep(job, 0, fetch=fetch, emit=emit)
    except LocalArchiveError as error:
        logger.warning("%s", error)


def wanted_local_captures(job: Job) -> Sequence[CaptureChoice]:
    """Say which links ought to be kept, in which order, and why."""
    with job.database.read() as connection:
        candidates = capture_candidates(
            connection, LOCAL, now=job.clock(), scope=job.scope, own=True
        )
    return rank_candidates(candidates, now=job.clock())


def incomplete_captures(job: Job) -> Sequence[CaptureTask]:
    """List the pages that probes brought, and of which nothing else is kept yet."""
    with job.database.read() as connection:
        return pending_captures(connection, LOCAL)


async def _keep(job: Job, limit: int, *, fetch: Fetch, emit: Emit) -> None:
    async with open_batch_writer(job) as shelf:
        begun = await asyncio.to_thread(incomplete_captures, job)
        planned = await asyncio.to_thread(_plan, job, limit) if limit else ()
        if not (begun or planned) or not await _has_network(job, [*planned, *begun]):
            return
        keeping = LocalCapturer(job, shelf, fetch, emit)
        work: list[tuple[Callable[[CaptureTask], Awaitable[None]], CaptureTask]] = [
            (keeping.complete, task) for task in begun
        ]
        work += [(keeping.capture, task) for task in planned]
        waiting = iter(work)

        async def lane() -> None:
            for step, task in waiting:
                if job.stop or keeping.halted:
                    return
                with job.isolated(Unit.COPY, task.url) as copying:
                    await step(task)
                if copying.error:
                    await emit(failed_capture(LOCAL, task, copying.error))

        async with asyncio.TaskGroup() as lanes:
            for _ in range(_PAGES_AT_ONCE):
                lanes.create_task(lane())
        if keeping.halted:
            raise LocalArchiveError(keeping.halted.detail)


async def _has_network(job: Job, tasks: Sequence[CaptureTask]) -> bool:
    """Tell whether anybody can be reached; else say so in the job's orders, and let nothing be tried in vain."""
    urls = [
        job.config.archives.wayback.endpoint,
        *(task.url for task in tasks[:: max(1, len(tasks) // MAX_CONNECTIONS)]),
    ]
    places = [place for url in urls[:MAX_CONNECTIONS] if (place := host_and_port(url))]
    if await has_network(job, places):
        return True
    job.stop.request(
        RunOutcome.NETWORK_DOWN,
        f"no network: none of {len(places)} hosts tried could be reached; nothing was asked",
    )
    return False


def _plan(job: Job, limit: int) -> Sequence[CaptureTask]:
    """Decide on what is kept in this run. What another run was in the middle of begins anew: no other process writes now."""
    with job.database.write() as connection:
        requeue_captures(connection, LOCAL, at=job.clock())
    wanted = wanted_local_captures(job)[:limit]
    with job.database.write() as connection:
        links = [choice.link_id for choice in wanted if not choice.is_queued]
        queue_captures(connection, links, service=LOCAL, run_id=job.run_id, at=job.clock())
    with job.database.read() as connection:
        return due_captures(connection, LOCAL, now=job.clock(), limit=limit)
