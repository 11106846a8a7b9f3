"""Conditions on the captures and mirrors of a link, for the queries of candidates.

Each is about a row of `link` in the statement around it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select

from store.schema.models import CaptureRow, LinkRow, LookupRow, MirrorRow, aliased
from store.vocabulary import (
    LIVING_STATES,
    LOCAL,
    CaptureStatus,
    LookupOutcome,
    MirrorOrigin,
    MirrorQuality,
    RetryWhen,
)


def aggregate_over_good_mirrors(value: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Select an aggregate over the good mirrors of a link: alive, and not known to be unusable."""
    mirror_link = aliased(LinkRow)
    return (
        select(value)
        .select_from(MirrorRow)
        .join(mirror_link, mirror_link.id == MirrorRow.link_id)
        .where(
            MirrorRow.original_id == LinkRow.id,
            MirrorRow.quality != MirrorQuality.UNUSABLE,
            mirror_link.state.in_(LIVING_STATES),
        )
        .correlate(LinkRow)
        .scalar_subquery()
    )


def has_capture(service: str, *statuses: CaptureStatus) -> ColumnElement[bool]:
    """Return the condition that a link has a capture at a service with one of these statuses."""
    return exists().where(
        CaptureRow.link_id == LinkRow.id,
        CaptureRow.service == service,
        CaptureRow.status.in_(statuses),
    )


def has_local_copy() -> ColumnElement[bool]:
    """Return the condition that a local copy was made that is not known to be unusable.

    The link may also be a mirror's own URL, which the local archive has copied.
    """
    local = aliased(MirrorRow)
    return exists().where(
        local.original_id == LinkRow.id,
        local.service == LOCAL,
        local.origin == MirrorOrigin.CAPTURED,
        local.quality != MirrorQuality.UNUSABLE,
    )


def has_public_copy() -> ColumnElement[bool]:
    """Return the condition that a public archive has a working copy of a link."""
    mirror_link = aliased(LinkRow)
    return (
        exists()
        .where(
            MirrorRow.original_id == LinkRow.id,
            MirrorRow.service != LOCAL,
            MirrorRow.quality != MirrorQuality.UNUSABLE,
            mirror_link.id == MirrorRow.link_id,
            mirror_link.state.in_(LIVING_STATES),
        )
        .correlate(LinkRow)
    )


def has_no_copy(service: str) -> ColumnElement[bool]:
    """Return the condition that the last lookup at a service found no copy, or an unusable one."""
    is_unusable = exists().where(
        MirrorRow.id == LookupRow.mirror_id, MirrorRow.quality == MirrorQuality.UNUSABLE
    )
    return exists().where(
        LookupRow.link_id == LinkRow.id,
        LookupRow.service == service,
        or_(
            LookupRow.outcome == LookupOutcome.NONE,
            and_(LookupRow.outcome == LookupOutcome.FOUND, is_unusable),
        ),
    )


def must_not_capture(
    service: str, *, now: datetime, max_unusable: int, statuses: Collection[CaptureStatus]
) -> ColumnElement[bool]:
    """Return the condition that a link is not to be captured at a service now.

    Args:
        service: The service.
        now: The time.
        max_unusable: The number of unusable captures after which a link is given up.
        statuses: The statuses of captures after which no further one is wanted.

    Returns:
        The condition that one of the link's captures has one of these statuses or failed until
        later, or that there are `max_unusable` unusable ones.
    """
    of_link = and_(CaptureRow.link_id == LinkRow.id, CaptureRow.service == service)
    unusable = (
        select(func.count(CaptureRow.id))
        .where(of_link, CaptureRow.status == CaptureStatus.UNUSABLE)
        .correlate(LinkRow)
        .scalar_subquery()
    )
    has_failed_until_later = and_(
        CaptureRow.status == CaptureStatus.FAILED,
        or_(
            CaptureRow.retry == RetryWhen.NEVER,
            CaptureRow.next_try_at.is_(None),
            CaptureRow.next_try_at > now,
        ),
    )
    is_decisive = or_(CaptureRow.status.in_(statuses), has_failed_until_later)
    return or_(exists().where(of_link, is_decisive), unusable >= max_unusable)


def must_not_copy_locally(*, now: datetime) -> ColumnElement[bool]:
    """Return the condition that the local archive must not try to copy a page now.

    It tried before: that capture is pending or unusable, or it failed and is not to be retried yet.
    """
    return must_not_capture(LOCAL, now=now, max_unusable=1, statuses=(CaptureStatus.PENDING,))
