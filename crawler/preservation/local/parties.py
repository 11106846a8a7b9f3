"""The parties that pages to be kept need something of: each held once in this process, however many pages wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from crawler.job import Job
from crawler.leasing import Hold, hold
from store.leases import host_id


class Parties:
    """Gives out holds on parties. A page's images may lie with many, and those of many pages with one."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._parties: dict[str, _Party] = {}

    @asynccontextmanager
    async def asked(self, party: str) -> AsyncIterator[Hold | None]:
        """Hold a party, and one of the requests it takes at a time; None where another process has it.

        The last to leave gives it back, with what it is still owed in patience.
        """
        shared = self._parties.setdefault(party, _Party(self._job, party))
        held = await shared.enter()
        try:
            if held is None:
                yield None
                return
            async with shared.slots:
                yield held
        finally:
            await shared.leave()


class _Party:
    """One party, and how many want something of it."""

    def __init__(self, job: Job, name: str) -> None:
        self.slots = asyncio.Semaphore(job.rules_for(name).concurrency)
        self._job = job
        self._name = name
        self._change = asyncio.Lock()
        self._wanted = 0
        self._held: Hold | None = None
        self._open = AsyncExitStack()

    async def enter(self) -> Hold | None:
        async with self._change:
            if self._held is None:
                number = await asyncio.to_thread(self._host_id)
                self._held = await self._open.enter_async_context(hold(self._job, number, self._name))
            self._wanted += 1
            return self._held

    async def leave(self) -> None:
        async with self._change:
            self._wanted -= 1
            if not self._wanted:
                self._held = None
                await self._open.aclose()

    def _host_id(self) -> int:
        with self._job.database.write() as connection:
            return host_id(connection, self._name)
