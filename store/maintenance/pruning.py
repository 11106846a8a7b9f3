"""Delete probes that are older than they need to be stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, or_, select

from store.schema.dialects import chunks
from store.schema.engine import Database
from store.schema.models import ProbeRow, aliased

_PROBES_PER_STEP = 2_000  # examined in a transaction of some hundredths of a second


def prune(
    database: Database,
    *,
    max_age: timedelta,
    now: datetime,
    on_step: Callable[[int], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Delete old probes, but never a link's latest one. Spans and tracked states stay.

    Each step is a short transaction of its own: after an interruption, the next call continues.

    Args:
        database: The database.
        max_age: Delete probes that are older. Their age counts from the newest probe if that is
            older than `now`, so that a clock that ran ahead does not delete the whole history.
        now: The time.
        on_step: Called with the number of probes that a step examined.
        should_stop: Called after each step; if it returns True, the rest is left.

    Returns:
        The number of deleted probes.
    """
    with database.read() as connection:
        newest = connection.execute(select(func.max(ProbeRow.started_at))).scalar_one()
    if newest is None:
        return 0
    before = min(now, newest) - max_age
    pruned = 0
    last: tuple[datetime, int] | None = None
    while True:
        with database.write() as connection:
            rows = _old_probes(connection, before, last)
            has_newer_probe = [row.id for row in rows if row.has_newer_probe]
            for batch in chunks(has_newer_probe):
                connection.execute(delete(ProbeRow).where(ProbeRow.id.in_(batch)))
        pruned += len(has_newer_probe)
        on_step(len(rows))
        if len(rows) < _PROBES_PER_STEP or should_stop():
            return pruned
        last = (rows[-1].started_at, rows[-1].id)


def count_old_probes(connection: Connection, before: datetime) -> int:
    """Count the probes that began before a time."""
    statement = select(func.count(ProbeRow.id)).where(ProbeRow.started_at < before)
    return connection.execute(statement).scalar_one()


def _old_probes(
    connection: Connection, before: datetime, last: tuple[datetime, int] | None
) -> Sequence[Any]:
    """Read the next step's probes, with whether their link has a newer one.

    Args:
        connection: A connection in a transaction.
        before: Only probes that began before this time.
        last: Time and id of the last probe of the step before.

    Returns:
        Rows with `id`, `started_at` and `has_newer_probe`.
    """
    newer = aliased(ProbeRow)
    has_newer_probe = exists().where(
        # Ids are in the order of the probes, even if the clock was set back.
        newer.link_id == ProbeRow.link_id,
        newer.id > ProbeRow.id,
    )
    statement = (
        select(ProbeRow.id, ProbeRow.started_at, has_newer_probe.label("has_newer_probe"))
        .where(ProbeRow.started_at < before)
        .order_by(ProbeRow.started_at, ProbeRow.id)
        .limit(_PROBES_PER_STEP)
    )
    if last:
        at, probe_id = last
        statement = statement.where(
            or_(ProbeRow.started_at > at, and_(ProbeRow.started_at == at, ProbeRow.id > probe_id))
        )
    return connection.execute(statement).all()
