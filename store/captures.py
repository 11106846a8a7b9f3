"""Finding and making mirrors: which links to ask an archive about, and what the archive answered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from store.links import KnownMirror, LinkBook
from store.models import Capture, Citation, Link, Lookup, Mirror, Page, Run
from store.sql import insert_new
from store.vocabulary import (
    CaptureAnswer,
    CaptureStatus,
    LookupOutcome,
    MirrorAddress,
    MirrorOrigin,
    Reason,
    RetryWhen,
    Role,
    Snapshot,
    State,
    format_timestamp,
)
from store.vocabulary import Lookup as LookupAnswer

_GOOD = (State.ALIVE, State.MOVED)
_OPEN = (CaptureStatus.QUEUED, CaptureStatus.ASKED, CaptureStatus.PENDING)
_MADE = (CaptureStatus.CAPTURED, CaptureStatus.VERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupTask:
    """A link to ask a service about. `wanted_at` is when its author read it, as far as anything tells."""

    link_id: int
    url: str
    wanted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTask:
    """A capture to ask for. `tries` counts how often the link was asked for already, in earlier captures too.

    `asked_before` tells that an earlier asking was cut off: its snapshot may exist already.
    """

    capture_id: int
    link_id: int
    url: str
    tries: int
    asked_before: datetime | None


def links_to_look_up(connection: Connection, service: str, *, now: datetime, limit: int) -> Sequence[LookupTask]:
    """List links with no living mirror about which the service has no answer that still counts, failing links first."""
    answered = exists().where(Lookup.link_id == Link.id, Lookup.service == service, Lookup.next_lookup_at > now)
    statement = (
        select(
            *(Link.id, Link.url, Run.started_at),
            func.min(Citation.accessed).label("accessed"),
            func.min(Page.dated).label("dated"),
        )
        .join(Citation, and_(Citation.link_id == Link.id, Citation.gone_run_id.is_(None)))
        .join(Page, Page.id == Citation.page_id)
        .join(Run, Run.id == Link.first_run_id)
        .where(Link.role == Role.LINK, Link.state != State.SKIPPED, ~_has_mirror(*_GOOD, State.UNCHECKED), ~answered)
        .group_by(Link.id, Link.url, Link.state, Run.started_at)
        .order_by(Link.state.in_((State.BROKEN, State.SUSPECT)).desc(), Link.id)
        .limit(limit)
    )
    return [
        LookupTask(link_id=row.id, url=row.url, wanted_at=_moment(row.accessed or row.dated) or row.started_at)
        for row in connection.execute(statement)
    ]


def links_to_confirm(
    connection: Connection, service: str, reasons: Collection[Reason], *, now: datetime, limit: int
) -> Sequence[LookupTask]:
    """List suspects failing for reasons that may be our own vantage point's, if the service was not asked about them within a day.

    What is wanted is a capture made since they began to fail: proof that others can reach them.
    """
    asked = exists().where(Lookup.link_id == Link.id, Lookup.service == service, Lookup.asked_at > now - timedelta(hours=20))
    statement = (
        select(Link.id, Link.url)
        .where(Link.role == Role.LINK, Link.state == State.SUSPECT, Link.reason.in_(reasons), ~asked)
        .order_by(Link.id)
        .limit(limit)
    )
    return [LookupTask(link_id=row.id, url=row.url, wanted_at=now) for row in connection.execute(statement)]


def record_lookup(
    connection: Connection,
    book: LinkBook,
    task: LookupTask,
    answer: LookupAnswer,
    *,
    service: str,
    run_id: int,
    at: datetime,
    again_at: datetime,
) -> None:
    """Keep what a service answered, and the mirror it named."""
    mirror_id = None
    if answer.snapshot:
        mirror_id = _mirror_id(book, answer.snapshot, task.link_id, MirrorOrigin.FOUND)
    values = {
        "run_id": run_id,
        "asked_at": at,
        "outcome": answer.outcome,
        "detail": answer.detail,
        "next_lookup_at": again_at,
        "mirror_id": mirror_id,
    }
    insert_new(connection, Lookup, [{"link_id": task.link_id, "service": service, **values}])
    connection.execute(update(Lookup).where(Lookup.link_id == task.link_id, Lookup.service == service).values(values))


def links_to_capture(
    connection: Connection, service: str, *, now: datetime, limit: int, allowed: Callable[[str], bool] = lambda _url: True
) -> Sequence[tuple[int, str]]:
    """List living links that no archive shows and for which no capture is under way, made, or given up: id and URL.

    Only URLs that are `allowed` count towards the limit.
    """
    asked = exists().where(Lookup.link_id == Link.id, Lookup.service == service, Lookup.outcome == LookupOutcome.NONE)
    settled = exists().where(
        Capture.link_id == Link.id,
        Capture.service == service,
        or_(
            Capture.status.in_((*_OPEN, *_MADE)),
            and_(
                Capture.status == CaptureStatus.FAILED,
                or_(Capture.retry == RetryWhen.NEVER, Capture.next_try_at.is_(None), Capture.next_try_at > now),
            ),
        ),
    )
    cited = exists().where(Citation.link_id == Link.id, Citation.gone_run_id.is_(None))
    statement = (
        select(Link.id, Link.url)
        .where(Link.role == Role.LINK, Link.state.in_(_GOOD), asked, cited, ~settled, ~_has_mirror(*_GOOD, State.UNCHECKED))
        .order_by(Link.id)
    )
    return list(islice(((row.id, row.url) for row in connection.execute(statement) if allowed(row.url)), limit))


def queue_captures(connection: Connection, link_ids: Sequence[int], *, service: str, run_id: int, at: datetime) -> None:
    """Decide to ask for captures; the decision outlives this process."""
    rows = [
        {"link_id": link_id, "service": service, "status": CaptureStatus.QUEUED, "queued_at": at, "next_try_at": at, "run_id": run_id}
        for link_id in link_ids
    ]
    if rows:
        connection.execute(insert(Capture), rows)


def due_captures(connection: Connection, service: str, *, now: datetime, limit: int) -> Sequence[CaptureTask]:
    """List queued captures that may be asked for now, and those whose asking was cut off, oldest first."""
    every = aliased(Capture)
    tries = select(func.sum(every.tries)).where(every.link_id == Capture.link_id, every.service == service).scalar_subquery()
    statement = (
        select(Capture.id, Capture.link_id, Link.url, tries.label("tries"), Capture.asked_at)
        .join(Link, Link.id == Capture.link_id)
        .where(Capture.service == service, Capture.status.in_((CaptureStatus.QUEUED, CaptureStatus.ASKED)), Capture.next_try_at <= now)
        .order_by(Capture.queued_at, Capture.id)
        .limit(limit)
    )
    return [
        CaptureTask(capture_id=row.id, link_id=row.link_id, url=row.url, tries=row.tries, asked_before=row.asked_at)
        for row in connection.execute(statement)
    ]


def count_asked_since(connection: Connection, service: str, since: datetime) -> int:
    """Count the captures a service was asked for since a moment: what a day's budget is held against."""
    return connection.execute(select(func.count(Capture.id)).where(Capture.service == service, Capture.asked_at >= since)).scalar_one()


def mark_asked(connection: Connection, capture_id: int, *, at: datetime) -> None:
    """Note, before the request leaves, that it leaves: after a crash nothing is asked for twice unseen."""
    connection.execute(
        update(Capture)
        .where(Capture.id == capture_id)
        .values(status=CaptureStatus.ASKED, asked_at=at, tries=Capture.tries + 1, detail="", code="")
    )


def record_capture(
    connection: Connection, book: LinkBook, task: CaptureTask, answer: CaptureAnswer, *, at: datetime, next_try_at: datetime | None
) -> None:
    """Keep what a service answered to a capture, and the mirror it made. `next_try_at` queues it again."""
    values: dict[str, Any] = {
        "status": answer.status,
        "job_id": answer.job_id,
        "code": answer.code,
        "detail": answer.detail,
        "retry": answer.retry if answer.status is CaptureStatus.FAILED else None,
        "finished_at": at,
        "next_try_at": next_try_at,
    }
    if answer.status is CaptureStatus.FAILED and answer.retry is RetryWhen.SOON and next_try_at:
        values |= {"status": CaptureStatus.QUEUED, "finished_at": None}
    if answer.snapshot:
        values["mirror_id"] = _mirror_id(book, answer.snapshot, task.link_id, MirrorOrigin.CAPTURED)
    connection.execute(update(Capture).where(Capture.id == task.capture_id).values(values))


def settle_captures(connection: Connection, *, at: datetime) -> None:
    """Call captures verified whose mirror was since probed alive, and unusable where the probe condemned it."""
    address = aliased(Link)
    for states, status in (((State.ALIVE, State.MOVED), CaptureStatus.VERIFIED), ((State.BROKEN,), CaptureStatus.UNUSABLE)):
        mirrors = select(Mirror.id).join(address, address.id == Mirror.link_id).where(address.state.in_(states))
        connection.execute(
            update(Capture)
            .where(Capture.status == CaptureStatus.CAPTURED, Capture.mirror_id.in_(mirrors))
            .values(status=status, finished_at=at)
        )


def _has_mirror(*states: State) -> ColumnElement[bool]:
    address = aliased(Link)
    return exists().where(Mirror.original_id == Link.id, Mirror.link_id == address.id, address.state.in_(states))


def _mirror_id(book: LinkBook, snapshot: Snapshot, original_id: int, origin: MirrorOrigin) -> int:
    address = MirrorAddress(service=snapshot.service, timestamp=format_timestamp(snapshot.captured_at), original=snapshot.original)
    mirror = KnownMirror(url=snapshot.url, address=address, original_id=original_id, origin=origin, status_at_capture=snapshot.status)
    return book.mirror_ids([mirror])[snapshot.url]


def _moment(day: date | None) -> datetime | None:
    """Take a day as its last moment: a page read on a day is shown by a snapshot of that day."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC) if day else None
