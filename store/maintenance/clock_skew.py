"""What a clock that ran ahead left behind: moments that lie in the future once it is set right, and would keep us waiting for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, exists, func, select, update

from store.schema.models import CaptureRow, HostRow, LinkRow, LookupRow, RunRow

SLACK = timedelta(hours=1)  # machines that share a database agree far better than that


def server_time(connection: Connection) -> datetime | None:
    """Ask the database's server what time it is; None where there is no server."""
    if connection.dialect.name != "postgresql":
        return None
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def ran_ahead(connection: Connection, now: datetime) -> bool:
    """Whether a run began later than it is now."""
    return connection.execute(select(exists().where(RunRow.started_at > now + SLACK))).scalar_one()


def reset_future_times(connection: Connection, now: datetime) -> None:
    """Make due at once what was put off by such a clock, and free the hosts held until then. What was seen stays as it was seen."""
    future = now + SLACK
    connection.execute(update(LinkRow).where(LinkRow.checked_at > future).values(next_probe_at=now))
    connection.execute(
        update(HostRow).where(HostRow.next_allowed_at > future).values(next_allowed_at=None)
    )
    connection.execute(
        update(HostRow)
        .where(HostRow.lease_until > future)
        .values(lease_owner=None, lease_until=None)
    )
    connection.execute(
        update(LookupRow).where(LookupRow.requested_at > future).values(next_lookup_at=now)
    )
    connection.execute(
        update(CaptureRow)
        .where(CaptureRow.queued_at > future, CaptureRow.next_try_at > now)
        .values(next_try_at=now)
    )
