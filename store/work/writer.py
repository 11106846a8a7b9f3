"""The one writer of a process: probes are gathered and written in batches, each batch in one transaction in a worker thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from sqlalchemy import Connection

from store.errors import LeaseLost, StoreError
from store.schema.engine import Database
from store.work.history import Advance, Change, HostResult, ProbeResult, record_hosts, record_probes
from store.work.leases import check_leases_held
from store.work.retry_budget import RetryBudget

BATCH_ROWS = 200
BATCH_SECONDS = 1.0
GATHER_SECONDS = 0.1  # a transaction costs as much as several results

logger = logging.getLogger(__name__)

Result = ProbeResult | HostResult
OnFailure = Callable[[Result, Exception], Result | None]


class HistoryWriter:
    """Writes results. `put` returns at once; `flush` and `give_back` return when everything put before is written.

    A database that does not answer is tried again as long as `retries` allows, then the error comes out of
    `flush` and `close`. What was not written stays due, so nothing is lost. Results under a lost lease are dropped with a note in the log: another holder has the host.

    A result that cannot be written because of what it holds costs no other: `on_failure` gets it with the exception, and returns what is
    written in its place (None: nothing).
    """

    def __init__(
        self,
        database: Database,
        advance: Advance,
        *,
        on_changes: Callable[[Sequence[Change]], None] = lambda _: None,
        on_failure: OnFailure | None = None,
        retries: RetryBudget | None = None,
    ) -> None:
        self._database = database
        self._advance = advance
        self._on_changes = on_changes
        self._on_failure = on_failure
        self._retries = retries or RetryBudget()
        self._waiting: list[ProbeResult | HostResult] = []
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._giving_back: asyncio.Task[None] | None = None
        self._error: Exception | None = None

    async def put(self, result: ProbeResult) -> None:
        """Take a result. Raises what a batch written since the last call failed with."""
        if self._error:
            raise self._error
        self._waiting.append(result)
        if self._task is None:
            self._task = asyncio.create_task(self._write_now_and_then())
        if len(self._waiting) >= BATCH_ROWS:
            self._wake.set()

    async def release(self, result: HostResult) -> None:
        """Give a lease back, with or after everything put so far: those who come within a moment share a transaction."""
        self._waiting.append(result)
        if self._giving_back is None:
            self._giving_back = asyncio.create_task(self._flush_soon())
        await asyncio.shield(self._giving_back)

    async def flush(self) -> None:
        """Write everything put so far, at once."""
        async with self._lock:
            while batch := self._waiting[:BATCH_ROWS]:
                await self._write(batch)
                del self._waiting[: len(batch)]
        if self._error:
            raise self._error

    async def close(self) -> None:
        if self._giving_back:
            await asyncio.wait({self._giving_back})
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self.flush()

    async def _flush_soon(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        self._giving_back = None  # who comes from here on comes with the next
        await self.flush()

    async def _write_now_and_then(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), BATCH_SECONDS)
            self._wake.clear()
            try:
                await asyncio.shield(self.flush())
            except Exception as error:  # noqa: BLE001  it comes out of the next put or flush
                self._error = error
                return

    async def _write(self, batch: Sequence[ProbeResult | HostResult]) -> None:
        try:
            changes = await self._retries.run(partial(self._write_batch, batch))
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  it is one result's, and costs no other
            await self._write_apart(batch, error)
        else:
            self._on_changes(changes)

    async def _write_apart(self, batch: Sequence[Result], error: Exception) -> None:
        """Write the results of a batch that failed one by one, and what stands for the one that failed."""
        if self._on_failure is None:
            raise error
        if len(batch) > 1:
            for result in batch:
                await self._write([result])
        elif instead := self._on_failure(batch[0], error):
            await self._write([instead])

    def _write_batch(self, batch: Sequence[ProbeResult | HostResult]) -> Sequence[Change]:
        try:
            with self._database.write() as connection:
                return self._record(connection, batch)
        except LeaseLost as error:
            if len(leases := {result.lease for result in batch}) == 1:
                logger.warning("%s", error)
                return ()
        # One stale lease must not cost the others their results.
        return [
            change
            for lease in leases
            for change in self._write_batch([result for result in batch if result.lease == lease])
        ]

    def _record(
        self, connection: Connection, batch: Sequence[ProbeResult | HostResult]
    ) -> Sequence[Change]:
        check_leases_held(
            connection, {result.lease for result in batch if result.lease}
        )  # all of them at once: in one order
        probes = [result for result in batch if isinstance(result, ProbeResult)]
        hosts = [result for result in batch if isinstance(result, HostResult)]
        changes = record_probes(connection, probes, self._advance) if probes else ()
        if hosts:
            record_hosts(connection, hosts, self._advance)
        return changes
