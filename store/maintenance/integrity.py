"""Check a database for defects, without changing anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, Connection, Table, exists, func, or_, select
from sqlalchemy.exc import OperationalError

from store.errors import DamagedValue
from store.schema.engine import Database
from store.schema.models import Base, LinkRow, SpanRow, aliased

_ROWS_AT_ONCE = 500
_MAX_REPORTED = 20  # defects of a kind in a table; a longer list would not help a user


class DefectKind(StrEnum):
    """A kind of defect that `check_database` finds."""

    FILE = "file"  # SQLite's check of its own file fails
    VALUE = "value"  # a value cannot be read: Holdfast never writes it
    ORPHAN = "orphan"  # a row refers to a missing row
    SPANS = "spans"  # a link's tracked state contradicts its spans


class Defect(Struct, frozen=True, kw_only=True):
    """One defect that was found."""

    kind: DefectKind
    where: str  # the table and its row or column; empty for the file as a whole
    detail: str


def check_database(database: Database) -> Iterator[Defect]:
    """Yield the defects of a database, those of the file first."""
    with database.read() as connection:
        if connection.dialect.name == "sqlite":
            file_defects = list(_file_defects(connection))
            yield from file_defects
            if file_defects:
                return  # the rows of such a file cannot be relied on
        has_unreadable_value = False
        for table in Base.metadata.sorted_tables:
            for defect in _unreadable_values(connection, table):
                has_unreadable_value = True
                yield defect
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if column.foreign_keys:
                    yield from _orphans(connection, table, column)
        if not has_unreadable_value:
            yield from _contradicting_spans(connection)


def _file_defects(connection: Connection) -> Iterator[Defect]:
    """Find the defects that SQLite's own check of its file reports."""
    for (line,) in connection.exec_driver_sql(f"PRAGMA quick_check({_MAX_REPORTED})"):
        if line != "ok":
            yield Defect(kind=DefectKind.FILE, where="", detail=str(line))


def _unreadable_values(connection: Connection, table: Table) -> Iterator[Defect]:
    """Read a whole table, and find the columns with a value that is not one of their type."""
    if _read_problem(connection, table.columns) is None:
        return
    for column in table.columns:
        problem = _read_problem(connection, [column])
        if problem is not None:
            where = f"{table.name}.{column.name}"
            yield Defect(kind=DefectKind.VALUE, where=where, detail=problem)


def _read_problem(connection: Connection, columns: Iterable[Column[Any]]) -> str | None:
    """Return why a value of some columns cannot be read; None if all can."""
    try:
        for _ in connection.execute(select(*columns).execution_options(yield_per=_ROWS_AT_ONCE)):
            pass
    except DamagedValue as error:
        return error.description
    except OperationalError as error:
        if "UTF-8" not in str(error.orig):
            raise  # for example, the database is not reachable any more
        return str(error.orig)  # SQLite's driver: text in another encoding
    return None


def _orphans(connection: Connection, table: Table, column: Column[Any]) -> Iterator[Defect]:
    """Find rows that refer to missing rows."""
    referred = next(iter(column.foreign_keys)).column
    parent = referred.table.alias()
    # Grouped, so that an index on the column is enough: most of a database are probes.
    statement = (
        select(column.label("missing"), func.count().label("rows"))
        .where(column.is_not(None), ~exists().where(parent.c[referred.name] == column))
        .group_by(column)
        .order_by(column)
        .limit(_MAX_REPORTED)
    )
    for row in connection.execute(statement):
        subject = "1 row refers" if row.rows == 1 else f"{row.rows} rows refer"
        detail = f"{subject} to {referred.table.name} {row.missing}, which does not exist"
        yield Defect(kind=DefectKind.ORPHAN, where=f"{table.name}.{column.name}", detail=detail)


def _contradicting_spans(connection: Connection) -> Iterator[Defect]:
    """Find links whose verdict, reason or number of probes differs from that of their spans."""
    spans = (
        select(
            SpanRow.link_id,
            func.max(SpanRow.id).label("last_id"),
            func.sum(SpanRow.probes).label("probes"),
        )
        .group_by(SpanRow.link_id)
        .subquery()
    )
    last = aliased(SpanRow)
    statement = (
        select(
            LinkRow.id,
            LinkRow.verdict,
            LinkRow.reason,
            LinkRow.probes,
            last.verdict.label("span_verdict"),
            last.reason.label("span_reason"),
            func.coalesce(spans.c.probes, 0).label("span_probes"),
        )
        .outerjoin(spans, spans.c.link_id == LinkRow.id)
        .outerjoin(last, last.id == spans.c.last_id)
        .where(
            or_(
                LinkRow.verdict.is_distinct_from(last.verdict),
                LinkRow.reason.is_distinct_from(last.reason),
                LinkRow.probes != func.coalesce(spans.c.probes, 0),
            )
        )
        .order_by(LinkRow.id)
        .limit(_MAX_REPORTED)
    )
    for row in connection.execute(statement):
        detail = (
            f"its state is {row.verdict}/{row.reason} after {row.probes} probes, "
            f"its spans end with {row.span_verdict}/{row.span_reason} after {row.span_probes}"
        )
        yield Defect(kind=DefectKind.SPANS, where=f"link {row.id}", detail=detail)
