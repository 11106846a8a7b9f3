"""Test the concurrent work on hosts: limits, order, and end."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from crawler.jobs.stop_signal import StopSignal
from crawler.probing.worker_pool import run_workers
from store.work.frontier import DueHost
from store.work.runs import RunOutcome

HOSTS = [
    DueHost(id=number, name=f"{number}.example", links=1, next_allowed_at=None)
    for number in range(10)
]


class Work:
    """Records which hosts are worked on; the work on a host ends when the test releases it."""

    def __init__(self) -> None:
        self.started: list[int] = []
        self.ended: list[int] = []
        self.cancelled: list[int] = []
        self.most_at_once = 0
        self.released = asyncio.Event()

    async def __call__(self, host: DueHost) -> None:
        self.started.append(host.id)
        self.most_at_once = max(self.most_at_once, len(self.started) - len(self.ended))
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.cancelled.append(host.id)
            raise
        self.ended.append(host.id)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_hosts_are_worked_on_in_order_with_limited_concurrency() -> None:
    async def scenario() -> Work:
        work = Work()
        pool = asyncio.create_task(run_workers(HOSTS, work, at_once=3, stop=StopSignal()))
        await settle()
        assert work.started == [0, 1, 2]
        assert len(asyncio.all_tasks()) < len(HOSTS)  # not one task for each host
        work.released.set()
        await pool
        return work

    work = asyncio.run(scenario())
    assert work.started == list(range(10))
    assert sorted(work.ended) == list(range(10))
    assert work.most_at_once == 3


def test_without_hosts_the_pool_returns_at_once() -> None:
    asyncio.run(run_workers([], Work(), at_once=3, stop=StopSignal()))


def test_after_a_stop_current_work_ends_and_no_host_is_started() -> None:
    async def scenario() -> Work:
        work, stop = Work(), StopSignal()
        pool = asyncio.create_task(run_workers(HOSTS, work, at_once=2, stop=stop))
        await settle()
        stop.request(RunOutcome.INTERRUPTED)
        await settle()
        assert not work.cancelled
        work.released.set()
        await pool
        return work

    work = asyncio.run(scenario())
    assert (work.started, work.ended, work.cancelled) == ([0, 1], [0, 1], [])


def test_a_pause_cancels_workers_that_do_not_end_and_starts_no_host() -> None:
    async def scenario() -> Work:
        work, stop, pause = Work(), StopSignal(), asyncio.Event()
        stop.drain_seconds = 0.0
        pool = asyncio.create_task(run_workers(HOSTS, work, at_once=2, stop=stop, pause=pause))
        await settle()
        pause.set()
        await pool
        await run_workers(HOSTS, work, at_once=2, stop=stop, pause=pause)
        return work

    work = asyncio.run(scenario())
    assert (work.started, work.cancelled) == ([0, 1], [0, 1])


def test_workers_that_do_not_end_are_cancelled_silently(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> Work:
        work, stop = Work(), StopSignal()
        stop.drain_seconds = 0.0
        pool = asyncio.create_task(run_workers(HOSTS, work, at_once=2, stop=stop))
        await settle()
        stop.request(RunOutcome.INTERRUPTED)
        await pool
        return work

    with caplog.at_level(logging.DEBUG):
        work = asyncio.run(scenario())
        gc.collect()  # asyncio logs errors that nobody retrieved
    assert (work.started, work.cancelled) == ([0, 1], [0, 1])
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_an_error_is_raised_after_the_other_hosts_are_done() -> None:
    done: list[int] = []

    async def work(host: DueHost) -> None:
        if host.id == 1:
            raise ValueError("host 1")
        await asyncio.sleep(0)
        done.append(host.id)

    with pytest.raises(ValueError, match="host 1"):
        asyncio.run(run_workers(HOSTS, work, at_once=2, stop=StopSignal()))
    assert done == [0, *range(2, 10)]


def test_cancelling_the_pool_cancels_its_workers() -> None:
    async def scenario() -> Work:
        work = Work()
        pool = asyncio.create_task(run_workers(HOSTS, work, at_once=2, stop=StopSignal()))
        await settle()
        pool.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pool
        return work

    assert asyncio.run(scenario()).cancelled == [0, 1]
