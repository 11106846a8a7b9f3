"""The few statements SQLAlchemy spells differently for SQLite and PostgreSQL, and lists too long for one statement."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

_T = TypeVar("_T")

# Below SQLite's limit on bound variables (999 before 3.32), and one compiled statement for all full chunks.
CHUNK_SIZE = 500
ID_RANGE = 2_000  # links and their mirrors: a few MB in memory, and few enough queries


def chunks(items: Sequence[_T], size: int = CHUNK_SIZE) -> Iterator[Sequence[_T]]:
    """Cut a sequence into pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def id_ranges(ids: Sequence[int]) -> Iterator[Mapping[str, int]]:
    """Cover ascending ids with few stretches, from behind one id (`after`) to another (`last`): what one scan found has neighbouring ids, so
    that little else lies between them.
    """
    start = 0
    while start < len(ids):
        end = bisect_left(ids, ids[start] + ID_RANGE)
        yield {"after": ids[start] - 1, "last": ids[end - 1]}
        start = end


def in_id_range(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Limit a statement to a stretch."""
    return (column > bindparam("after")) & (column <= bindparam("last"))


def lock_for_transaction(connection: Connection, lock: int) -> None:
    """Wait until no other transaction that took this turn is open. SQLite has but one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(lock)))


def insert_missing(
    connection: Connection, model: type[Any], rows: Sequence[dict[str, Any]]
) -> None:
    """Insert the rows that do not yet exist; a row in the way (by any unique constraint) is left as it is."""
    if not rows:
        return
    statement = _insert_of(connection)(model).on_conflict_do_nothing()
    connection.execute(statement, list(rows))


def _insert_of(connection: Connection) -> Any:
    """The dialect's own INSERT. Each dialect is imported where it is used: a command that only reads can do without."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415

        return insert
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert  # noqa: PLC0415

    return sqlite_insert


def update_rows(connection: Connection, model: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    """Update rows by their `id`; all of them name the same columns."""
    if not rows:
        return
    columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "id"}
    statement = update(model).where(model.id == bindparam("row_id")).values(columns)
    connection.execute(
        statement, [{"row_id": row["id"], **{name: row[name] for name in columns}} for row in rows]
    )
