"""Capture the pages that the local archive lacks, and complete the pages that probes captured."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from crawler.archives import service_trust
from crawler.archives.link_identity import identify
from crawler.config import host_and_port
from crawler.http.connectivity import MAX_CONNECTIONS
from crawler.http.fetch import Fetch
from crawler.items import Emit
from crawler.jobs.failed_items import failed_capture
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.local_archive import LocalArchiveError
from crawler.local_capture.batch_writer import open_batch_writer
from crawler.local_capture.capture import LocalCapturer
from crawler.preservation.capture_ranking import CaptureChoice, rank_candidates
from crawler.probing.network_check import has_network
from store.vocabulary import LOCAL
from store.work.archives.archive_refusals import archive_refusals
from store.work.archives.capture_candidates import local_capture_candidates
from store.work.archives.captures import (
    CaptureTask,
    due_captures,
    pending_captures,
    queue_captures,
    requeue_captures,
)
from store.work.archives.distrusted_copy_candidates import distrusted_copy_candidates
from store.work.runs import RunOutcome

logger = logging.getLogger("holdfast.local_capture")

_MAX_CONCURRENT_PAGES = 8

_Capture = Callable[[CaptureTask], Awaitable[None]]
"""Makes a capture, or completes one."""


async def capture_locally(job: Job, *, fetch: Fetch, emit: Emit, limit: int) -> None:
    """Capture living links that have no local copy, and complete the captures made by probes.

    If the archive cannot be written, the job is stopped as failed.

    Args:
        job: The job.
        fetch: Sends a single request.
        emit: Sends an item through the pipelines.
        limit: The maximum number of new captures.
    """
    try:
        await _run_captures(job, limit, fetch=fetch, emit=emit)
    except LocalArchiveError as error:
        job.stop.request(RunOutcome.FAILED, str(error))


async def complete_captures(job: Job, *, fetch: Fetch, emit: Emit) -> None:
    """Capture the requisites of pages that probes captured (`incomplete_captures`).

    If the archive cannot be written, that is logged; a later run completes the captures.

    Args:
        job: The job.
        fetch: Sends a single request.
        emit: Sends an item through the pipelines.
    """
    try:
        await _run_captures(job, 0, fetch=fetch, emit=emit)
    except LocalArchiveError as error:
        logger.warning("%s", error)


def wanted_local_captures(job: Job, *, only_refused: bool = False) -> Sequence[CaptureChoice]:
    """Return the pages to capture, the most urgent first, with the reasons.

    These are cited links, first those that public archives may not copy. Cited copies on distrusted
    archives follow: a capture of such a copy preserves what the archive still shows.

    Args:
        job: The job.
        only_refused: Return only links that public archives may not copy.
    """
    distrusted, now = service_trust(job.loaded).distrusted, job.clock()
    with job.database.read() as connection:
        refused = archive_refusals(connection, now=now)
        candidates = [
            replace(candidate, refused=candidate.link_id in refused)
            for candidate in local_capture_candidates(connection, now=now, scope=job.scope)
        ]
        if only_refused:
            candidates = [candidate for candidate in candidates if candidate.refused]
        else:
            candidates += distrusted_copy_candidates(
                connection, distrusted, now=now, scope=job.scope
            )
    isolate = partial(job.isolated, Unit.CAPTURE)
    return rank_candidates(candidates, now=job.clock(), isolate=isolate)


def incomplete_captures(job: Job) -> Sequence[CaptureTask]:
    """Return the pages that probes captured and whose requisites are missing.

    They are in the job's scope. If the job checks only certain links or hosts, they are of these.
    """
    with job.database.read() as connection:
        pending = pending_captures(connection, LOCAL, scope=job.scope)
    if job.due_filter is None:
        return pending
    ids, hosts = job.due_filter.ids, job.due_filter.hosts
    return [
        task
        for task in pending
        if (not ids or task.link_id in ids) and (not hosts or identify(task.url).host in hosts)
    ]


async def _run_captures(job: Job, limit: int, *, fetch: Fetch, emit: Emit) -> None:
    """Complete pending captures, and make at most `limit` new ones.

    Raises:
        LocalArchiveError: The archive cannot be opened or written.
    """
    async with open_batch_writer(job) as writer:
        pending = await job.retries.run(partial(incomplete_captures, job))
        queued = await job.retries.run(partial(_queue_wanted_captures, job, limit)) if limit else ()
        if not pending and not queued:
            return
        if not await _check_network(job, [*queued, *pending]):
            return
        capturer = LocalCapturer(job, writer, fetch, emit)
        work: list[tuple[_Capture, CaptureTask]] = [(capturer.complete, task) for task in pending]
        work += [(capturer.capture, task) for task in queued]
        await _run_concurrently(job, capturer, work, emit)
        if capturer.halted:  # the archive could not be written
            raise LocalArchiveError(capturer.halted.detail)


async def _run_concurrently(
    job: Job, capturer: LocalCapturer, work: Sequence[tuple[_Capture, CaptureTask]], emit: Emit
) -> None:
    """Make captures, several at a time, until all are done or the job must stop.

    They also end if the archive cannot be written (`LocalCapturer.halted`).
    """
    remaining = iter(work)  # shared by the workers

    async def run_worker() -> None:
        for capture, task in remaining:
            if job.stop or capturer.halted:
                return
            with job.isolated(Unit.COPY, task.url) as isolation:
                await capture(task)
            if isolation.error:
                await emit(failed_capture(LOCAL, task, isolation.error))

    async with asyncio.TaskGroup() as workers:
        for _ in range(_MAX_CONCURRENT_PAGES):
            workers.create_task(run_worker())


async def _check_network(job: Job, tasks: Sequence[CaptureTask]) -> bool:
    """Return whether some host can be reached; otherwise stop the job before any request.

    The Wayback Machine's host is tried, and those of some captures, chosen evenly.
    """
    step = max(1, len(tasks) // MAX_CONNECTIONS)
    urls = [job.config.archives.wayback.endpoint, *(task.url for task in tasks[::step])]
    hosts = [host_and_port(url) for url in urls[:MAX_CONNECTIONS]]
    valid_hosts = [host for host in hosts if host is not None]
    if await has_network(job, valid_hosts):
        return True
    job.stop.request(
        RunOutcome.NETWORK_DOWN,
        f"no network: none of {len(valid_hosts)} hosts tried could be reached; nothing was "
        "captured: check the connection or network.proxy, then run again",
    )
    return False


def _queue_wanted_captures(job: Job, limit: int) -> Sequence[CaptureTask]:
    """Queue the captures that are wanted.

    Captures that an interrupted run had begun are queued again: this job has locked the archive, so
    no other process is working on them.

    Args:
        job: The job.
        limit: The maximum number of captures.

    Returns:
        The captures of this run, at most `limit`.
    """
    with job.database.write() as connection:
        requeue_captures(connection, LOCAL, at=job.clock())
    wanted = wanted_local_captures(job)[:limit]
    link_ids = [choice.link_id for choice in wanted if not choice.is_queued]
    with job.database.write() as connection:
        queue_captures(connection, link_ids, service=LOCAL, run_id=job.run_id, at=job.clock())
    with job.database.read() as connection:
        return due_captures(connection, LOCAL, now=job.clock(), limit=limit, scope=job.scope)
