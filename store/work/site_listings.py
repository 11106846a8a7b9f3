"""Select blocked links to look for in the sitemaps and feeds of their site; store the results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select, update

from store.schema.dialects import chunks
from store.schema.models import HostRow, LinkRow
from store.vocabulary import Role, State
from store.work.leases import Lease, check_leases_held

# A link that has been blocked for this time was refused by several probes.
MIN_BLOCKED_TIME: Final = timedelta(days=6)
_READ_INTERVAL: Final = timedelta(days=90)
_MAX_LINKS: Final = 2_000  # of a host


def blocked_links_to_find(
    connection: Connection, host_id: int, *, now: datetime
) -> Mapping[int, str]:
    """Return the blocked links of a host that are to be looked for in its sitemaps and feeds.

    Args:
        connection: A connection in a transaction.
        host_id: The host.
        now: The time.

    Returns:
        The URLs of the links by their ids; none if the sitemaps and feeds were read in the last
        90 days.
    """
    read_at = select(HostRow.listing_read_at).where(HostRow.id == host_id)
    last_read = connection.execute(read_at).scalar_one_or_none()
    if last_read is not None and now - last_read < _READ_INTERVAL:
        return {}
    statement = (
        select(LinkRow.id, LinkRow.url)
        .where(
            LinkRow.host_id == host_id,
            LinkRow.role == Role.LINK,
            LinkRow.state == State.BLOCKED,
            LinkRow.state_since <= now - MIN_BLOCKED_TIME,
        )
        .order_by(LinkRow.id)
        .limit(_MAX_LINKS)
    )
    return {row.id: row.url for row in connection.execute(statement)}


def record_site_listing(
    connection: Connection, lease: Lease, found: Mapping[int, str | None], *, at: datetime
) -> None:
    """Store which of the links that were looked for the site lists.

    Args:
        connection: A connection in a transaction that writes.
        lease: The lease on the host.
        found: The URL of the sitemap or feed that lists a link, by link id; None if none does.
        at: When they were read.

    Raises:
        LeaseLost: Another process acquired the lease.
    """
    check_leases_held(connection, [lease])
    links_by_list: dict[str | None, list[int]] = {}
    for link_id, listed_by in found.items():
        links_by_list.setdefault(listed_by, []).append(link_id)
    for listed_by, link_ids in links_by_list.items():
        listed_at = at if listed_by else None
        for batch in chunks(link_ids):
            statement = update(LinkRow).where(LinkRow.id.in_(batch))
            connection.execute(statement.values(listed_at=listed_at, listed_by=listed_by))
    connection.execute(
        update(HostRow).where(HostRow.id == lease.host_id).values(listing_read_at=at)
    )
