"""Look up the nearest snapshot, at each archive, for links without a living mirror."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archives import service_title
from crawler.archives.spellings import without_session_id
from crawler.http.url_privacy import may_publish
from crawler.http.urls import same_address, without_credentials
from crawler.items import Emit, LookupItem
from crawler.jobs.failed_items import INTERNAL_ERROR_CODE, doubled_wait, failed_lookup
from crawler.jobs.host_lease import HostLease
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.preservation.archive_session import (
    logger,
    must_skip_service,
    wait_or_stop,
)
from crawler.preservation.due_lookups import MAX_COPIES_TRIED, lookups_due
from crawler.preservation.lookup_progress import LookupProgress
from store.vocabulary import NOT_LOOKED_UP, LookupOutcome, LookupResult, Spelling
from store.work.archives.lookups import LookupTask, postpone_further_lookup, record_lookup
from store.work.retry_delays import lookup_retry_delay

# When a lookup is repeated, by its outcome.
_REPEAT_AFTER: Final = {
    LookupOutcome.FOUND: timedelta(days=90),
    LookupOutcome.NONE: timedelta(days=30),
    LookupOutcome.EXCLUDED: timedelta(days=180),
    LookupOutcome.UNKNOWN: timedelta(hours=12),
}
# For which results at the Wayback Machine are collected before other archives are used. To list the
# links that are due takes half a second at 100,000 links, for each archive.
_GATHERING_SECONDS: Final = 10.0
# A job's counter of archives that were skipped because they did not respond.
UNAVAILABLE: Final = "archive:unavailable"
_MORE_TRUSTED_THAN_SESSION: Final = frozenset(
    {Spelling.SAME, Spelling.ESCAPES, Spelling.QUERY_ORDER, Spelling.TRACKING}
)
_NO_FURTHER_COPY: Final = "no copy shows the text of the one that is cited"
# The result for a URL that no archive may learn of.
_PRIVATE: Final = LookupResult(outcome=LookupOutcome.EXCLUDED, detail=NOT_LOOKED_UP)


async def look_up_due(
    job: Job,
    service: str,
    archive: AsyncArchive,
    emit: Emit,
    lease: HostLease,
    *,
    limit: int,
    progress: LookupProgress | None = None,
    before_wayback: bool = False,
) -> int | None:
    """Look up the links that are due at a service, one after another.

    Links at private hosts and with secrets in their URLs are stored as excluded, without a request.

    Args:
        job: The job.
        service: The service's name.
        archive: The service.
        emit: Takes the results.
        lease: The lease on the service.
        limit: The maximum number of lookups.
        progress: Notified of each result; None if nothing waits for them.
        before_wayback: At another service than the Wayback Machine, also look up links that were
            not looked up there yet.

    Returns:
        The number of lookups; None if the run stops, the service is unavailable or it requested
        a long pause.

    Raises:
        LeaseLost: The lease is over.
    """
    tasks = await job.retries.run(
        partial(lookups_due, job, service, limit=limit, before_wayback=before_wayback)
    )
    for done, task in enumerate(tasks):
        if job.stop or must_skip_service(archive, service):
            _warn_if_unavailable(job, archive, service, len(tasks) - done)
            return None
        lease.check()
        with job.isolated(Unit.LOOKUP, task.url) as isolation:
            result = await _look_up(archive, task)
            if result.unavailable and not await _proxy_responds(job, service):
                job.unavailable_services.add(service)
                job.counts[UNAVAILABLE] += 1
                return None  # the warning about the proxy is logged; the links stay due
            item = LookupItem(service=service, task=task, result=result)
        if isolation.error:
            item = failed_lookup(service, task, isolation.error)
        elif job.stop and result.outcome is LookupOutcome.UNKNOWN:
            return None  # the request may not have been sent; the link stays due
        await emit(item)
        if progress:
            progress.notify()
    _warn_if_unavailable(job, archive, service, 0)
    return len(tasks)


async def _look_up(archive: AsyncArchive, task: LookupTask) -> LookupResult:
    """Return the best copy of a link that is not known to be unusable.

    After `MAX_COPIES_TRIED` unusable copies, no request is made and the outcome is `NONE`.
    """
    url = lookup_url(task.url)
    if url is None:
        return _PRIVATE
    if task.first_since:
        return await archive.oldest_since(url, task.target_time)
    if len(task.unusable) >= MAX_COPIES_TRIED:
        return LookupResult(
            outcome=LookupOutcome.NONE,
            detail=f"none of {len(task.unusable)} copies shows the page",
        )
    found = await archive.nearest(
        url,
        task.target_time,
        is_failing=task.is_failing,
        excluded=task.unusable,
        prefer_earlier=task.prefer_earlier,
    )
    is_same = found.snapshot is not None and found.snapshot.spelling in _MORE_TRUSTED_THAN_SESSION
    if found.snapshot is None or not is_same or same_address(url, task.url):
        return found
    # The client compared the copy with the URL that was sent, which lacks the cited session id.
    return replace(found, snapshot=replace(found.snapshot, spelling=Spelling.SESSION))


async def _proxy_responds(job: Job, service: str) -> bool:
    """Return whether the proxy for archives, if there is one, responds after a failed lookup."""
    archives = job.config.archives
    memento = archives.memento_archives.get(service)
    url = (memento.timemap or memento.timegate) if memento else archives.wayback.endpoint
    return await job.archive_proxy.responds(url, has_failed=True)


def _warn_if_unavailable(job: Job, archive: AsyncArchive, service: str, skipped: int) -> None:
    """Log that a service did not respond, and how many lookups were skipped for that."""
    if archive.unavailable_detail:
        job.counts[UNAVAILABLE] += 1
        job.unavailable_services.add(service)
        postponed = ""
        if skipped:
            lookups = "1 lookup is" if skipped == 1 else f"{skipped:,} lookups are"
            postponed = f"{lookups} left for the next run; "
        logger.warning(
            "%s cannot be reached (%s): %scheck it with holdfast doctor, or set archives.proxy",
            service_title(service),
            archive.unavailable_detail,
            postponed,
        )


async def look_up_after_wayback(
    job: Job,
    service: str,
    archive: AsyncArchive,
    emit: Emit,
    lease: HostLease,
    *,
    limit: int,
    progress: LookupProgress,
) -> None:
    """Look up at another service the links that were looked up at the Wayback Machine.

    It runs while lookups at the Wayback Machine continue, and ends after them. Links that were
    skipped there, because it did not respond, are looked up at the end.

    Args:
        job: The job.
        service: The name of the other service.
        archive: The other service.
        emit: Takes the results.
        lease: The lease on the other service.
        limit: The maximum number of lookups.
        progress: The progress of the lookups at the Wayback Machine.

    Raises:
        LeaseLost: The lease is over.
    """
    remaining = limit
    while remaining > 0:
        is_complete, changed = progress.is_complete, progress.changed
        before_wayback = is_complete and progress.has_skipped_some
        count = await look_up_due(
            job, service, archive, emit, lease, limit=remaining, before_wayback=before_wayback
        )
        if count is None:
            return
        remaining -= count
        if is_complete:
            return
        results = progress.wait_for_results(changed, seconds=_GATHERING_SECONDS)
        if not await wait_or_stop(job, results):
            return


def lookup_url(url: str) -> str | None:
    """Return a cited URL as it may be sent to an archive; None if it may not be sent at all.

    User name and password are left out. So are session ids, if the URL may not be sent with them.

    >>> lookup_url("http://a.example/x;jsessionid=0A1B2C3D?id=7")
    'http://a.example/x?id=7'
    >>> lookup_url("http://a.example/x?token=0A1B2C3D") is None
    True
    """
    public = without_credentials(url)
    for candidate in (public, without_session_id(public)):
        if may_publish(candidate):
            return candidate
    return None


def store_lookup(job: Job, item: LookupItem) -> None:
    """Store the result of a lookup, and when it is repeated.

    A lookup for a further copy that finds none leaves the outcome `FOUND`: there are other copies.
    Without an answer nothing is stored, and a later run repeats it; after an internal error it is
    due again once the wait is over.
    """
    result = item.result
    met_internal_error = result.detail.startswith(INTERNAL_ERROR_CODE)
    now, wait = job.clock(), _REPEAT_AFTER[result.outcome]
    is_unknown = result.outcome is LookupOutcome.UNKNOWN
    if item.task.is_further and is_unknown and not met_internal_error:
        job.unanswered_lookups.add((item.task.link_id, item.service))
        return
    if item.task.is_further and result.outcome in (LookupOutcome.NONE, LookupOutcome.EXCLUDED):
        result = replace(result, outcome=LookupOutcome.FOUND, detail=_NO_FURTHER_COPY)
        wait = _REPEAT_AFTER[LookupOutcome.FOUND]
    with job.database.write() as connection:
        if met_internal_error:
            # Twice the wait after the previous attempt, if that met an internal error, too.
            last = lookup_retry_delay(connection, item.task.link_id, item.service)
            wait = doubled_wait(wait, last)
        if item.task.is_further and is_unknown:
            postpone_further_lookup(
                connection,
                item.task,
                service=item.service,
                detail=result.detail,
                run_id=job.run_id,
                at=now,
                next_lookup_at=now + wait,
            )
            return
        record_lookup(
            connection,
            job.link_registry(connection),
            item.task,
            result,
            service=item.service,
            run_id=job.run_id,
            at=now,
            next_lookup_at=now + wait,
        )
