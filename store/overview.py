"""How the whole stands now: what is due, who is at work, what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from store.models import Capture, Host, Link
from store.scope import EVERYTHING, Scope
from store.vocabulary import CaptureStatus, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldHost:
    """A host somebody holds now."""

    name: str
    owner: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The store at one moment. `due` counts by role; `next_due_at` is when the first of what is not yet due will be."""

    due: Mapping[Role, int]
    oldest_due_at: datetime | None
    next_due_at: datetime | None
    held: Sequence[HeldHost]
    captures: Mapping[CaptureStatus, int]


def overview(connection: Connection, *, now: datetime, scope: Scope = EVERYTHING) -> Overview:
    """Read how the whole stands, and what is due of what is in scope."""
    due = select(Link.role, func.count(Link.id).label("links")).where(Link.next_probe_at <= now, scope.covers()).group_by(Link.role)
    first = select(func.min(Link.next_probe_at)).where(scope.covers())
    held = select(Host.name, Host.lease_owner, Host.lease_until).where(Host.lease_until > now).order_by(Host.name)
    captures = select(Capture.status, func.count(Capture.id).label("captures")).group_by(Capture.status)
    return Overview(
        due={row.role: row.links for row in connection.execute(due)},
        oldest_due_at=connection.execute(first.where(Link.next_probe_at <= now)).scalar_one(),
        next_due_at=connection.execute(first.where(Link.next_probe_at > now)).scalar_one(),
        held=[HeldHost(name=row.name, owner=row.lease_owner, until=row.lease_until) for row in connection.execute(held)],
        captures={row.status: row.captures for row in connection.execute(captures)},
    )
