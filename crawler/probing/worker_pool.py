"""Work on many hosts concurrently in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from crawler.jobs.stop_signal import StopSignal

_Host = TypeVar("_Host")


async def run_workers(
    hosts: Sequence[_Host],
    work: Callable[[_Host], Awaitable[None]],
    *,
    at_once: int,
    stop: StopSignal,
) -> None:
    """Work on hosts in the order given, some at a time.

    After a stop request, current work gets `stop.drain_seconds` to end and is then cancelled.

    Args:
        hosts: The hosts.
        work: Works on one host. It should confine errors that concern this host alone
            (`Job.isolated`): an exception ends one of the workers, and is raised at the end.
        at_once: How many hosts at a time; no more tasks than that exist.
        stop: Requests to stop.
    """
    waiting = iter(hosts)
    count = min(at_once, len(hosts))
    workers = [asyncio.create_task(_work_on(waiting, work, stop)) for _ in range(count)]
    if not workers:
        return
    finished = asyncio.create_task(asyncio.wait(workers))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({finished, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({finished}, timeout=stop.drain_seconds)
    finally:
        for task in (finished, stopping, *workers):
            task.cancel()
        results = await asyncio.gather(*workers, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result


async def _work_on(
    waiting: Iterator[_Host], work: Callable[[_Host], Awaitable[None]], stop: StopSignal
) -> None:
    for host in waiting:
        if stop:
            return
        await work(host)
