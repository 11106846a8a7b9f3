"""Holding a host: its lease claimed, kept alive while the work goes on, and given back when everything is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from crawler.clock import since_boot
from crawler.job import Job
from store import leases
from store.errors import LeaseLost, StoreError
from store.history import HostResult
from store.leases import LENGTH, Lease, Release
from store.vocabulary import Judgement

_RENEW_SECONDS = 15.0
_CLAIM_SECONDS = 3.0  # for a claim that is under way when we stop; a locked database may take ten times as long
# From the last good renewal, by a clock that goes on while the machine sleeps: past it no request leaves, whatever the database's clock says.
_HOLD_SECONDS = 40.0


class Hold:
    """The right to ask one party, for as long as it lasts."""

    def __init__(self, job: Job, party: str, lease: Lease, claimed: float) -> None:
        self.lease = lease
        self.judgement: Judgement | None = None  # of the party itself, for its history: written when the lease is given back
        self._job = job
        self._party = party
        self._held_until = claimed + _HOLD_SECONDS

    def check(self) -> None:
        """Raise LeaseLost if no request may leave any more."""
        if since_boot() > self._held_until:
            raise LeaseLost(f"the lease on {self._party} could not be renewed in time: nothing more is asked")

    async def keep(self) -> None:
        """Renew the lease again and again, until cancelled. A renewal that fails is tried again; time decides."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            asked = since_boot()
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
            leases.renew(connection, self.lease, now=self._job.clock(), length=LENGTH)


@asynccontextmanager
async def hold(job: Job, host_id: int, party: str) -> AsyncIterator[Hold | None]:
    """Hold a host while the block runs; None where somebody else holds it.

    The party's pace starts where the last holder left it, and is handed on at the end, with the last of what the job's writer has to write.
    """
    claimed = since_boot()
    claiming = asyncio.ensure_future(job.claims.ask(host_id))
    try:
        lease = await asyncio.shield(claiming)
    except asyncio.CancelledError:
        await asyncio.wait({claiming}, timeout=_CLAIM_SECONDS)  # a thread cannot be cancelled: it may have the lease by now
        if not claiming.cancel() and not claiming.exception() and (unwanted := claiming.result()):
            await _give_back(job, party, unwanted)
        raise
    if lease is None:
        yield None
        return
    held = Hold(job, party, lease, claimed)
    pace = job.paces.of(party)
    if lease.next_allowed_at:
        pace.take_over((lease.next_allowed_at - job.clock()).total_seconds())
    renewal = asyncio.create_task(held.keep())
    try:
        yield held
    finally:
        renewal.cancel()
        with suppress(asyncio.CancelledError):
            await renewal
        await asyncio.shield(_give_back(job, party, lease, held.judgement))


async def _give_back(job: Job, party: str, lease: Lease, judgement: Judgement | None = None) -> None:
    pace = job.paces.of(party)
    wait, kept = timedelta(seconds=pace.next_in), pace.kept
    if kept is not None and kept <= job.rules_for(party).interval:
        kept = 0.0  # no slower than we are by ourselves
    try:
        now = job.clock()
        release = Release(lease=lease, next_allowed_at=now + wait, kept_interval=kept)
        await job.writer.give_back(HostResult(release=release, judgement=judgement, at=now))
    except StoreError as error:
        job.note_trouble(error)  # the lease runs out by itself
    job.paces.forget(party)
