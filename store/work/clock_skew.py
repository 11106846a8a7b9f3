"""Find and reset times in the future, which a clock that ran ahead stored: they delay work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Update, and_, exists, func, or_, select, update

from store.schema.models import (
    ArchivedPartRow,
    CaptureRow,
    ComparisonRow,
    HostRow,
    LinkRow,
    LookupRow,
    MirrorRow,
    RunRow,
    SearchRow,
)
from store.vocabulary import CaptureStatus, State

# The clocks of machines that share a database differ by far less.
SLACK = timedelta(hours=1)


def server_time(connection: Connection) -> datetime | None:
    """Return the database server's time; None on SQLite, which has no server."""
    if connection.dialect.name != "postgresql":
        return None
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def has_run_in_future(connection: Connection, now: datetime) -> bool:
    """Return whether a stored run began or ended later than `now`: its clock ran ahead."""
    future = now + SLACK
    is_later = or_(RunRow.started_at > future, RunRow.finished_at > future)
    return connection.execute(select(exists().where(is_later))).scalar_one()


def reset_future_times(connection: Connection, now: datetime) -> None:
    """Reset times of future work that a clock that ran ahead has set.

    Links, lookups, captures, searches and all other work become due now, and leases are released.
    Times of observations stay as they are, except those from which it is computed when work is due
    or how much of a limit is used: these become now.

    Args:
        connection: A connection in a transaction that writes.
        now: The time.
    """
    future = now + SLACK  # later times were set by a clock that ran ahead
    for statement in (
        *_reset_links(now, future),
        *_reset_hosts(now, future),
        *_reset_captures(now, future),
        *_reset_mirrors(now, future),
        update(LookupRow)
        .where(LookupRow.requested_at > future)
        .values(requested_at=now, next_lookup_at=now),
        update(SearchRow).where(SearchRow.searched_at > future).values(next_search_at=now),
        update(ComparisonRow)
        .where(ComparisonRow.compared_at > future)
        .values(next_comparison_at=now),
    ):
        connection.execute(statement)


def _unconfirm(table: type[LinkRow | HostRow], now: datetime, future: datetime) -> Update:
    """Return the statement that sets links or hosts back from broken to suspect.

    It is for those that were confirmed as broken by a clock that ran ahead: by any other clock, the
    failures had not lasted long enough. The next failure is judged anew.
    """
    return (
        update(table)
        .where(table.state == State.BROKEN, table.state_since > future)
        .values(state=State.SUSPECT, state_since=now)
    )


def _reset_links(now: datetime, future: datetime) -> Iterator[Update]:
    """Yield the statements for links, except those that are never probed again."""
    yield _unconfirm(LinkRow, now, future)
    is_later = LinkRow.next_probe_at > now
    yield update(LinkRow).where(LinkRow.checked_at > future, is_later).values(next_probe_at=now)
    # A link that was found by such a run, but not probed
    is_found = LinkRow.first_run_id.in_(select(RunRow.id).where(RunRow.started_at > future))
    yield (
        update(LinkRow)
        .where(LinkRow.checked_at.is_(None), LinkRow.next_probe_at > future, is_found)
        .values(next_probe_at=now)
    )


def _reset_hosts(now: datetime, future: datetime) -> Iterator[Update]:
    """Yield the statements for hosts."""
    yield _unconfirm(HostRow, now, future)
    yield update(HostRow).where(HostRow.next_allowed_at > future).values(next_allowed_at=None)
    yield (
        update(HostRow)
        .where(HostRow.lease_until > future)
        .values(lease_owner=None, lease_until=None)
    )
    yield update(HostRow).where(HostRow.listing_read_at > future).values(listing_read_at=None)
    # Not None: what robots.txt said counts until it is read again.
    yield _limit_time(HostRow.robots_read_at, now, future)


def _reset_captures(now: datetime, future: datetime) -> Iterator[Update]:
    """Yield the statements for captures, also for those that wait because another one failed."""
    first_future_run = (
        select(func.min(RunRow.started_at)).where(RunRow.started_at > future).scalar_subquery()
    )
    is_postponed = or_(
        CaptureRow.queued_at > future,
        CaptureRow.requested_at > future,
        CaptureRow.finished_at > future,
        and_(CaptureRow.status == CaptureStatus.QUEUED, CaptureRow.next_try_at >= first_future_run),
    )
    is_later = CaptureRow.next_try_at > now
    yield update(CaptureRow).where(is_postponed, is_later).values(next_try_at=now)
    for column in (CaptureRow.queued_at, CaptureRow.requested_at, CaptureRow.finished_at):
        yield _limit_time(column, now, future)


def _reset_mirrors(now: datetime, future: datetime) -> Iterator[Update]:
    """Yield the statements for the reviews and the parts of mirrors."""
    yield update(MirrorRow).where(MirrorRow.reviewed_at > future).values(reviewed_at=None)
    yield (
        update(MirrorRow)
        .where(MirrorRow.parts_checked_at > future)
        .values(parts_checked_at=now, parts_due_at=now)
    )
    yield _limit_time(ArchivedPartRow.checked_at, now, future)


def _limit_time(column: Any, now: datetime, future: datetime) -> Update:
    """Return the statement that sets the future times of a column to now."""
    return update(column.table).where(column > future).values({column: now})
