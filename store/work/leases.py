"""Leases on hosts: at most one process sends requests to a host at a time.

A lease is acquired by compare-and-swap on the row of `host`, and has a token that grows with each
acquisition (a fencing token). Whoever has an older token must not write. `next_allowed_at` passes
the host's rate limit on from one holder to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, Update, bindparam, or_, select, update

from store.errors import LeaseLost
from store.schema.dialects import chunks
from store.schema.models import HostRow
from store.work.lease_owners import has_process_ended

LEASE_LENGTH = timedelta(seconds=60)  # from its acquisition or renewal


class Lease(Struct, frozen=True):
    """The right to send requests to one host, but none before `next_allowed_at`."""

    host_id: int
    owner: str
    token: int
    until: datetime
    next_allowed_at: datetime | None


class Release(Struct, frozen=True, kw_only=True):
    """The end of a lease."""

    lease: Lease
    next_allowed_at: datetime  # the next holder sends no request before
    # Seconds between requests that the host's rate limiting enforced. 0: it did not slow us down;
    # None: not known.
    observed_interval: float | None = None


def acquire_leases(
    connection: Connection,
    host_ids: Collection[int],
    *,
    owner: str,
    now: datetime,
    length: timedelta,
) -> dict[int, Lease]:
    """Acquire the leases on the given hosts, as far as they are free.

    Returns:
        The acquired leases by host id.
    """
    until = now + length
    leases: dict[int, Lease] = {}
    is_free = or_(HostRow.lease_until.is_(None), HostRow.lease_until < now)
    for batch in chunks(sorted(host_ids)):
        # Locked rows are skipped: two processes that acquire many leases must not deadlock.
        unlocked = (
            select(HostRow.id)
            .where(HostRow.id.in_(batch), is_free)
            .with_for_update(skip_locked=True, key_share=True)
        )
        statement = (
            update(HostRow)
            .where(HostRow.id.in_(unlocked), is_free)
            .values(lease_owner=owner, lease_token=HostRow.lease_token + 1, lease_until=until)
            .returning(HostRow.id, HostRow.lease_token, HostRow.next_allowed_at)
        )
        for row in connection.execute(statement):
            leases[row.id] = Lease(row.id, owner, row.lease_token, until, row.next_allowed_at)
    return leases


def renew_lease(connection: Connection, lease: Lease, *, now: datetime, length: timedelta) -> Lease:
    """Extend a lease to `now + length`.

    Returns:
        The extended lease.

    Raises:
        LeaseLost: Another process acquired it.
    """
    until = now + length
    statement = (
        update(HostRow)
        .where(HostRow.id == lease.host_id, HostRow.lease_token == lease.token)
        .values(lease_until=until)
    )
    if connection.execute(statement).rowcount != 1:
        raise LeaseLost(f"the lease on host {lease.host_id} was acquired by another process")
    return Lease(lease.host_id, lease.owner, lease.token, until, lease.next_allowed_at)


def release_leases(connection: Connection, releases: Collection[Release]) -> None:
    """Release leases, except those that another process has acquired meanwhile."""
    with_interval, without_interval = list[dict[str, Any]](), list[dict[str, Any]]()
    for release in sorted(releases, key=lambda release: release.lease.host_id):
        row = {
            "host": release.lease.host_id,
            "token": release.lease.token,
            "allowed_at": release.next_allowed_at,
        }
        if release.observed_interval is None:
            without_interval.append(row)
        else:
            interval_ms = round(release.observed_interval * 1000) or None
            with_interval.append({**row, "interval_ms": interval_ms})
    if with_interval:
        connection.execute(_update_released(has_interval=True), with_interval)
    if without_interval:
        connection.execute(_update_released(has_interval=False), without_interval)


@cache
def _update_released(*, has_interval: bool) -> Update:
    """Return the statement that releases one lease."""
    statement = (
        update(HostRow)
        .where(HostRow.id == bindparam("host"), HostRow.lease_token == bindparam("token"))
        .values(lease_owner=None, lease_until=None, next_allowed_at=bindparam("allowed_at"))
    )
    if has_interval:
        statement = statement.values(observed_interval_ms=bindparam("interval_ms"))
    return statement


def leases_of_owners(
    connection: Connection, owners: Collection[str]
) -> Sequence[tuple[str, Lease]]:
    """List the leases of the given owners.

    Returns:
        The hosts' names, each with its lease, by the hosts' ids.
    """
    statement = (
        select(
            HostRow.id,
            HostRow.name,
            HostRow.lease_owner,
            HostRow.lease_token,
            HostRow.lease_until,
            HostRow.next_allowed_at,
        )
        .where(HostRow.lease_owner.in_(sorted(owners)))
        .order_by(HostRow.id)
    )
    leases = []
    for row in connection.execute(statement):
        if row.lease_until:
            lease = Lease(
                row.id, row.lease_owner, row.lease_token, row.lease_until, row.next_allowed_at
            )
            leases.append((row.name, lease))
    return leases


def release_abandoned(
    connection: Connection, *, now: datetime, pause: Callable[[str], timedelta]
) -> int:
    """Release the leases of processes on this machine that were killed.

    Args:
        connection: A connection in a transaction that writes.
        now: The time, by the clock that leases are measured with.
        pause: Returns for how long no request is sent to a host, by its name: it is unknown when
            the killed process sent the last one.

    Returns:
        The number of leases that were released.
    """
    holders = select(HostRow.lease_owner).where(HostRow.lease_until > now).distinct()
    ended = [owner for owner in connection.scalars(holders) if owner and has_process_ended(owner)]
    if not ended:
        return 0
    releases = []
    for name, lease in leases_of_owners(connection, ended):
        next_allowed_at = max(now + pause(name), lease.next_allowed_at or now)
        releases.append(Release(lease=lease, next_allowed_at=next_allowed_at))
    release_leases(connection, releases)
    return len(releases)


def check_leases_held(connection: Connection, leases: Collection[Lease]) -> None:
    """Check that no lease was lost. Call it in each transaction that writes under the leases.

    Raises:
        LeaseLost: Another process acquired one of them.
    """
    tokens: dict[int, int] = {}
    for batch in chunks(sorted({lease.host_id for lease in leases})):
        rows = connection.execute(_select_tokens(), {"ids": batch})
        tokens |= {row.id: row.lease_token for row in rows}
    for lease in leases:
        if tokens.get(lease.host_id) != lease.token:
            raise LeaseLost(
                f"the lease on host {lease.host_id} was acquired by another process: "
                "the results of this one are not written"
            )


@cache
def _select_tokens() -> Select[*tuple[Any, ...]]:
    """Return the statement that locks the given hosts and selects their leases' tokens."""
    return (
        select(HostRow.id, HostRow.lease_token)
        .where(HostRow.id.in_(bindparam("ids", expanding=True)))
        .order_by(HostRow.id)
        .with_for_update()
    )
