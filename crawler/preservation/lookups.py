"""Which snapshot is nearest? Asked of archives for what has no living mirror, and the answers kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archives import less_trusted_services
from crawler.http.urls import without_credentials
from crawler.items import Emit, LookupItem
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE, failed_lookup, doubled_wait
from crawler.jobs.host_lease import HostLease
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.liveness import VANTAGE_REASONS
from crawler.preservation.archive_session import WAYBACK, must_skip_service, wait_or_stop
from store.vocabulary import LookupOutcome
from store.work.captures import LookupTask, links_to_confirm, links_to_look_up, record_lookup
from store.work.retry_delays import lookup_retry_delay

# How long an archive's answer counts. What was no answer is asked again by the next night.
_ANSWER_COUNTS = {
    LookupOutcome.FOUND: timedelta(days=90),
    LookupOutcome.NONE: timedelta(days=30),
    LookupOutcome.EXCLUDED: timedelta(days=180),
    LookupOutcome.UNKNOWN: timedelta(hours=12),
}


class LookupProgress:
    """What look-ups at the first archive have come to, for those that go on with it: `changed` is set by the next answer, `over` by the last."""

    def __init__(self) -> None:
        self.is_complete = False
        self.changed = asyncio.Event()

    def notify(self, *, over: bool = False) -> None:
        self.is_complete = self.is_complete or over
        self.changed.set()
        self.changed = asyncio.Event()


async def look_up_due(
    job: Job,
    service: str,
    archive: AsyncArchive,
    emit: Emit,
    held: HostLease,
    *,
    limit: int,
    answers: LookupProgress | None = None,
) -> int | None:
    """Ask a service about everything that is due, one link after another; tell about how many, None where there is no use in going on."""
    tasks = await asyncio.to_thread(lookups_due, job, service, limit=limit)
    for task in tasks:
        if job.stop or must_skip_service(archive, service):
            return None
        held.check()
        with job.isolated(Unit.LOOKUP, task.url) as asking:
            answer = await archive.nearest(without_credentials(task.url), task.target_time)
            item = LookupItem(service=service, task=task, result=answer)
        if asking.error:
            item = failed_lookup(service, task, asking.error)
        elif job.stop and answer.outcome is LookupOutcome.UNKNOWN:
            return None  # it may not have been asked at all; it stays due
        await emit(item)
        if answers:
            answers.notify()
    return len(tasks)


async def look_up_following(
    job: Job,
    service: str,
    archive: AsyncArchive,
    emit: Emit,
    held: HostLease,
    *,
    limit: int,
    answers: LookupProgress,
) -> None:
    """Ask a service about what the first archive has given its answer to, while it goes on answering."""
    left, over = limit, False
    while left > 0 and not over:
        over, changed = answers.is_complete, answers.changed
        asked = await look_up_due(job, service, archive, emit, held, limit=left)
        if asked is None:
            return
        left -= asked
        if not over and not await wait_or_stop(job, changed.wait()):
            return


def lookups_due(job: Job, service: str, *, limit: int) -> Sequence[LookupTask]:
    """List what to ask the service about: first what may have mirrors, then what only we may be unable to reach.

    The other services are asked about what the Wayback Machine has given its answer to.
    """
    now, scope = job.clock(), job.scope
    with job.database.read() as connection:
        if service != WAYBACK:
            return links_to_look_up(
                connection,
                service,
                now=now,
                limit=limit,
                answered_by=WAYBACK,
                less_trusted=less_trusted_services(),
                scope=scope,
            )
        finding = links_to_look_up(
            connection, service, now=now, limit=limit, less_trusted=less_trusted_services(), scope=scope
        )
        confirming = links_to_confirm(
            connection, service, VANTAGE_REASONS, now=now, limit=limit - len(finding), scope=scope
        )
    known = {task.link_id for task in finding}
    return [*finding, *(task for task in confirming if task.link_id not in known)]


def store_lookup(job: Job, item: LookupItem) -> None:
    """Keep an answer."""
    now, counts = job.clock(), _ANSWER_COUNTS[item.result.outcome]
    with job.database.write() as connection:
        if item.result.detail.startswith(INTERNAL_ERROR_CODE):
            counts = doubled_wait(
                counts, lookup_retry_delay(connection, item.task.link_id, item.service)
            )
        record_lookup(
            connection,
            job.link_registry(connection),
            item.task,
            item.result,
            service=item.service,
            run_id=job.run_id,
            at=now,
            next_lookup_at=now + counts,
        )
