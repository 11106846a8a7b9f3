"""Store a single host, and acquire and release its lease."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from store.work.leases import Lease, Release, acquire_leases, release_leases
from store.work.links import ensure_hosts


def ensure_host(connection: Connection, name: str) -> int:
    """Return the id of a host, creating its row if it is missing."""
    return ensure_hosts(connection, [name])[name]


def acquire_lease(
    connection: Connection, host_id: int, *, owner: str, now: datetime, length: timedelta
) -> Lease | None:
    """Acquire the lease on a host; None if another owner holds it."""
    return acquire_leases(connection, [host_id], owner=owner, now=now, length=length).get(host_id)


def release_lease(connection: Connection, lease: Lease, *, next_allowed_at: datetime) -> None:
    """Release a lease without an observed interval."""
    release_leases(connection, [Release(lease=lease, next_allowed_at=next_allowed_at)])
