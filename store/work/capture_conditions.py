"""Conditions on the captures and good mirrors of a link, for the queries of candidates."""

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


def of_good_mirrors(value: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Select an aggregate over the good mirrors of a link."""
    address = aliased(LinkRow)
    return (
        select(value)
        .select_from(MirrorRow)
        .join(address, address.id == MirrorRow.link_id)
        .where(
            MirrorRow.original_id == LinkRow.id,
            MirrorRow.quality != MirrorQuality.UNUSABLE,
            address.state.in_(LIVING_STATES),
        )
        .correlate(LinkRow)
        .scalar_subquery()
    )


def has_capture(service: str, *statuses: CaptureStatus) -> ColumnElement[bool]:
    """Return the condition that a link has a capture with one of these statuses."""
    return exists().where(
        CaptureRow.link_id == LinkRow.id,
        CaptureRow.service == service,
        CaptureRow.status.in_(statuses),
    )


def has_local_copy(service: str) -> ColumnElement[bool]:
    """Return the condition that a local copy was made that is not known to be unusable."""
    return exists().where(
        MirrorRow.original_id == LinkRow.id,
        MirrorRow.service == service,
        MirrorRow.origin == MirrorOrigin.CAPTURED,
        MirrorRow.quality != MirrorQuality.UNUSABLE,
    )


def has_public_copy() -> ColumnElement[bool]:
    """Return the condition that a public archive has a working copy of a link."""
    address = aliased(LinkRow)
    return (
        exists()
        .where(
            MirrorRow.original_id == LinkRow.id,
            MirrorRow.service != LOCAL,
            MirrorRow.quality != MirrorQuality.UNUSABLE,
            address.id == MirrorRow.link_id,
            address.state.in_(LIVING_STATES),
        )
        .correlate(LinkRow)
    )


def has_no_copy(service: str) -> ColumnElement[bool]:
    """Return the condition that the lookup at a service found no copy, or an unusable one."""
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


def is_decided(
    service: str, *, now: datetime, max_unusable: int, statuses: Collection[CaptureStatus]
) -> ColumnElement[bool]:
    """Return the condition that a capture has one of these statuses, or was given up for now."""
    of_link = and_(CaptureRow.link_id == LinkRow.id, CaptureRow.service == service)
    unusable = (
        select(func.count(CaptureRow.id))
        .where(of_link, CaptureRow.status == CaptureStatus.UNUSABLE)
        .correlate(LinkRow)
        .scalar_subquery()
    )
    is_given_up = and_(
        CaptureRow.status == CaptureStatus.FAILED,
        or_(
            CaptureRow.retry == RetryWhen.NEVER,
            CaptureRow.next_try_at.is_(None),
            CaptureRow.next_try_at > now,
        ),
    )
    is_over = or_(CaptureRow.status.in_(statuses), is_given_up)
    return or_(exists().where(of_link, is_over), unusable >= max_unusable)


def has_local_copy_of_mirror(service: str) -> ColumnElement[bool]:
    """Return the condition that the local archive has a copy of a mirror's own page."""
    local = aliased(MirrorRow)
    return exists().where(
        local.original_id == LinkRow.id,
        local.service == service,
        local.origin == MirrorOrigin.CAPTURED,
        local.quality != MirrorQuality.UNUSABLE,
    )


def is_given_up_for_now(service: str, *, now: datetime) -> ColumnElement[bool]:
    """Return the condition that the local archive has tried to copy a page, and may not now."""
    return is_decided(service, now=now, max_unusable=1, statuses=(CaptureStatus.PENDING,))
