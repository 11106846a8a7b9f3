"""Read which hosts have links, which of their links live, and how often they were probed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, func, select

from store.schema.models import HostRow, LinkRow, ProbeRow, hash_text
from store.vocabulary import Role, State, Verdict
from store.work.clock_skew import SLACK
from store.work.scope import Scope


def hosts_with_links(
    connection: Connection, scope: Scope, *, names: Sequence[str] | None = None
) -> Sequence[str]:
    """Return the names of the hosts of links, in alphabetical order.

    Args:
        connection: A connection in a transaction.
        scope: The links.
        names: Only these hosts; None for all.
    """
    has_link = exists().where(LinkRow.host_id == HostRow.id, scope.contains_link())
    statement = select(HostRow.name).where(has_link.correlate(HostRow)).order_by(HostRow.name)
    if names is not None:
        statement = statement.where(HostRow.name_hash.in_([hash_text(name) for name in names]))
    return connection.scalars(statement).all()


def living_urls(connection: Connection, *, limit: int) -> Sequence[str]:
    """List URLs of living links, one of each host, those hosts first that were checked last."""
    latest = func.max(LinkRow.checked_at)
    statement = (
        select(func.min(LinkRow.url))
        .where(LinkRow.role == Role.LINK, LinkRow.state == State.ALIVE)
        .group_by(LinkRow.host_id)
        .order_by(latest.desc())
        .limit(limit)
    )
    return list(connection.scalars(statement))


def probes_since(connection: Connection, host_id: int, since: datetime, *, until: datetime) -> int:
    """Count the probes of a host in a period, except those that made no request.

    Args:
        connection: A connection in a transaction.
        host_id: The host.
        since: Only probes that began after this time.
        until: The time now. Later probes, by a clock that ran ahead, do not count.

    Returns:
        The number.
    """
    statement = (
        select(func.count(ProbeRow.id))
        .join(LinkRow, LinkRow.id == ProbeRow.link_id)
        .where(
            LinkRow.host_id == host_id,
            ProbeRow.started_at > since,
            ProbeRow.started_at <= until + SLACK,
            ProbeRow.verdict != Verdict.SKIPPED,
        )
    )
    return connection.execute(statement).scalar_one()
