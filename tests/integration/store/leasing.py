"""Acquiring and releasing a single lease, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from store.work.leases import Lease, Release, acquire_leases, release_leases


def acquire_lease(
    connection: Connection, host_id: int, *, owner: str, now: datetime, length: timedelta
) -> Lease | None:
    """Acquire the lease on a host; None if another owner holds it."""
    return acquire_leases(connection, [host_id], owner=owner, now=now, length=length).get(host_id)


def release_lease(connection: Connection, lease: Lease, *, next_allowed_at: datetime) -> None:
    """Release a lease without an observed interval."""
    release_leases(connection, [Release(lease=lease, next_allowed_at=next_allowed_at)])
