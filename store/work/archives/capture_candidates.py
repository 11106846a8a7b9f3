"""Candidates for a capture: living links without a good mirror, with what makes them urgent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, exists, func, or_, select

from store.schema.models import (
    CaptureRow,
    CitationRow,
    HostRow,
    LinkRow,
    MirrorRow,
    PageRow,
    RunRow,
    aliased,
)
from store.vocabulary import (
    LIVING_STATES,
    LOCAL,
    CaptureStatus,
    Role,
    State,
)
from store.work.archives.capture_conditions import (
    aggregate_over_good_mirrors,
    has_capture,
    has_local_copy,
    has_no_copy,
    must_not_capture,
    must_not_copy_locally,
)
from store.work.archives.mirrors import end_of_day, has_mirror
from store.work.scope import EVERYTHING, Scope

# A link with a capture of one of these statuses needs no other one.
_DECIDED = (
    CaptureStatus.QUEUED,
    CaptureStatus.REQUESTED,
    CaptureStatus.PENDING,
    CaptureStatus.CAPTURED,
    CaptureStatus.VERIFIED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureCandidate:
    """A living link that may be captured.

    Attributes:
        link_id: The link.
        url: Its URL.
        host: The name of its host.
        moved: Whether its state is moved.
        read_at: When its author read it; if no date says it, when it was first found.
        host_links: Number of links of the host.
        host_broken: Number of these that are broken.
        mirror_service: A service with a good mirror, the first of them by name; None if there is
            none.
        service_count: Number of services with a good mirror.
        host_captures: Number of captures of the host that were requested from the service.
        is_queued: Whether a capture of it is queued already.
        refused: Whether public archives may not copy it.
    """

    link_id: int
    url: str
    host: str
    moved: bool
    read_at: datetime
    host_links: int
    host_broken: int
    mirror_service: str | None
    service_count: int = 1
    host_captures: int = 0
    is_queued: bool = False
    refused: bool = False


def capture_candidates(
    connection: Connection,
    service: str,
    *,
    now: datetime,
    less_trusted: Collection[str] = (),
    max_unusable: int = 1,
    scope: Scope = EVERYTHING,
) -> Sequence[CaptureCandidate]:
    """List links that an archive may be requested to capture.

    These are living links without a good mirror, of which the service has no copy. Links are left
    out if their capture was made, is in progress, or failed and must not be retried now. Those
    with a queued capture are included.

    Args:
        connection: A connection in a transaction.
        service: The archive.
        now: The time.
        less_trusted: Services whose mirrors alone are not enough.
        max_unusable: Number of unusable captures after which a link is given up.
        scope: Only links in this scope.

    Returns:
        The candidates by link id.
    """
    is_queued = has_capture(service, CaptureStatus.QUEUED)
    has_decisive_capture = must_not_capture(
        service, now=now, max_unusable=max_unusable, statuses=_DECIDED
    )
    conditions = (
        has_no_copy(service),
        ~has_mirror(*LIVING_STATES, State.UNCHECKED, except_on=less_trusted),
        or_(is_queued, ~has_decisive_capture),
    )
    return _list_candidates(connection, service, is_queued, conditions, scope)


def local_capture_candidates(
    connection: Connection, *, now: datetime, scope: Scope = EVERYTHING
) -> Sequence[CaptureCandidate]:
    """List links that the local archive is to capture.

    Copies in other archives do not count, nor do local copies that are unusable.

    Args:
        connection: A connection in a transaction.
        now: The time.
        scope: Only links in this scope.

    Returns:
        The candidates by link id.
    """
    # A requested capture without a result was begun by a process that has ended.
    is_queued = has_capture(LOCAL, CaptureStatus.QUEUED, CaptureStatus.REQUESTED)
    conditions = _wants_local_copy(is_queued, now=now)
    return _list_candidates(connection, LOCAL, is_queued, conditions, scope)


def wanted_local_copies(
    connection: Connection,
    states: Collection[State],
    *,
    now: datetime,
    scope: Scope = EVERYTHING,
) -> set[int]:
    """Return the ids of cited links in the given states without a copy in the local archive.

    The conditions are those of `local_capture_candidates`, except the state.
    """
    is_queued = has_capture(LOCAL, CaptureStatus.QUEUED, CaptureStatus.REQUESTED)
    is_cited = exists().where(CitationRow.link_id == LinkRow.id, CitationRow.gone_run_id.is_(None))
    statement = select(LinkRow.id).where(
        LinkRow.role == Role.LINK,
        LinkRow.state.in_(states),
        is_cited,
        *_wants_local_copy(is_queued, now=now),
        scope.contains_link(),
    )
    return set(connection.scalars(statement))


def _list_candidates(
    connection: Connection,
    service: str,
    is_queued: ColumnElement[bool],
    conditions: Collection[ColumnElement[bool]],
    scope: Scope,
) -> Sequence[CaptureCandidate]:
    """List living links in a scope for which some conditions hold, by link id."""
    hosts = _count_links_by_host()
    captured = _count_captures_by_host(service)
    grouped = (
        LinkRow.id,
        LinkRow.url,
        LinkRow.state,
        HostRow.name,
        RunRow.started_at,
        hosts.c.links,
        hosts.c.broken,
        captured.c.captures,
    )
    statement = (
        select(
            *grouped,
            func.min(CitationRow.accessed).label("accessed"),
            func.min(PageRow.dated).label("dated"),
            func.min(CitationRow.added).label("added"),
            aggregate_over_good_mirrors(func.min(MirrorRow.service)).label("mirror_service"),
            aggregate_over_good_mirrors(func.count(func.distinct(MirrorRow.service))).label(
                "service_count"
            ),
            is_queued.label("is_queued"),
        )
        .join(
            CitationRow, and_(CitationRow.link_id == LinkRow.id, CitationRow.gone_run_id.is_(None))
        )
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .join(RunRow, RunRow.id == LinkRow.first_run_id)
        .join(HostRow, HostRow.id == LinkRow.host_id)
        .join(hosts, hosts.c.host_id == LinkRow.host_id)
        .outerjoin(captured, captured.c.host_id == LinkRow.host_id)
        .where(
            LinkRow.role == Role.LINK,
            LinkRow.state.in_(LIVING_STATES),
            *conditions,
            scope.contains_link(),
        )
        .group_by(*grouped)
        .order_by(LinkRow.id)
    )
    return [_candidate_from_row(row) for row in connection.execute(statement)]


def _candidate_from_row(row: Any) -> CaptureCandidate:
    return CaptureCandidate(
        link_id=row.id,
        url=row.url,
        host=row.name,
        moved=row.state is State.MOVED,
        read_at=end_of_day(row.accessed or row.dated or row.added) or row.started_at,
        host_links=row.links,
        host_broken=row.broken,
        mirror_service=row.mirror_service,
        service_count=row.service_count,
        host_captures=row.captures or 0,
        is_queued=row.is_queued,
    )


def _count_links_by_host() -> Subquery:
    """Select the number of links of each host, and of those that are broken."""
    return (
        select(
            LinkRow.host_id,
            func.count(LinkRow.id).label("links"),
            func.sum(case((LinkRow.state == State.BROKEN, 1), else_=0)).label("broken"),
        )
        .where(LinkRow.role == Role.LINK)
        .group_by(LinkRow.host_id)
        .subquery()
    )


def _count_captures_by_host(service: str) -> Subquery:
    """Select the number of captures of each host that were requested from a service."""
    link = aliased(LinkRow)
    return (
        select(link.host_id, func.count(CaptureRow.id).label("captures"))
        .join(link, link.id == CaptureRow.link_id)
        .where(CaptureRow.service == service, CaptureRow.requested_at.is_not(None))
        .group_by(link.host_id)
        .subquery()
    )


def _wants_local_copy(
    is_queued: ColumnElement[bool], *, now: datetime
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that the local archive has no copy of a link, and may make one now."""
    is_given_up = must_not_copy_locally(now=now)
    return (~has_local_copy(), or_(is_queued, ~is_given_up))
