"""Manage the lease on a host: acquire it, renew it while work goes on, release it at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final, Protocol

from crawler.config.hosts import HostRules
from crawler.jobs.batcher import Batcher
from crawler.jobs.clock import Clock, seconds_since_boot
from crawler.politeness.rate_limiter_registry import RateLimiterRegistry
from store.errors import LeaseLost, StoreError
from store.schema.engine import Database
from store.vocabulary import Judgement
from store.work import leases
from store.work.archives.archive_robots import ArchiveRobots
from store.work.history import HostResult
from store.work.leases import LEASE_LENGTH, Lease, Release
from store.work.writer import HistoryWriter

_RENEW_SECONDS: Final = 15.0
# How long a cancelled job waits for a lease that it is acquiring. To acquire one may take 30 s if
# the database is locked, which is too long for a job that ends.
_ACQUIRE_SECONDS: Final = 3.0
# How long after its last renewal a lease permits requests. The clock is this machine's, and
# continues while the machine sleeps; the database's clock does not matter.
_VALID_SECONDS: Final = 40.0


class LeasingJob(Protocol):
    """The attributes of a `Job` that host leases use."""

    database: Database
    rate_limiters: RateLimiterRegistry
    writer: HistoryWriter
    lease_batcher: Batcher[int | str, Lease | None]

    @property
    def clock(self) -> Clock:
        """Return the job's clock."""

    def rules_for(self, slot: str) -> HostRules:
        """Return the rules of a slot."""

    def stop_on_store_error(self, error: StoreError) -> None:
        """Stop the job after an error of the store."""


class HostLease:
    """The right to send requests to one slot, while it lasts.

    Args:
        job: The job that holds the lease.
        slot: The leased slot.
        lease: The lease as stored.
        acquired_at: Seconds since boot when the lease was requested.

    Attributes:
        lease: The lease as stored.
        judgement: A judgement of the host itself, if any; it is stored with the release.
        archive_robots: The rules for archives in the host's robots.txt, if it was read; stored
            with the release, too.
    """

    def __init__(self, job: LeasingJob, slot: str, lease: Lease, acquired_at: float) -> None:
        self.lease = lease
        self.judgement: Judgement | None = None
        self.archive_robots: ArchiveRobots | None = None
        self._job = job
        self._slot = slot
        self._valid_until = acquired_at + _VALID_SECONDS

    @property
    def is_over(self) -> bool:
        """Return whether no further request may be sent."""
        return seconds_since_boot() > self._valid_until

    def check(self) -> None:
        """Check that requests may still be sent.

        Raises:
            LeaseLost: The lease could not be renewed in time.
        """
        if self.is_over:
            raise LeaseLost(
                f"the lease on {self._slot} could not be renewed in time: no more requests are sent"
            )

    async def renew_until_cancelled(self) -> None:
        """Renew the lease at intervals, until cancelled or until another process has it.

        A renewal that fails because of the database is repeated at the next interval. The lease
        stays valid until `_VALID_SECONDS` after the last successful one.
        """
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            renewed_at = seconds_since_boot()
            try:
                await asyncio.to_thread(self._renew)
            except LeaseLost:
                self._valid_until = 0.0
                return
            except StoreError:
                continue
            self._valid_until = renewed_at + _VALID_SECONDS

    def _renew(self) -> None:
        with self._job.database.write() as connection:
            leases.renew_lease(connection, self.lease, now=self._job.clock(), length=LEASE_LENGTH)


@asynccontextmanager
async def lease_host(
    job: LeasingJob, host_id: int | None, slot: str
) -> AsyncIterator[HostLease | None]:
    """Acquire the lease on a slot, and release it after the block.

    The rate limiter starts with the pause that the last holder stored. At the end its state is
    stored for the next holder, together with the last results in the job's writer.

    Args:
        job: The job.
        host_id: The slot's id in the database; None finds or creates it by name.
        slot: The slot.

    Yields:
        The lease; None if another process holds it.
    """
    acquired_at = seconds_since_boot()
    lease = await _acquire(job, host_id, slot)
    if lease is None:
        yield None
        return
    host_lease = HostLease(job, slot, lease, acquired_at)
    if lease.next_allowed_at:
        pause = lease.next_allowed_at - job.clock()
        job.rate_limiters.limiter_for(slot).delay_next(pause.total_seconds())
    renewal = asyncio.create_task(host_lease.renew_until_cancelled())
    try:
        yield host_lease
    finally:
        renewal.cancel()
        with suppress(asyncio.CancelledError):
            await renewal
        await asyncio.shield(_release(job, slot, lease, host_lease))


async def _acquire(job: LeasingJob, host_id: int | None, slot: str) -> Lease | None:
    """Return the lease on a slot, or None; release it again if this is cancelled meanwhile."""
    host = slot if host_id is None else host_id
    acquiring = asyncio.ensure_future(job.lease_batcher.submit(host))
    try:
        return await asyncio.shield(acquiring)
    except asyncio.CancelledError:
        # The thread that acquires the lease cannot be cancelled, and may succeed.
        await asyncio.wait({acquiring}, timeout=_ACQUIRE_SECONDS)
        is_acquired = not acquiring.cancel() and not acquiring.exception()
        if is_acquired and (unwanted := acquiring.result()):
            await _release(job, slot, unwanted)
        raise


async def _release(
    job: LeasingJob, slot: str, lease: Lease, host_lease: HostLease | None = None
) -> None:
    """Release a lease, and store with it what `host_lease` has found out about the host."""
    pause = timedelta(seconds=job.rate_limiters.limiter_for(slot).seconds_until_next)
    interval = _interval_to_store(job, slot)
    try:
        now = job.clock()
        release = Release(lease=lease, next_allowed_at=now + pause, observed_interval=interval)
        result = HostResult(
            release=release,
            judgement=host_lease.judgement if host_lease else None,
            archive_robots=host_lease.archive_robots if host_lease else None,
            at=now,
        )
        await job.writer.release(result)
    except StoreError as error:
        job.stop_on_store_error(error)  # the lease expires by itself
    job.rate_limiters.forget(slot)


def _interval_to_store(job: LeasingJob, slot: str) -> float | None:
    """Return the mean seconds between requests to a slot, to be stored for its next holder.

    Returns:
        0 if it did not slow this process down, which deletes the stored interval; None if that is
        not known, which keeps it.
    """
    interval = job.rate_limiters.limiter_for(slot).observed_interval
    if interval is not None and interval <= job.rules_for(slot).interval:
        return 0.0
    return interval
