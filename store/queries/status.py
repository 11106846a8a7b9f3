"""The status of the store at one moment: what is due, leased and waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, func, select

from store.schema.models import CaptureRow, HostRow, LinkRow, ProbeRow
from store.schema.rows import rows_as
from store.vocabulary import CaptureStatus, Role, State
from store.work.archives.captures import UNFINISHED
from store.work.scope import EVERYTHING, Scope

RECENT_PERIOD = timedelta(minutes=5)


class LeasedHost(Struct, frozen=True, kw_only=True):
    """A host with a lease that has not expired."""

    name: str
    owner: str
    until: datetime


class StoreStatus(Struct, frozen=True, kw_only=True):
    """The store at one moment.

    Attributes:
        due: Number of due links and mirrors.
        oldest_due_at: When the most overdue link became due; None if no link is due.
        oldest_due_url: Its URL; None if no link is due.
        next_due_at: When the next link becomes due that is not due now; None if there is none.
        leased: The hosts with leases.
        expired_leases: Number of hosts whose lease expired without a release.
        recent_probes: Number of probes within the last `RECENT_PERIOD`.
        captures: Number of captures by status.
        captures_waiting_since: When the oldest unfinished capture was queued; None if none is
            unfinished.
    """

    due: Mapping[Role, int]
    oldest_due_at: datetime | None
    oldest_due_url: str | None
    next_due_at: datetime | None
    leased: Sequence[LeasedHost]
    expired_leases: int
    recent_probes: int
    captures: Mapping[CaptureStatus, int]
    captures_waiting_since: datetime | None


def store_status(
    connection: Connection, *, now: datetime, scope: Scope = EVERYTHING
) -> StoreStatus:
    """Read the status of the store.

    Args:
        connection: A connection in a transaction.
        now: The time.
        scope: Count as due only links in this scope.

    Returns:
        The status.
    """
    is_due = (LinkRow.next_probe_at <= now, scope.contains_link())
    due = (
        select(LinkRow.role, func.count(LinkRow.id).label("links"))
        .where(*is_due)
        .group_by(LinkRow.role)
    )
    oldest = connection.execute(
        select(LinkRow.url, LinkRow.next_probe_at)
        .where(*is_due)
        .order_by(LinkRow.next_probe_at, LinkRow.id)
        .limit(1)
    ).first()
    next_due_at = select(func.min(LinkRow.next_probe_at)).where(
        scope.contains_link(), LinkRow.next_probe_at > now
    )
    expired = select(func.count(HostRow.id)).where(HostRow.lease_until <= now)
    recent = select(func.count(ProbeRow.id)).where(ProbeRow.started_at > now - RECENT_PERIOD)
    captures = select(CaptureRow.status, func.count(CaptureRow.id).label("captures"))
    captures = captures.group_by(CaptureRow.status)
    waiting = select(func.min(CaptureRow.queued_at)).where(CaptureRow.status.in_(UNFINISHED))
    return StoreStatus(
        due={row.role: row.links for row in connection.execute(due)},
        oldest_due_at=oldest.next_probe_at if oldest else None,
        oldest_due_url=oldest.url if oldest else None,
        next_due_at=connection.execute(next_due_at).scalar_one(),
        leased=_leased_hosts(connection, now),
        expired_leases=connection.execute(expired).scalar_one(),
        recent_probes=connection.execute(recent).scalar_one(),
        captures={row.status: row.captures for row in connection.execute(captures)},
        captures_waiting_since=connection.execute(waiting).scalar_one(),
    )


def _leased_hosts(connection: Connection, now: datetime) -> Sequence[LeasedHost]:
    """List the hosts whose lease has not expired, by name."""
    statement = (
        select(HostRow.name, HostRow.lease_owner.label("owner"), HostRow.lease_until.label("until"))
        .where(HostRow.lease_until > now)
        .order_by(HostRow.name)
    )
    return rows_as(LeasedHost, connection.execute(statement))


def count_all_states(connection: Connection) -> Mapping[tuple[Role, State], int]:
    """Count all stored links and mirrors, cited now or not, by role and state."""
    statement = select(LinkRow.role, LinkRow.state, func.count(LinkRow.id).label("links")).group_by(
        LinkRow.role, LinkRow.state
    )
    return {(row.role, row.state): row.links for row in connection.execute(statement)}
