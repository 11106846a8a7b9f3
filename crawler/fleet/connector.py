"""procrastinate's connection to PostgreSQL, with patience: a server that is away, or has no connection left, is waited for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any, LiteralString

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from crawler.job import Stop
from store.engine import Database

logger = logging.getLogger("fleet")  # whose warnings are for a person

# Seconds, and how often: a server whose machine vanished is noticed within a minute.
KEPT_ALIVE: Mapping[str, Any] = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
_CONNECTIONS = 2
_PATIENCE_SECONDS = 5  # of the pool: it gives up soon, since we try again ourselves and can say why
_RETRY_SECONDS = 2.0
_SAY_EVERY_SECONDS = 60.0
_STOPPING_SECONDS = 5.0  # for which a worker that was told to stop still waits


def address_of(database: Database) -> str:
    """Write a database's address as PostgreSQL's own library reads it."""
    return database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


class PatientConnector(PsycopgConnector):
    """Tries again whatever failed because the server could not be reached, for as long as the worker is not told to stop.

    An order whose answer was lost may be carried out twice. What that leaves behind is harmless: a job taken and not begun is put back by
    `crawler.fleet.rescue`, and a job ended twice is no longer there the second time.
    """

    def __init__(self, database: Database, stop: Stop) -> None:
        self._stop = stop
        self._url = address_of(database)
        self._shown = database.url
        self._said_at = float("-inf")
        self._gives_up_at: float | None = None
        super().__init__(
            conninfo=self._url,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=_PATIENCE_SECONDS,
            reconnect_timeout=_PATIENCE_SECONDS,
            kwargs={**KEPT_ALIVE, "application_name": "holdfast worker"},
        )

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        await self._patiently(super().execute_query_async, query, arguments)

    async def execute_query_one_async(self, query: LiteralString, **arguments: Any) -> dict[str, Any]:
        row: dict[str, Any] = await self._patiently(super().execute_query_one_async, query, arguments)
        return row

    async def execute_query_all_async(self, query: LiteralString, **arguments: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self._patiently(super().execute_query_all_async, query, arguments)
        return rows

    async def _patiently(self, execute: Callable[..., Awaitable[Any]], query: LiteralString, arguments: dict[str, Any]) -> Any:
        while True:
            try:
                answer = await execute(query, **arguments)
            except ConnectorException as error:
                if not isinstance(error.__cause__, psycopg.OperationalError) or self._has_waited_enough():
                    raise
                await self._wait_for_server()
            else:
                return answer

    def _has_waited_enough(self) -> bool:
        if not self._stop:
            return False
        self._gives_up_at = self._gives_up_at or monotonic() + _STOPPING_SECONDS
        return monotonic() > self._gives_up_at

    async def _wait_for_server(self) -> None:
        """Wait until the server takes a connection; say now and then why it does not."""
        while not self._has_waited_enough():
            try:
                async with await psycopg.AsyncConnection.connect(self._url, **KEPT_ALIVE):
                    pass
            except psycopg.OperationalError as error:
                self._say(error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                if self._said_at > 0:
                    logger.warning("%s is back", self._shown)
                    self._said_at = float("-inf")
                return

    def _say(self, error: psycopg.OperationalError) -> None:
        if monotonic() - self._said_at > _SAY_EVERY_SECONDS:
            reason = next(iter(str(error).strip().splitlines()[-1:]), type(error).__name__)
            logger.warning("%s does not answer (%s): waiting for it; nothing written is lost", self._shown, reason)
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
