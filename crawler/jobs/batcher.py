"""Batch concurrent calls into one: each caller submits an item, the handler gets all items.

A database statement for fifty hosts takes hardly longer than one for a single host.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from crawler.jobs.isolation import is_unexpected

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Batcher(Generic[_Item, _Result]):
    """Collects items while the handler runs, and passes them together to its next call.

    If the handler raises an unexpected exception for a batch, it is called again for each item
    alone, and the exception is raised only for items that fail again. So the handler must accept an
    item twice. An expected exception, such as a StoreError, is raised for all items of the batch.

    Args:
        handle: Returns one result for each item, in their order. There is one call at a time.
        run: Calls the handler, by default in a worker thread; `RetryBudget.run` also waits for a
            database that is unavailable.
    """

    def __init__(
        self,
        handle: Callable[[Sequence[_Item]], Sequence[_Result]],
        *,
        run: Callable[
            [Callable[[], Sequence[_Result]]], Awaitable[Sequence[_Result]]
        ] = asyncio.to_thread,
    ) -> None:
        self._handle = handle
        self._run = run
        self._pending: list[tuple[_Item, asyncio.Future[_Result]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def submit(self, item: _Item) -> _Result:
        """Return the handler's result for one item. Exceptions of the handler are raised."""
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
        """Handle a batch, and set the results of its futures; on an error, retry or fail."""
        futures = [future for _, future in batch]
        items = [item for item, _ in batch]
        try:
            results = await self._run(partial(self._handle, items))
            pairs = list(zip(futures, results, strict=True))
        except asyncio.CancelledError:
            for future in futures:
                future.cancel()
            raise
        except BaseException as error:  # noqa: BLE001  the callers get any of them
            await self._retry_singly_or_fail(batch, error)
        else:
            for future, result in pairs:
                if not future.done():
                    future.set_result(result)

    async def _retry_singly_or_fail(
        self, batch: Sequence[tuple[_Item, asyncio.Future[_Result]]], error: BaseException
    ) -> None:
        """Handle each item of a failed batch alone, or set the exception for all of them."""
        if len(batch) > 1 and is_unexpected(error):
            for entry in batch:
                await self._handle_batch([entry])
            return
        for _, future in batch:
            if not future.done():
                future.set_exception(error)
