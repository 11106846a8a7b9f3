"""Many hosts side by side in one process."""

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
    """Work on hosts in the order given, `at_once` side by side: no more tasks than that exist, however many hosts there are.

    Once ordered to stop, what is under way gets a few seconds to end and is then cancelled. What goes wrong with one host comes out when the
    others are done. It ends one worker: what may go wrong with one host alone is confined by `work` (`Job.isolated`).
    """
    waiting = iter(hosts)
    workers = [
        asyncio.create_task(_work_on(waiting, work, stop)) for _ in range(min(at_once, len(hosts)))
    ]
    if not workers:
        return
    finished = asyncio.create_task(asyncio.wait(workers))
    order = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({finished, order}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({finished}, timeout=stop.drain_seconds)
    finally:
        for task in (finished, order, *workers):
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
