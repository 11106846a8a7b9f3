"""Test the pool of host leases: shared within a job, waited for, and released."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crawler.jobs import lease_batches, lease_pool
from crawler.jobs.job import Job
from crawler.politeness.rate_limit import LeaseHeldElsewhere
from store.errors import LeaseLost
from store.schema.models import HostRow
from store.work.leases import LEASE_LENGTH, Lease, acquire_leases
from store.work.runs import RunOutcome
from tests.integration.crawler.conftest import Clock, OpenJob

HOST = "a.example"
PATIENCE = 120  # seconds until a test gives up; nothing is measured by it


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_pool, "_WAIT_SECONDS", 0.3)
    monkeypatch.setattr(lease_pool, "_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(lease_pool, "_KEEP_SECONDS", 0.05)


def host_row(job: Job, slot: str = HOST) -> Any:
    with job.database.read() as connection:
        columns = (HostRow.lease_owner, HostRow.lease_token, HostRow.next_allowed_at)
        return connection.execute(select(*columns).where(HostRow.name == slot)).first()


async def until_released(job: Job) -> None:
    async with asyncio.timeout(PATIENCE):
        while host_row(job).lease_owner:  # noqa: ASYNC110  the database tells nobody
            await asyncio.sleep(0.01)


def test_requests_and_work_share_one_lease(job: Job) -> None:
    async def scenario() -> None:
        pool = job.host_leases
        async with pool.request(HOST):
            assert host_row(job).lease_owner == job.owner
            async with pool.lease(HOST) as held:
                assert held is not None
            assert host_row(job).lease_owner == job.owner  # the request goes on
        async with pool.request(HOST):
            pass
        assert host_row(job).lease_token == 1
        await until_released(job)
        async with pool.lease(HOST):
            assert host_row(job).lease_token == 2
        assert host_row(job).lease_owner is None  # at once

    asyncio.run(scenario())


def test_concurrent_requests_acquire_one_lease(job: Job) -> None:
    async def send_request() -> None:
        async with job.host_leases.request(HOST):
            await asyncio.sleep(0)

    async def scenario() -> None:
        await asyncio.gather(*(send_request() for _ in range(20)))
        await job.host_leases.close()

    asyncio.run(scenario())
    assert (host_row(job).lease_owner, host_row(job).lease_token) == (None, 1)


def test_a_request_waits_for_a_host_that_another_process_holds(
    job: Job, another_job: OpenJob
) -> None:
    other = another_job()

    async def scenario() -> None:
        async with other.host_leases.lease(HOST):
            waiting = asyncio.create_task(send_request())
            await asyncio.sleep(0.05)
            assert not waiting.done()
        await waiting
        await job.host_leases.close()

    async def send_request() -> None:
        async with job.host_leases.request(HOST):
            assert host_row(job).lease_owner == job.owner

    asyncio.run(scenario())


def test_the_wait_is_bounded_and_not_repeated_by_every_request(
    job: Job, another_job: OpenJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = another_job()

    async def scenario() -> None:
        async with other.host_leases.lease(HOST):
            with pytest.raises(LeaseHeldElsewhere) as raised:
                async with job.host_leases.request(HOST):
                    raise AssertionError("requested")
            assert raised.value.slot == HOST
            monkeypatch.setattr(lease_pool, "_WAIT_SECONDS", 600.0)
            with pytest.raises(LeaseHeldElsewhere):
                async with asyncio.timeout(PATIENCE), job.host_leases.request(HOST):
                    raise AssertionError("requested")
            async with job.host_leases.lease(HOST) as held:
                assert held is None
        async with job.host_leases.request(
            HOST
        ):  # free again, and nobody has to wait until it is forgotten
            assert host_row(job).lease_owner == job.owner

    asyncio.run(scenario())


def test_a_stop_request_ends_waiting_for_a_lease(
    job: Job, another_job: OpenJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_pool, "_WAIT_SECONDS", 600.0)
    other = another_job()

    async def scenario() -> None:
        async with other.host_leases.lease(HOST):
            asyncio.get_running_loop().call_later(0.05, job.stop.request, RunOutcome.DEADLINE)
            with pytest.raises(LeaseHeldElsewhere):
                async with asyncio.timeout(PATIENCE), job.host_leases.request(HOST):
                    raise AssertionError("requested")

    asyncio.run(scenario())


def test_two_jobs_that_need_each_others_leases_do_not_deadlock(
    job: Job, another_job: OpenJob
) -> None:
    other = another_job()

    async def work(mine: Job, own: str, wanted: str) -> str:
        async with mine.host_leases.lease(own):
            await asyncio.sleep(0.1)
            try:
                async with mine.host_leases.request(wanted):
                    return "requested"
            except LeaseHeldElsewhere:
                return "put off"

    async def scenario() -> list[str]:
        async with asyncio.timeout(PATIENCE):
            return [
                *await asyncio.gather(
                    work(job, "a.example", "b.example"), work(other, "b.example", "a.example")
                )
            ]

    assert "put off" in asyncio.run(scenario())


def test_the_remaining_pause_of_a_host_is_passed_on(another_job: OpenJob) -> None:
    paced = {"hosts": {"*": {"interval": 600}}}
    first, second = another_job(**paced), another_job(**paced)

    async def scenario() -> None:
        async with first.host_leases.request(HOST):
            pass
        await first.host_leases.close()
        async with second.host_leases.lease(HOST):
            assert 500 < second.rate_limiters.limiter_for(HOST).seconds_until_next <= 660

    asyncio.run(scenario())


def test_the_concurrency_limit_of_a_host_applies_to_all_requests(another_job: OpenJob) -> None:
    job = another_job(hosts={"*": {"interval": 0, "concurrency": 2}})
    at_once = most = 0

    async def send_request() -> None:
        nonlocal at_once, most
        async with job.host_leases.request(HOST):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0.01)
            at_once -= 1

    async def scenario() -> None:
        await asyncio.gather(*(send_request() for _ in range(10)))
        await job.host_leases.close()

    asyncio.run(scenario())
    assert most == 2


def test_a_request_is_not_sent_if_the_lease_expires_while_it_waits(
    job: Job, another_job: OpenJob, clock: Clock
) -> None:
    other = another_job()

    async def scenario() -> None:
        async with job.host_leases.lease(HOST) as held:
            assert held is not None
            clock.pass_by(LEASE_LENGTH + timedelta(seconds=1))
            async with other.host_leases.lease(HOST):
                held._valid_until = 0.0  # as a renewal would find
                with pytest.raises(LeaseLost):
                    async with job.host_leases.request(HOST):
                        raise AssertionError("requested")
        async with job.host_leases.request(HOST):  # claimed anew
            assert host_row(job).lease_owner == job.owner

    asyncio.run(scenario())


def test_no_lease_remains_after_a_cancelled_acquisition(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def slow_claim(*arguments: Any, **options: Any) -> dict[int, Lease]:
        begun.set()
        assert stopped.wait(10)
        return acquire_leases(*arguments, **options)

    monkeypatch.setattr(lease_batches, "acquire_leases", slow_claim)

    async def send_request() -> None:
        async with job.host_leases.request(HOST):
            raise AssertionError("requested")

    async def scenario() -> None:
        asking = asyncio.create_task(send_request())
        await asyncio.to_thread(begun.wait, 10)
        asking.cancel()
        await asyncio.sleep(0)
        stopped.set()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await job.host_leases.close()

    asyncio.run(scenario())
    assert host_row(job).lease_owner is None
