"""List suspect and blocked links whose lookup can show whether others are served."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    and_,
    exists,
    or_,
    select,
)

from store.schema.models import LinkRow, LookupRow, MirrorRow
from store.vocabulary import (
    LookupOutcome,
    Reason,
    Role,
    State,
)
from store.work.archives.lookups import LookupTask, longest_wait_first
from store.work.scope import EVERYTHING, Scope
from store.work.site_listings import MIN_BLOCKED_TIME

_CONFIRM_INTERVAL = timedelta(hours=20)  # between lookups: about once a day
_BLOCKED_INTERVAL = timedelta(days=30)  # between lookups of a blocked link


def links_to_confirm(
    connection: Connection,
    service: str,
    reasons: Collection[Reason],
    *,
    now: datetime,
    limit: int,
    scope: Scope = EVERYTHING,
) -> Sequence[LookupTask]:
    """List suspect links that may only be unreachable from our network, by their last lookup.

    A capture made since they began to fail would prove that others can reach them. A link is
    looked up once a day at most, and less often while the service does not respond.

    Args:
        connection: A connection in a transaction.
        service: The archive to look them up at.
        reasons: The reasons of failure that our own network may cause.
        now: The time, also the target time of the tasks.
        limit: Maximum number of links.
        scope: Only links in this scope.

    Returns:
        The tasks.
    """
    is_delayed = and_(LookupRow.outcome == LookupOutcome.UNKNOWN, LookupRow.next_lookup_at > now)
    is_recent = or_(LookupRow.requested_at > now - _CONFIRM_INTERVAL, is_delayed)
    is_waiting = exists().where(
        LookupRow.link_id == LinkRow.id, LookupRow.service == service, is_recent
    )
    statement = (
        select(LinkRow.id, LinkRow.url)
        .where(
            LinkRow.role == Role.LINK,
            LinkRow.state == State.SUSPECT,
            LinkRow.reason.in_(reasons),
            ~is_waiting,
            scope.contains_link(),
        )
        .order_by(*longest_wait_first(service))
        .limit(limit)
    )
    return [
        LookupTask(link_id=row.id, url=row.url, target_time=now)
        for row in connection.execute(statement)
    ]


def blocked_links_to_look_up(
    connection: Connection,
    service: str,
    *,
    now: datetime,
    limit: int,
    scope: Scope = EVERYTHING,
) -> Sequence[LookupTask]:
    """List links that were blocked again and again and whose lookup at a service is due.

    A snapshot made since the first refusal shows whether the server serves others. A link is
    looked up once a month at most, and only until such a snapshot is known.

    Args:
        connection: A connection in a transaction.
        service: The archive to look them up at.
        now: The time.
        limit: Maximum number of links.
        scope: Only links in this scope.

    Returns:
        The tasks. Each looks for the first snapshot (`first_since`) after the first refusal, which
        is its target time.
    """
    has_snapshot_since = exists().where(
        MirrorRow.original_id == LinkRow.id, MirrorRow.captured_at >= LinkRow.state_since
    )
    statement = (
        select(LinkRow.id, LinkRow.url, LinkRow.state_since, LookupRow.requested_at)
        .outerjoin(LookupRow, and_(LookupRow.link_id == LinkRow.id, LookupRow.service == service))
        .where(
            LinkRow.role == Role.LINK,
            LinkRow.state == State.BLOCKED,
            LinkRow.state_since <= now - MIN_BLOCKED_TIME,
            LinkRow.checked_at > LinkRow.state_since,
            ~has_snapshot_since,
            scope.contains_link(),
        )
        .order_by(LinkRow.id)
    )
    return [
        LookupTask(link_id=row.id, url=row.url, target_time=row.state_since, first_since=True)
        for row in connection.execute(statement)
        if _is_lookup_due(row.requested_at, row.state_since, now)
    ][:limit]


def _is_lookup_due(requested_at: datetime | None, blocked_since: datetime, now: datetime) -> bool:
    """Return whether a blocked link's next lookup is due.

    The first lookup after `MIN_BLOCKED_TIME` counts for a month. An earlier one, made while the
    link had only begun to be blocked, counts for a day.
    """
    if requested_at is None or now - requested_at >= _BLOCKED_INTERVAL:
        return True
    is_later = requested_at >= blocked_since + MIN_BLOCKED_TIME
    return not is_later and now - requested_at >= _CONFIRM_INTERVAL
