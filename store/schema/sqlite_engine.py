"""Make the engine of an SQLite file: write-ahead log, transactions, limits."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from store.schema import upgrade
from store.schema.json_columns import JSON_OPTIONS
from store.schema.sqlite_file import prepare_folder

# The page cache of one SQLite connection; a check has six connections. Four times as much makes
# neither scans nor writes nor reports faster, as the operating system caches the file, too.
_CACHE_KIB = 4 * 1024
_WAL_RETRY_SECONDS = 0.02
_JOURNAL_LIMIT = 64 * 1024 * 1024  # bytes of the write-ahead log that are kept after a checkpoint


def sqlite_engine(url: URL, *, durable: bool, busy_timeout_ms: int) -> Engine:
    """Return an engine for SQLite that uses WAL and begins each transaction itself."""
    options = dict(JSON_OPTIONS)
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
