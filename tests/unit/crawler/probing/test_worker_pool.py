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
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.cancelled: list[int] = []
        self.most = 0
        self.go = asyncio.Event()

    async def __call__(self, host: DueHost) -> None:
        self.begun.append(host.id)
        self.most = max(self.most, len(self.begun) - len(self.ended))
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.append(host.id)
            raise
        self.ended.append(host.id)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_every_host_is_worked_on_in_order_and_no_more_at_once_than_allowed() -> None:
    async def scenario() -> Work:
        work = Work()
        whole = asyncio.create_task(run_workers(HOSTS, work, at_once=3, stop=StopSignal()))
        await settle()
        assert work.begun == [0, 1, 2]
        assert len(asyncio.all_tasks()) < len(HOSTS)  # however many hosts there are
        work.go.set()
        await whole
        return work

    work = asyncio.run(scenario())
    assert work.begun == list(range(10))
    assert sorted(work.ended) == list(range(10))
    assert work.most == 3


def test_nothing_to_do_is_done_at_once() -> None:
    asyncio.run(run_workers([], Work(), at_once=3, stop=StopSignal()))


def test_after_a_stop_no_item_is_begun_and_begun_ones_finish() -> None:
    async def scenario() -> Work:
        work, stop = Work(), StopSignal()
        whole = asyncio.create_task(run_workers(HOSTS, work, at_once=2, stop=stop))
        await settle()
        stop.request(RunOutcome.INTERRUPTED)
        await settle()
        assert not work.cancelled
        work.go.set()
        await whole
        return work

    work = asyncio.run(scenario())
    assert (work.begun, work.ended, work.cancelled) == ([0, 1], [0, 1], [])


def test_workers_that_do_not_end_are_cancelled_silently(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> Work:
        work, stop = Work(), StopSignal()
        stop.drain_seconds = 0.0
        whole = asyncio.create_task(run_workers(HOSTS, work, at_once=2, stop=stop))
        await settle()
        stop.request(RunOutcome.INTERRUPTED)
        await whole
        return work

    with caplog.at_level(logging.DEBUG):
        work = asyncio.run(scenario())
        gc.collect()  # a task or future whose error nobody took says so when it goes
    assert (work.begun, work.cancelled) == ([0, 1], [0, 1])
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_an_error_comes_out_after_the_other_hosts_are_done() -> None:
    done: list[int] = []

    async def work(host: DueHost) -> None:
        if host.id == 1:
            raise ValueError("host 1")
        await asyncio.sleep(0)
        done.append(host.id)

    with pytest.raises(ValueError, match="host 1"):
        asyncio.run(run_workers(HOSTS, work, at_once=2, stop=StopSignal()))
    assert done == [0, *range(2, 10)]


def test_cancelled_from_outside_it_takes_its_workers_with_it() -> None:
    async def scenario() -> Work:
        work = Work()
        whole = asyncio.create_task(run_workers(HOSTS, work, at_once=2, stop=StopSignal()))
        await settle()
        whole.cancel()
        with pytest.raises(asyncio.CancelledError):
            await whole
        return work

    assert asyncio.run(scenario()).cancelled == [0, 1]
