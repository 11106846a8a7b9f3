"""Work on many items concurrently in one process: hosts, sites, or the parts of a page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from crawler.jobs.stop_signal import StopSignal

_Item = TypeVar("_Item")


async def run_workers(
    items: Sequence[_Item],
    work: Callable[[_Item], Awaitable[None]],
    *,
    at_once: int,
    stop: StopSignal,
    pause: asyncio.Event | None = None,
) -> None:
    """Work on items in the order given, some at a time.

    After a stop request or a pause, current work gets `stop.drain_seconds` to end and is then
    cancelled.

    Args:
        items: What to work on.
        work: Works on one item. It should confine errors that concern this item alone
            (`Job.isolated`): an exception ends one of the workers, and is raised at the end.
        at_once: How many items at a time; no more tasks than that exist.
        stop: Requests to stop.
        pause: Ends the work as a stop request does once it is set.
    """
    waiting = iter(items)
    count = min(at_once, len(items))
    workers = [asyncio.create_task(_work_on(waiting, work, stop, pause)) for _ in range(count)]
    if not workers:
        return
    finished = asyncio.create_task(asyncio.wait(workers))
    endings: list[asyncio.Task[object]] = [asyncio.create_task(stop.wait())]
    if pause is not None:
        endings.append(asyncio.create_task(pause.wait()))
    try:
        await asyncio.wait({finished, *endings}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({finished}, timeout=stop.drain_seconds)
    finally:
        for task in (finished, *endings, *workers):
            task.cancel()
        results = await asyncio.gather(*workers, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result


async def _work_on(
    waiting: Iterator[_Item],
    work: Callable[[_Item], Awaitable[None]],
    stop: StopSignal,
    pause: asyncio.Event | None,
) -> None:
    for item in waiting:
        if stop or (pause is not None and pause.is_set()):
            return
        await work(item)
