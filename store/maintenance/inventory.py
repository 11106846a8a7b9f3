"""The inventory of a database: its size, its rows, and how far back the probes go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, func, select

from store.schema.engine import Database
from store.schema.models import Base, ProbeRow
from store.schema.upgrade import read_revision


class Inventory(Struct, frozen=True, kw_only=True):
    """The contents of a database."""

    url: str
    revision: str
    size_bytes: int  # on disk
    rows: Mapping[str, int]  # by table
    oldest_probe_at: datetime | None
    newest_probe_at: datetime | None


def read_inventory(database: Database) -> Inventory:
    """Count the rows of a database, and read its size and the times of its probes."""
    with database.read() as connection:
        rows: dict[str, int] = {}
        for table in Base.metadata.sorted_tables:
            count = select(func.count()).select_from(table)
            rows[table.name] = connection.execute(count).scalar_one()
        oldest, newest = connection.execute(
            select(func.min(ProbeRow.started_at), func.max(ProbeRow.started_at))
        ).one()
        return Inventory(
            url=database.url,
            revision=read_revision(connection) or "",
            size_bytes=_size_bytes(connection),
            rows=rows,
            oldest_probe_at=oldest,
            newest_probe_at=newest,
        )


def _size_bytes(connection: Connection) -> int:
    """Return the size of the database on disk."""
    if connection.dialect.name == "postgresql":
        size: int = connection.execute(
            select(func.pg_database_size(func.current_database()))
        ).scalar_one()
        return size
    pages: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    page_bytes: int = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    return pages * page_bytes
