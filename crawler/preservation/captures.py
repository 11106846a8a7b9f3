"""Captures in a job: asked for within the day's budget, followed, looked for where an answer got lost.

Every step is written before the next one is taken, so that a run that was killed is taken up where it stood: what was asked for without an
answer is looked for in the index first, what was under way is asked after by its job id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archive_clients.save_page_now import MAX_JOBS_PER_POLL
from crawler.archives import less_trusted_services
from crawler.archives.capture_errors import KEYS_REJECTED
from crawler.items import CaptureItem, Emit
from crawler.jobs.failed_items import failed_capture, unconfirmed_capture
from crawler.jobs.host_lease import HostLease
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.politeness.rate_limit import PauseTooLong
from crawler.preservation.archive_session import must_skip_service, logger, wait_or_stop
from crawler.preservation.capture_policy import (
    INDEX_LAG,
    CONFIRM_AFTER,
    NOT_IN_INDEX,
    CaptureChoice,
    next_try_at,
    rank_candidates,
)
from crawler.preservation.lookups import LookupProgress
from store.vocabulary import CaptureResult, CaptureStatus, FailureScope, LookupResult, LookupOutcome, RetryWhen
from store.work.capture_candidates import capture_candidates
from store.work.captures import (
    CaptureTask,
    count_requested_since,
    due_captures,
    unanswered_captures,
    mark_requested,
    pending_captures,
    queue_captures,
    record_capture,
    withdraw_captures,
)

_GIVE_UP: Final = timedelta(minutes=10)  # on hearing the end of a capture by its job id
_CLOCKS_DIFFER: Final = timedelta(minutes=5)  # the archive's and ours
_WAIT_GROWS: Final = 1.5
_WAIT_AT_MOST: Final = 5  # times the first wait
_ASK_AT_MOST: Final = 5  # times, whether an overloaded service can take captures by now
_AT_A_TIME: Final = 25  # captures decided on
_NO_ANSWER_SLOTS: Final = 1  # captures at once, where the service does not say how many it takes


@dataclass(slots=True)
class _Followed:
    """A capture under way. `ask_at` and `wait` are seconds by the monotonic clock."""

    task: CaptureTask
    asked_at: datetime
    ask_at: float
    wait: float


class CaptureRunner:
    """Has one service capture what is wanted, at most `limit` links."""

    def __init__(
        self,
        job: Job,
        archive: AsyncArchive,
        service: str,
        emit: Emit,
        held: HostLease,
        *,
        limit: int,
    ) -> None:
        self._job = job
        self._archive = archive
        self._service = service
        self._emit = emit
        self._held = held
        self._left = limit
        self._slots: int | None = None  # the service was not asked yet
        self._followed: dict[str, _Followed] = {}
        self._asking = True
        self._begun: set[int] = set()  # captures asked for in this run
        self._failed: set[int] = set()  # those that met an internal error in it
        self._changed = asyncio.Event()

    async def run(self, answers: LookupProgress) -> None:
        """Take up what was left, ask for what is wanted now, and for what look-ups that go on show to be wanted."""
        await self._apart(self._take_up())
        async with asyncio.TaskGroup() as group:
            group.create_task(self._apart(self._follow()))
            group.create_task(self._apart(self._find_lost()))
            try:
                over = False
                while not over:
                    over, changed = answers.is_complete, answers.changed
                    if not await self._ask_all():
                        break
                    if not over and not await wait_or_stop(self._job, changed.wait()):
                        break
            finally:
                self._asking = False
                self._notify()

    async def _apart(self, work: Awaitable[None]) -> None:
        """Do a part of the work that the others go on without."""
        with self._job.isolated(Unit.ARCHIVE, self._service):
            await work

    async def _ask_all(self) -> bool:
        """Ask for all that is due; tell whether to go on with more."""
        while not self._job.stop and self._left > 0:
            due = await self._next()
            if not due:
                # decided on as late as can be: what is looked up meanwhile may be more urgent
                if must_skip_service(self._archive, self._service) or not await wait_or_stop(
                    self._job, asyncio.sleep(self._archive.seconds_until_capture)
                ):
                    return False
                await asyncio.to_thread(
                    plan_captures, self._job, self._service, limit=min(self._left, _AT_A_TIME)
                )
                due = await self._next()
            if not due:
                return True
            if self._slots is None and not await self._may_ask():
                return False
            if self._left <= 0 or not await self._ask_apart(due[0]):
                return False
        return False

    async def _next(self) -> Sequence[CaptureTask]:
        """Read what may be asked for now and did not fail in this run: the first of it, if there is any."""
        due = await asyncio.to_thread(
            next_captures, self._job, self._service, limit=1 + len(self._failed)
        )
        return [task for task in due if task.capture_id not in self._failed][:1]

    async def _ask_apart(self, task: CaptureTask) -> bool:
        """Ask for a capture as `_ask` does; an internal error puts off this one alone."""
        left = self._left - 1
        with self._job.isolated(Unit.CAPTURE, task.url) as asking:
            return await self._ask(task)
        self._failed.add(task.capture_id)
        self._left = min(self._left, left)
        if asking.error:
            # one that may have been asked for is looked for in the index first
            failed = unconfirmed_capture if task.capture_id in self._begun else failed_capture
            await self._emit(failed(self._service, task, asking.error))
        return True

    async def _ask(self, task: CaptureTask) -> bool:
        while len(self._followed) >= (self._slots or _NO_ANSWER_SLOTS):
            if not await wait_or_stop(self._job, self._changed.wait()):
                return False
        try:
            if not await wait_or_stop(self._job, self._archive.acquire_capture()):
                return False
        except PauseTooLong:
            return not must_skip_service(self._archive, self._service)
        self._held.check()
        asked_at = self._job.clock()
        await asyncio.to_thread(begin_capture, self._job, task)
        self._begun.add(task.capture_id)
        # where a browser's view proved unusable, what the server says without one may do
        answer = await self._archive.save(task.url, without_browser=task.unusable > 0)
        self._left -= 1
        await self._tell(task, answer)
        if answer.status is CaptureStatus.PENDING:
            self._add(
                answer.job_id, task, asked_at, wait=self._job.config.archives.wayback.poll_wait
            )
        if answer.code == KEYS_REJECTED:
            _say_keys_refused(answer.detail)
        # what will not pass soon and is about the service would be said of the next link, too
        return answer.failure_scope is not FailureScope.SERVICE or answer.retry is RetryWhen.SOON

    async def _may_ask(self) -> bool:
        """Ask the service what it lets us ask for; wait a while where it can take nothing."""
        if not self._job.config.archives.wayback.key:
            self._slots = _NO_ANSWER_SLOTS
            return True
        for _ in range(_ASK_AT_MOST):
            allowance = await self._archive.quota()
            if allowance.keys_rejected:
                _say_keys_refused(allowance.detail)
                return False
            if must_skip_service(self._archive, self._service) or self._job.stop:
                return False
            if allowance.left_today is not None:
                self._left = min(self._left, allowance.left_today)
            if not allowance.overloaded and allowance.max_concurrent != 0:
                self._slots = allowance.max_concurrent or _NO_ANSWER_SLOTS
                return True
            self._archive.pause(
                allowance.retry_after or self._job.config.archives.wayback.poll_wait
            )
        logger.warning(
            "%s takes no captures now (%s); they stay queued",
            self._service,
            allowance.detail or "too many at once",
        )
        return False

    # --- what is under way

    async def _take_up(self) -> None:
        """Follow on what an earlier run asked for and did not hear the end of."""
        for task in await asyncio.to_thread(_pending, self._job, self._service):
            with self._job.isolated(Unit.CAPTURE, task.url) as taking_up:
                if self._job.config.archives.wayback.key:
                    self._add(task.job_id, task, task.requested_at or self._job.clock(), wait=0.0)
                else:  # nobody can ask after it any more
                    await self._tell(
                        task,
                        CaptureResult(
                            status=CaptureStatus.REQUESTED, code="no-keys", detail="the keys are gone"
                        ),
                    )
            if taking_up.error:
                await self._emit(unconfirmed_capture(self._service, task, taking_up.error))

    def _add(self, job_id: str, task: CaptureTask, asked_at: datetime, *, wait: float) -> None:
        first = self._job.config.archives.wayback.poll_wait
        self._followed[job_id] = _Followed(task, asked_at, ask_at=monotonic() + wait, wait=first)
        self._notify()

    async def _follow(self) -> None:
        """Ask after captures under way until there are none. Those that are left when the job stops stay pending."""
        while self._asking or self._followed:
            # the event as it is now: one set between this look and the wait would not be waited for again
            if not await wait_or_stop(self._job, self._time_to_ask(self._changed)):
                return
            due = [
                job_id
                for job_id, followed in self._followed.items()
                if followed.ask_at <= monotonic()
            ]
            if due:
                await self._ask_after_apart(due[:MAX_JOBS_PER_POLL])

    async def _time_to_ask(self, changed: asyncio.Event) -> None:
        if self._followed:
            await asyncio.sleep(
                max(0.0, min(followed.ask_at for followed in self._followed.values()) - monotonic())
            )
        else:
            await changed.wait()

    async def _ask_after_apart(self, job_ids: Sequence[str]) -> None:
        """Ask after captures; after each alone where that meets an internal error with several."""
        with self._job.isolated(Unit.CAPTURE, self._followed[job_ids[0]].task.url) as asking:
            await self._ask_after(job_ids)
        left = [job_id for job_id in job_ids if job_id in self._followed]
        if asking.error is None:
            return
        if len(job_ids) > 1:
            for job_id in left:
                await self._ask_after_apart([job_id])
            return
        for job_id in left:  # it is looked for in the index instead
            await self._emit(
                unconfirmed_capture(self._service, self._followed.pop(job_id).task, asking.error)
            )
            self._notify()

    async def _ask_after(self, job_ids: Sequence[str]) -> None:
        self._held.check()
        progress = await self._archive.poll(job_ids)
        for job_id in job_ids:
            followed = self._followed[job_id]
            answer = progress.answers.get(job_id)
            if answer is not None and answer.status is not CaptureStatus.PENDING:
                await self._end(job_id, answer)
            elif self._job.clock() - followed.asked_at >= _GIVE_UP:
                detail = f"no end of it was heard within {_GIVE_UP.seconds // 60} minutes"
                await self._end(
                    job_id,
                    CaptureResult(status=CaptureStatus.REQUESTED, code="no-result", detail=detail),
                )
            else:
                followed.ask_at = monotonic() + followed.wait
                followed.wait = min(
                    followed.wait * _WAIT_GROWS,
                    self._job.config.archives.wayback.poll_wait * _WAIT_AT_MOST,
                )

    async def _end(self, job_id: str, answer: CaptureResult) -> None:
        followed = self._followed[job_id]
        await self._tell(followed.task, answer)
        del self._followed[job_id]
        self._notify()

    # --- what got lost

    async def _find_lost(self) -> None:
        """Look in the index for captures that were asked for and never heard of again: they may well have been made."""
        for task in await asyncio.to_thread(_lost, self._job, self._service):
            if self._job.stop or self._archive.is_pause_too_long:
                return
            self._held.check()
            asked_at = task.requested_at or self._job.clock()
            with self._job.isolated(Unit.CAPTURE, task.url) as looking:
                found = await self._archive.since(task.url, asked_at - _CLOCKS_DIFFER)
                if not (self._job.stop and found.outcome is LookupOutcome.UNKNOWN):
                    await self._tell(task, capture_from_index(found, self._job.clock() - asked_at))
            if looking.error:
                await self._emit(unconfirmed_capture(self._service, task, looking.error))

    async def _tell(self, task: CaptureTask, answer: CaptureResult) -> None:
        await self._emit(CaptureItem(service=self._service, task=task, result=answer))

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def capture_from_index(found: LookupResult, passed: timedelta) -> CaptureResult:
    """Say what became of a capture that was asked for without an answer, some time ago, by what the index has since.

    Only a day later is "nothing there" believed: the index lags behind.
    """
    match found.outcome:
        case LookupOutcome.FOUND:
            return CaptureResult(
                status=CaptureStatus.CAPTURED, snapshot=found.snapshot, detail="found in the index"
            )
        case LookupOutcome.NONE if passed >= INDEX_LAG:
            return CaptureResult(
                status=CaptureStatus.QUEUED, detail="nothing came of the last asking"
            )
        case LookupOutcome.NONE:
            return CaptureResult(
                status=CaptureStatus.REQUESTED, code=NOT_IN_INDEX, detail="not in the index yet"
            )
        case LookupOutcome.EXCLUDED:
            return CaptureResult(
                status=CaptureStatus.FAILED,
                code="excluded",
                detail=found.detail,
                retry=RetryWhen.NEVER,
            )
        case LookupOutcome.UNKNOWN:
            return CaptureResult(status=CaptureStatus.REQUESTED, code="no-answer", detail=found.detail)


def wanted_captures(job: Job, service: str) -> Sequence[CaptureChoice]:
    """Say which links ought to be captured, in which order, and why."""
    ways = 2 if job.config.archives.wayback.key else 1
    with job.database.read() as connection:
        candidates = capture_candidates(
            connection,
            service,
            now=job.clock(),
            less_trusted=less_trusted_services(),
            max_unusable=ways,
            scope=job.scope,
        )
    return rank_candidates(candidates, now=job.clock())


def plan_captures(job: Job, service: str, *, limit: int) -> None:
    """Decide on what can be asked for today: no more, since by tomorrow something else may be more urgent."""
    with job.database.write() as connection:
        withdraw_captures(connection, service, less_trusted=less_trusted_services())
        left = min(limit, _left_today(job, service))
    wanted = wanted_captures(job, service)[:left] if left > 0 else ()
    with job.database.write() as connection:
        links = [choice.link_id for choice in wanted if not choice.is_queued]
        queue_captures(connection, links, service=service, run_id=job.run_id, at=job.clock())


def next_captures(job: Job, service: str, *, limit: int) -> Sequence[CaptureTask]:
    """List what may be asked for now, within the day's budget."""
    left = _left_today(job, service)
    with job.database.read() as connection:
        return due_captures(
            connection, service, now=job.clock(), limit=max(0, min(limit, left)), scope=job.scope
        )


def _left_today(job: Job, service: str) -> int:
    today = (
        job.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    )  # quotas end with the UTC day
    with job.database.read() as connection:
        return job.config.archives.wayback.captures_per_day - count_requested_since(
            connection, service, today
        )


def _pending(job: Job, service: str) -> Sequence[CaptureTask]:
    with job.database.read() as connection:
        return pending_captures(connection, service)


def _lost(job: Job, service: str) -> Sequence[CaptureTask]:
    with job.database.read() as connection:
        return unanswered_captures(connection, service, now=job.clock())


def begin_capture(job: Job, task: CaptureTask) -> None:
    """Note that a capture is asked for, before it is."""
    with job.database.write() as connection:
        mark_requested(connection, task.capture_id, at=job.clock(), check_at=job.clock() + CONFIRM_AFTER)


def store_capture(job: Job, item: CaptureItem) -> None:
    """Keep an answer."""
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


def _say_keys_refused(detail: str) -> None:
    logger.warning(
        "the Wayback Machine does not know these keys, nothing is captured: mend HOLDFAST_WAYBACK_KEY and HOLDFAST_WAYBACK_SECRET, "
        "or key and secret under [archives.wayback] (%s)",
        detail,
    )
