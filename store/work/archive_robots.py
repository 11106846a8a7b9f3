"""Store which links the robots.txt of their site disallows to the robots of archives."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from store.schema.dialects import chunks, update_rows
from store.schema.models import HostRow, LinkRow
from store.schema.rows import rows_as
from store.vocabulary import Role
from store.work.capture_conditions import has_public_copy
from store.work.leases import Lease, check_leases_held


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsNeed:
    """The reasons to read the robots.txt of a host for some of its links.

    Attributes:
        read_at: When it was last read.
        is_wanted: A link has no public copy yet, or archives were refused it before.
        is_unknown: For a link it was never read.
    """

    read_at: datetime | None
    is_wanted: bool
    is_unknown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRobots:
    """A link, and what its site's robots.txt said of it when it was last read.

    Attributes:
        id: The link.
        url: Its URL.
        refused_robot: The robot that must not request it; "" for none, None while unknown.
    """

    id: int
    url: str
    refused_robot: str | None


def robots_need(connection: Connection, host_id: int, link_ids: Collection[int]) -> RobotsNeed:
    """Return whether the robots.txt of a host is worth reading for some of its links."""
    read_at = None
    is_wanted = is_unknown = False
    for some in chunks(sorted(link_ids)):
        parameters = {"host_id": host_id, "link_ids": some}
        for row in connection.execute(_needs_of_links(), parameters):
            read_at = row.robots_read_at
            is_wanted |= bool(row.refused_robot) or not row.has_public_copy
            is_unknown |= row.refused_robot is None
    return RobotsNeed(read_at=read_at, is_wanted=is_wanted, is_unknown=is_unknown)


@cache
def _needs_of_links() -> Select[*tuple[Any, ...]]:
    """Return the statement of `robots_need`: building it takes longer than executing it."""
    public_copy = has_public_copy().label("has_public_copy")
    return (
        select(HostRow.robots_read_at, LinkRow.refused_robot, public_copy)
        .select_from(LinkRow)
        .join(HostRow, HostRow.id == bindparam("host_id"))
        .where(LinkRow.id.in_(bindparam("link_ids", expanding=True)))
    )


def robots_of_links(connection: Connection, host_id: int) -> Sequence[LinkRobots]:
    """Return the links of a host with what its robots.txt said of them."""
    statement = (
        select(LinkRow.id, LinkRow.url, LinkRow.refused_robot)
        .where(LinkRow.host_id == host_id, LinkRow.role == Role.LINK)
        .order_by(LinkRow.id)
    )
    return rows_as(LinkRobots, connection.execute(statement))


def store_host_robots(
    connection: Connection, lease: Lease, changes: Mapping[int, str], *, at: datetime
) -> None:
    """Store that the robots.txt of a host was read, and what it says of links that differ.

    Args:
        connection: A connection in a transaction that writes.
        lease: The lease on the host.
        changes: The refused robot, or "", by the ids of links.
        at: When it was read.

    Raises:
        LeaseLost: Another process acquired the lease.
    """
    check_leases_held(connection, [lease])
    connection.execute(update(HostRow).where(HostRow.id == lease.host_id).values(robots_read_at=at))
    rows = [{"id": link_id, "refused_robot": robot} for link_id, robot in changes.items()]
    update_rows(connection, LinkRow, rows)
