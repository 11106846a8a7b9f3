"""Follow captures at a service: poll pending ones, and look up those that got no response."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf, isfinite
from time import monotonic
from typing import Final

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archive_clients.save_page_now import MAX_JOBS_PER_POLL
from crawler.archives.capture_errors import NO_KEYS, NO_RESULT
from crawler.items import CaptureItem, Emit
from crawler.jobs.failed_items import unconfirmed_capture
from crawler.jobs.host_lease import HostLease
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.preservation.archive_session import must_skip_service, wait_or_stop
from crawler.preservation.capture_policy import (
    capture_from_index,
    max_copy_age,
    reject_other_copies,
)
from store.vocabulary import CaptureResult, CaptureStatus, LookupOutcome
from store.work.archives.captures import CaptureTask, pending_captures, unanswered_captures

_MAX_PENDING: Final = timedelta(minutes=10)  # then a capture is looked up in the index instead
_MAX_CLOCK_SKEW: Final = timedelta(minutes=5)  # between the archive's clock and ours
_WAIT_FACTOR: Final = 1.5  # by which the wait between polls grows
_MAX_WAIT_FACTOR: Final = 5  # the longest wait between polls, as a multiple of the first one


@dataclass(slots=True)
class _Pending:
    """A pending capture. The times from `poll_at` on are seconds of the monotonic clock.

    Attributes:
        task: The capture.
        job_id: The service's id of it; several captures of one page may have the same.
        requested_at: When it was requested.
        poll_at: When it is polled next.
        wait: The wait between the next two polls, in seconds.
        occupies_until: Until when it counts against the number of concurrent captures.
        leave_at: After a poll at this time or later, this run does not wait for it any longer.
        polled_at: When it was polled last.
    """

    task: CaptureTask
    job_id: str
    requested_at: datetime
    poll_at: float
    wait: float
    occupies_until: float = inf
    leave_at: float = inf
    polled_at: float = -inf

    @property
    def is_waited_for(self) -> bool:
        """Return whether this run still waits for the result."""
        return self.polled_at < self.leave_at


def verify_result(job: Job, task: CaptureTask, result: CaptureResult) -> CaptureResult:
    """Return a capture's result; `UNUSABLE` if the copy is too old, or of another page."""
    max_age = max_copy_age(job.config.archives.wayback.save.if_not_archived_within)
    return reject_other_copies(task, result, max_age=max_age, now=job.clock())


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
        self._pending: dict[int, _Pending] = {}  # by capture id
        self._is_closed = False  # no further captures are added

    @property
    def _poll_wait(self) -> float:
        return self._job.config.archives.wayback.poll_wait

    async def resume(self) -> None:
        """Continue with the captures that an earlier run left pending."""
        for task in await self._job.read(pending_captures, self._service):
            with self._job.isolated(Unit.CAPTURE, task.url) as isolation:
                if self._job.config.archives.wayback.key:
                    requested_at = task.requested_at or self._job.clock()
                    self._resume(task, requested_at)
                else:  # without keys it cannot be polled any more
                    result = CaptureResult(
                        status=CaptureStatus.REQUESTED,
                        code=NO_KEYS,
                        detail="the keys were removed",
                    )
                    await self._emit_result(task, result)
            if isolation.error:
                await self._emit(unconfirmed_capture(self._service, task, isolation.error))

    def _resume(self, task: CaptureTask, requested_at: datetime) -> None:
        """Add a capture of an earlier run; it is polled at once.

        If the run's waiting time is limited, the run waits only for its first poll, and it does not
        count as concurrent: an earlier run has waited for it already.
        """
        now = monotonic()
        entry = _Pending(task, task.job_id, requested_at, now, wait=self._poll_wait)
        if self._job.capture_wait is not None:
            entry.occupies_until = entry.leave_at = now
        self._add(entry)

    def add(self, job_id: str, task: CaptureTask, requested_at: datetime) -> None:
        """Add a capture that was just requested.

        Args:
            job_id: The service's id of it.
            task: The capture.
            requested_at: When it was requested.
        """
        now, limit = monotonic(), self._job.capture_wait
        entry = _Pending(task, job_id, requested_at, now + self._poll_wait, wait=self._poll_wait)
        if limit is not None:
            entry.occupies_until = now + limit.per_capture
            entry.leave_at = max(limit.until, entry.occupies_until)
            entry.poll_at = min(entry.poll_at, entry.leave_at)
        self._add(entry)

    def _add(self, entry: _Pending) -> None:
        self._pending[entry.task.capture_id] = entry
        self._notify()

    @property
    def count(self) -> int:
        """The number of captures that the service is working on."""
        return len(self._pending)

    async def wait_for_fewer_than(self, number: int) -> None:
        """Wait until fewer than `number` captures count as concurrent.

        A pending capture counts until its `occupies_until`.
        """
        while True:
            now, changed = monotonic(), self.changed
            ends = [entry.occupies_until for entry in self._pending.values()]
            occupied = sorted(end for end in ends if end > now)
            if len(occupied) < number:
                return
            timeout = occupied[0] - now if isfinite(occupied[0]) else None
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), timeout)

    def close(self) -> None:
        """Make `poll_until_closed` return once no capture is waited for."""
        self._is_closed = True
        self._notify()

    async def poll_until_closed(self) -> None:
        """Poll until no capture is waited for and none is added any more.

        Captures that are not waited for any longer, or when the job stops, stay pending.
        """
        while self._is_waiting() or not self._is_closed:
            # The event is taken first: a change between this line and the wait is not missed.
            if not await wait_or_stop(self._job, self._wait_for_next_poll(self.changed)):
                return
            now = monotonic()
            due = [entry.job_id for entry in self._pending.values() if entry.poll_at <= now]
            if due:
                await self._poll_isolated(list(dict.fromkeys(due))[:MAX_JOBS_PER_POLL])

    def _is_waiting(self) -> bool:
        return any(entry.is_waited_for for entry in self._pending.values())

    async def _wait_for_next_poll(self, changed: asyncio.Event) -> None:
        """Wait until a capture is due for a poll, or for a change, whichever comes first."""
        first = min((entry.poll_at for entry in self._pending.values()), default=None)
        timeout = None if first is None else max(0.0, first - monotonic())
        with suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), timeout)

    async def _poll_isolated(self, job_ids: Sequence[str]) -> None:
        """Poll jobs; after an internal error with several, poll each alone."""
        url = self._captures_of(job_ids[0])[0].task.url
        with self._job.isolated(Unit.CAPTURE, url) as isolation:
            await self._poll(job_ids)
        if isolation.error is None:
            return
        remaining = [job_id for job_id in job_ids if self._captures_of(job_id)]
        if len(job_ids) > 1:
            for job_id in remaining:
                await self._poll_isolated([job_id])
            return
        for entry in self._captures_of(job_ids[0]):  # they are looked up in the index instead
            del self._pending[entry.task.capture_id]
            await self._emit(unconfirmed_capture(self._service, entry.task, isolation.error))
            self._notify()

    async def _poll(self, job_ids: Sequence[str]) -> None:
        """Poll jobs: finish captures that have a result, and set the time of the next poll."""
        self._lease.check()
        polled_at = monotonic()
        progress = await self._archive.poll(job_ids)
        for entry in [entry for job_id in job_ids for entry in self._captures_of(job_id)]:
            entry.polled_at = polled_at
            result = progress.results.get(entry.job_id)
            if result is not None and result.status is not CaptureStatus.PENDING:
                await self._finish(entry, result)
            elif self._job.clock() - entry.requested_at >= _MAX_PENDING:
                minutes = _MAX_PENDING.seconds // 60
                detail = f"no result within {minutes} minutes"
                status = CaptureStatus.REQUESTED
                await self._finish(
                    entry, CaptureResult(status=status, code=NO_RESULT, detail=detail)
                )
            else:
                now = monotonic()
                entry.poll_at = now + entry.wait
                if entry.is_waited_for:
                    entry.poll_at = min(entry.poll_at, max(now, entry.leave_at))
                max_wait = self._poll_wait * _MAX_WAIT_FACTOR
                entry.wait = min(entry.wait * _WAIT_FACTOR, max_wait)

    def _captures_of(self, job_id: str) -> list[_Pending]:
        """Return the captures that wait for a job of the service."""
        return [entry for entry in self._pending.values() if entry.job_id == job_id]

    async def _finish(self, entry: _Pending, result: CaptureResult) -> None:
        task = replace(entry.task, requested_at=entry.requested_at)
        await self._emit_result(entry.task, verify_result(self._job, task, result))
        del self._pending[entry.task.capture_id]
        self._notify()

    async def look_up_unanswered(self) -> None:
        """Look up captures in the index that were requested and got no response.

        The service may have made them although its response was lost. The rest is left to a later
        run if the service does not respond or requested a long pause.
        """
        for task in await self._job.read(unanswered_captures, self._service, now=self._job.clock()):
            if self._job.stop or must_skip_service(self._archive, self._service):
                return
            self._lease.check()
            requested_at = task.requested_at or self._job.clock()
            with self._job.isolated(Unit.CAPTURE, task.url) as isolation:
                found = await self._archive.oldest_since(task.url, requested_at - _MAX_CLOCK_SKEW)
                is_cancelled = self._job.stop and found.outcome is LookupOutcome.UNKNOWN
                if not is_cancelled:
                    since_request = self._job.clock() - requested_at
                    result = capture_from_index(found, since_request, task.tries)
                    await self._emit_result(task, result)
            if isolation.error:
                await self._emit(unconfirmed_capture(self._service, task, isolation.error))

    async def _emit_result(self, task: CaptureTask, result: CaptureResult) -> None:
        await self._emit(CaptureItem(service=self._service, task=task, result=result))

    def _notify(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()
