"""The one writer of a process: collects probe results and writes them in batches.

Each batch is one transaction, in a worker thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from store.errors import LeaseLost, StoreError
from store.schema.engine import Database
from store.work.history import Advance, HostResult, ProbeResult, Result, record_results
from store.work.retry_budget import RetryBudget

BATCH_ROWS = 200  # results in a batch
BATCH_SECONDS = 1.0  # until a batch with fewer rows is written
# Releases within this time share a transaction, which costs as much as writing several results.
RELEASE_DELAY_SECONDS = 0.1

logger = logging.getLogger("holdfast.store")

OnFailure = Callable[[Result, Exception], Result | None]


class HistoryWriter:
    """Writes results in batches.

    `put` returns at once; `flush` and `release` return when everything that was put before is
    written. While the database is unavailable, writing is retried as long as `retries` allows; then
    `flush` and `close` raise the error. Links whose results were not written stay due, so nothing
    is lost. Results under a lost lease are dropped with a log message: another process probes the
    host now.

    Args:
        database: The database.
        advance: The state machine (`crawler.liveness`).
        on_failure: Called with a result that cannot be written because of what it contains, and
            the exception. It returns the result to write instead, or None. Other results are
            not affected.
        retries: The time to wait for an unavailable database.
    """

    def __init__(
        self,
        database: Database,
        advance: Advance,
        *,
        on_failure: OnFailure | None = None,
        retries: RetryBudget | None = None,
    ) -> None:
        self._database = database
        self._advance = advance
        self._on_failure = on_failure
        self._retries = retries or RetryBudget()
        self._waiting: list[Result] = []
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self._batch_task: asyncio.Task[None] | None = None
        self._release_task: asyncio.Task[None] | None = None
        self._error: Exception | None = None

    async def put(self, result: ProbeResult) -> None:
        """Add a result to the next batch.

        Raises:
            Exception: A batch that was written since the last call failed.
        """
        if self._error:
            raise self._error
        self._waiting.append(result)
        if self._batch_task is None:
            self._batch_task = asyncio.create_task(self._flush_periodically())
        if len(self._waiting) >= BATCH_ROWS:
            self._wake.set()

    async def release(self, result: HostResult) -> None:
        """Release a lease, with or after everything that was put before.

        Releases that come within `RELEASE_DELAY_SECONDS` share a transaction.
        """
        self._waiting.append(result)
        if self._release_task is None:
            self._release_task = asyncio.create_task(self._flush_after_delay())
        await asyncio.shield(self._release_task)

    async def flush(self) -> None:
        """Write everything that was put so far.

        Raises:
            StoreError: The database cannot be used.
        """
        async with self._lock:
            while batch := self._waiting[:BATCH_ROWS]:
                await self._write_with_retries(batch)
                del self._waiting[: len(batch)]
        if self._error:
            raise self._error

    async def close(self) -> None:
        """Write everything and stop. It may be called more than once."""
        if self._release_task:
            await asyncio.wait({self._release_task})
        if self._batch_task:
            self._batch_task.cancel()
            with suppress(asyncio.CancelledError):
                await self._batch_task
            self._batch_task = None
        await self.flush()

    async def _flush_after_delay(self) -> None:
        """Flush after `RELEASE_DELAY_SECONDS`, for all releases that come until then."""
        await asyncio.sleep(RELEASE_DELAY_SECONDS)
        self._release_task = None  # later releases need a flush of their own
        await self.flush()

    async def _flush_periodically(self) -> None:
        """Flush when a batch is full, and at least every `BATCH_SECONDS`, until it fails."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), BATCH_SECONDS)
            self._wake.clear()
            try:
                await asyncio.shield(self.flush())
            except Exception as error:  # noqa: BLE001  the next put or flush raises it
                self._error = error
                return

    async def _write_with_retries(self, batch: Sequence[Result]) -> None:
        """Write a batch in a worker thread, and again as long as the database is unavailable."""
        try:
            await self._retries.run(partial(self._commit_by_lease, batch))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  caused by one result, which must cost no other
            await self._write_one_by_one(batch, error)

    async def _write_one_by_one(self, batch: Sequence[Result], error: Exception) -> None:
        """Write the results of a failed batch singly, and replace the one that fails."""
        if self._on_failure is None:
            raise error
        if len(batch) > 1:
            for result in batch:
                await self._write_with_retries([result])
            return
        replacement = self._on_failure(batch[0], error)
        if replacement:
            await self._write_with_retries([replacement])

    def _commit_by_lease(self, batch: Sequence[Result]) -> None:
        """Commit a batch; if a lease was lost, commit the results of each lease on their own."""
        try:
            self._commit(batch)
        except LeaseLost as error:
            leases = {result.lease for result in batch}
            if len(leases) == 1:
                logger.warning("%s", error)
                return
            # Results under other leases are still valid.
            for lease in leases:
                self._commit_by_lease([result for result in batch if result.lease == lease])

    def _commit(self, batch: Sequence[Result]) -> None:
        """Write a batch in one transaction. Raises LeaseLost if one of its leases was lost."""
        with self._database.write() as connection:
            record_results(connection, batch, self._advance)
