"""Archives in a job: what is looked up, what is captured, what is worth a look again, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from crawler.items import Emit
from crawler.jobs.host_lease import HostLease
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.preservation.archive_session import (
    WAYBACK,
    configured_services,
    open_memento,
    open_wayback,
    with_service_lease,
)
from crawler.preservation.captures import CaptureRunner
from crawler.preservation.lookups import LookupProgress, look_up_due, look_up_following

__all__ = ["WAYBACK", "configured_services", "run_archive_step"]


async def run_archive_step(job: Job, *, emit: Emit, limit: int) -> bool:
    """Look up what has no living mirror and, where the configuration allows it, have captured what no archive has, side by side.

    Other archives are asked about what the Wayback Machine has given its answer to. Tells whether all of them were ours to ask to the end.
    """
    first, *others = configured_services(job)
    archive, answers = open_wayback(job), LookupProgress()

    async def find(held: HostLease) -> None:
        try:
            await look_up_due(job, first, archive, emit, held, limit=limit, answers=answers)
        finally:
            answers.notify(over=True)

    async def apart(service: str, work: Awaitable[bool | None]) -> bool:
        """Do a part of the work that the others go on without."""
        with job.isolated(Unit.ARCHIVE, service):
            return await work is not False
        return True  # what it left undone is due; nobody else need try it at once

    async def work(held: HostLease) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(apart(first, find(held)))
            if job.config.archives.captures_enabled:
                group.create_task(
                    apart(
                        first,
                        CaptureRunner(job, archive, first, emit, held, limit=limit).run(answers),
                    )
                )

    async def ask_first() -> bool:
        try:
            return await with_service_lease(job, first, archive, work)
        finally:
            answers.notify(over=True)

    async def ask_after(service: str) -> bool:
        other = open_memento(job, service)
        return await with_service_lease(
            job,
            service,
            other,
            lambda held: look_up_following(
                job, service, other, emit, held, limit=limit, answers=answers
            ),
        )

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(apart(first, ask_first()))]
        asked += [group.create_task(apart(service, ask_after(service))) for service in others]
    return all(task.result() for task in asked)
