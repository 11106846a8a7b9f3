"""Read and store captures: those wanted, queued, due and requested, and their results."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import partial

from crawler.archives import service_trust
from crawler.items import CaptureItem
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.preservation.capture_policy import CONFIRM_AFTER, next_try_at
from crawler.preservation.capture_ranking import CaptureChoice, rank_candidates
from store.work.archives.capture_candidates import capture_candidates
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import (
    CaptureTask,
    count_requested_since,
    due_captures,
    mark_requested,
    queue_captures,
    withdraw_captures,
)


def wanted_captures(job: Job, service: str) -> Sequence[CaptureChoice]:
    """Return the links that should be captured, in order, with the reasons."""
    # With keys a page whose capture was unusable is captured once more, without a browser.
    max_unusable = 2 if job.config.archives.wayback.key else 1
    with job.database.read() as connection:
        candidates = capture_candidates(
            connection,
            service,
            now=job.clock(),
            less_trusted=service_trust(job.loaded).less_trusted,
            max_unusable=max_unusable,
            scope=job.scope,
        )
    return rank_candidates(candidates, now=job.clock(), isolate=partial(job.isolated, Unit.CAPTURE))


async def plan_captures(
    job: Job, service: str, *, limit: int, skipped: Collection[int] = ()
) -> None:
    """Queue the most urgent links, and withdraw queued ones that need no capture any more.

    No more are queued than may be requested today: by tomorrow others may be more urgent. Queued
    captures that are skipped, or wait for a retry, do not count.

    Args:
        job: The job.
        service: The archive.
        limit: The maximum number of captures that may be requested now.
        skipped: The ids of captures that are not requested in this run.
    """
    await job.write(withdraw_captures, service, less_trusted=service_trust(job.loaded).less_trusted)
    count = min(limit, await _quota_left_today(job, service))
    if count <= 0:
        return
    due = await next_captures(job, service, limit=count, skipped=skipped)
    wanted = await job.retries.run(partial(wanted_captures, job, service))
    not_queued = [choice.link_id for choice in wanted if not choice.is_queued]
    link_ids = not_queued[: count - len(due)]
    await job.write(queue_captures, link_ids, service=service, run_id=job.run_id, at=job.clock())


async def next_captures(
    job: Job, service: str, *, limit: int, skipped: Collection[int] = ()
) -> Sequence[CaptureTask]:
    """Return the captures that may be requested now, within the quota of the day.

    Args:
        job: The job.
        service: The archive.
        limit: The maximum number of captures.
        skipped: The ids of captures that are left out.
    """
    limit = min(limit, await _quota_left_today(job, service))
    if limit <= 0:
        return ()
    due = await job.read(
        due_captures,
        service,
        now=job.clock(),
        limit=limit + len(skipped),
        scope=job.scope,
    )
    return [task for task in due if task.capture_id not in skipped][:limit]


async def _quota_left_today(job: Job, service: str) -> int:
    """Return how many captures may still be requested; quotas end with the UTC day."""
    now = job.clock().astimezone(UTC)
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC)
    requested = await job.read(count_requested_since, service, midnight)
    return job.config.archives.wayback.captures_per_day - requested


async def begin_capture(job: Job, task: CaptureTask) -> None:
    """Store that a capture is requested, before the request is sent."""
    now = job.clock()
    await job.write(mark_requested, task.capture_id, at=now, check_at=now + CONFIRM_AFTER)


def store_capture(job: Job, item: CaptureItem) -> None:
    """Store a capture's result, and when it is requested, looked up, polled or verified again."""
    now = job.clock()
    with job.database.write() as connection:
        record_capture(
            connection,
            job.link_registry(connection),
            item.task,
            item.result,
            at=now,
            next_try_at=next_try_at(item, now),
        )
