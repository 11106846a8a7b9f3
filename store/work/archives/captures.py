"""Captures: our requests to archives for new mirrors, from the decision to the request.

`store.work.archives.capture_results` stores their results.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from store.schema.dialects import chunks
from store.schema.models import CaptureRow, LinkRow, aliased
from store.schema.rows import rows_as
from store.vocabulary import (
    LIVING_STATES,
    CaptureStatus,
    State,
)
from store.work.archives.mirrors import has_mirror
from store.work.scope import EVERYTHING, Scope

UNFINISHED = (CaptureStatus.QUEUED, CaptureStatus.REQUESTED, CaptureStatus.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTask:
    """A capture that is to be requested, or whose result is to be looked up.

    Attributes:
        capture_id: The capture.
        link_id: The link.
        url: Its URL.
        tries: Number of requests so far, in all captures of the link.
        requested_at: The time of the latest request of this capture; None before the first one.
        job_id: The service's identifier of the capture. For a page that a probe saved in the local
            archive, it is the timestamp of its record.
        unusable_captures: Number of earlier captures of the link that were unusable.
        final_url: Where the last probe of the link ended; None if that is not known.
    """

    capture_id: int
    link_id: int
    url: str
    tries: int
    requested_at: datetime | None
    job_id: str = ""
    unusable_captures: int = 0
    final_url: str | None = None


def queue_captures(
    connection: Connection, link_ids: Sequence[int], *, service: str, run_id: int, at: datetime
) -> None:
    """Store the decision to request captures of the given links."""
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
    """Delete captures that were never requested and are no longer wanted.

    They are not wanted where the link is no longer alive, or has a mirror by now.

    Args:
        connection: A connection in a transaction that writes.
        service: The archive.
        less_trusted: Services whose mirrors alone are not enough.
    """
    without_mirror = ~has_mirror(*LIVING_STATES, State.UNCHECKED, except_on=less_trusted)
    wanted = select(LinkRow.id).where(LinkRow.state.in_(LIVING_STATES), without_mirror)
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
    """List queued captures of living links that may be requested now, oldest first."""
    conditions = (
        CaptureRow.status == CaptureStatus.QUEUED,
        CaptureRow.next_try_at <= now,
        LinkRow.state.in_(LIVING_STATES),
        scope.contains_link(),
    )
    return _capture_tasks(connection, service, *conditions, limit=limit)


def pending_captures(
    connection: Connection, service: str, *, scope: Scope = EVERYTHING
) -> Sequence[CaptureTask]:
    """List captures of links in a scope that the service was working on at its last response."""
    is_pending = CaptureRow.status == CaptureStatus.PENDING
    return _capture_tasks(connection, service, is_pending, scope.contains_link())


def unanswered_captures(
    connection: Connection, service: str, *, now: datetime
) -> Sequence[CaptureTask]:
    """List captures that were requested without a response, and whose result is to be looked up."""
    is_unanswered = CaptureRow.status == CaptureStatus.REQUESTED
    return _capture_tasks(connection, service, is_unanswered, CaptureRow.next_try_at <= now)


def requeue_captures(connection: Connection, service: str, *, at: datetime) -> None:
    """Queue captures again that were requested without a response.

    It is for the local archive, where no result can be looked up.
    """
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
    """Store that this process begins to capture the given links for the local archive.

    Args:
        connection: A connection in a transaction that writes.
        link_ids: The links. Captures of them that are queued already are used.
        service: The local archive.
        run_id: The run.
        at: The time of the captures.
        check_at: When to look up their results if this process is killed.

    Returns:
        The captures by link id.
    """
    begun: dict[int, CaptureTask] = {}
    for batch in chunks(sorted(set(link_ids))):
        is_open = and_(
            CaptureRow.link_id.in_(batch),
            CaptureRow.status.in_((CaptureStatus.QUEUED, CaptureStatus.REQUESTED)),
        )
        statement = select(CaptureRow.link_id).where(CaptureRow.service == service, is_open)
        known = set(connection.scalars(statement))
        new = [link_id for link_id in batch if link_id not in known]
        queue_captures(connection, new, service=service, run_id=run_id, at=at)
        for task in _capture_tasks(connection, service, is_open):
            begun.setdefault(task.link_id, task)
    capture_ids = [task.capture_id for task in begun.values()]
    mark_requested(connection, *capture_ids, at=at, check_at=check_at)
    return begun


def _capture_tasks(
    connection: Connection,
    service: str,
    *conditions: ColumnElement[bool],
    limit: int | None = None,
) -> Sequence[CaptureTask]:
    """List captures at a service for which some conditions hold, oldest first."""
    capture = aliased(CaptureRow)
    of_link = and_(capture.link_id == CaptureRow.link_id, capture.service == service)
    tries = select(func.sum(capture.tries)).where(of_link).scalar_subquery()
    unusable = (
        select(func.count(capture.id))
        .where(of_link, capture.status == CaptureStatus.UNUSABLE)
        .scalar_subquery()
    )
    statement = (
        select(
            CaptureRow.id.label("capture_id"),
            CaptureRow.link_id,
            LinkRow.url,
            LinkRow.final_url,
            CaptureRow.requested_at,
            CaptureRow.job_id,
            tries.label("tries"),
            unusable.label("unusable_captures"),
        )
        .join(LinkRow, LinkRow.id == CaptureRow.link_id)
        .where(CaptureRow.service == service, *conditions)
        .order_by(CaptureRow.queued_at, CaptureRow.id)
        .limit(limit)
    )
    return rows_as(CaptureTask, connection.execute(statement))


def count_requested_since(connection: Connection, service: str, since: datetime) -> int:
    """Count the captures that were requested from a service since a time, for its daily limit."""
    statement = select(func.count(CaptureRow.id)).where(
        CaptureRow.service == service, CaptureRow.requested_at >= since
    )
    return connection.execute(statement).scalar_one()


def mark_requested(
    connection: Connection, *capture_ids: int, at: datetime, check_at: datetime | None = None
) -> None:
    """Store that captures are requested, before the requests are sent.

    After a crash, their results are looked up before they are requested again.

    Args:
        connection: A connection in a transaction that writes.
        *capture_ids: The captures.
        at: The time of the requests.
        check_at: When to look up results if there is no response; None for `at`.
    """
    for batch in chunks(sorted(capture_ids)):
        statement = update(CaptureRow).where(CaptureRow.id.in_(batch))
        statement = statement.values(
            status=CaptureStatus.REQUESTED,
            requested_at=at,
            next_try_at=check_at or at,
            tries=CaptureRow.tries + 1,
            detail="",
            code="",
            job_id="",
        )
        connection.execute(statement)
