"""Archives in a job: what is looked up, what is captured, what is worth a look again, and when."""

from __future__ import annotations

import asyncio

from crawler.job import Job
from crawler.leasing import Hold
from crawler.preservation.asking import WAYBACK, Emit, open_wayback, under_lease
from crawler.preservation.captures import Capturing
from crawler.preservation.lookups import look_up

__all__ = ["WAYBACK", "preserve"]


async def preserve(job: Job, *, emit: Emit, limit: int) -> None:
    """Look up what has no living mirror and, where the configuration allows it, have captured what no archive has, side by side."""
    archive, looked_up = open_wayback(job), asyncio.Event()

    async def find(held: Hold) -> None:
        try:
            await look_up(job, WAYBACK, archive, emit, held, limit=limit)
        finally:
            looked_up.set()

    async def work(held: Hold) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(find(held))
            if job.config.archives.captures:
                group.create_task(Capturing(job, archive, WAYBACK, emit, held, limit=limit).run(looked_up))

    await under_lease(job, WAYBACK, archive, work)
