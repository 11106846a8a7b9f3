"""Share the host leases of a job among everything in it that sends requests to a host.

Probes, redirect hops, local copies and pages that are read again all use this pool. A lease is
acquired for the first user, shared with others while it is held, and released after the last one.
Within the process, rates and concurrency are limited by
`crawler.politeness.rate_limiter_registry.RateLimiterRegistry`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import Final, Protocol

from crawler.jobs.host_lease import HostLease, LeasingJob, lease_host
from crawler.politeness.rate_limit import LeaseHeldElsewhere
from store.errors import StoreError

# How long a request waits for a lease that another process holds, with attempts at intervals.
_WAIT_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 0.5
# How long other requests to the same slot do not wait after such a wait failed.
_NO_WAIT_SECONDS: Final = 60.0
# How long a lease for single requests is held for the next one; many redirects share a host.
_KEEP_SECONDS: Final = 1.0


class PoolingJob(LeasingJob, Protocol):
    """The attributes of a `Job` that the pool uses."""

    @property
    def stop(self) -> object:
        """Return an object that is true once the job must stop."""


class HostLeases:
    """A pool with one lease per slot, shared by reference counting.

    Args:
        job: The job that holds the leases.
    """

    def __init__(self, job: PoolingJob) -> None:
        self._job = job
        self._shared: dict[str, _SharedLease] = {}
        self._releases: set[asyncio.Task[None]] = set()
        self._no_wait_until: dict[str, float] = {}  # by slot

    @asynccontextmanager
    async def lease(
        self, slot: str, *, host_id: int | None = None, wait_seconds: float = 0.0
    ) -> AsyncIterator[HostLease | None]:
        """Acquire a slot's lease for a piece of work, and release it after the block.

        What the block puts into the job's writer is written when the block ends.

        Args:
            slot: The slot.
            host_id: The slot's id in the database; None looks it up.
            wait_seconds: How long to wait if another process holds the lease.

        Yields:
            The lease; None if another process holds it.
        """
        shared, host_lease = self._use(slot), None
        try:
            host_lease = await self._acquire(shared, host_id, wait_seconds=wait_seconds)
            yield host_lease
        finally:
            shared.users -= 1
            if not shared.users:
                await asyncio.shield(self._release(shared))
            elif host_lease is not None:
                await asyncio.shield(self._flush())

    @asynccontextmanager
    async def request(self, slot: str) -> AsyncIterator[None]:
        """Wait for a slot's lease, concurrency and rate limit; send one request in the block.

        Args:
            slot: The slot.

        Yields:
            Nothing; the block starts when the request may be sent.

        Raises:
            LeaseHeldElsewhere: Another process holds the lease and did not release it in time.
            PauseTooLong: The slot requested a pause that is not waited for.
            LeaseLost: The lease expired while the request waited.
        """
        shared = self._use(slot)
        try:
            host_lease = await self._acquire_for_request(shared)
            async with self._job.rate_limiters.request(slot):
                host_lease.check()
                yield
        finally:
            shared.users -= 1
            if not shared.users:
                loop = asyncio.get_running_loop()
                shared.timer = loop.call_later(_KEEP_SECONDS, self._release, shared)

    async def close(self) -> None:
        """Release every unused lease, and return when all releases are stored."""
        for shared in list(self._shared.values()):
            if not shared.users:
                self._release(shared)
        if self._releases:
            await asyncio.wait(self._releases)

    def _use(self, slot: str) -> _SharedLease:
        """Count one more user of a slot, and return its shared lease."""
        shared = self._shared.setdefault(slot, _SharedLease(self._job, slot))
        shared.users += 1
        shared.cancel_timer()
        return shared

    async def _acquire_for_request(self, shared: _SharedLease) -> HostLease:
        """Return the lease, waiting for it if another process holds it."""
        slot, now = shared.slot, monotonic()
        may_wait = now >= self._no_wait_until.get(slot, 0.0)
        wait_seconds = _WAIT_SECONDS if may_wait else 0.0
        host_lease = await self._acquire(shared, wait_seconds=wait_seconds)
        if host_lease is not None:
            return host_lease
        if may_wait:
            current = {name: until for name, until in self._no_wait_until.items() if until > now}
            self._no_wait_until = {**current, slot: monotonic() + _NO_WAIT_SECONDS}
        raise LeaseHeldElsewhere(slot)

    async def _acquire(
        self, shared: _SharedLease, host_id: int | None = None, *, wait_seconds: float
    ) -> HostLease | None:
        until = monotonic() + wait_seconds
        host_lease = await shared.acquire(host_id)
        while host_lease is None and monotonic() < until and not self._job.stop:
            # The database does not notify of released leases.
            await asyncio.sleep(_RETRY_SECONDS)
            host_lease = await shared.acquire(host_id)
        return host_lease

    def _release(self, shared: _SharedLease) -> asyncio.Task[None]:
        """Start to release an unused lease; a new user in the meantime prevents the release."""
        shared.cancel_timer()
        task = asyncio.create_task(self._release_and_forget(shared))
        self._releases.add(task)
        task.add_done_callback(self._releases.discard)
        return task

    async def _release_and_forget(self, shared: _SharedLease) -> None:
        await shared.release()
        if not shared.users and self._shared.get(shared.slot) is shared:
            del self._shared[shared.slot]

    async def _flush(self) -> None:
        try:
            await self._job.writer.flush()
        except StoreError as error:
            self._job.stop_on_store_error(error)


class _SharedLease:
    """The lease on one slot, shared by all parts of the job that use it.

    Attributes:
        slot: The slot.
        users: The number of blocks that use the lease.
        timer: Releases the lease; None while there are users.
    """

    def __init__(self, job: LeasingJob, slot: str) -> None:
        self.slot = slot
        self.users = 0
        self.timer: asyncio.TimerHandle | None = None
        self._job = job
        self._lease: HostLease | None = None
        self._context = AsyncExitStack()  # closing it releases the lease
        self._change = asyncio.Lock()  # for opening and closing

    async def acquire(self, host_id: int | None = None) -> HostLease | None:
        """Return the lease, acquired if necessary; None if another process holds it."""
        if self._lease is not None and not self._lease.is_over:
            return self._lease
        async with self._change:
            if self._lease is not None and self._lease.is_over and self.users == 1:
                await self._close()
            if self._lease is None:
                await self._open(host_id)
            return self._lease

    async def release(self) -> None:
        """Release the lease unless it has users."""
        async with self._change:
            if self._lease is not None and not self.users:
                await self._close()

    def cancel_timer(self) -> None:
        """Cancel the planned release, if any."""
        if self.timer:
            self.timer.cancel()
            self.timer = None

    async def _open(self, host_id: int | None) -> None:
        async with AsyncExitStack() as opened:
            leasing = lease_host(self._job, host_id, self.slot)
            self._lease = await opened.enter_async_context(leasing)
            if self._lease is not None:
                self._context = opened.pop_all()

    async def _close(self) -> None:
        self._lease = None  # before the await: no other task may use the lease during the release
        await self._context.aclose()
