"""How the whole stands now: what is due, who is at work, what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from store.schema.models import CaptureRow, HostRow, LinkRow, ProbeRow
from store.vocabulary import CaptureStatus, Role, State
from store.work.scope import EVERYTHING, Scope

RECENT = timedelta(minutes=5)
WAITING = (CaptureStatus.QUEUED, CaptureStatus.REQUESTED, CaptureStatus.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedHost:
    """A host somebody holds now."""

    name: str
    owner: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStatus:
    """The store at one moment.

    `due` counts by role, `oldest_due` is the address due for longest, `next_due_at` is when the first of what is not yet due will be.
    `stalled` counts hosts whose holder let the lease run out: anybody may have them. `probes_lately` are those of the last `LATELY`.
    `captures_waiting_since` is when the oldest of those was queued that the archive has not answered yet.
    """

    due: Mapping[Role, int]
    oldest_due_at: datetime | None
    oldest_due: str | None
    next_due_at: datetime | None
    leased: Sequence[LeasedHost]
    expired_leases: int
    recent_probes: int
    captures: Mapping[CaptureStatus, int]
    captures_waiting_since: datetime | None


def store_status(
    connection: Connection, *, now: datetime, scope: Scope = EVERYTHING
) -> StoreStatus:
    """Read how the whole stands, and what is due of what is in scope."""
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
    following = select(func.min(LinkRow.next_probe_at)).where(
        scope.contains_link(), LinkRow.next_probe_at > now
    )
    held = (
        select(HostRow.name, HostRow.lease_owner, HostRow.lease_until)
        .where(HostRow.lease_until > now)
        .order_by(HostRow.name)
    )
    stalled = select(func.count(HostRow.id)).where(HostRow.lease_until <= now)
    lately = select(func.count(ProbeRow.id)).where(ProbeRow.started_at > now - RECENT)
    captures = select(CaptureRow.status, func.count(CaptureRow.id).label("captures")).group_by(
        CaptureRow.status
    )
    waiting = select(func.min(CaptureRow.queued_at)).where(CaptureRow.status.in_(WAITING))
    return StoreStatus(
        due={row.role: row.links for row in connection.execute(due)},
        oldest_due_at=oldest.next_probe_at if oldest else None,
        oldest_due=oldest.url if oldest else None,
        next_due_at=connection.execute(following).scalar_one(),
        leased=[
            LeasedHost(name=row.name, owner=row.lease_owner, until=row.lease_until)
            for row in connection.execute(held)
        ],
        expired_leases=connection.execute(stalled).scalar_one(),
        recent_probes=connection.execute(lately).scalar_one(),
        captures={row.status: row.captures for row in connection.execute(captures)},
        captures_waiting_since=connection.execute(waiting).scalar_one(),
    )


def count_all_states(connection: Connection) -> Mapping[tuple[Role, State], int]:
    """Count every link and mirror the store knows, cited now or not, by role and state."""
    statement = select(LinkRow.role, LinkRow.state, func.count(LinkRow.id).label("links")).group_by(
        LinkRow.role, LinkRow.state
    )
    return {(row.role, row.state): row.links for row in connection.execute(statement)}
