"""Archives in a job: what is looked up, what is captured, what is worth a look again, and when."""

from __future__ import annotations

import asyncio

from crawler.job import Job
from crawler.leasing import Hold
from crawler.preservation.asking import WAYBACK, Emit, open_memento, open_wayback, services, under_lease, unless_stopped
from crawler.preservation.captures import Capturing
from crawler.preservation.lookups import look_up

__all__ = ["WAYBACK", "preserve", "services"]


async def preserve(job: Job, *, emit: Emit, limit: int) -> bool:
    """Look up what has no living mirror and, where the configuration allows it, have captured what no archive has, side by side.

    Other archives are asked about what the Wayback Machine has given its answer to. Tells whether all of them were ours to ask to the end.
    """
    first, *others = services(job)
    archive, looked_up = open_wayback(job), asyncio.Event()

    async def find(held: Hold) -> None:
        try:
            await look_up(job, first, archive, emit, held, limit=limit)
        finally:
            looked_up.set()

    async def work(held: Hold) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(find(held))
            if job.config.archives.captures:
                group.create_task(Capturing(job, archive, first, emit, held, limit=limit).run(looked_up))

    async def ask_first() -> bool:
        try:
            return await under_lease(job, first, archive, work)
        finally:
            looked_up.set()

    async def ask_after(service: str) -> bool:
        if not await unless_stopped(job, looked_up.wait()):
            return False
        other = open_memento(job, service)
        return await under_lease(job, service, other, lambda held: look_up(job, service, other, emit, held, limit=limit))

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(ask_first()), *(group.create_task(ask_after(service)) for service in others)]
    return all(task.result() for task in asked)
