"""Open a database: an SQLite file, or PostgreSQL for a fleet."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from store.errors import DamagedValue, DatabaseUrlError
from store.schema import upgrade
from store.schema.column_types import replace_unstorable
from store.schema.driver_errors import hide_password, translate_driver_errors
from store.schema.sqlite_file import prepare_folder
from store.schema.writer_turn import WriterTurn, report_transaction_begun

BUSY_TIMEOUT_MS = 30_000
UNRESPONSIVE_SECONDS = 120.0  # until a statement on a PostgreSQL server that is frozen fails
_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
_EXAMPLES = "sqlite:///relative/file.db, sqlite:////absolute/file.db or postgresql://host/name"
# Options of PostgreSQL's client library, to notice a server that is gone. `keepalives_count` is the
# number of checks without a response after which the connection is closed; the others are seconds.
KEEPALIVE_OPTIONS: Mapping[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
_IDLE_TIMEOUT_MS = 300_000  # of a transaction without statements
# The page cache of one SQLite connection; a check has six connections. Four times as much makes
# neither scans nor writes nor reports faster, as the operating system caches the file, too.
_CACHE_KIB = 4 * 1024
_WAL_RETRY_SECONDS = 0.02
_JOURNAL_LIMIT = 64 * 1024 * 1024  # bytes of the write-ahead log that are kept after a checkpoint


def _to_json(value: Any) -> str:
    """Encode a JSON column in UTF-8: with escapes, Chinese text would take twice the space."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return replace_unstorable(json.dumps(value, ensure_ascii=False))


def _from_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise DamagedValue(f"{text!r} is not JSON") from error


_JSON: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": _from_json}


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
                # A caller with a time limit learns that the database responds. In WAL mode a reader
                # never waits for a writer.
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
        engine = _sqlite_engine(parsed, durable=durable, busy_timeout_ms=busy_timeout_ms)
    else:
        engine = _postgresql_engine(
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
    idle_timeout_ms: int = _IDLE_TIMEOUT_MS,
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
        engine = create_engine(parsed, creator=lambda: sqlite3.connect(file, uri=True), **_JSON)
        return Database(engine)
    engine = _postgresql_engine(
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
    except ArgumentError as error:
        raise DatabaseUrlError(f"invalid database URL {shown!r}: use {_EXAMPLES}") from error
    if parsed.drivername not in _DRIVERS:
        raise DatabaseUrlError(f"unsupported database in URL {shown!r}: use {_EXAMPLES}")
    try:
        parsed.get_dialect().import_dbapi()
    except ModuleNotFoundError as error:
        raise DatabaseUrlError(
            f"{parsed.get_backend_name()} needs a driver that is not installed ({error.name}): "
            "run pip install '.[fleet]' in Holdfast's checkout"
        ) from error
    return parsed


def _sqlite_engine(url: URL, *, durable: bool, busy_timeout_ms: int) -> Engine:
    """Return an engine for SQLite that uses WAL and begins each transaction itself."""
    options = dict(_JSON)
    if url.database and url.database != ":memory:":
        prepare_folder(Path(url.database))
        options["pool_use_lifo"] = True  # uses few connections: each has a page cache of its own
    engine = create_engine(url, connect_args={"timeout": busy_timeout_ms / 1000}, **options)
    pragmas = (
        f"synchronous={'FULL' if durable else 'NORMAL'}",
        "foreign_keys=ON",
        f"cache_size=-{_CACHE_KIB}",
        f"journal_size_limit={_JOURNAL_LIMIT}",
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver would send a deferred BEGIN before the first change; `begin` below sends ours.
        connection.isolation_level = None
        if _is_empty_or_holdfast(connection):  # the file of another program is not changed
            _use_write_ahead_log(connection, busy_timeout_ms / 1000)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _use_write_ahead_log(connection: sqlite3.Connection, seconds: float) -> None:
    """Switch to the WAL mode; wait while another process does the same, as SQLite does not."""
    until = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(_WAL_RETRY_SECONDS)
        else:
            return


def _is_empty_or_holdfast(connection: sqlite3.Connection) -> bool:
    """Return whether a file has no tables, or those of Holdfast."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in rows}
    return not tables or upgrade.VERSION_TABLE in tables


def _postgresql_engine(
    url: URL,
    *,
    busy_timeout_ms: int,
    unresponsive_seconds: float,
    idle_timeout_ms: int = _IDLE_TIMEOUT_MS,
) -> Engine:
    """Return an engine for PostgreSQL with limits for locks, idle transactions and silence."""
    # Imported here: the driver is an extra of the package.
    from store.schema.server_watch import watch_server  # noqa: PLC0415

    keepalive = {name: value for name, value in KEEPALIVE_OPTIONS.items() if name not in url.query}
    # The ping before each use notices a server that was restarted.
    engine = create_engine(url, connect_args=keepalive, pool_pre_ping=True, **_JSON)
    watch_server(engine, unresponsive_seconds)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = {busy_timeout_ms}")
        # A process frozen within a transaction would keep its rows locked for ever.
        connection.execute(f"SET idle_in_transaction_session_timeout = {idle_timeout_ms}")
        connection.commit()

    return engine
