"""Conditions on mirrors, their addresses, and storing a snapshot as a mirror."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, exists

from store.schema.models import LinkRow, MirrorRow, aliased
from store.vocabulary import (
    MirrorAddress,
    MirrorOrigin,
    MirrorQuality,
    OriginalSource,
    Snapshot,
    State,
    format_timestamp,
)
from store.work.links import LinkRegistry, MirrorRecord


def has_mirror(*states: State, except_on: Collection[str] = ()) -> ColumnElement[bool]:
    """Return the condition that a link has a mirror that is not known to be unusable.

    Args:
        *states: The mirror's own URL is in one of these states.
        except_on: Services whose mirrors are not counted.
    """
    mirror_link = aliased(LinkRow)
    return exists().where(
        MirrorRow.original_id == LinkRow.id,
        MirrorRow.link_id == mirror_link.id,
        MirrorRow.quality != MirrorQuality.UNUSABLE,
        MirrorRow.service.not_in(except_on),
        mirror_link.state.in_(states),
    )


def store_snapshot(
    registry: LinkRegistry, snapshot: Snapshot, original_id: int, origin: MirrorOrigin
) -> int:
    """Store a snapshot as a mirror of a link.

    Returns:
        The mirror's id.
    """
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
        spelling=snapshot.spelling,
    )
    return registry.mirror_ids([mirror])[snapshot.url]


def end_of_day(day: date | None) -> datetime | None:
    """Return the last second of a day in UTC; None for None.

    A page that was read on that day counts as read at this time: any snapshot of the day, which
    may show what was read, is then not later than the reading.
    """
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC) if day else None


def mirror_address_from_row(row: Any) -> MirrorAddress | None:
    """Build a mirror's address from a row.

    Args:
        row: A row of `link`, outer-joined with `mirror` and, as `original`, the URL of its
            original.

    Returns:
        The address, or None if the link is not a mirror.
    """
    if row.service is None:
        return None
    source = OriginalSource(row.original_source) if row.original_source else None
    return MirrorAddress(
        service=row.service,
        timestamp=row.timestamp,
        snapshot_id=row.snapshot_id,
        original=row.original,
        original_source=source,
    )
