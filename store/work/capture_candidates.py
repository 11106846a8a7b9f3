"""Links an archive may be asked to capture, and what makes a copy of each more or less urgent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from store.schema.models import (
    CaptureRow,
    CitationRow,
    HostRow,
    LinkRow,
    LookupRow,
    MirrorRow,
    PageRow,
    RunRow,
)
from store.vocabulary import (
    CaptureStatus,
    LookupOutcome,
    MirrorOrigin,
    MirrorQuality,
    RetryWhen,
    Role,
    State,
)
from store.work.captures import LIVING, has_mirror, end_of_day
from store.work.scope import EVERYTHING, Scope

_SETTLED = (
    CaptureStatus.QUEUED,
    CaptureStatus.REQUESTED,
    CaptureStatus.PENDING,
    CaptureStatus.CAPTURED,
    CaptureStatus.VERIFIED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureCandidate:
    """A living link that has no good mirror, or none but on services we trust less (`only_on`, of `services` the first).

    `read_at` is when its author read it, as far as anything tells; `host_links` and `host_dead` count the host's links and those of them
    that are broken for good, `host_captures` what the service was asked to capture of it; `waiting` tells that its capture is decided on
    already.
    """

    link_id: int
    url: str
    host: str
    moved: bool
    read_at: datetime
    host_links: int
    host_dead: int
    only_service: str | None
    service_count: int = 1
    host_captures: int = 0
    is_queued: bool = False


def capture_candidates(
    connection: Connection,
    service: str,
    *,
    now: datetime,
    less_trusted: Collection[str] = (),
    max_unusable: int = 1,
    scope: Scope = EVERYTHING,
    own: bool = False,
) -> Sequence[CaptureCandidate]:
    """List links in scope that the service said it has no copy of, and for which no capture is made, under way or given up.

    `ways` is how many captures of one link may turn out unusable before the service is given up for it. With `own` the service is an archive
    of our own: what others have does not count, nor what was captured there and proved worthless since.
    """
    # what our own archive was asked for and did not answer, a process that is gone had begun
    waiting = _is_waiting(
        service, CaptureStatus.QUEUED, *((CaptureStatus.REQUESTED,) if own else ())
    )
    if own:
        wanted = _wants_own(service, waiting, now=now)
    else:
        without = ~has_mirror(*LIVING, State.UNCHECKED, except_on=less_trusted)
        wanted = [
            _is_without_copy(service),
            without,
            or_(waiting, ~_is_settled(service, now=now, ways=max_unusable)),
        ]
    hosts = (
        select(
            LinkRow.host_id,
            func.count(LinkRow.id).label("links"),
            func.sum(case((LinkRow.state == State.BROKEN, 1), else_=0)).label("dead"),
        )
        .where(LinkRow.role == Role.LINK)
        .group_by(LinkRow.host_id)
        .subquery()
    )
    captured = aliased(LinkRow)
    asked = (
        select(captured.host_id, func.count(CaptureRow.id).label("captures"))
        .join(captured, captured.id == CaptureRow.link_id)
        .where(CaptureRow.service == service, CaptureRow.requested_at.is_not(None))
        .group_by(captured.host_id)
        .subquery()
    )
    address = aliased(LinkRow)
    good = (
        MirrorRow.original_id == LinkRow.id,
        MirrorRow.quality != MirrorQuality.UNUSABLE,
        address.state.in_(LIVING),
    )
    only_on, services = (
        select(what)
        .select_from(MirrorRow)
        .join(address, address.id == MirrorRow.link_id)
        .where(*good)
        .correlate(LinkRow)
        .scalar_subquery()
        for what in (func.min(MirrorRow.service), func.count(func.distinct(MirrorRow.service)))
    )
    statement = (
        select(
            *(
                LinkRow.id,
                LinkRow.url,
                LinkRow.state,
                HostRow.name,
                RunRow.started_at,
                hosts.c.links,
                hosts.c.dead,
            ),
            *(
                func.min(CitationRow.accessed).label("accessed"),
                func.min(PageRow.dated).label("dated"),
                func.min(CitationRow.added).label("added"),
            ),
            *(
                only_on.label("only_on"),
                services.label("services"),
                waiting.label("waiting"),
                asked.c.captures,
            ),
        )
        .join(
            CitationRow, and_(CitationRow.link_id == LinkRow.id, CitationRow.gone_run_id.is_(None))
        )
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .join(RunRow, RunRow.id == LinkRow.first_run_id)
        .join(HostRow, HostRow.id == LinkRow.host_id)
        .join(hosts, hosts.c.host_id == LinkRow.host_id)
        .outerjoin(asked, asked.c.host_id == LinkRow.host_id)
        .where(LinkRow.role == Role.LINK, LinkRow.state.in_(LIVING), *wanted, scope.contains_link())
        .group_by(
            LinkRow.id,
            LinkRow.url,
            LinkRow.state,
            HostRow.name,
            RunRow.started_at,
            hosts.c.links,
            hosts.c.dead,
            asked.c.captures,
        )
        .order_by(LinkRow.id)
    )
    return [
        CaptureCandidate(
            link_id=row.id,
            url=row.url,
            host=row.name,
            moved=row.state is State.MOVED,
            read_at=end_of_day(row.accessed or row.dated or row.added) or row.started_at,
            host_links=row.links,
            host_dead=row.dead,
            only_service=row.only_on,
            service_count=row.services,
            host_captures=row.captures or 0,
            is_queued=row.waiting,
        )
        for row in connection.execute(statement)
    ]


def wanted_local_copies(
    connection: Connection,
    service: str,
    states: Collection[State],
    *,
    now: datetime,
    scope: Scope = EVERYTHING,
) -> set[int]:
    """Name the links in scope and in some state of which an archive of our own is to have a copy, should they live: as `capture_candidates`."""
    waiting = _is_waiting(service, CaptureStatus.QUEUED, CaptureStatus.REQUESTED)
    is_cited = exists().where(CitationRow.link_id == LinkRow.id, CitationRow.gone_run_id.is_(None))
    statement = select(LinkRow.id).where(
        LinkRow.role == Role.LINK,
        LinkRow.state.in_(states),
        is_cited,
        *_wants_own(service, waiting, now=now),
        scope.contains_link(),
    )
    return set(connection.scalars(statement))


def _wants_own(
    service: str, waiting: ColumnElement[bool], *, now: datetime
) -> list[ColumnElement[bool]]:
    """Say that an archive of our own has no copy, and is not given up for now; what is under way there is not wanted again."""
    return [
        ~_has_own(service),
        or_(waiting, ~_is_settled(service, now=now, ways=1, statuses=(CaptureStatus.PENDING,))),
    ]


def _is_waiting(service: str, *statuses: CaptureStatus) -> ColumnElement[bool]:
    return exists().where(
        CaptureRow.link_id == LinkRow.id,
        CaptureRow.service == service,
        CaptureRow.status.in_(statuses),
    )


def _has_own(service: str) -> ColumnElement[bool]:
    """Say that we made a copy there that is worth something, for all we know."""
    return exists().where(
        MirrorRow.original_id == LinkRow.id,
        MirrorRow.service == service,
        MirrorRow.origin == MirrorOrigin.CAPTURED,
        MirrorRow.quality != MirrorQuality.UNUSABLE,
    )


def _is_without_copy(service: str) -> ColumnElement[bool]:
    """Say that the service has no copy of a link, or none that is worth anything."""
    proved = exists().where(
        MirrorRow.id == LookupRow.mirror_id, MirrorRow.quality == MirrorQuality.UNUSABLE
    )
    return exists().where(
        LookupRow.link_id == LinkRow.id,
        LookupRow.service == service,
        or_(
            LookupRow.outcome == LookupOutcome.NONE,
            and_(LookupRow.outcome == LookupOutcome.FOUND, proved),
        ),
    )


def _is_settled(
    service: str, *, now: datetime, ways: int, statuses: Collection[CaptureStatus] = _SETTLED
) -> ColumnElement[bool]:
    """Say that a capture is made, under way, or given up for now or for good."""
    of_link = and_(CaptureRow.link_id == LinkRow.id, CaptureRow.service == service)
    unusable = (
        select(func.count(CaptureRow.id))
        .where(of_link, CaptureRow.status == CaptureStatus.UNUSABLE)
        .correlate(LinkRow)
        .scalar_subquery()
    )
    over = or_(
        CaptureRow.status.in_(statuses),
        and_(
            CaptureRow.status == CaptureStatus.FAILED,
            or_(
                CaptureRow.retry == RetryWhen.NEVER,
                CaptureRow.next_try_at.is_(None),
                CaptureRow.next_try_at > now,
            ),
        ),
    )
    return or_(exists().where(of_link, over), unusable >= ways)
