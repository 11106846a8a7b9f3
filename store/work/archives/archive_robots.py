"""Store which links the robots.txt of their site disallows to the robots of archives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from store.schema.dialects import update_rows
from store.schema.models import HostRow, LinkRow
from store.schema.rows import rows_as
from store.vocabulary import Role


class ArchiveRobots(Struct, frozen=True, kw_only=True):
    """Rules for archives in a host's robots.txt on its links, as far as they changed.

    Attributes:
        read_at: When robots.txt was read.
        changes: The archive's robot that must not request the link, or "" for none, by link id.
            Links for which the same is stored already are left out.
    """

    read_at: datetime
    changes: Mapping[int, str]


class LinkRobots(Struct, frozen=True, kw_only=True):
    """A link, and what its site's robots.txt said about it when it was last read.

    Attributes:
        id: The link's id.
        url: Its URL.
        refused_robot: The archive's robot that must not request it; "" for none, None if
            robots.txt was never read.
    """

    id: int
    url: str
    refused_robot: str | None


def robots_of_links(connection: Connection, host_id: int) -> Sequence[LinkRobots]:
    """Return the links of a host with what its robots.txt said about them."""
    statement = (
        select(LinkRow.id, LinkRow.url, LinkRow.refused_robot)
        .where(LinkRow.host_id == host_id, LinkRow.role == Role.LINK)
        .order_by(LinkRow.id)
    )
    return rows_as(LinkRobots, connection.execute(statement))


def store_archive_robots(
    connection: Connection, robots_by_host: Mapping[int, ArchiveRobots]
) -> None:
    """Store what the robots.txt of hosts says to archives.

    Args:
        connection: A connection in a transaction that writes, and that holds the hosts' leases.
        robots_by_host: What the robots.txt of each host says, by the host's id.
    """
    hosts = [
        {"id": host_id, "robots_read_at": robots.read_at}
        for host_id, robots in robots_by_host.items()
    ]
    update_rows(connection, HostRow, hosts)
    changes: dict[int, str] = {}
    for robots in robots_by_host.values():
        changes |= robots.changes
    links = [{"id": link_id, "refused_robot": changes[link_id]} for link_id in sorted(changes)]
    update_rows(connection, LinkRow, links)
