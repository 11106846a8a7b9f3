"""Holding a host: its lease claimed, kept alive while the work goes on, and given back when everything is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Protocol

from crawler.config.hosts import HostRules
from crawler.jobs.batching import Batcher
from crawler.jobs.clock import Clock, seconds_since_boot
from crawler.politeness.rate_limit import RateLimiters
from store.errors import LeaseLost, StoreError
from store.schema.engine import Database
from store.vocabulary import Judgement
from store.work import leases
from store.work.history import HostResult
from store.work.leases import LEASE_LENGTH, Lease, Release
from store.work.writer import HistoryWriter

_RENEW_SECONDS = 15.0
_CLAIM_SECONDS = (
    3.0  # for a claim that is under way when we stop; a locked database may take ten times as long
)
# From the last good renewal, by a clock that goes on while the machine sleeps: past it no request leaves, whatever the database's clock says.
_HOLD_SECONDS = 40.0


class LeasingJob(Protocol):
    """What of a job (`crawler.jobs.job.Job`) its leases need."""

    database: Database
    rate_limiters: RateLimiters
    writer: HistoryWriter
    claims: Batcher[int | str, Lease | None]

    @property
    def clock(self) -> Clock:
        """What time it is."""

    def rules_for(self, slot: str) -> HostRules:
        """Return a party's rules."""

    def stop_on_store_error(self, error: StoreError) -> None:
        """Take in that the store failed."""


class HostLease:
    """The right to ask one party, for as long as it lasts."""

    def __init__(self, job: LeasingJob, slot: str, lease: Lease, claimed: float) -> None:
        self.lease = lease
        self.judgement: Judgement | None = (
            None  # of the party itself, for its history: written when the lease is given back
        )
        self._job = job
        self._slot = slot
        self._held_until = claimed + _HOLD_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether no request may leave any more."""
        return seconds_since_boot() > self._held_until

    def check(self) -> None:
        """Raise LeaseLost if no request may leave any more."""
        if self.is_over:
            raise LeaseLost(
                f"the lease on {self._slot} could not be renewed in time: nothing more is asked"
            )

    async def renew_until_cancelled(self) -> None:
        """Renew the lease again and again, until cancelled. A renewal that fails is tried again; time decides."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            asked = seconds_since_boot()
            try:
                await asyncio.to_thread(self._renew)
            except LeaseLost:
                self._held_until = 0.0
                return
            except StoreError:
                continue
            self._held_until = asked + _HOLD_SECONDS

    def _renew(self) -> None:
        with self._job.database.write() as connection:
            leases.renew(connection, self.lease, now=self._job.clock(), length=LEASE_LENGTH)


@asynccontextmanager
async def lease_host(
    job: LeasingJob, host_id: int | None, slot: str
) -> AsyncIterator[HostLease | None]:
    """Hold a host while the block runs; None where somebody else holds it. Without its id it is found, or made, by the party's name.

    The party's pace starts where the last holder left it, and is handed on at the end, with the last of what the job's writer has to write.
    """
    claimed = seconds_since_boot()
    claiming = asyncio.ensure_future(job.claims.submit(slot if host_id is None else host_id))
    try:
        lease = await asyncio.shield(claiming)
    except asyncio.CancelledError:
        await asyncio.wait(
            {claiming}, timeout=_CLAIM_SECONDS
        )  # a thread cannot be cancelled: it may have the lease by now
        if not claiming.cancel() and not claiming.exception() and (unwanted := claiming.result()):
            await _give_back(job, slot, unwanted)
        raise
    if lease is None:
        yield None
        return
    held = HostLease(job, slot, lease, claimed)
    pace = job.rate_limiters.get(slot)
    if lease.next_allowed_at:
        pace.resume_after((lease.next_allowed_at - job.clock()).total_seconds())
    renewal = asyncio.create_task(held.renew_until_cancelled())
    try:
        yield held
    finally:
        renewal.cancel()
        with suppress(asyncio.CancelledError):
            await renewal
        await asyncio.shield(_give_back(job, slot, lease, held.judgement))


async def _give_back(
    job: LeasingJob, slot: str, lease: Lease, judgement: Judgement | None = None
) -> None:
    pace = job.rate_limiters.get(slot)
    wait, kept = timedelta(seconds=pace.seconds_until_next), pace.observed_interval
    if kept is not None and kept <= job.rules_for(slot).interval:
        kept = 0.0  # no slower than we are by ourselves
    try:
        now = job.clock()
        release = Release(lease=lease, next_allowed_at=now + wait, observed_interval=kept)
        await job.writer.release(HostResult(release=release, judgement=judgement, at=now))
    except StoreError as error:
        job.stop_on_store_error(error)  # the lease runs out by itself
    job.rate_limiters.forget(slot)
