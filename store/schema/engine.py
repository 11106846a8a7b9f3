"""Open a database: an SQLite file, or PostgreSQL for a fleet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from store.errors import DatabaseUrlError
from store.schema import upgrade
from store.schema.driver_errors import hide_password, translate_driver_errors
from store.schema.json_columns import JSON_OPTIONS
from store.schema.postgresql_engine import IDLE_TIMEOUT_MS, postgresql_engine
from store.schema.sqlite_engine import sqlite_engine
from store.schema.writer_turn import WriterTurn, report_transaction_begun

BUSY_TIMEOUT_MS = 30_000
UNRESPONSIVE_SECONDS = 120.0  # until a statement on a PostgreSQL server that is frozen fails
_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
_EXAMPLES = "sqlite:///relative/file.db, sqlite:////absolute/file.db or postgresql://host/name"


@dataclass(frozen=True)
class Database:
    """An open database with the current schema.

    `read` and `write` are the only ways to a connection. In place of a driver's error, both
    raise a `StoreError` that says what to do.
    """

    engine: Engine
    _turn: WriterTurn = field(default_factory=WriterTurn, compare=False, repr=False)

    @property
    def url(self) -> str:
        """The database's URL without its password."""
        return hide_password(self.engine.url.render_as_string(hide_password=True))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads.

        Yields:
            Its connection. All statements see the database as it was at the first one.
        """
        engine = self.engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with translate_driver_errors(self.url), engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                # A caller that limits the wait for a lock learns that there is none: in WAL mode a
                # reader never waits for a writer.
                report_transaction_begun()
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that writes, which is committed as a whole or not at all.

        On SQLite it begins IMMEDIATE: a transaction that reads before it writes would fail at
        once beside another writer, whatever the busy timeout. Threads of one process take turns:
        without turns, SQLite lets each sleep and try again, and one of them may never succeed.

        Yields:
            Its connection.
        """
        engine = self.engine.execution_options(writes=True)
        with translate_driver_errors(self.url):
            if engine.dialect.name == "sqlite":
                with self._turn.take(BUSY_TIMEOUT_MS / 1000), engine.begin() as connection:
                    self._turn.mark_begun()  # it is no longer waiting for the lock of the file
                    yield connection
            else:
                with engine.begin() as connection:
                    yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(
    url: str,
    *,
    durable: bool = True,
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    unresponsive_seconds: float = UNRESPONSIVE_SECONDS,
) -> Database:
    """Open a database, creating it or migrating its schema where needed.

    Args:
        url: An SQLAlchemy URL of SQLite or PostgreSQL.
        durable: Committed writes survive a power failure on SQLite (`synchronous=FULL`).
            PostgreSQL's server has its own setting.
        busy_timeout_ms: How long to wait while another program keeps the database locked.
        unresponsive_seconds: How long to wait for a PostgreSQL server that responds to nothing.

    Returns:
        The database, with the current schema.

    Raises:
        StoreError: The database cannot be used; the message says what to do.
    """
    parsed = _parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sqlite_engine(parsed, durable=durable, busy_timeout_ms=busy_timeout_ms)
    else:
        engine = postgresql_engine(
            parsed, busy_timeout_ms=busy_timeout_ms, unresponsive_seconds=unresponsive_seconds
        )
    database = Database(engine)
    try:
        with translate_driver_errors(database.url):
            upgrade.migrate_if_older(engine)
    except BaseException:
        database.close()
        raise
    return database


def database_exists(url: str) -> bool:
    """Return False if a URL names an SQLite file that does not exist; True in all other cases.

    Raises:
        DatabaseUrlError: The URL cannot be used.
    """
    parsed = _parse_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return True
    return Path(parsed.database or "").exists()


def open_without_migrating(
    url: str,
    *,
    idle_timeout_ms: int = IDLE_TIMEOUT_MS,
    unresponsive_seconds: float = UNRESPONSIVE_SECONDS,
) -> Database:
    """Open an existing database whatever its schema, to inspect it. Nothing is changed.

    Args:
        url: An SQLAlchemy URL of SQLite or PostgreSQL.
        idle_timeout_ms: On PostgreSQL, abort a transaction that sends no statement for this time,
            because its process may be frozen.
        unresponsive_seconds: As in `open_database`.

    Returns:
        The database. On SQLite it is read-only.

    Raises:
        StoreError: The URL cannot be used.
    """
    parsed = _parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = f"file:{quote(parsed.database or '')}?mode=ro"
        engine = create_engine(
            parsed, creator=lambda: sqlite3.connect(file, uri=True), **JSON_OPTIONS
        )
        return Database(engine)
    engine = postgresql_engine(
        parsed,
        busy_timeout_ms=BUSY_TIMEOUT_MS,
        idle_timeout_ms=idle_timeout_ms,
        unresponsive_seconds=unresponsive_seconds,
    )
    return Database(engine)


def _parse_url(url: str) -> URL:
    """Return a database URL, parsed. Raises DatabaseUrlError if it cannot be used."""
    shown = hide_password(url)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: the port is no number
        raise DatabaseUrlError(f"invalid database URL {shown!r}: use {_EXAMPLES}") from error
    if parsed.drivername not in _DRIVERS:
        raise DatabaseUrlError(f"unsupported database in URL {shown!r}: use {_EXAMPLES}")
    dialect = parsed.get_dialect()
    try:
        dialect.import_dbapi()
        dialect().create_connect_args(parsed)
    except (ArgumentError, ValueError) as error:  # options such as ?port=x
        raise DatabaseUrlError(f"invalid database URL {shown!r}: use {_EXAMPLES}") from error
    except ModuleNotFoundError as error:
        raise DatabaseUrlError(
            f"{parsed.get_backend_name()} needs a driver that is not installed ({error.name}): "
            "run pip install '.[fleet]' in Holdfast's checkout"
        ) from error
    return parsed
