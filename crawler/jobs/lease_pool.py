"""The host leases of a job. All that asks a host goes through here: probes, redirect hops, copies of pages, rereading.

A lease is claimed for the first who needs it, shared with all who come while it is held, and released when the last
one is done. Pace and concurrency are those of `crawler.politeness.rate_limit.Paces`, which lives within the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import Protocol

from crawler.jobs.host_lease import HostLease, LeasingJob, lease_host
from crawler.politeness.rate_limit import LeaseHeldElsewhere
from store.errors import StoreError

# A request to a host that another process holds waits so long for it, trying now and then.
_WAIT_SECONDS = 10.0
_RETRY_SECONDS = 0.5
# After that wait was in vain, other requests to this host do not wait for so long.
_IN_VAIN_SECONDS = 60.0
# A lease claimed for single requests is kept for the next: redirects of many hosts lead to the same few.
_LINGER_SECONDS = 1.0


class PoolingJob(LeasingJob, Protocol):
    """What of a job (`crawler.jobs.job.Job`) its pool of leases needs."""

    @property
    def stop(self) -> object:
        """True once the job is to stop."""


class HostLeases:
    """The pool: one lease per host, shared by reference counting."""

    def __init__(self, job: PoolingJob) -> None:
        self._job = job
        self._shared: dict[str, _SharedLease] = {}
        self._releases: set[asyncio.Task[None]] = set()
        self._in_vain: dict[
            str, float
        ] = {}  # until when requests to a party that another process holds do not wait

    @asynccontextmanager
    async def lease(
        self, slot: str, *, host_id: int | None = None, wait_seconds: float = 0.0
    ) -> AsyncIterator[HostLease | None]:
        """Hold a party's lease while the block runs, for a piece of work on it.

        Yields None if another process holds it, for `patience` seconds at least. What was put into the job's writer
        within the block is written when it ends. `host_id` saves looking it up.
        """
        shared, held = self._lease_on(slot), None
        try:
            held = await self._waited_for(shared, host_id, patience=wait_seconds)
            yield held
        finally:
            shared.users -= 1
            if not shared.users:
                await asyncio.shield(self._release(shared))
            elif held is not None:
                await asyncio.shield(self._flushed())

    @asynccontextmanager
    async def request(self, slot: str) -> AsyncIterator[None]:
        """Hold a party's lease, one of its slots and a turn of its pace, and send one request within the block.

        Raises:
            HeldElsewhere: Another process holds the lease, and did not release it within a bounded wait.
            LongPause: The party asked for a pause that is not waited for.
            LeaseLost: The lease ran out while the request waited.
        """
        shared = self._lease_on(slot)
        try:
            held = await self._needed(shared)
            async with self._job.rate_limiters.request(slot):
                held.check()
                yield
        finally:
            shared.users -= 1
            if not shared.users:
                shared.timer = asyncio.get_running_loop().call_later(
                    _LINGER_SECONDS, self._release, shared
                )

    async def close(self) -> None:
        """Release every lease that nobody uses, and return when all released ones are written."""
        for shared in list(self._shared.values()):
            if not shared.users:
                self._release(shared)
        if self._releases:
            await asyncio.wait(self._releases)

    def _lease_on(self, slot: str) -> _SharedLease:
        """Return the lease on a party with one user more."""
        shared = self._shared.setdefault(slot, _SharedLease(self._job, slot))
        shared.users += 1
        shared.cancel_timer()
        return shared

    async def _needed(self, shared: _SharedLease) -> HostLease:
        """Return the right to ask a party, waited for if another process holds it. Raises HeldElsewhere."""
        slot, now = shared.slot, monotonic()
        patience = 0.0 if now < self._in_vain.get(slot, 0.0) else _WAIT_SECONDS
        held = await self._waited_for(shared, patience=patience)
        if held is not None:
            return held
        if patience:
            self._in_vain = {name: until for name, until in self._in_vain.items() if until > now}
            self._in_vain[slot] = monotonic() + _IN_VAIN_SECONDS
        raise LeaseHeldElsewhere(slot)

    async def _waited_for(
        self, shared: _SharedLease, host_id: int | None = None, *, patience: float
    ) -> HostLease | None:
        until = monotonic() + patience
        held = await shared.enter(host_id)
        while held is None and monotonic() < until and not self._job.stop:
            await asyncio.sleep(_RETRY_SECONDS)  # no database tells when a lease is released
            held = await shared.enter(host_id)
        return held

    def _release(self, shared: _SharedLease) -> asyncio.Task[None]:
        """Begin to release a lease that nobody uses any more. It is kept if somebody comes for it in time."""
        shared.cancel_timer()
        task = asyncio.create_task(self._released(shared))
        self._releases.add(task)
        task.add_done_callback(self._releases.discard)
        return task

    async def _released(self, shared: _SharedLease) -> None:
        await shared.release()
        if not shared.users and self._shared.get(shared.slot) is shared:
            del self._shared[shared.slot]

    async def _flushed(self) -> None:
        try:
            await self._job.writer.flush()
        except StoreError as error:
            self._job.stop_on_store_error(error)


class _SharedLease:
    """The lease on one party, how many use it, and the timer that releases it once nobody does."""

    def __init__(self, job: LeasingJob, slot: str) -> None:
        self.slot = slot
        self.users = 0
        self.timer: asyncio.TimerHandle | None = None
        self._job = job
        self._hold: HostLease | None = None
        self._open = AsyncExitStack()
        self._change = asyncio.Lock()

    async def enter(self, host_id: int | None = None) -> HostLease | None:
        """Return the right to ask the party, claiming its lease if need be. None: another process holds it."""
        if self._hold is not None and not self._hold.is_over:
            return self._hold
        async with self._change:
            if self._hold is not None and self._hold.is_over and self.users == 1:
                await self._give_up()
            if self._hold is None:
                async with AsyncExitStack() as opened:
                    self._hold = await opened.enter_async_context(
                        lease_host(self._job, host_id, self.slot)
                    )
                    if self._hold is not None:
                        self._open = opened.pop_all()
            return self._hold

    async def release(self) -> None:
        """Release the lease unless somebody uses it."""
        async with self._change:
            if self._hold is not None and not self.users:
                await self._give_up()

    def cancel_timer(self) -> None:
        """Leave the lease where it is, whatever was planned."""
        if self.timer:
            self.timer.cancel()
            self.timer = None

    async def _give_up(self) -> None:
        self._hold = None  # nobody may use it from here on
        await self._open.aclose()
