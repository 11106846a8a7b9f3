"""Opening a database: SQLite beside the wiki, or PostgreSQL for a fleet."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from store.errors import DatabaseDamaged, DatabaseUnavailable, DatabaseUrlError
from store.schema import upgrade
from store.schema.column_types import damaged_value, replace_unstorable

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 30_000
DATA_FOLDER = ".holdfast"  # made for us alone
_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
_EXAMPLES = "sqlite:///path/to/file.db or postgresql://user@host/name"
_PASSWORD = re.compile(r"(?<=:)[^:/@]*(?=@)")
# https://sqlite.org/rescode.html, https://www.postgresql.org/docs/current/errcodes-appendix.html
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, "55P03", "40P01", "40001"})
_FROZEN = "25P03"  # idle_in_transaction_session_timeout; the driver takes it for a fault of its own
_FULL = frozenset({sqlite3.SQLITE_FULL, "53100"})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, "XX001", "XX002"})
_NO_TEXT = "Could not decode to UTF-8"  # what the driver says of text that is none
_LITTLE_ROOM = 64 * 1024  # bytes: SQLite's shared memory takes 32 KB at a time
_NEW_SECONDS = 10.0
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}  # seconds, and how often
_IDLE_TIMEOUT_MS = 300_000
_CACHE_KIB = 64 * 1024
_JOURNAL_LIMIT = 64 * 1024 * 1024
# WAL needs shared memory between its readers, which these do not give
# (https://sqlite.org/wal.html, "all processes must be on the same host").
_NETWORK_FILE_SYSTEMS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "9p",
        "fuse.sshfs",
    }
)


def _to_json(value: Any) -> str:
    """Write a JSON column, in UTF-8 as it stands: escaped, Chinese text would take twice the room."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return replace_unstorable(json.dumps(value, ensure_ascii=False))


def _from_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise damaged_value(f"{text!r} is no JSON") from error


_JSON: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": _from_json}


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
        """Give a connection in a transaction that only reads: all of it sees the database as it was at its first statement."""
        engine = self.engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with translate_driver_errors(self.url), engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that writes: all of it is kept, or none.

        On SQLite it begins IMMEDIATE: a transaction that reads first and then writes would fail at once beside another writer,
        whatever the busy timeout.
        """
        with (
            translate_driver_errors(self.url),
            self.engine.execution_options(writes=True).begin() as connection,
        ):
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def open_database(
    url: str, *, durable: bool = True, busy_timeout_ms: int = BUSY_TIMEOUT_MS
) -> Database:
    """Open the database at `url`, creating it or bringing its schema up to date where needed.

    `durable` keeps acknowledged writes through a loss of power on SQLite (`synchronous=FULL`); PostgreSQL's server decides for itself.
    What another program holds locked is waited for as long as `busy_timeout_ms`. Raises a `StoreError` whose message is one line for a
    person.
    """
    parsed = _parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = _sqlite_engine(parsed, durable=durable, busy_timeout_ms=busy_timeout_ms)
    else:
        engine = _postgresql_engine(parsed, busy_timeout_ms=busy_timeout_ms)
    database = Database(engine)
    try:
        with translate_driver_errors(database.url):
            upgrade.migrate_if_older(engine)
    except BaseException:
        database.close()
        raise
    return database


def open_without_migrating(url: str, *, idle_timeout_ms: int = _IDLE_TIMEOUT_MS) -> Database:
    """Open a database that is there already, whatever its schema, and change nothing: for a look at it. Raises a `StoreError`.

    On PostgreSQL, a transaction in which nothing happens for `idle_timeout_ms` is given up: its process may be frozen.
    """
    parsed = _parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = f"file:{quote(parsed.database or '')}?mode=ro"
        return Database(
            create_engine(parsed, creator=lambda: sqlite3.connect(file, uri=True), **_JSON)
        )
    return Database(
        _postgresql_engine(parsed, busy_timeout_ms=BUSY_TIMEOUT_MS, idle_timeout_ms=idle_timeout_ms)
    )


def _parse_url(url: str) -> URL:
    shown = _PASSWORD.sub("***", url)
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError(
            f"database address {shown!r} cannot be read: write {_EXAMPLES}"
        ) from error
    if parsed.drivername not in _DRIVERS:
        raise DatabaseUrlError(
            f"database address {shown!r} is of a kind that is not supported: write {_EXAMPLES}"
        )
    try:
        parsed.get_dialect().import_dbapi()
    except ModuleNotFoundError as error:
        raise DatabaseUrlError(
            f"{parsed.get_backend_name()} needs a driver that is not installed ({error.name}): pip install 'holdfast[fleet]'"
        ) from error
    return parsed


def _sqlite_engine(url: URL, *, durable: bool, busy_timeout_ms: int) -> Engine:
    if url.database and url.database != ":memory:":
        _prepare_folder(Path(url.database))
    engine = create_engine(url, connect_args={"timeout": busy_timeout_ms / 1000}, **_JSON)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own BEGIN is deferred and late; ours is explicit.
        connection.isolation_level = None
        if _may_be_ours(connection):  # another program's file is not changed by a byte
            connection.execute("PRAGMA journal_mode=WAL")
        for pragma in (
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


def _may_be_ours(connection: sqlite3.Connection) -> bool:
    tables = {
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    return not tables or upgrade.VERSION_TABLE in tables


def _postgresql_engine(
    url: URL, *, busy_timeout_ms: int, idle_timeout_ms: int = _IDLE_TIMEOUT_MS
) -> Engine:
    patience = {name: value for name, value in _PATIENCE.items() if name not in url.query}
    # The ping before each use is what finds out that the server was started anew.
    engine = create_engine(url, connect_args=patience, pool_pre_ping=True, **_JSON)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = {busy_timeout_ms}")
        # A process frozen in the middle of a transaction would keep others from its rows for ever.
        connection.execute(f"SET idle_in_transaction_session_timeout = {idle_timeout_ms}")
        connection.commit()

    return engine


def _prepare_folder(path: Path) -> None:
    folder = path.parent
    try:
        if folder.name == DATA_FOLDER and not folder.exists():
            folder.mkdir(parents=True)
            # Beside a wiki in git, a history in it would be a conflict each night.
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUrlError(
            f"the folder {folder} for the database cannot be made ({error.strerror}): set --db or HOLDFAST_DB"
        ) from error
    if path.is_dir():
        raise DatabaseUrlError(f"{path} is a folder: name a file for the database")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise DatabaseUrlError(
            f"{path} cannot be written: make it writable, or set --db or HOLDFAST_DB to another place"
        )
    kind = _file_system_of(folder)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise DatabaseUrlError(
            f"{path} lies on a network file system ({kind}), where SQLite loses data: use a local disk or PostgreSQL"
        )
    _look_if_empty(path)


def _look_if_empty(path: Path) -> None:
    """Say that a file without a byte has no history, before one begins in it. Raises DatabaseDamaged where it had one."""
    if not path.is_file() or path.stat().st_size:
        return
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:  # SQLite would delete it
        raise DatabaseDamaged(
            f"{path} is empty, but {wal.name} beside it is not: restore a backup, or move both away"
        )
    if time() - path.stat().st_mtime > _NEW_SECONDS:  # else another process may be making it
        logger.warning(
            "%s is empty: a new history begins in it; if there was one, stop and restore a backup",
            path,
        )


def _file_system_of(folder: Path) -> str:
    """Name the type of the file system a folder lies on, as Linux tells it; empty where it does not."""
    try:
        lines = (
            Path("/proc/self/mounts")
            .read_text(encoding="utf-8", errors="surrogateescape")
            .splitlines()
        )
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
def translate_driver_errors(url: str) -> Iterator[None]:
    """Turn the driver's errors into ours, each with what to do."""
    try:
        yield
    except DBAPIError as error:
        code, text = _code(error), _first_line(error)
        if code in _LOCKED:
            raise DatabaseUnavailable(
                f"database {url} is locked by another program for too long: stop it, or try again"
            ) from error
        if code == _FROZEN:
            raise DatabaseUnavailable(
                f"{url} gave up a transaction that stood still for too long: was this process frozen?"
            ) from error
        if code in _FULL or (code == sqlite3.SQLITE_IOERR and _has_no_room(url)):
            raise DatabaseUnavailable(
                f"no room left on the disk of {url}: free some; nothing acknowledged is lost"
            ) from error
        if code == sqlite3.SQLITE_IOERR:
            raise DatabaseUnavailable(
                f"the disk of {url} failed ({text}): look at it, and then with holdfast db check"
            ) from error
        if code in _DAMAGED or text.startswith(_NO_TEXT):
            raise DatabaseDamaged(
                f"{url} is not a sound database ({text}): look with holdfast db check, and restore a backup, or move it away"
            ) from error
        if isinstance(error, (OperationalError, InterfaceError)):
            raise DatabaseUnavailable(f"database {url} cannot be used: {text}") from error
        raise


def _has_no_room(url: str) -> bool:
    """Tell whether the disk of an SQLite file is full: SQLite calls that an I/O error, too."""
    try:
        return shutil.disk_usage(Path(make_url(url).database or ".").parent).free < _LITTLE_ROOM
    except (OSError, ArgumentError):
        return False


def _code(error: DBAPIError) -> int | str | None:
    """Give SQLite's primary result code, or PostgreSQL's SQLSTATE."""
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state if code is None else code & 0xFF


def _first_line(error: DBAPIError) -> str:
    return (
        str(error.orig).strip().splitlines()[0]
        if str(error.orig).strip()
        else type(error.orig).__name__
    )
