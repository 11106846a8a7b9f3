"""Test host leases: one holder at a time, expiry, and that everything is written before the release."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from crawler.jobs import host_lease, lease_batches
from crawler.jobs.host_lease import HostLease, lease_host
from crawler.jobs.job import Job
from crawler.liveness import make_judgement
from crawler.scan.wiki_scan import register_urls
from store.errors import DatabaseUnavailable, LeaseLost
from store.schema.models import HostRow, ProbeRow
from store.vocabulary import Probe as ProbeRecord
from store.vocabulary import Reason, Role
from store.work.history import ProbeResult
from store.work.leases import LEASE_LENGTH, Lease, acquire_leases
from tests.integration.crawler.conftest import Clock, OpenJob
from tests.integration.store.leasing import ensure_host, release_lease

HOST = "a.example"
URL = f"https://{HOST}/x"


def slot_id(job: Job) -> int:
    with job.database.write() as connection:
        return ensure_host(connection, HOST)


def host_row(job: Job) -> Any:
    with job.database.read() as connection:
        columns = (
            HostRow.lease_owner,
            HostRow.lease_token,
            HostRow.lease_until,
            HostRow.next_allowed_at,
        )
        return connection.execute(select(*columns).where(HostRow.name == HOST)).one()


def probes(job: Job) -> int:
    with job.database.read() as connection:
        return connection.execute(select(func.count(ProbeRow.id))).scalar_one()


def result(job: Job, lease: Lease | None) -> ProbeResult:
    """Return a probe of the link, made under this lease."""
    (link_id,) = register_urls(job, [URL])
    at = job.clock()
    probe = ProbeRecord(url=URL, role=Role.LINK, started_at=at, finished_at=at)
    return ProbeResult(
        link_id=link_id,
        run_id=job.run_id,
        lease=lease,
        probe=probe,
        judgement=make_judgement(Reason.NOT_FOUND),
    )


async def expect_held(job: Job, held: HostLease | None) -> HostLease:
    assert held is not None
    assert host_row(job).lease_owner == job.owner
    return held


def test_a_host_has_one_holder_at_a_time(job: Job, another_job: OpenJob) -> None:
    other, host = another_job(), slot_id(job)

    async def scenario() -> None:
        async with lease_host(job, host, HOST) as held:
            first = await expect_held(job, held)
            async with lease_host(other, host, HOST) as refused:
                assert refused is None
            assert host_row(job).lease_owner == job.owner  # the refused process did not release it
        assert host_row(job).lease_owner is None
        async with lease_host(other, host, HOST) as held:
            assert (await expect_held(other, held)).lease.token > first.lease.token

    asyncio.run(scenario())


def test_the_remaining_pause_is_passed_to_the_next_holder(
    job: Job, another_job: OpenJob, clock: Clock
) -> None:
    other, host = another_job(), slot_id(job)

    async def scenario() -> None:
        async with lease_host(job, host, HOST):
            job.rate_limiters.limiter_for(HOST).pause(90)
        remaining = host_row(job).next_allowed_at - clock.now
        assert timedelta(seconds=80) < remaining <= timedelta(seconds=90)
        clock.pass_by(timedelta(seconds=30))
        async with lease_host(other, host, HOST) as held:
            assert held is not None
            assert 50 < other.rate_limiters.limiter_for(HOST).seconds_until_next <= 60

    asyncio.run(scenario())


def test_everything_is_written_before_the_lease_is_released(job: Job) -> None:
    host = slot_id(job)

    async def scenario() -> None:
        async with lease_host(job, host, HOST) as held:
            await job.writer.put(result(job, (await expect_held(job, held)).lease))
        assert (probes(job), host_row(job).lease_owner) == (1, None)
        await job.writer.close()

    asyncio.run(scenario())


def test_a_lease_is_released_after_errors_and_cancellation(job: Job) -> None:
    host = slot_id(job)

    async def fail() -> None:
        async with lease_host(job, host, HOST):
            raise ValueError("in the middle")

    async def wait() -> None:
        async with lease_host(job, host, HOST):
            await asyncio.Event().wait()

    async def cancel() -> None:
        waiting = asyncio.create_task(wait())
        while host_row(job).lease_owner is None:  # noqa: ASYNC110  the database tells nobody
            await asyncio.sleep(0.001)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    with pytest.raises(ValueError, match="in the middle"):
        asyncio.run(fail())
    assert host_row(job).lease_owner is None
    asyncio.run(cancel())
    assert host_row(job).lease_owner is None


def test_a_lease_acquired_during_cancellation_is_released(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, begun, stopped = slot_id(job), threading.Event(), threading.Event()

    def slow_claim(*arguments: Any, **options: Any) -> dict[int, Lease]:
        begun.set()
        assert stopped.wait(10)
        return acquire_leases(*arguments, **options)

    monkeypatch.setattr(lease_batches, "acquire_leases", slow_claim)

    async def work() -> None:
        async with lease_host(job, host, HOST):
            raise AssertionError("worked though it was stopped")

    async def scenario() -> None:
        working = asyncio.create_task(work())
        await asyncio.to_thread(begun.wait, 10)
        working.cancel()
        await asyncio.sleep(0)
        stopped.set()
        with pytest.raises(asyncio.CancelledError):
            await working

    asyncio.run(scenario())
    assert host_row(job).lease_token == 1
    assert host_row(job).lease_owner is None


def test_the_holder_of_an_expired_lease_neither_writes_nor_releases(
    job: Job, another_job: OpenJob, clock: Clock
) -> None:
    other, host = another_job(), slot_id(job)

    async def scenario() -> None:
        async with lease_host(job, host, HOST) as held:
            stale = (await expect_held(job, held)).lease
            clock.pass_by(LEASE_LENGTH + timedelta(seconds=1))
            async with lease_host(other, host, HOST) as taken:
                fresh = (await expect_held(other, taken)).lease
                await job.writer.put(result(job, stale))
                await job.writer.flush()
                assert probes(job) == 0
                await other.writer.put(result(other, fresh))
                await other.writer.flush()
                assert probes(job) == 1
                with job.database.write() as connection:
                    release_lease(connection, stale, next_allowed_at=clock.now + timedelta(hours=1))
                assert host_row(job).lease_owner == other.owner
        await job.writer.close()
        await other.writer.close()

    asyncio.run(scenario())


def test_no_request_is_sent_shortly_before_the_lease_expires_by_our_clock(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(host_lease, "seconds_since_boot", lambda: now[0])
    host = slot_id(job)

    async def scenario() -> None:
        async with lease_host(job, host, HOST) as held:
            assert held is not None
            now[0] += 39
            held.check()
            now[0] += (
                2  # well before the lease itself ends: the database's clock may be ahead of ours
            )
            with pytest.raises(LeaseLost, match="no more requests are sent"):
                held.check()

    asyncio.run(scenario())


class Renewals:
    """Lease renewals that happen when the test waits for them, instead of every fifteen seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        monkeypatch.setattr(host_lease, "_RENEW_SECONDS", 0.0)
        real = HostLease._renew

        def renew(held: HostLease) -> None:
            self.count += 1
            real(held)

        monkeypatch.setattr(HostLease, "_renew", renew)

    async def wait_for_next(self) -> None:
        before = self.count
        while self.count < before + 2:  # noqa: ASYNC110  counted in a thread; the first may have begun before now
            await asyncio.sleep(0.001)


def test_the_lease_is_renewed_during_the_work(
    job: Job, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewals, host = Renewals(monkeypatch), slot_id(job)

    async def scenario() -> None:
        async with lease_host(job, host, HOST) as held:
            assert held is not None
            for _ in range(3):
                clock.pass_by(timedelta(seconds=50))
                await renewals.wait_for_next()
                held.check()
            assert host_row(job).lease_until == clock.now + LEASE_LENGTH

    asyncio.run(scenario())


def test_no_request_is_sent_after_a_lost_lease_is_noticed(
    job: Job, another_job: OpenJob, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, host = another_job(), slot_id(job)

    async def scenario() -> None:
        async with lease_host(job, host, HOST) as held:
            assert held is not None
            clock.pass_by(LEASE_LENGTH + timedelta(seconds=1))
            assert await other.lease_batcher.submit(host) is not None
            monkeypatch.setattr(host_lease, "_RENEW_SECONDS", 0.0)
            await held.renew_until_cancelled()  # ends at once: the lease is lost
            with pytest.raises(LeaseLost):
                held.check()

    asyncio.run(scenario())


def test_a_failed_renewal_is_repeated(
    job: Job, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewals, host = Renewals(monkeypatch), slot_id(job)
    failures, real = [DatabaseUnavailable("busy")] * 3, HostLease._renew

    def renew(held: HostLease) -> None:
        if failures:
            raise failures.pop()
        real(held)

    monkeypatch.setattr(HostLease, "_renew", renew)

    async def scenario() -> None:
        async with lease_host(job, host, HOST) as held:
            assert held is not None
            clock.pass_by(timedelta(seconds=50))
            await renewals.wait_for_next()
            held.check()
        assert not failures

    asyncio.run(scenario())


def test_an_acquisition_blocked_by_the_database_does_not_delay_cancellation(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, begun, freed = slot_id(job), threading.Event(), threading.Event()
    monkeypatch.setattr(host_lease, "_ACQUIRE_SECONDS", 0.1)

    def stuck(*arguments: Any, **options: Any) -> dict[int, Lease]:
        begun.set()
        freed.wait(30)
        return acquire_leases(*arguments, **options)

    monkeypatch.setattr(lease_batches, "acquire_leases", stuck)

    async def work() -> None:
        async with lease_host(job, host, HOST):
            raise AssertionError("worked though it was stopped")

    async def scenario() -> None:
        working = asyncio.create_task(work())
        await asyncio.to_thread(begun.wait, 10)
        working.cancel()
        done, _ = await asyncio.wait({working}, timeout=10)
        freed.set()
        assert done
        assert working.cancelled()

    asyncio.run(scenario())
