"""Connect procrastinate to PostgreSQL, and reconnect after the server was unavailable."""

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
from store.schema.postgresql_engine import KEEPALIVE_OPTIONS

logger = logging.getLogger("holdfast.fleet")

_RETRY_SECONDS = 2.0
_WARN_INTERVAL_SECONDS = 60.0
_STOP_CHECK_SECONDS = 0.5
_STOPPING_SECONDS = 5.0  # how long a stopping worker waits for the server


def connection_url(database: Database) -> str:
    """Return a database's URL as libpq reads it, password included."""
    return database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message: PostgreSQL adds the statement's context."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


class ReconnectingConnector(BaseAsyncConnector):
    """Sends all queries of procrastinate over one connection; retries while there is no server.

    The connection is reopened when it breaks. A query whose result was lost may run twice, which is
    harmless: a job that was taken but not started is requeued by `crawler.fleet.stalled_jobs`, and
    a job that was finished does not exist the second time. procrastinate's own connector raises an
    exception instead, which ends its worker.

    Args:
        database: The database of the fleet.
        stop: After a stop request, retries end within a few seconds.
    """

    def __init__(self, database: Database, stop: StopSignal) -> None:
        self._stop = stop
        self._url = connection_url(database)
        self._display_url = database.url  # without the password
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None
        self._lock = asyncio.Lock()
        self._warned_at: float | None = None
        self._give_up_at: float | None = None
        self._is_frozen = False

    async def open_async(self, pool: object = None) -> None:
        """Do nothing: the first query opens the connection."""

    async def close_async(self) -> None:
        """Close the connection."""
        async with self._lock:
            await self._disconnect()

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        """Run a query without a result."""
        await self._execute_with_retry(query, arguments)

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        """Run a query and return its first row."""
        return (await self._execute_with_retry(query, arguments))[0]

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        """Run a query and return its rows."""
        return await self._execute_with_retry(query, arguments)

    async def _execute_with_retry(
        self, query: LiteralString, arguments: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Return the rows of a query. While the database is unavailable, repeat the query."""
        while True:
            try:
                async with self._lock:
                    rows = await self._execute_unless_stopped(query, arguments)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if self._is_time_to_give_up():
                    raise ConnectorException from error
                self._warn(error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                if self._warned_at is not None:
                    logger.warning("%s is available again", self._display_url)
                    self._warned_at = None
                return rows

    async def _execute_unless_stopped(
        self, query: LiteralString, arguments: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Return the rows of a query; a stopping worker waits for a frozen server a few seconds.

        Raises:
            ConnectorException: The server did not respond until then.
        """
        if self._is_frozen:
            raise ConnectorException("the server does not respond")
        executing = asyncio.ensure_future(self._execute(query, arguments))
        try:
            while not executing.done():
                await asyncio.wait({executing}, timeout=_STOP_CHECK_SECONDS)
                if not executing.done() and self._is_time_to_give_up():
                    self._is_frozen = True  # each query would wait anew
                    raise ConnectorException("the server does not respond")
        finally:
            executing.cancel()  # does nothing if it is done
            await asyncio.wait({executing})
        return executing.result()

    async def _execute(
        self, query: LiteralString, arguments: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Return the rows of a query, after connecting if there is no connection."""
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
        except BaseException:  # also if cancelled: the state of the connection is unknown
            await self._disconnect()
            raise

    async def _disconnect(self) -> None:
        """Close the connection if there is one; the next query opens another."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    def _is_time_to_give_up(self) -> bool:
        """Return whether a stopping worker has waited long enough for the server."""
        if not self._stop:
            return False
        self._give_up_at = self._give_up_at or monotonic() + _STOPPING_SECONDS
        return monotonic() > self._give_up_at

    def _warn(self, error: psycopg.Error) -> None:
        """Log that the database is unavailable, at most once a minute."""
        if self._warned_at is None or monotonic() - self._warned_at > _WARN_INTERVAL_SECONDS:
            reason = first_line(error)
            logger.warning(
                "%s is unavailable (%s): trying again until it responds, no result is lost",
                self._display_url,
                reason,
            )
            self._warned_at = monotonic()


class OwnedJobManager(JobManager):
    """Finishes only the jobs that this worker still owns; others are left alone without an error.

    The jobs of a worker that froze for longer than `heartbeat.STALLED_SECONDS` are replaced by new
    ones, and so is a job that the worker itself requeued.

    Args:
        connector: The connection.
        on_registered: Called with the id of the worker.
    """

    def __init__(self, connector: BaseConnector, *, on_registered: Callable[[int], None]) -> None:
        super().__init__(connector)
        self._on_registered = on_registered

    async def register_worker(self) -> int:
        """Register the worker, and return its id."""
        worker_id = await super().register_worker()
        self._on_registered(worker_id)
        return worker_id

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Finish a job, unless it was replaced."""
        try:
            await super().finish_job(job, status, delete_job)
        except ConnectorException as error:
            if not isinstance(error.__cause__, psycopg.errors.RaiseException):
                raise
            logger.info("job %s was replaced in the meantime", job.id)
