"""Store the results of captures, and the mirrors that they made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from store.schema.models import CaptureRow, LinkRow, MirrorRow
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    FailureScope,
    MirrorOrigin,
    RetryWhen,
    State,
)
from store.work.archives.captures import UNFINISHED, CaptureTask
from store.work.archives.mirrors import store_snapshot
from store.work.links import LinkRegistry


def record_capture(
    connection: Connection,
    registry: LinkRegistry,
    task: CaptureTask,
    result: CaptureResult,
    *,
    at: datetime,
    next_try_at: datetime | None,
) -> None:
    """Store the result of a capture, and the mirror it made.

    Args:
        connection: A connection in a transaction that writes.
        registry: Stores the mirror.
        task: The capture.
        result: The service's response. A failure of the host or of the service (`failure_scope`)
            also delays the other queued captures there.
        at: The time of the response.
        next_try_at: When the capture is requested or looked up again, or its mirror probed. None
            for never.
    """
    is_final = result.status not in UNFINISHED
    values: dict[str, Any] = {
        "status": result.status,
        "job_id": result.job_id or task.job_id,
        "code": result.code,
        "detail": result.detail,
        "retry": result.retry if result.status is CaptureStatus.FAILED else None,
        "observed_reason": result.observed_reason,
        "finished_at": at if is_final else None,
        "next_try_at": next_try_at,
    }
    is_retried = result.status is CaptureStatus.FAILED and next_try_at is not None
    is_service_failure = result.failure_scope is FailureScope.SERVICE
    if is_retried and (result.retry is RetryWhen.SOON or is_service_failure):
        values |= {"status": CaptureStatus.QUEUED, "finished_at": None}
    if not result.was_requested or (is_retried and is_service_failure):
        values["tries"] = CaptureRow.tries - 1  # not caused by the link, so it counts as no try
    if result.snapshot and result.status is CaptureStatus.UNUSABLE:
        # The service named an older copy, which was not made at our request.
        store_snapshot(registry, result.snapshot, task.link_id, MirrorOrigin.FOUND)
    elif result.snapshot:
        mirror_id = store_snapshot(registry, result.snapshot, task.link_id, MirrorOrigin.CAPTURED)
        values["mirror_id"] = mirror_id
        _delay_first_probe(connection, mirror_id, next_try_at)
    connection.execute(update(CaptureRow).where(CaptureRow.id == task.capture_id).values(values))
    if is_retried and next_try_at and result.failure_scope is not FailureScope.LINK:
        _delay_others(connection, task, result.failure_scope, next_try_at)


def _delay_others(
    connection: Connection, task: CaptureTask, scope: FailureScope, until: datetime
) -> None:
    """Delay the other queued captures of the host, or of the service."""
    service = select(CaptureRow.service).where(CaptureRow.id == task.capture_id).scalar_subquery()
    conditions = [
        CaptureRow.service == service,
        CaptureRow.status == CaptureStatus.QUEUED,
        CaptureRow.next_try_at < until,
    ]
    if scope is FailureScope.HOST:
        host = select(LinkRow.host_id).where(LinkRow.id == task.link_id).scalar_subquery()
        links_of_host = select(LinkRow.id).where(LinkRow.host_id == host)
        conditions.append(CaptureRow.link_id.in_(links_of_host))
    connection.execute(update(CaptureRow).where(*conditions).values(next_try_at=until))


def _delay_first_probe(connection: Connection, mirror_id: int, at: datetime | None) -> None:
    """Set the first probe of a new capture to a time when the archive's index should have it."""
    mirror_link_id = select(MirrorRow.link_id).where(MirrorRow.id == mirror_id).scalar_subquery()
    connection.execute(
        update(LinkRow)
        .where(LinkRow.id == mirror_link_id, LinkRow.state == State.UNCHECKED, LinkRow.probes == 0)
        .values(next_probe_at=at)
    )
