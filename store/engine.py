"""Opening a database: SQLite beside the wiki, or PostgreSQL for a fleet."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError

from store import schema
from store.errors import DatabaseDamaged, DatabaseUnavailable, DatabaseUrlError

BUSY_TIMEOUT_MS = 30_000
_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
_EXAMPLES = "sqlite:///path/to/file.db or postgresql://user@host/name"
_PASSWORD = re.compile(r"(?<=:)[^:/@]*(?=@)")
_CACHE_KIB = 64 * 1024
_JOURNAL_LIMIT = 64 * 1024 * 1024
# WAL needs shared memory between its readers, which these do not give
# (https://sqlite.org/wal.html, "all processes must be on the same host").
_NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "9p", "fuse.sshfs"})


@dataclass(frozen=True)
class Database:
    """An open database whose schema is the present one. Its two methods are the only ways to a connection."""

    engine: Engine

    @property
    def url(self) -> str:
        """The address without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection in a transaction that only reads."""
        with said_plainly(self.url), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that writes: all of it is kept, or none.

        On SQLite it begins IMMEDIATE: a transaction that reads first and then writes would fail at once beside another writer,
        whatever the busy timeout.
        """
        with said_plainly(self.url), self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, *, durable: bool = True) -> Database:
    """Open the database at `url`, creating it or bringing its schema up to date where needed.

    `durable` keeps acknowledged writes through a loss of power on SQLite (`synchronous=FULL`). Raises a `StoreError` whose message is
    one line for a person.
    """
    parsed = _parse_url(url)
    engine = _sqlite_engine(parsed, durable=durable) if parsed.get_backend_name() == "sqlite" else create_engine(parsed, pool_pre_ping=True)
    database = Database(engine)
    try:
        with said_plainly(database.url):
            schema.bring_up_to_date(engine)
    except BaseException:
        database.close()
        raise
    return database


def _parse_url(url: str) -> URL:
    shown = _PASSWORD.sub("***", url)
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError(f"database address {shown!r} cannot be read: write {_EXAMPLES}") from error
    if parsed.drivername not in _DRIVERS:
        raise DatabaseUrlError(f"database address {shown!r} is of a kind that is not supported: write {_EXAMPLES}")
    try:
        parsed.get_dialect().import_dbapi()
    except ModuleNotFoundError as error:
        raise DatabaseUrlError(
            f"{parsed.get_backend_name()} needs a driver that is not installed ({error.name}): pip install 'holdfast[fleet]'"
        ) from error
    return parsed


def _sqlite_engine(url: URL, *, durable: bool) -> Engine:
    if url.database and url.database != ":memory:":
        _prepare_folder(Path(url.database))
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own BEGIN is deferred and late; ours is explicit.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'NORMAL'}",
            "foreign_keys=ON",
            f"cache_size=-{_CACHE_KIB}",
            f"journal_size_limit={_JOURNAL_LIMIT}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _prepare_folder(path: Path) -> None:
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUrlError(
            f"the folder {folder} for the database cannot be made ({error.strerror}): set --db or HOLDFAST_DB"
        ) from error
    if path.is_dir():
        raise DatabaseUrlError(f"{path} is a folder: name a file for the database")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise DatabaseUrlError(f"{path} cannot be written: make it writable, or set --db or HOLDFAST_DB to another place")
    kind = _file_system_of(folder)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise DatabaseUrlError(f"{path} lies on a network file system ({kind}), where SQLite loses data: use a local disk or PostgreSQL")


def _file_system_of(folder: Path) -> str:
    """Name the type of the file system a folder lies on, as Linux tells it; empty where it does not."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    resolved = folder.resolve()
    best, kind = -1, ""
    for line in lines:
        _, mount_point, file_system, *_ = line.split(" ")
        mounted = Path(mount_point.replace("\\040", " "))
        if resolved.is_relative_to(mounted) and len(mounted.parts) >= best:
            best, kind = len(mounted.parts), file_system
    return kind


@contextmanager
def said_plainly(url: str) -> Iterator[None]:
    """Turn the driver's errors into ours, each with what to do."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        text = _first_line(error)
        if "locked" in text or "busy" in text:
            raise DatabaseUnavailable(f"database {url} is locked by another program for too long: stop it, or try again") from error
        if "full" in text:
            raise DatabaseUnavailable(f"no room left on the disk of {url}: free some; nothing acknowledged is lost") from error
        raise DatabaseUnavailable(f"database {url} cannot be used: {text}") from error
    except DatabaseError as error:
        if isinstance(error.orig, sqlite3.DatabaseError) and _is_damage(_first_line(error)):
            raise DatabaseDamaged(f"{url} is not a sound database ({_first_line(error)}): restore a backup, or move it away") from error
        raise


def _is_damage(text: str) -> bool:
    return "malformed" in text or "not a database" in text or "corrupt" in text


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
