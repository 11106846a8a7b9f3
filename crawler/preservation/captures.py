"""Request captures from a service within the quota of the day, and follow them to their results.

Every step is stored before the next one, so that the next run continues after a killed one: a
capture without a response is looked up in the index first, a pending one is polled by its job id.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from time import monotonic
from typing import Final

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archives import service_title
from crawler.archives.capture_errors import KEYS_REJECTED
from crawler.items import CaptureItem, Emit
from crawler.jobs.failed_items import failed_capture, unconfirmed_capture
from crawler.jobs.host_lease import HostLease
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.politeness.rate_limit import PauseTooLong
from crawler.preservation.archive_session import logger, must_skip_service, wait_or_stop
from crawler.preservation.capture_queue import begin_capture, next_captures, plan_captures
from crawler.preservation.lookup_progress import LookupProgress
from crawler.preservation.pending_captures import PendingCaptures, verify_result
from store.vocabulary import SESSION_LIMIT, CaptureStatus, FailureScope, RetryWhen
from store.work.archives.captures import CaptureTask

_MAX_QUOTA_REQUESTS: Final = 5  # to an overloaded service
_PLANNED_AT_ONCE: Final = 25  # captures
_DEFAULT_CONCURRENCY: Final = 1  # captures pending at once, if the service does not say how many
_MAX_REFUSALS: Final = 3  # of one capture in a run, with a stated time to wait
_MAX_SESSION_REFUSALS: Final = 8  # refusals because the account has too many captures at once
_WAIT_FACTOR: Final = 1.5  # by which the wait after each of them grows
# Planning takes seconds with many links, so it is not repeated after each lookup: the wait for
# further lookups is this multiple of the time that it took.
_WAIT_PER_PLANNING: Final = 10
# A job's counter: no session became free in time, or the service stayed overloaded.
NO_SESSION: Final = "archive:no-session"


class CaptureRunner:
    """Requests the captures that are wanted from one service.

    Args:
        job: The job.
        archive: The service.
        service: Its name.
        emit: Sends an item through the pipelines.
        lease: The lease on the service.
        limit: The maximum number of captures requested.
    """

    def __init__(
        self,
        job: Job,
        archive: AsyncArchive,
        service: str,
        emit: Emit,
        lease: HostLease,
        *,
        limit: int,
    ) -> None:
        self._job = job
        self._archive = archive
        self._service = service
        self._emit = emit
        self._lease = lease
        self._remaining = limit
        self._concurrency: int | None = None  # not known before the quota was requested
        self._pending = PendingCaptures(job, archive, service, emit, lease)
        self._requested: set[int] = set()  # capture ids in this run
        self._skipped: set[int] = set()  # capture ids that are not requested again in this run
        # By capture id: number of refusals in which the service stated how long to wait
        self._refusals = Counter[int]()
        # Whether the last request met a failure of the service, which delays the queued captures
        self._is_service_failing = False
        self._planning_seconds = 0.0  # that the last planning took
        self._session_refusals = 0  # in a row: all of the account's sessions are in use

    async def run(self, progress: LookupProgress) -> None:
        """Continue pending captures, and request further ones until all lookups are done.

        Args:
            progress: The progress of the lookups, which find the links that need a capture.
        """
        await self._isolated(self._pending.resume())
        async with asyncio.TaskGroup() as group:
            group.create_task(self._isolated(self._pending.poll_until_closed()))
            group.create_task(self._isolated(self._pending.look_up_unanswered()))
            try:
                await self._request_until_complete(progress)
            finally:
                self._pending.close()

    async def _request_until_complete(self, progress: LookupProgress) -> None:
        while True:
            is_complete, changed = progress.is_complete, progress.changed
            if not await self._request_all() or is_complete:
                return
            seconds = _WAIT_PER_PLANNING * self._planning_seconds
            results = progress.wait_for_results(changed, seconds=seconds)
            if not await wait_or_stop(self._job, results):
                return

    async def _isolated(self, work: Awaitable[None]) -> None:
        """Await work; an internal error in it is logged and does not end the other tasks."""
        with self._job.isolated(Unit.ARCHIVE, self._service):
            await work

    async def _request_all(self) -> bool:
        """Request every capture that is due; return whether more may follow later."""
        while not self._job.stop and self._remaining > 0:
            task = await self._next()
            if task is None:
                if not await self._plan():
                    return False
                task = await self._next()
            if task is None:
                return True
            if self._concurrency is None and not await self._read_quota():
                return False
            if self._remaining <= 0 or not await self._request_isolated(task):
                return False
        return False

    async def _plan(self) -> bool:
        """Queue further captures.

        It waits for the rate limiter first, as lookups in the meantime may find urgent links.

        Returns:
            False if no capture may be requested in this run.
        """
        if self._job.archive_proxy.is_unreachable or must_skip_service(
            self._archive, self._service
        ):
            return False
        waiting = asyncio.sleep(self._archive.seconds_until_capture)
        if not await wait_or_stop(self._job, waiting):
            return False
        if self._is_service_failing:
            return True  # further ones would fail as well
        limit = min(self._remaining, _PLANNED_AT_ONCE)
        begun = monotonic()
        await plan_captures(self._job, self._service, limit=limit, skipped=self._skipped)
        self._planning_seconds = monotonic() - begun
        return True

    async def _next(self) -> CaptureTask | None:
        """Return the next capture that is due and not skipped; None without one."""
        due = await next_captures(self._job, self._service, limit=1, skipped=self._skipped)
        return due[0] if due else None

    async def _request_isolated(self, task: CaptureTask) -> bool:
        """Request a capture as `_request` does; an internal error postpones only this one."""
        remaining = self._remaining - 1
        with self._job.isolated(Unit.CAPTURE, task.url) as isolation:
            return await self._request(task)
        # The block ended by an internal error, which `isolated` keeps.
        self._skipped.add(task.capture_id)
        self._remaining = min(self._remaining, remaining)
        if isolation.error:
            # If it may have been requested, it is looked up in the index first.
            is_requested = task.capture_id in self._requested
            make_item = unconfirmed_capture if is_requested else failed_capture
            await self._emit(make_item(self._service, task, isolation.error))
        return True

    async def _request(self, task: CaptureTask) -> bool:
        """Request a capture; return whether further captures may be requested in this run."""
        free = self._pending.wait_for_fewer_than(self._concurrency or _DEFAULT_CONCURRENCY)
        if not await wait_or_stop(self._job, free):
            return False
        try:
            if not await wait_or_stop(self._job, self._archive.acquire_capture()):
                return False
        except PauseTooLong:
            return not must_skip_service(self._archive, self._service)
        self._lease.check()
        requested_at = self._job.clock()
        await begin_capture(self._job, task)
        self._requested.add(task.capture_id)
        # After an unusable capture with a browser, one without may be usable.
        result = await self._archive.save(task.url, without_browser=task.unusable_captures > 0)
        is_full = result.code == SESSION_LIMIT
        if is_full:  # the capture was not made, so it does not count
            self._session_refusals += 1
        else:
            self._session_refusals = 0
            self._remaining -= 1
        result = verify_result(self._job, replace(task, requested_at=requested_at), result)
        await self._emit(CaptureItem(service=self._service, task=task, result=result))
        if result.status is CaptureStatus.PENDING:
            self._pending.add(result.job_id, task, requested_at)
        if result.code == KEYS_REJECTED:
            _warn_of_rejected_keys(result.detail)
        if is_full:
            return await self._wait_for_session(result.detail)
        if result.is_pause_stated:
            self._refusals[task.capture_id] += 1
            if self._refusals[task.capture_id] == _MAX_REFUSALS:
                self._skipped.add(task.capture_id)
        # A lasting failure of the service would be the same for the next link.
        self._is_service_failing = result.failure_scope is FailureScope.SERVICE
        return not self._is_service_failing or result.retry is RetryWhen.SOON

    async def _wait_for_session(self, detail: str) -> bool:
        """Wait until one of the account's captures may have ended; others may use the account too.

        Args:
            detail: The service's message.

        Returns:
            Whether a capture may be requested again in this run.
        """
        self._concurrency = max(_DEFAULT_CONCURRENCY, self._pending.count)
        growth = _WAIT_FACTOR ** (self._session_refusals - 1)
        seconds = self._job.config.archives.wayback.poll_wait * growth
        if self._session_refusals < _MAX_SESSION_REFUSALS and self._has_time_for(seconds):
            return await wait_or_stop(self._job, asyncio.sleep(seconds))
        self._warn_of_no_captures(detail)
        return False

    def _has_time_for(self, seconds: float) -> bool:
        """Return whether captures may still be waited for after a number of seconds."""
        limit = self._job.capture_wait
        return limit is None or monotonic() + seconds < limit.until

    def _warn_of_no_captures(self, detail: str) -> None:
        """Count that the service accepts no captures now; log it once in a job."""
        self._job.counts[NO_SESSION] += 1
        if self._job.counts[NO_SESSION] == 1:
            logger.warning(
                "%s accepts no captures now (%s): they stay queued for a later run",
                service_title(self._service),
                detail,
            )

    async def _read_quota(self) -> bool:
        """Request the account's quota, waiting while the service is overloaded.

        Returns:
            Whether captures may be requested in this run.
        """
        wayback = self._job.config.archives.wayback
        if not wayback.key:
            self._concurrency = _DEFAULT_CONCURRENCY
            return True
        for _ in range(_MAX_QUOTA_REQUESTS):
            quota = await self._archive.quota()
            if quota.keys_rejected:
                _warn_of_rejected_keys(quota.detail)
                return False
            if must_skip_service(self._archive, self._service) or self._job.stop:
                return False
            if quota.left_today is not None:
                self._remaining = min(self._remaining, quota.left_today)
            if not quota.overloaded and quota.free_sessions != 0:
                # Captures of an earlier run that are still pending count, too: their sessions may
                # be in use already, so that this is fewer than the account allows.
                self._concurrency = quota.free_sessions or _DEFAULT_CONCURRENCY
                return True
            seconds = quota.retry_after or wayback.poll_wait
            if quota.overloaded:
                self._archive.pause(seconds)
            elif not self._has_time_for(seconds):
                break
            elif not await wait_or_stop(self._job, asyncio.sleep(seconds)):
                return False
        self._warn_of_no_captures(quota.detail or "too many are pending")
        return False


def _warn_of_rejected_keys(detail: str) -> None:
    logger.warning(
        "the Wayback Machine rejected the API keys (%s); captures are disabled: check "
        "HOLDFAST_WAYBACK_KEY and HOLDFAST_WAYBACK_SECRET, or key and secret in [archives.wayback]",
        detail,
    )
