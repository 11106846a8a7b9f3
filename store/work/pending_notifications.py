"""Notices that did not arrive: their news are owed to the place they were for, and part of the next notice there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from store.schema.dialects import insert_missing
from store.schema.models import PendingNotificationRow

MAX_AGE = timedelta(days=30)  # after which it is no news any more: the reports have it


def add_pending(
    connection: Connection, *, wiki: str, channel: str, run_ids: Collection[int], at: datetime
) -> None:
    """Note that what changed in these runs is still to be told by a channel; one noted earlier keeps its age. What is too old is forgotten."""
    connection.execute(
        delete(PendingNotificationRow).where(PendingNotificationRow.pending_since <= at - MAX_AGE)
    )
    insert_missing(
        connection,
        PendingNotificationRow,
        [
            {"wiki": wiki, "channel": channel, "run_id": run_id, "pending_since": at}
            for run_id in run_ids
        ],
    )


def pending_runs(
    connection: Connection, *, wiki: str, channel: str, now: datetime
) -> frozenset[int]:
    """Name the runs whose news did not arrive by a channel."""
    statement = select(PendingNotificationRow.run_id).where(
        _owed(wiki, channel), PendingNotificationRow.pending_since > now - MAX_AGE
    )
    return frozenset(connection.scalars(statement))


def remove_pending(
    connection: Connection, *, wiki: str, channel: str, run_ids: Collection[int]
) -> None:
    """Note that what changed in these runs was told."""
    connection.execute(
        delete(PendingNotificationRow).where(
            _owed(wiki, channel), PendingNotificationRow.run_id.in_(run_ids)
        )
    )


def _owed(wiki: str, channel: str) -> ColumnElement[bool]:
    return and_(PendingNotificationRow.wiki == wiki, PendingNotificationRow.channel == channel)
