"""Looking after a database: what is in it, whether it is sound, and letting go of raw probes that have served their time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, delete, exists, func, or_, select
from sqlalchemy.orm import aliased

from store.schema.dialects import chunks
from store.schema.engine import Database
from store.schema.models import Base, LinkRow, ProbeRow, SpanRow
from store.schema.upgrade import read_revision

_PROBES_A_STEP = 2_000  # a writer beside us waits some hundredths of a second
_TOLD_OF_EACH = 20  # damage of one kind and place; more tells a person no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What a database holds. `size_bytes` is its size on disk, `rows` counts by table."""

    url: str
    revision: str
    size_bytes: int
    rows: Mapping[str, int]
    oldest_probe_at: datetime | None
    newest_probe_at: datetime | None


class DamageKind(StrEnum):
    """What `check` may find."""

    FILE = "file"  # SQLite finds its own file unsound
    ORPHAN = "orphan"  # a row refers to one that is not there
    SPANS = "spans"  # a link's standing and its spans tell different stories


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One thing that should not be. `where` names the table and the row or column; empty for the file as a whole."""

    kind: DamageKind
    where: str
    detail: str


def read_inventory(database: Database) -> Inventory:
    """Say what is in a database."""
    with database.read() as connection:
        tables = Base.metadata.sorted_tables
        rows = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        }
        oldest, newest = connection.execute(
            select(func.min(ProbeRow.started_at), func.max(ProbeRow.started_at))
        ).one()
        return Inventory(
            url=database.url,
            revision=read_revision(connection) or "",
            size_bytes=_size(connection),
            rows=rows,
            oldest_probe_at=oldest,
            newest_probe_at=newest,
        )


def prune(
    database: Database,
    *,
    max_age: timedelta,
    now: datetime,
    on_step: Callable[[int], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Delete probes older than `keep`, but never a link's latest; give how many. Spans and standings stay.

    Age counts from the newest probe where that is older than `now`: a clock that ran ahead must not cost the whole history. Each step is
    a short transaction of its own; cut off between two, the next call goes on. `on_step` hears how many probes a step looked at; once `enough` says so, the rest is left for another time.
    """
    with database.read() as connection:
        newest = connection.execute(select(func.max(ProbeRow.started_at))).scalar_one()
    if newest is None:
        return 0
    before, pruned = min(now, newest) - max_age, 0
    place: tuple[datetime, int] | None = None
    while True:
        with database.write() as connection:
            rows = _old_probes(connection, before, place)
            superseded = [row.id for row in rows if row.superseded]
            for some in chunks(superseded):
                connection.execute(delete(ProbeRow).where(ProbeRow.id.in_(some)))
        pruned += len(superseded)
        on_step(len(rows))
        if len(rows) < _PROBES_A_STEP or should_stop():
            return pruned
        place = (rows[-1].started_at, rows[-1].id)


def count_old_probes(connection: Connection, before: datetime) -> int:
    return connection.execute(
        select(func.count(ProbeRow.id)).where(ProbeRow.started_at < before)
    ).scalar_one()


def check_database(database: Database) -> Iterator[Damage]:
    """Look for damage, the file's own first. Nothing is changed."""
    with database.read() as connection:
        if connection.dialect.name == "sqlite":
            unsound = list(_unsound_file(connection))
            yield from unsound
            if unsound:
                return  # what such a file says of its rows is worth nothing
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if column.foreign_keys:
                    yield from _orphans(connection, table, column)
        yield from _untrue_standings(connection)


def _size(connection: Connection) -> int:
    if connection.dialect.name == "postgresql":
        size: int = connection.execute(
            select(func.pg_database_size(func.current_database()))
        ).scalar_one()
        return size
    pages: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    page_bytes: int = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    return pages * page_bytes


def _old_probes(
    connection: Connection, before: datetime, place: tuple[datetime, int] | None
) -> Sequence[Any]:
    newer = aliased(ProbeRow)
    superseded = exists().where(
        newer.link_id == ProbeRow.link_id,
        or_(
            newer.started_at > ProbeRow.started_at,
            and_(newer.started_at == ProbeRow.started_at, newer.id > ProbeRow.id),
        ),
    )
    statement = (
        select(ProbeRow.id, ProbeRow.started_at, superseded.label("superseded"))
        .where(ProbeRow.started_at < before)
        .order_by(ProbeRow.started_at, ProbeRow.id)
        .limit(_PROBES_A_STEP)
    )
    if place:
        at, probe_id = place
        statement = statement.where(
            or_(ProbeRow.started_at > at, and_(ProbeRow.started_at == at, ProbeRow.id > probe_id))
        )
    return connection.execute(statement).all()


def _unsound_file(connection: Connection) -> Iterator[Damage]:
    for (line,) in connection.exec_driver_sql(f"PRAGMA quick_check({_TOLD_OF_EACH})"):
        if line != "ok":
            yield Damage(kind=DamageKind.FILE, where="", detail=str(line))


def _orphans(connection: Connection, table: Table, column: Column[Any]) -> Iterator[Damage]:
    referred = next(iter(column.foreign_keys)).column
    parent = referred.table.alias()
    # Grouped, so that an index on the column answers it: the probes themselves are most of the database.
    statement = (
        select(column.label("missing"), func.count().label("rows"))
        .where(column.is_not(None), ~exists().where(parent.c[referred.name] == column))
        .group_by(column)
        .order_by(column)
        .limit(_TOLD_OF_EACH)
    )
    for row in connection.execute(statement):
        refer = "1 row refers" if row.rows == 1 else f"{row.rows} rows refer"
        detail = f"{refer} to {referred.table.name} {row.missing}, which is not there"
        yield Damage(kind=DamageKind.ORPHAN, where=f"{table.name}.{column.name}", detail=detail)


def _untrue_standings(connection: Connection) -> Iterator[Damage]:
    """Compare each link's standing with its spans: the last one's verdict and reason, and how many probes they count."""
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
            spans.c.probes.label("span_probes"),
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
        .limit(_TOLD_OF_EACH)
    )
    for row in connection.execute(statement):
        yield Damage(
            kind=DamageKind.SPANS,
            where=f"link {row.id}",
            detail=(
                f"stands at {row.verdict}/{row.reason} after {row.probes} probes, "
                f"its spans end at {row.span_verdict}/{row.span_reason} after {row.span_probes or 0}"
            ),
        )
