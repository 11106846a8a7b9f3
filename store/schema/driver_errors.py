"""Translate database drivers' errors to the exceptions of `store.errors`."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from store.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseUnavailable,
    DatabaseUrlError,
    StoreError,
)

# https://sqlite.org/rescode.html, https://www.postgresql.org/docs/current/errcodes-appendix.html
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, "55P03"})
_DEADLOCK = frozenset({"40P01", "40001"})  # deadlock detected, serialization failure
# idle_in_transaction_session_timeout: the driver raises an `InternalError` for it
_IDLE_TOO_LONG = "25P03"
# read only SQL transaction, as on a standby: the driver raises an `InternalError` for it
_READ_ONLY = "25006"
_NO_RIGHTS = "42501"  # insufficient privilege: the driver raises a `ProgrammingError` for it
_DISK_FULL = frozenset({sqlite3.SQLITE_FULL, "53100"})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, "XX001", "XX002"})
_NOT_UTF8 = "Could not decode to UTF-8"  # the driver's message for text that is not UTF-8
# SQLite's messages about a file that other tools changed, or that is damaged
_INVALID = ("no such table: ", "no such column: ", "unsupported file format")
# Bytes; with less, a disk counts as full: SQLite's shared memory takes 32 KB at a time.
_MIN_FREE_BYTES = 64 * 1024
_QUERY_PASSWORD = re.compile(r"(?<=[?&]password=)[^&]*")
# A password may contain any character that should be an %-escape, also "@", ":" and "/". A number
# and a slash are the port of a URL that has an "@" in its query.
_PASSWORD = re.compile(r"(//[^:/]*:)(?!\d+/)[^?]*@|(//[^:/?]*:)(?!\d+/)[^@]*@")
_PASSWORD_WITHOUT_SLASHES = re.compile(r"(?<=:)[^:/@]*(?=@)")


def hide_password(url: str) -> str:
    """Replace the password in a database URL.

    Returns:
        The URL with `***`.

    >>> hide_password("postgresql://me:secret@host/name")
    'postgresql://me:***@host/name'
    >>> hide_password("postgresql://host/name?password=secret&sslmode=require")
    'postgresql://host/name?password=***&sslmode=require'
    >>> hide_password("postgresql://me:a/b@c:d@host/name")
    'postgresql://me:***@host/name'
    >>> hide_password("postgresql//me:secret@host/x"), hide_password("me:secret@host/x")
    ('postgresql//me:***@host/x', 'me:***@host/x')
    """
    hidden = _PASSWORD_WITHOUT_SLASHES.sub("***", _PASSWORD.sub(_hide, url))
    return _QUERY_PASSWORD.sub("***", hidden)


def _hide(found: re.Match[str]) -> str:
    return f"{found[1] or found[2]}***@"


@contextmanager
def translate_driver_errors(url: str) -> Iterator[None]:
    """Raise a `StoreError` with a message for the user in place of a driver's error.

    Args:
        url: The database's URL, without its password, for the message.

    Raises:
        DatabaseLocked: Another program keeps the database locked.
        DatabaseUnavailable: The disk is full or failed, or the database is read-only or does not
            respond.
        DatabaseUrlError: The user of the URL lacks a right.
        DatabaseDamaged: The file is damaged or is not a database.
        DBAPIError: Any other error of the driver, unchanged: it is a mistake in Holdfast.
    """
    try:
        yield
    except DBAPIError as error:
        translated = _translate(url, error)
        if translated is None:
            raise
        raise translated from error


def _translate(url: str, error: DBAPIError) -> StoreError | None:
    """Return the exception for a driver's error; None if the error is a mistake in Holdfast."""
    code, text = _error_code(error), _first_line(error)
    if by_code := _translate_state(url, code, text):
        return by_code
    if code in _DISK_FULL or (code == sqlite3.SQLITE_IOERR and _is_disk_full(url)):
        return DatabaseUnavailable(
            f"no space left on the disk of {url} (no committed data is lost): free some space"
        )
    if code == sqlite3.SQLITE_IOERR:
        return DatabaseUnavailable(
            f"the disk of {url} failed ({text}): check the disk, then run holdfast db check"
        )
    if code in _DAMAGED or text.startswith((_NOT_UTF8, *_INVALID)):
        return DatabaseDamaged(
            f"{url} is not a valid database ({text}): run holdfast db check, "
            "and restore a backup or move the file away"
        )
    if isinstance(error, (OperationalError, InterfaceError)):
        advice = "check that it is running and that the URL is right"
        if url.startswith("sqlite"):
            advice = "check the file and those beside it"
        return DatabaseUnavailable(f"database {url} cannot be used ({text}): {advice}")
    return None


def _translate_state(url: str, code: int | str | None, text: str) -> StoreError | None:
    """Return the exception for a code about other sessions or rights; None for other codes."""
    if code in _LOCKED:
        return DatabaseLocked(
            f"database {url} is locked by another program for too long: stop it, or try again"
        )
    if code in _DEADLOCK:
        return DatabaseUnavailable(
            f"database {url} ended a transaction in a conflict with another one: try again"
        )
    if code == _IDLE_TOO_LONG:
        return DatabaseUnavailable(
            f"database {url} ended a transaction that was idle for too long, as when this "
            "process is suspended: try again"
        )
    if code == _READ_ONLY:
        return DatabaseUnavailable(
            f"database {url} is read-only: make it writable, or connect to the primary server"
        )
    if code == _NO_RIGHTS:
        return DatabaseUrlError(
            f"the user of database {url} lacks a right ({text}): grant it, or use another user"
        )
    return None


def _is_disk_full(url: str) -> bool:
    """Return whether the disk of an SQLite file is full: SQLite reports that as an I/O error."""
    try:
        folder = Path(make_url(url).database or ".").parent
        return shutil.disk_usage(folder).free < _MIN_FREE_BYTES
    except (OSError, ArgumentError):
        return False


def _error_code(error: DBAPIError) -> int | str | None:
    """Return SQLite's primary result code, or PostgreSQL's SQLSTATE."""
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state if code is None else code & 0xFF


def _first_line(error: DBAPIError) -> str:
    text = str(error.orig).strip()
    return text.splitlines()[0] if text else type(error.orig).__name__
