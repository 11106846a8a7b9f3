"""Statements that differ between SQLite and PostgreSQL, and lists too long for one statement."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    Update,
    bindparam,
    cast,
    func,
    literal,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_T = TypeVar("_T")

# Below SQLite's limit on bound variables (999 before version 3.32).
CHUNK_SIZE = 500
ID_RANGE = 2_000  # ids in one range: a few MB of links with their mirrors in memory


def chunks(items: Sequence[_T], size: int = CHUNK_SIZE) -> Iterator[Sequence[_T]]:
    """Split a sequence into pieces of at most `size` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def id_ranges(ids: Sequence[int]) -> Iterator[Mapping[str, int]]:
    """Cover ids with few ranges, to be used with `in_id_range`.

    Links that one scan found have neighbouring ids, so that a range holds few others.

    Args:
        ids: Ids in ascending order.

    Yields:
        The parameters of `in_id_range`: `after` (exclusive) and `last` (inclusive).
    """
    start = 0
    while start < len(ids):
        end = bisect_left(ids, ids[start] + ID_RANGE)
        yield {"after": ids[start] - 1, "last": ids[end - 1]}
        start = end


def in_id_range(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a column is within the range bound at execution."""
    return (column > bindparam("after")) & (column <= bindparam("last"))


def in_ids(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a column is one of the `ids` bound at execution."""
    return column.in_(bindparam("ids", expanding=True))


class _JsonValues(FunctionElement[str]):
    """The values of a JSON array as rows, in the column `value`."""

    name = "json_values"
    inherit_cache = True


@compiles(_JsonValues, "sqlite")
def _compile_for_sqlite(element: _JsonValues, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_JsonValues, "postgresql")
def _compile_for_postgresql(element: _JsonValues, compiler: SQLCompiler, **options: Any) -> str:
    argument = compiler.process(element.clauses, **options)
    return f"json_array_elements_text(CAST({argument} AS JSON))"


def in_many(column: ColumnElement[Any], ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a column is one of any number of ids.

    They are a single bound value. Databases limit the values of one statement: SQLite to 32,766 by
    default, PostgreSQL to 65,535.
    """
    text = json.dumps(list(ids))
    rows = _JsonValues(literal(text, Text)).table_valued("value")
    return column.in_(select(cast(rows.c.value, BigInteger)))


def minutes_since_1970(column: ColumnElement[datetime | None], dialect: str) -> ColumnElement[int]:
    """Return a time as whole minutes since 1970 in UTC, 0 for NULL.

    A report shows millions of times, for which datetimes take longer than everything else.

    Args:
        column: A column of the type `UtcDateTime`.
        dialect: The name of the database's dialect.
    """
    minutes: ColumnElement[int]
    if dialect == "postgresql":
        minutes = cast(func.floor(func.extract("epoch", column) / 60), BigInteger)
    else:
        minutes = type_coerce(column, BigInteger).op("/", return_type=BigInteger())(60_000_000)
    return func.coalesce(minutes, 0)


def is_null_unindexed(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a column of numbers is null, written so that no index is used.

    It is for a column that is null in most rows. SQLite keeps no statistics and expects every value
    to be rare. With an index it would read most of the table, instead of the few rows that another
    condition selects.
    """
    return (column + 0).is_(None)


def lock_for_transaction(connection: Connection, lock: int) -> None:
    """Wait for a lock, which the transaction then keeps until it ends.

    On SQLite nothing is done: it has only one writer at a time.

    Args:
        connection: A connection in a transaction that writes.
        lock: The key of the lock: any number, the same in all processes that share the lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(lock)))


def insert_missing(
    connection: Connection, table: type[Any], rows: Sequence[dict[str, Any]]
) -> None:
    """Insert rows, except those that conflict with an existing row on any constraint."""
    if not rows:
        return
    statement = _dialect_insert(connection)(table).on_conflict_do_nothing()
    connection.execute(statement, list(rows))


def _dialect_insert(connection: Connection) -> Any:
    """Return the dialect's INSERT construct, imported on use: most commands only read."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415

        return insert
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert  # noqa: PLC0415

    return sqlite_insert


def update_rows(connection: Connection, table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    """Update rows by their `id`.

    Args:
        connection: A connection in a transaction that writes.
        table: The table.
        rows: Values by column, `id` among them; all rows name the same columns.
    """
    if not rows:
        return
    columns = tuple(name for name in rows[0] if name != "id")
    parameters = []
    for row in rows:
        values = {name: row[name] for name in columns}
        parameters.append({"row_id": row["id"], **values})
    connection.execute(_update_by_id(table, columns), parameters)  # type: ignore[arg-type]  # a class is hashable


@lru_cache(maxsize=64)
def _update_by_id(table: type[Any], columns: tuple[str, ...]) -> Update:
    """Return the statement that updates some columns of a row."""
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return update(table).where(table.id == bindparam("row_id")).values(values)
