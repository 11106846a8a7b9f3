"""Find and reset times in the future, which a clock that ran ahead stored: they delay work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, exists, func, select, update

from store.schema.models import CaptureRow, HostRow, LinkRow, LookupRow, RunRow

# The clocks of machines that share a database differ by far less.
SLACK = timedelta(hours=1)


def server_time(connection: Connection) -> datetime | None:
    """Return the database server's time; None on SQLite, which has no server."""
    if connection.dialect.name != "postgresql":
        return None
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def has_run_in_future(connection: Connection, now: datetime) -> bool:
    """Return whether a stored run began later than `now`: its clock ran ahead."""
    return connection.execute(select(exists().where(RunRow.started_at > now + SLACK))).scalar_one()


def reset_future_times(connection: Connection, now: datetime) -> None:
    """Reset times of future work that a clock that ran ahead has set.

    Links, lookups and captures become due now, and leases are released. Times of observations stay
    as they are.
    """
    future = now + SLACK
    statements = (
        update(LinkRow).where(LinkRow.checked_at > future).values(next_probe_at=now),
        update(HostRow).where(HostRow.next_allowed_at > future).values(next_allowed_at=None),
        update(HostRow)
        .where(HostRow.lease_until > future)
        .values(lease_owner=None, lease_until=None),
        update(LookupRow).where(LookupRow.requested_at > future).values(next_lookup_at=now),
        update(CaptureRow)
        .where(CaptureRow.queued_at > future, CaptureRow.next_try_at > now)
        .values(next_try_at=now),
    )
    for statement in statements:
        connection.execute(statement)
