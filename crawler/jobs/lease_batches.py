"""Acquire and release the leases of many hosts with one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from store.schema.engine import Database
from store.work.leases import (
    LEASE_LENGTH,
    Lease,
    Release,
    acquire_leases,
    leases_of_owners,
    release_leases,
)
from store.work.links import ensure_hosts


def acquire_host_leases(
    database: Database, hosts: Sequence[int | str], *, owner: str, now: datetime
) -> Sequence[Lease | None]:
    """Return the leases on hosts, None for each that another process holds.

    Args:
        database: The database.
        hosts: The hosts' ids, or their names where the id is not known.
        owner: The name under which the process holds leases.
        now: The current time.
    """
    with database.write() as connection:
        named = ensure_hosts(connection, {host for host in hosts if isinstance(host, str)})
        ids = [named[host] if isinstance(host, str) else host for host in hosts]
        leases = acquire_leases(connection, ids, owner=owner, now=now, length=LEASE_LENGTH)
    return [leases.get(host_id) for host_id in ids]


def release_leases_of(
    database: Database, owner: str, *, now: datetime, pause_of: Callable[[str], float]
) -> None:
    """Release every lease of a process, with the pauses that its rate limiters still make.

    Args:
        database: The database.
        owner: The name under which the process holds leases.
        now: The current time.
        pause_of: Returns the seconds until the next request to a host may start, by its name.

    Raises:
        StoreError: The database cannot be written.
    """
    with database.write() as connection:
        releases = [
            Release(lease=lease, next_allowed_at=now + timedelta(seconds=pause_of(host)))
            for host, lease in leases_of_owners(connection, [owner])
        ]
        release_leases(connection, releases)
