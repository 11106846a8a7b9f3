"""Leases on hosts: at most one holder asks a host at a time, in one process or in fifty.

A lease is claimed by compare-and-swap on the `host` row and carries a token that grows with each claim. Whoever holds a stale token
writes nothing. `next_allowed_at` hands the host's interval from one holder to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from store.errors import LeaseLost
from store.schema.dialects import chunks, insert_missing
from store.schema.models import HostRow
from store.work.lease_owners import has_process_ended

LEASE_LENGTH = timedelta(seconds=60)  # of a lease nobody renews


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to ask one host. `next_allowed_at`: no request before it."""

    host_id: int
    owner: str
    token: int
    until: datetime
    next_allowed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A lease given back. The next holder asks nothing before `next_allowed_at`.

    `kept_interval` are the seconds between requests that the host made of ours; 0: it did not slow us down, None: it cannot be told.
    """

    lease: Lease
    next_allowed_at: datetime
    observed_interval: float | None = None


def ensure_host(connection: Connection, name: str) -> int:
    """Give the id of a host, or of a service's budget, making its row if there is none."""
    insert_missing(connection, HostRow, [{"name": name}])
    return connection.execute(select(HostRow.id).where(HostRow.name == name)).scalar_one()


def ensure_hosts(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """Return the ids of hosts by their names, making rows for those that have none."""
    found = _ids_of(connection, names)
    missing = sorted(
        set(names) - found.keys()
    )  # in one order: two who insert the same must not wait for each other
    insert_missing(connection, HostRow, [{"name": name} for name in missing])
    return found | _ids_of(connection, missing)


def _ids_of(connection: Connection, names: Collection[str]) -> dict[str, int]:
    statements = (
        select(HostRow.id, HostRow.name).where(HostRow.name.in_(some))
        for some in chunks(sorted(names))
    )
    return {row.name: row.id for statement in statements for row in connection.execute(statement)}


def claim(
    connection: Connection, host_id: int, *, owner: str, now: datetime, length: timedelta
) -> Lease | None:
    """Take the lease on a host if nobody holds it; None if somebody does."""
    return acquire_leases(connection, [host_id], owner=owner, now=now, length=length).get(host_id)


def acquire_leases(
    connection: Connection,
    host_ids: Collection[int],
    *,
    owner: str,
    now: datetime,
    length: timedelta,
) -> dict[int, Lease]:
    """Take the lease on each of several hosts that nobody holds; the leases by host."""
    until, leases = now + length, {}
    free = or_(HostRow.lease_until.is_(None), HostRow.lease_until < now)
    for some in chunks(sorted(host_ids)):
        # A row that somebody has locked is passed over: two who claim many hosts must not wait for each other.
        unlocked = (
            select(HostRow.id)
            .where(HostRow.id.in_(some), free)
            .with_for_update(skip_locked=True, key_share=True)
        )
        statement = (
            update(HostRow)
            .where(HostRow.id.in_(unlocked), free)
            .values(lease_owner=owner, lease_token=HostRow.lease_token + 1, lease_until=until)
            .returning(HostRow.id, HostRow.lease_token, HostRow.next_allowed_at)
        )
        for row in connection.execute(statement):
            leases[row.id] = Lease(row.id, owner, row.lease_token, until, row.next_allowed_at)
    return leases


def renew(connection: Connection, lease: Lease, *, now: datetime, length: timedelta) -> Lease:
    """Make the lease last until `now + length`. Raises LeaseLost if it has gone to another holder."""
    until = now + length
    statement = (
        update(HostRow)
        .where(HostRow.id == lease.host_id, HostRow.lease_token == lease.token)
        .values(lease_until=until)
    )
    if connection.execute(statement).rowcount != 1:
        raise LeaseLost(f"the lease on host {lease.host_id} went to another holder")
    return Lease(lease.host_id, lease.owner, lease.token, until, lease.next_allowed_at)


def release(
    connection: Connection,
    lease: Lease,
    *,
    next_allowed_at: datetime,
    kept_interval: float | None = None,
) -> None:
    """Give a lease back. One already lost is left alone."""
    release_leases(
        connection,
        [Release(lease=lease, next_allowed_at=next_allowed_at, observed_interval=kept_interval)],
    )


def release_leases(connection: Connection, releases: Collection[Release]) -> None:
    """Give leases back. Those already lost are left alone."""
    statement = update(HostRow).where(
        HostRow.id == bindparam("host"), HostRow.lease_token == bindparam("token")
    )
    statement = statement.values(
        lease_owner=None, lease_until=None, next_allowed_at=bindparam("allowed_at")
    )
    told, untold = list[dict[str, Any]](), list[dict[str, Any]]()
    for release in sorted(releases, key=lambda release: release.lease.host_id):
        row = {
            "host": release.lease.host_id,
            "token": release.lease.token,
            "allowed_at": release.next_allowed_at,
        }
        if release.observed_interval is None:
            untold.append(row)
        else:
            told.append({**row, "kept_ms": round(release.observed_interval * 1000) or None})
    if told:
        connection.execute(statement.values(observed_interval_ms=bindparam("kept_ms")), told)
    if untold:
        connection.execute(statement, untold)


def leases_of_owners(
    connection: Connection, owners: Collection[str]
) -> Sequence[tuple[str, Lease]]:
    """List the leases of some owners.

    Returns:
        The names of the hosts, each with its lease, by the hosts' ids.
    """
    columns = (
        *(HostRow.id, HostRow.name, HostRow.lease_owner, HostRow.lease_token),
        *(HostRow.lease_until, HostRow.next_allowed_at),
    )
    statement = select(*columns).where(HostRow.lease_owner.in_(sorted(owners))).order_by(HostRow.id)
    return [
        (name, Lease(host, owner or "", token, until, allowed_at))
        for host, name, owner, token, until, allowed_at in connection.execute(statement)
        if until
    ]


def release_abandoned(
    connection: Connection, *, now: datetime, pause: Callable[[str], timedelta]
) -> int:
    """Release the leases of processes of this machine that were killed.

    Args:
        connection: In a transaction that writes.
        now: By the clock that leases go by.
        pause: How long to ask nothing of a host, by its name: nobody knows when the killed
            process last asked it.

    Returns:
        How many leases were released.
    """
    holders = select(HostRow.lease_owner).where(HostRow.lease_until > now).distinct()
    ended = [owner for owner in connection.scalars(holders) if owner and has_process_ended(owner)]
    if not ended:
        return 0
    releases = [
        Release(lease=lease, next_allowed_at=max(now + pause(name), lease.next_allowed_at or now))
        for name, lease in leases_of_owners(connection, ended)
    ]
    release_leases(connection, releases)
    return len(releases)


def check_leases_held(connection: Connection, leases: Collection[Lease]) -> None:
    """Raise LeaseLost unless all of these leases are still ours: called inside each transaction that writes under them."""
    tokens: dict[int, int] = {}
    for some in chunks(sorted({lease.host_id for lease in leases})):
        statement = (
            select(HostRow.id, HostRow.lease_token)
            .where(HostRow.id.in_(some))
            .order_by(HostRow.id)
            .with_for_update()
        )
        tokens |= {row.id: row.lease_token for row in connection.execute(statement)}
    for lease in leases:
        if tokens.get(lease.host_id) != lease.token:
            raise LeaseLost(
                f"the lease on host {lease.host_id} went to another holder: its results are not written"
            )
