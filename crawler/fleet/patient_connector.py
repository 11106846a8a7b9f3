"""procrastinate's connection to PostgreSQL, with patience: a server that is away, or has no connection left, is waited for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, LiteralString

import psycopg
from procrastinate.connector import BaseAsyncConnector, BaseConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.sync_psycopg_connector import wrap_exceptions
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from crawler.jobs.stop_signal import StopSignal
from store.schema.engine import Database

logger = logging.getLogger("fleet")  # whose warnings are for a person

# Seconds, and how often: a server whose machine vanished is noticed within a minute.
KEEPALIVE_OPTIONS: Mapping[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
_RETRY_SECONDS = 2.0
_SAY_EVERY_SECONDS = 60.0
_STOPPING_SECONDS = 5.0  # for which a worker that was told to stop still waits


def connection_url(database: Database) -> str:
    """Write a database's address as PostgreSQL's own library reads it."""
    return database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


class PatientConnector(BaseAsyncConnector):
    """One connection for all that procrastinate asks, opened anew when it breaks; what failed because the server is away is tried again.

    An order whose answer was lost may be carried out twice. What that leaves behind is harmless: a job taken and not begun is put back by
    `crawler.fleet.stalled_jobs`, and a job ended twice is no longer there the second time. procrastinate's own connector raises instead, which
    ends its worker.
    """

    def __init__(self, database: Database, stop: StopSignal) -> None:
        self._stop = stop
        self._url = connection_url(database)
        self._shown = database.url
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._said_at: float | None = None
        self._gives_up_at: float | None = None

    async def open_async(self, pool: object = None) -> None:
        """Nothing to open yet: the first order does it."""

    async def close_async(self) -> None:
        async with self._one_at_a_time:
            await self._disconnect()

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        await self._patiently(query, arguments)

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        return (await self._patiently(query, arguments))[0]

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        return await self._patiently(query, arguments)

    async def _patiently(
        self, query: LiteralString, arguments: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        while True:
            try:
                async with self._one_at_a_time:
                    rows = await self._execute(query, arguments)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if self._has_waited_enough():
                    raise ConnectorException from error
                self._say(error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                if self._said_at is not None:
                    logger.warning("%s is back", self._shown)
                    self._said_at = None
                return rows

    async def _execute(
        self, query: LiteralString, arguments: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        values = {
            name: Jsonb(value) if isinstance(value, dict) else value
            for name, value in arguments.items()
        }
        try:
            if self._connection is None:
                self._connection = await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, row_factory=dict_row, **KEEPALIVE_OPTIONS
                )
            with wrap_exceptions():
                cursor = await self._connection.execute(query, values)
                return await cursor.fetchall() if cursor.description else []
        except ConnectorException as error:
            if isinstance(error.__cause__, (psycopg.OperationalError, psycopg.InterfaceError)):
                await self._disconnect()
                raise error.__cause__ from error
            raise
        except BaseException:  # cancelled, too: nobody knows in what state the connection is
            await self._disconnect()
            raise

    async def _disconnect(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    def _has_waited_enough(self) -> bool:
        if not self._stop:
            return False
        self._gives_up_at = self._gives_up_at or monotonic() + _STOPPING_SECONDS
        return monotonic() > self._gives_up_at

    def _say(self, error: psycopg.Error) -> None:
        if self._said_at is None or monotonic() - self._said_at > _SAY_EVERY_SECONDS:
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            logger.warning(
                "%s does not answer (%s): waiting for it; nothing written is lost",
                self._shown,
                reason,
            )
            self._said_at = monotonic()


class FencedJobs(JobManager):
    """procrastinate's jobs, where a job that is no longer there cannot be ended.

    A worker that froze for longer than its heartbeats are waited for finds its jobs replaced by new ones. So does one that put a job back.
    `on_registered` hears the worker's number.
    """

    def __init__(self, connector: BaseConnector, *, on_registered: Callable[[int], None]) -> None:
        super().__init__(connector)
        self._on_registered = on_registered

    async def register_worker(self) -> int:
        worker_id = await super().register_worker()
        self._on_registered(worker_id)
        return worker_id

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        try:
            await super().finish_job(job, status, delete_job)
        except ConnectorException as error:
            if not isinstance(error.__cause__, psycopg.errors.RaiseException):
                raise
            logger.info("job %s was replaced meanwhile", job.id)
