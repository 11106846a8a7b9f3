"""Finding and making mirrors: which links to ask an archive about, and what the archive answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from store.schema.dialects import chunks, insert_missing
from store.schema.models import (
    CaptureRow,
    CitationRow,
    LinkRow,
    LookupRow,
    MirrorRow,
    PageRow,
    RunRow,
)
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    FailureScope,
    LookupOutcome,
    MirrorAddress,
    MirrorOrigin,
    MirrorQuality,
    Reason,
    RetryWhen,
    Role,
    Snapshot,
    State,
    format_timestamp,
)
from store.vocabulary import LookupResult as LookupAnswer
from store.work.links import MirrorRecord, LinkRegistry
from store.work.scope import EVERYTHING, Scope

LIVING = (State.ALIVE, State.MOVED)
_OPEN = (CaptureStatus.QUEUED, CaptureStatus.REQUESTED, CaptureStatus.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupTask:
    """A link to ask a service about. `wanted_at` is when its author read it, as far as anything tells."""

    link_id: int
    url: str
    target_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTask:
    """A capture to ask for, or to learn the fate of. `tries` counts how often the link was asked for already, in earlier captures too.

    `asked_before` is when this capture was last asked for, `job_id` what the service calls it, `unusable` how many earlier ones turned out so.
    """

    capture_id: int
    link_id: int
    url: str
    tries: int
    requested_at: datetime | None
    job_id: str = ""
    unusable: int = 0


def links_to_look_up(
    connection: Connection,
    service: str,
    *,
    now: datetime,
    limit: int,
    answered_by: str | None = None,
    less_trusted: Collection[str] = (),
    scope: Scope = EVERYTHING,
) -> Sequence[LookupTask]:
    """List links in scope with no living mirror about which the service has no answer that still counts, failing links first.

    After them come those whose only living mirrors are on `doubted` services: another copy elsewhere is wanted. With `after`, only those
    about which that service gave its answer: it is asked first.
    """
    answered = exists().where(
        LookupRow.link_id == LinkRow.id,
        LookupRow.service == service,
        LookupRow.next_lookup_at > now,
    )
    statement = (
        select(
            *(LinkRow.id, LinkRow.url, RunRow.started_at),
            func.min(CitationRow.accessed).label("accessed"),
            func.min(PageRow.dated).label("dated"),
            func.min(CitationRow.added).label("added"),
        )
        .join(
            CitationRow, and_(CitationRow.link_id == LinkRow.id, CitationRow.gone_run_id.is_(None))
        )
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .join(RunRow, RunRow.id == LinkRow.first_run_id)
        .where(
            LinkRow.role == Role.LINK,
            LinkRow.state != State.SKIPPED,
            ~has_mirror(*LIVING, State.UNCHECKED, except_on=less_trusted),
            ~answered,
        )
        .where(scope.contains_link())
        .group_by(LinkRow.id, LinkRow.url, LinkRow.state, RunRow.started_at)
        .order_by(
            has_mirror(*LIVING, State.UNCHECKED),
            LinkRow.state.in_((State.BROKEN, State.SUSPECT)).desc(),
            LinkRow.id,
        )
        .limit(limit)
    )
    if answered_by is not None:
        said = LookupRow.outcome.in_(
            (LookupOutcome.FOUND, LookupOutcome.NONE, LookupOutcome.EXCLUDED)
        )
        statement = statement.where(
            exists().where(LookupRow.link_id == LinkRow.id, LookupRow.service == answered_by, said)
        )
    return [
        LookupTask(
            link_id=row.id,
            url=row.url,
            target_time=end_of_day(row.accessed or row.dated or row.added) or row.started_at,
        )
        for row in connection.execute(statement)
    ]


def links_to_confirm(
    connection: Connection,
    service: str,
    reasons: Collection[Reason],
    *,
    now: datetime,
    limit: int,
    scope: Scope = EVERYTHING,
) -> Sequence[LookupTask]:
    """List suspects in scope failing for reasons that may be our own vantage point's, if the service was not asked about them within a day,
    or longer where it gave no answer that often.

    What is wanted is a capture made since they began to fail: proof that others can reach them.
    """
    is_put_off = and_(LookupRow.outcome == LookupOutcome.UNKNOWN, LookupRow.next_lookup_at > now)
    is_recent = or_(LookupRow.requested_at > now - timedelta(hours=20), is_put_off)
    asked = exists().where(LookupRow.link_id == LinkRow.id, LookupRow.service == service, is_recent)
    statement = (
        select(LinkRow.id, LinkRow.url)
        .where(
            LinkRow.role == Role.LINK,
            LinkRow.state == State.SUSPECT,
            LinkRow.reason.in_(reasons),
            ~asked,
            scope.contains_link(),
        )
        .order_by(LinkRow.id)
        .limit(limit)
    )
    return [
        LookupTask(link_id=row.id, url=row.url, target_time=now)
        for row in connection.execute(statement)
    ]


def record_lookup(
    connection: Connection,
    book: LinkRegistry,
    task: LookupTask,
    answer: LookupAnswer,
    *,
    service: str,
    run_id: int,
    at: datetime,
    next_lookup_at: datetime,
) -> None:
    """Keep what a service answered, and the mirror it named."""
    mirror_id = None
    if answer.snapshot:
        mirror_id = _mirror_id(book, answer.snapshot, task.link_id, MirrorOrigin.FOUND)
    values = {
        "run_id": run_id,
        "requested_at": at,
        "outcome": answer.outcome,
        "detail": answer.detail,
        "next_lookup_at": next_lookup_at,
        "mirror_id": mirror_id,
    }
    insert_missing(connection, LookupRow, [{"link_id": task.link_id, "service": service, **values}])
    connection.execute(
        update(LookupRow)
        .where(LookupRow.link_id == task.link_id, LookupRow.service == service)
        .values(values)
    )


def queue_captures(
    connection: Connection, link_ids: Sequence[int], *, service: str, run_id: int, at: datetime
) -> None:
    """Decide to ask for captures; the decision outlives this process."""
    rows = [
        {
            "link_id": link_id,
            "service": service,
            "status": CaptureStatus.QUEUED,
            "queued_at": at,
            "next_try_at": at,
            "run_id": run_id,
        }
        for link_id in link_ids
    ]
    if rows:
        connection.execute(insert(CaptureRow), rows)


def withdraw_captures(
    connection: Connection, service: str, *, less_trusted: Collection[str] = ()
) -> None:
    """Drop captures that were decided on and never asked for, where the link no longer lives, or has got a mirror meanwhile."""
    wanted = select(LinkRow.id).where(
        LinkRow.state.in_(LIVING), ~has_mirror(*LIVING, State.UNCHECKED, except_on=less_trusted)
    )
    connection.execute(
        delete(CaptureRow).where(
            CaptureRow.service == service,
            CaptureRow.status == CaptureStatus.QUEUED,
            CaptureRow.requested_at.is_(None),
            CaptureRow.link_id.not_in(wanted),
        )
    )


def due_captures(
    connection: Connection, service: str, *, now: datetime, limit: int, scope: Scope = EVERYTHING
) -> Sequence[CaptureTask]:
    """List queued captures of living links in scope that may be asked for now, in the order they were decided on."""
    wanted = (
        CaptureRow.status == CaptureStatus.QUEUED,
        CaptureRow.next_try_at <= now,
        LinkRow.state.in_(LIVING),
        scope.contains_link(),
    )
    return _tasks(connection, service, *wanted, limit=limit)


def pending_captures(connection: Connection, service: str) -> Sequence[CaptureTask]:
    """List captures the service was working on when it was last heard of."""
    return _tasks(connection, service, CaptureRow.status == CaptureStatus.PENDING)


def unanswered_captures(
    connection: Connection, service: str, *, now: datetime
) -> Sequence[CaptureTask]:
    """List captures that were asked for, whose answer never came, and that are due to be looked for."""
    return _tasks(
        connection,
        service,
        CaptureRow.status == CaptureStatus.REQUESTED,
        CaptureRow.next_try_at <= now,
    )


def requeue_captures(connection: Connection, service: str, *, at: datetime) -> None:
    """Ask anew for captures whose answer never came, where nobody else can have made them meanwhile."""
    connection.execute(
        update(CaptureRow)
        .where(CaptureRow.service == service, CaptureRow.status == CaptureStatus.REQUESTED)
        .values(status=CaptureStatus.QUEUED, next_try_at=at)
    )


def begin_local_captures(
    connection: Connection,
    link_ids: Collection[int],
    *,
    service: str,
    run_id: int,
    at: datetime,
    check_at: datetime,
) -> Mapping[int, CaptureTask]:
    """Note captures that nobody is asked for: made, or tried, by ourselves; give them by their links. What was decided on already is these."""
    begun: dict[int, CaptureTask] = {}
    for some in chunks(sorted(set(link_ids))):
        waiting = (
            CaptureRow.link_id.in_(some),
            CaptureRow.status.in_((CaptureStatus.QUEUED, CaptureStatus.REQUESTED)),
        )
        known = set(
            connection.scalars(
                select(CaptureRow.link_id).where(CaptureRow.service == service, *waiting)
            )
        )
        queue_captures(
            connection,
            [link_id for link_id in some if link_id not in known],
            service=service,
            run_id=run_id,
            at=at,
        )
        for task in _tasks(connection, service, *waiting):
            begun.setdefault(task.link_id, task)
    mark_requested(
        connection, *(task.capture_id for task in begun.values()), at=at, check_at=check_at
    )
    return begun


def _tasks(
    connection: Connection, service: str, *wanted: ColumnElement[bool], limit: int | None = None
) -> Sequence[CaptureTask]:
    every = aliased(CaptureRow)
    of_link = and_(every.link_id == CaptureRow.link_id, every.service == service)
    tries = select(func.sum(every.tries)).where(of_link).scalar_subquery()
    unusable = (
        select(func.count(every.id))
        .where(of_link, every.status == CaptureStatus.UNUSABLE)
        .scalar_subquery()
    )
    statement = (
        select(
            *(
                CaptureRow.id,
                CaptureRow.link_id,
                LinkRow.url,
                CaptureRow.requested_at,
                CaptureRow.job_id,
            ),
            *(tries.label("tries"), unusable.label("unusable")),
        )
        .join(LinkRow, LinkRow.id == CaptureRow.link_id)
        .where(CaptureRow.service == service, *wanted)
        .order_by(CaptureRow.queued_at, CaptureRow.id)
        .limit(limit)
    )
    return [
        CaptureTask(
            capture_id=row.id,
            link_id=row.link_id,
            url=row.url,
            tries=row.tries,
            requested_at=row.requested_at,
            job_id=row.job_id,
            unusable=row.unusable,
        )
        for row in connection.execute(statement)
    ]


def count_requested_since(connection: Connection, service: str, since: datetime) -> int:
    """Count the captures a service was asked for since a moment: what a day's budget is held against."""
    return connection.execute(
        select(func.count(CaptureRow.id)).where(
            CaptureRow.service == service, CaptureRow.requested_at >= since
        )
    ).scalar_one()


def mark_requested(
    connection: Connection, *capture_ids: int, at: datetime, check_at: datetime | None = None
) -> None:
    """Note, before the request leaves, that it leaves: after a crash it is looked for, from `look_at` on, and not asked for again unseen."""
    connection.execute(
        update(CaptureRow)
        .where(CaptureRow.id.in_(capture_ids))
        .values(
            status=CaptureStatus.REQUESTED,
            requested_at=at,
            next_try_at=check_at or at,
            tries=CaptureRow.tries + 1,
            detail="",
            code="",
            job_id="",
        )
    )


def record_capture(
    connection: Connection,
    book: LinkRegistry,
    task: CaptureTask,
    answer: CaptureResult,
    *,
    at: datetime,
    next_try_at: datetime | None,
) -> None:
    """Keep what a service answered to a capture, and the mirror it made.

    `next_try_at` is when the capture is dealt with again: asked for, looked for, or looked at. What the answer says of more than this link
    (`extent`) puts off the others, too.
    """
    settled = answer.status not in _OPEN
    values: dict[str, Any] = {
        "status": answer.status,
        "job_id": answer.job_id or task.job_id,
        "code": answer.code,
        "detail": answer.detail,
        "retry": answer.retry if answer.status is CaptureStatus.FAILED else None,
        "observed_reason": answer.observed_reason,
        "finished_at": at if settled else None,
        "next_try_at": next_try_at,
    }
    if (
        answer.status is CaptureStatus.FAILED
        and next_try_at
        and (answer.retry is RetryWhen.SOON or answer.failure_scope is FailureScope.SERVICE)
    ):
        values |= {"status": CaptureStatus.QUEUED, "finished_at": None}
        if answer.failure_scope is FailureScope.SERVICE:  # was none of the link's doing
            values["tries"] = CaptureRow.tries - 1
    if answer.snapshot:
        values["mirror_id"] = _mirror_id(book, answer.snapshot, task.link_id, MirrorOrigin.CAPTURED)
        _look_later(connection, values["mirror_id"], next_try_at)
    connection.execute(update(CaptureRow).where(CaptureRow.id == task.capture_id).values(values))
    if (
        answer.status is CaptureStatus.FAILED
        and next_try_at
        and answer.failure_scope is not FailureScope.LINK
    ):
        _put_off(connection, task, answer.failure_scope, next_try_at)


def _put_off(
    connection: Connection, task: CaptureTask, extent: FailureScope, until: datetime
) -> None:
    """Let the other queued captures of the host, or of the service, wait as well."""
    service = select(CaptureRow.service).where(CaptureRow.id == task.capture_id).scalar_subquery()
    others = [
        CaptureRow.service == service,
        CaptureRow.status == CaptureStatus.QUEUED,
        CaptureRow.next_try_at < until,
    ]
    if extent is FailureScope.HOST:
        host = select(LinkRow.host_id).where(LinkRow.id == task.link_id).scalar_subquery()
        others.append(CaptureRow.link_id.in_(select(LinkRow.id).where(LinkRow.host_id == host)))
    connection.execute(update(CaptureRow).where(*others).values(next_try_at=until))


def _look_later(connection: Connection, mirror_id: int, at: datetime | None) -> None:
    """Probe a fresh capture only when it has had time to reach the archive's index."""
    address = select(MirrorRow.link_id).where(MirrorRow.id == mirror_id).scalar_subquery()
    connection.execute(
        update(LinkRow)
        .where(LinkRow.id == address, LinkRow.state == State.UNCHECKED, LinkRow.probes == 0)
        .values(next_probe_at=at)
    )


def has_mirror(*states: State, except_on: Collection[str] = ()) -> ColumnElement[bool]:
    """Say that a link has a mirror in one of these states that did not prove worthless; those on some services do not count."""
    address = aliased(LinkRow)
    return exists().where(
        MirrorRow.original_id == LinkRow.id,
        MirrorRow.link_id == address.id,
        MirrorRow.quality != MirrorQuality.UNUSABLE,
        MirrorRow.service.not_in(except_on),
        address.state.in_(states),
    )


def _mirror_id(
    book: LinkRegistry, snapshot: Snapshot, original_id: int, origin: MirrorOrigin
) -> int:
    address = MirrorAddress(
        service=snapshot.service,
        timestamp=format_timestamp(snapshot.captured_at),
        original=snapshot.original,
    )
    mirror = MirrorRecord(
        url=snapshot.url,
        address=address,
        original_id=original_id,
        origin=origin,
        status_at_capture=snapshot.status,
    )
    return book.mirror_ids([mirror])[snapshot.url]


def end_of_day(day: date | None) -> datetime | None:
    """Take a day as its last moment: a page read on a day is shown by a snapshot of that day."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC) if day else None
