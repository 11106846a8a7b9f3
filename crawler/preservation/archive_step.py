"""Run the archive step of a job: lookups at every archive and captures, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from crawler.archive_clients.async_client import AsyncArchive
from crawler.items import Emit
from crawler.jobs.host_lease import HostLease
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.preservation.archive_session import (
    WAYBACK,
    configured_services,
    may_capture,
    open_memento,
    open_wayback,
    with_service_lease,
)
from crawler.preservation.captures import CaptureRunner
from crawler.preservation.lookup_progress import LookupProgress
from crawler.preservation.lookups import look_up_after_wayback, look_up_due


async def run_archive_step(job: Job, *, emit: Emit, limit: int) -> bool:
    """Look up links without a living mirror and, if captures are enabled, request captures.

    Other archives look up the links that were looked up at the Wayback Machine, and those that
    could not be looked up there because it did not respond.

    Args:
        job: The job.
        emit: Takes the results.
        limit: The maximum number of lookups at each archive, and of captures.

    Returns:
        False if another process held or took the lease on an archive.
    """
    step = _ArchiveStep(job, emit, limit)
    return await step.run()


class _ArchiveStep:
    """Runs the archive step of one job.

    If the Wayback Machine did not look up all links (`LookupProgress.has_skipped_some`), the other
    archives also look up those that are left.
    """

    def __init__(self, job: Job, emit: Emit, limit: int) -> None:
        self._job = job
        self._emit = emit
        self._limit = limit
        self._progress = LookupProgress()
        self._services = configured_services(job)

    async def run(self) -> bool:
        """Use all archives side by side; return False if another process had the lease on one."""
        if WAYBACK not in self._services:
            self._progress.has_skipped_some = True  # the other archives look up all links
            self._progress.notify(is_complete=True)
        tasks = []
        async with asyncio.TaskGroup() as group:
            for service in self._services:
                is_wayback = service == WAYBACK
                work = self._use_wayback() if is_wayback else self._use_other(service)
                tasks.append(group.create_task(self._isolated(service, work)))
        return all(task.result() for task in tasks)

    async def _isolated(self, service: str, work: Awaitable[bool | None]) -> bool:
        """Await work, confining internal errors.

        Returns:
            False if the work returned False, as another process had the lease; else True.
        """
        with self._job.isolated(Unit.ARCHIVE, service):
            result = await work
            return result is not False
        return True  # after an internal error, the rest stays due for a later run

    async def _use_wayback(self) -> bool:
        """Use the Wayback Machine; return False if its lease was not free or was lost."""
        archive = open_wayback(self._job)
        self._progress.has_skipped_some = True  # until all lookups are done

        async def work(lease: HostLease) -> None:
            await self._look_up_and_capture(archive, lease)

        try:
            has_kept_lease = await with_service_lease(self._job, WAYBACK, archive, work)
            if not has_kept_lease:
                # The process that has the lease does the remaining lookups, not other archives.
                self._progress.has_skipped_some = False
            return has_kept_lease
        finally:
            self._progress.notify(is_complete=True)

    async def _look_up_and_capture(self, archive: AsyncArchive, lease: HostLease) -> None:
        """Look up links at the Wayback Machine and request captures there, at the same time."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_up_and_notify(archive, lease))
            if may_capture(self._job):
                runner = CaptureRunner(
                    self._job, archive, WAYBACK, self._emit, lease, limit=self._limit
                )
                group.create_task(self._isolated(WAYBACK, runner.run(self._progress)))

    async def _look_up_and_notify(self, archive: AsyncArchive, lease: HostLease) -> None:
        """Look up the due links at the Wayback Machine, and signal the end to the others.

        If the lease is lost, `_use_wayback` signals it, with what is left to other archives.
        """
        await self._isolated(WAYBACK, self._look_up(archive, lease))
        self._progress.notify(is_complete=True)

    async def _look_up(self, archive: AsyncArchive, lease: HostLease) -> None:
        """Look up the due links at the Wayback Machine, and signal each result to the others."""
        count = await look_up_due(
            self._job,
            WAYBACK,
            archive,
            self._emit,
            lease,
            limit=self._limit,
            progress=self._progress,
        )
        self._progress.has_skipped_some = count is None

    async def _use_other(self, service: str) -> bool:
        """Look up links at another archive; return False if its lease was not free or was lost."""
        archive = open_memento(self._job, service)

        async def work(lease: HostLease) -> None:
            await look_up_after_wayback(
                self._job,
                service,
                archive,
                self._emit,
                lease,
                limit=self._limit,
                progress=self._progress,
            )

        return await with_service_lease(self._job, service, archive, work)
