"""Follow captures at a service: poll pending ones, and look up those that got no response."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archive_clients.save_page_now import MAX_JOBS_PER_POLL
from crawler.items import CaptureItem, Emit
from crawler.jobs.failed_items import unconfirmed_capture
from crawler.jobs.host_lease import HostLease
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.preservation.archive_session import wait_or_stop
from crawler.preservation.capture_policy import (
    capture_from_index,
    max_copy_age,
    reject_other_copies,
)
from store.vocabulary import CaptureResult, CaptureStatus, LookupOutcome
from store.work.captures import CaptureTask, pending_captures, unanswered_captures

_MAX_PENDING: Final = timedelta(minutes=10)  # then a capture is looked up in the index instead
_MAX_CLOCK_SKEW: Final = timedelta(minutes=5)  # between the archive's clock and ours
_WAIT_FACTOR: Final = 1.5  # by which the wait between polls grows
_MAX_WAIT_FACTOR: Final = 5  # times the first wait


@dataclass(slots=True)
class _Pending:
    """A pending capture.

    Attributes:
        task: The capture.
        requested_at: When it was requested.
        poll_at: When it is polled next, in seconds of the monotonic clock.
        wait: The wait after that, in seconds.
    """

    task: CaptureTask
    requested_at: datetime
    poll_at: float
    wait: float


def verify_result(job: Job, task: CaptureTask, result: CaptureResult) -> CaptureResult:
    """Return a capture's result; `UNUSABLE` if the copy is too old, or of another page."""
    max_age = max_copy_age(job.config.archives.wayback.save.if_not_archived_within)
    return reject_other_copies(task, result, max_age=max_age)


class PendingCaptures:
    """Polls the captures that a service is working on, and emits their results.

    Args:
        job: The job.
        archive: The service.
        service: Its name.
        emit: Sends an item through the pipelines.
        lease: The lease on the service.
    """

    def __init__(
        self, job: Job, archive: AsyncArchive, service: str, emit: Emit, lease: HostLease
    ) -> None:
        self.changed = asyncio.Event()  # replaced by a new one at each change
        self._job = job
        self._archive = archive
        self._service = service
        self._emit = emit
        self._lease = lease
        self._pending: dict[str, _Pending] = {}  # by job id
        self._is_closed = False  # no further captures are added

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def _poll_wait(self) -> float:
        return self._job.config.archives.wayback.poll_wait

    async def resume(self) -> None:
        """Continue with the captures that an earlier run left pending."""
        for task in await self._job.read(pending_captures, self._service):
            with self._job.isolated(Unit.CAPTURE, task.url) as isolation:
                if self._job.config.archives.wayback.key:
                    requested_at = task.requested_at or self._job.clock()
                    self.add(task.job_id, task, requested_at, wait=0.0)
                else:  # without keys it cannot be polled any more
                    result = CaptureResult(
                        status=CaptureStatus.REQUESTED,
                        code="no-keys",
                        detail="the keys were removed",
                    )
                    await self._emit_result(task, result)
            if isolation.error:
                await self._emit(unconfirmed_capture(self._service, task, isolation.error))

    def add(
        self, job_id: str, task: CaptureTask, requested_at: datetime, *, wait: float | None = None
    ) -> None:
        """Add a pending capture.

        Args:
            job_id: The service's id of it.
            task: The capture.
            requested_at: When it was requested.
            wait: Seconds until it is first polled; by default the configured wait.
        """
        first_wait = self._poll_wait if wait is None else wait
        poll_at = monotonic() + first_wait
        self._pending[job_id] = _Pending(task, requested_at, poll_at, wait=self._poll_wait)
        self._notify()

    def close(self) -> None:
        """Make `poll_until_closed` return once no capture is pending."""
        self._is_closed = True
        self._notify()

    async def poll_until_closed(self) -> None:
        """Poll until no capture is pending and none is added any more.

        Captures that are pending when the job stops stay pending.
        """
        while self._pending or not self._is_closed:
            # The event is taken first: a change between this line and the wait is not missed.
            if not await wait_or_stop(self._job, self._wait_for_next_poll(self.changed)):
                return
            now = monotonic()
            due = [job_id for job_id, entry in self._pending.items() if entry.poll_at <= now]
            if due:
                await self._poll_isolated(due[:MAX_JOBS_PER_POLL])

    async def _wait_for_next_poll(self, changed: asyncio.Event) -> None:
        """Wait until a capture is due; without any, for a change."""
        if not self._pending:
            await changed.wait()
            return
        first = min(entry.poll_at for entry in self._pending.values())
        await asyncio.sleep(max(0.0, first - monotonic()))

    async def _poll_isolated(self, job_ids: Sequence[str]) -> None:
        """Poll captures; poll each alone after an internal error with several."""
        url = self._pending[job_ids[0]].task.url
        with self._job.isolated(Unit.CAPTURE, url) as isolation:
            await self._poll(job_ids)
        if isolation.error is None:
            return
        remaining = [job_id for job_id in job_ids if job_id in self._pending]
        if len(job_ids) > 1:
            for job_id in remaining:
                await self._poll_isolated([job_id])
            return
        for job_id in remaining:  # it is looked up in the index instead
            task = self._pending.pop(job_id).task
            await self._emit(unconfirmed_capture(self._service, task, isolation.error))
            self._notify()

    async def _poll(self, job_ids: Sequence[str]) -> None:
        self._lease.check()
        progress = await self._archive.poll(job_ids)
        for job_id in job_ids:
            entry = self._pending[job_id]
            result = progress.answers.get(job_id)
            if result is not None and result.status is not CaptureStatus.PENDING:
                await self._finish(job_id, result)
            elif self._job.clock() - entry.requested_at >= _MAX_PENDING:
                minutes = _MAX_PENDING.seconds // 60
                detail = f"no result within {minutes} minutes"
                status = CaptureStatus.REQUESTED
                await self._finish(
                    job_id, CaptureResult(status=status, code="no-result", detail=detail)
                )
            else:
                entry.poll_at = monotonic() + entry.wait
                max_wait = self._poll_wait * _MAX_WAIT_FACTOR
                entry.wait = min(entry.wait * _WAIT_FACTOR, max_wait)

    async def _finish(self, job_id: str, result: CaptureResult) -> None:
        entry = self._pending[job_id]
        task = replace(entry.task, requested_at=entry.requested_at)
        await self._emit_result(entry.task, verify_result(self._job, task, result))
        del self._pending[job_id]
        self._notify()

    async def look_up_unanswered(self) -> None:
        """Look up captures in the index that were requested and got no response.

        The service may have made them although its response was lost.
        """
        for task in await self._job.read(unanswered_captures, self._service, now=self._job.clock()):
            if self._job.stop or self._archive.is_pause_too_long:
                return
            self._lease.check()
            requested_at = task.requested_at or self._job.clock()
            with self._job.isolated(Unit.CAPTURE, task.url) as isolation:
                found = await self._archive.since(task.url, requested_at - _MAX_CLOCK_SKEW)
                is_cut_off = self._job.stop and found.outcome is LookupOutcome.UNKNOWN
                if not is_cut_off:
                    passed = self._job.clock() - requested_at
                    await self._emit_result(task, capture_from_index(found, passed))
            if isolation.error:
                await self._emit(unconfirmed_capture(self._service, task, isolation.error))

    async def _emit_result(self, task: CaptureTask, result: CaptureResult) -> None:
        await self._emit(CaptureItem(service=self._service, task=task, result=result))

    def _notify(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()
