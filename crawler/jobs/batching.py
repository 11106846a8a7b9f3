"""Batch concurrent calls into one: callers await single items, the handler gets them together.

A statement about fifty hosts costs the database hardly more than one about a single host.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from crawler.jobs.isolation import is_unexpected

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Batcher(Generic[_Item, _Result]):
    """Collect items while the handler is busy, and hand them to its next call together.

    Args:
        handle: Returns one result for each item, in their order. It is called in a worker thread,
            never twice at a time. It may get an item again: if it raises an unexpected exception,
            it is called for each item alone, and only those that fail again raise. An expected
            exception, such as a StoreError, is raised for all items of the batch.
    """

    def __init__(self, handle: Callable[[Sequence[_Item]], Sequence[_Result]]) -> None:
        self._handle = handle
        self._pending: list[tuple[_Item, asyncio.Future[_Result]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def submit(self, item: _Item) -> _Result:
        """Return the handler's result for one item; raises what the handler raises."""
        future: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._pending.append((item, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._handle_all())
        return await future

    async def _handle_all(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []
            await self._handle_batch(batch)
        self._worker = None

    async def _handle_batch(self, batch: Sequence[tuple[_Item, asyncio.Future[_Result]]]) -> None:
        futures = [future for _, future in batch]
        items = [item for item, _ in batch]
        try:
            results = await asyncio.to_thread(self._handle, items)
            pairs = list(zip(futures, results, strict=True))
        except asyncio.CancelledError:
            for future in futures:
                future.cancel()
            raise
        except BaseException as error:  # noqa: BLE001  the callers get it, panics of native code too
            await self._retry_singly_or_fail(batch, error)
        else:
            for future, result in pairs:
                if not future.done():
                    future.set_result(result)

    async def _retry_singly_or_fail(
        self, batch: Sequence[tuple[_Item, asyncio.Future[_Result]]], error: BaseException
    ) -> None:
        if len(batch) > 1 and is_unexpected(error):
            for entry in batch:
                await self._handle_batch([entry])
            return
        for _, future in batch:
            if not future.done():
                future.set_exception(error)
