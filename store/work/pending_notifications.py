"""Notifications that could not be sent: their runs are part of the channel's next notification."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from store.schema.dialects import insert_missing
from store.schema.models import PendingNotificationRow

MAX_AGE = timedelta(days=30)  # older changes are dropped: the reports show them


def add_pending(
    connection: Connection, *, wiki: str, channel: str, run_ids: Collection[int], at: datetime
) -> None:
    """Store that the changes of the given runs are yet to be sent by a channel.

    A run that is pending already keeps its age. Runs older than `MAX_AGE` are dropped.
    """
    connection.execute(
        delete(PendingNotificationRow).where(PendingNotificationRow.pending_since <= at - MAX_AGE)
    )
    rows = [
        {"wiki": wiki, "channel": channel, "run_id": run_id, "pending_since": at}
        for run_id in run_ids
    ]
    insert_missing(connection, PendingNotificationRow, rows)


def pending_runs(
    connection: Connection, *, wiki: str, channel: str, now: datetime
) -> frozenset[int]:
    """Return the runs whose changes are yet to be sent by a channel."""
    statement = select(PendingNotificationRow.run_id).where(
        _belongs_to(wiki, channel), PendingNotificationRow.pending_since > now - MAX_AGE
    )
    return frozenset(connection.scalars(statement))


def remove_pending(
    connection: Connection, *, wiki: str, channel: str, run_ids: Collection[int]
) -> None:
    """Store that the changes of the given runs were sent by a channel."""
    connection.execute(
        delete(PendingNotificationRow).where(
            _belongs_to(wiki, channel), PendingNotificationRow.run_id.in_(run_ids)
        )
    )


def _belongs_to(wiki: str, channel: str) -> ColumnElement[bool]:
    return and_(PendingNotificationRow.wiki == wiki, PendingNotificationRow.channel == channel)
