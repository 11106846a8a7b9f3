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
from crawler.preservation.lookups import LookupProgress, look_up_after_wayback, look_up_due


async def run_archive_step(job: Job, *, emit: Emit, limit: int) -> bool:
    """Look up links without a living mirror and, if enabled, capture those without any.

    Further archives look up the links that the Wayback Machine was asked for, and those that it
    could not look up because it did not respond.

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
    """Runs the archive step of one job; the first archive is the Wayback Machine."""

    def __init__(self, job: Job, emit: Emit, limit: int) -> None:
        self._job = job
        self._emit = emit
        self._limit = limit
        self._progress = LookupProgress()
        self._first, services = WAYBACK, configured_services(job)
        self._uses_first = WAYBACK in services
        self._others = [service for service in services if service != WAYBACK]

    async def run(self) -> bool:
        if not self._uses_first:
            self._progress.has_left_some = True  # for the others
            self._progress.notify(is_complete=True)
        first = [self._first] if self._uses_first else []
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._isolated(name, self._use_first())) for name in first]
            tasks += [
                group.create_task(self._isolated(service, self._use_other(service)))
                for service in self._others
            ]
        return all(task.result() for task in tasks)

    async def _isolated(self, service: str, work: Awaitable[bool | None]) -> bool:
        """Await work, confining internal errors; return False if another process had the lease."""
        with self._job.isolated(Unit.ARCHIVE, service):
            return await work is not False
        return True  # the rest is due; another process need not take it over at once

    async def _use_first(self) -> bool:
        archive = open_wayback(self._job)
        self._progress.has_left_some = True  # unless the lookups come to their end

        async def work(lease: HostLease) -> None:
            await self._look_up_and_capture(archive, lease)

        try:
            is_ours = await with_service_lease(self._job, self._first, archive, work)
            # Another process that uses the service looks them up.
            self._progress.has_left_some &= is_ours
            return is_ours
        finally:
            self._progress.notify(is_complete=True)

    async def _look_up_and_capture(self, archive: AsyncArchive, lease: HostLease) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._isolated(self._first, self._look_up(archive, lease)))
            if may_capture(self._job):
                runner = CaptureRunner(
                    self._job, archive, self._first, self._emit, lease, limit=self._limit
                )
                group.create_task(self._isolated(self._first, runner.run(self._progress)))

    async def _look_up(self, archive: AsyncArchive, lease: HostLease) -> None:
        try:
            count = await look_up_due(
                self._job,
                self._first,
                archive,
                self._emit,
                lease,
                limit=self._limit,
                progress=self._progress,
            )
            self._progress.has_left_some = count is None
        finally:
            self._progress.notify(is_complete=True)

    async def _use_other(self, service: str) -> bool:
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
