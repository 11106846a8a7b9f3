"""Store what the review of a mirror shows beside its quality.

That is its original, its capture time, the capture that it shows instead, and when the lookup
that found it and its next probe are due.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from store.schema.models import CitationRow, LinkRow, LookupRow, MirrorRow
from store.vocabulary import (
    LookupOutcome,
    MirrorAddress,
    MirrorOrigin,
    MirrorQuality,
    OriginalSource,
    Reason,
    Role,
    Snapshot,
)
from store.work.archives.mirror_reviews import MirrorReview
from store.work.archives.mirrors import store_snapshot
from store.work.links import LinkRegistry


def record_original(
    connection: Connection, registry: LinkRegistry, review: MirrorReview, address: MirrorAddress
) -> None:
    """Store a mirror's original, and its capture time if that was unknown.

    It replaces an original that was guessed from the link next to the mirror's citations, which
    then cite the reported one.

    Args:
        connection: A connection in a transaction that writes.
        registry: Stores the original's link.
        review: The mirror.
        address: What the archive itself reported about the mirror.
    """
    if address.original is None:
        return
    values: dict[str, object] = {
        "original_id": registry.link_ids([address.original], Role.LINK)[address.original],
        "original_source": OriginalSource.LOOKUP,
    }
    if review.captured_at is None:
        values |= {"timestamp": address.timestamp, "captured_at": address.captured_at}
    guessed_id = connection.scalar(
        select(MirrorRow.original_id).where(
            MirrorRow.id == review.mirror_id, MirrorRow.original_source == OriginalSource.NEIGHBOUR
        )
    )
    if guessed_id is not None:
        of_guess = (CitationRow.mirror_id == review.mirror_id, CitationRow.link_id == guessed_id)
        connection.execute(
            update(CitationRow).where(*of_guess).values(link_id=values["original_id"])
        )
    is_replaceable = or_(
        MirrorRow.original_id.is_(None), MirrorRow.original_source == OriginalSource.NEIGHBOUR
    )
    connection.execute(
        update(MirrorRow).where(MirrorRow.id == review.mirror_id, is_replaceable).values(values)
    )


def record_capture_time(connection: Connection, review: MirrorReview, moment: datetime) -> None:
    """Store the capture time that a mirror's page states, unless its URL names one."""
    connection.execute(
        update(MirrorRow)
        .where(MirrorRow.id == review.mirror_id, MirrorRow.captured_at.is_(None))
        .values(captured_at=moment)
    )


def link_citations_to_originals(connection: Connection) -> None:
    """Set the link of those citations of mirrors whose originals became known after the scan."""
    known = select(MirrorRow.id).where(MirrorRow.original_id.is_not(None))
    original = (
        select(MirrorRow.original_id).where(MirrorRow.id == CitationRow.mirror_id).scalar_subquery()
    )
    connection.execute(
        update(CitationRow)
        .where(CitationRow.link_id.is_(None), CitationRow.mirror_id.in_(known))
        .values(link_id=original)
    )


def reopen_lookup(connection: Connection, review: MirrorReview, *, at: datetime) -> bool:
    """Make the lookup that found an unusable mirror due, so that it can find another copy.

    Args:
        connection: A connection in a transaction that writes.
        review: The mirror.
        at: The time of the review.

    Returns:
        Whether there was such a lookup.
    """
    original_id = (
        select(MirrorRow.original_id).where(MirrorRow.id == review.mirror_id).scalar_subquery()
    )
    result = connection.execute(
        update(LookupRow)
        .where(
            LookupRow.link_id == original_id,
            LookupRow.service == review.service,
            LookupRow.outcome == LookupOutcome.FOUND,
            LookupRow.next_lookup_at > at,
        )
        .values(next_lookup_at=at)
    )
    return result.rowcount > 0


def add_shown_capture(
    connection: Connection, registry: LinkRegistry, review: MirrorReview, snapshot: Snapshot
) -> bool:
    """Store another mirror of the original: the capture that a mirror shows in place of its own.

    Args:
        connection: A connection in a transaction that writes.
        registry: Stores the new mirror.
        review: The reviewed mirror.
        snapshot: The capture that it shows.

    Returns:
        Whether the capture was not stored yet.
    """
    original_id = connection.scalar(
        select(MirrorRow.original_id).where(MirrorRow.id == review.mirror_id)
    )
    if original_id is None:
        return False
    # The registry returns the id of a stored mirror too; only a new one has a higher id.
    last_id = connection.scalar(select(func.max(MirrorRow.id))) or 0
    return store_snapshot(registry, snapshot, original_id, MirrorOrigin.FOUND) > last_id


def redirecting_mirrors(connection: Connection, review: MirrorReview) -> Mapping[int, str]:
    """Return the other mirrors of the same original whose capture is a temporary redirect.

    Returns:
        The details of their verdicts, by mirror id.
    """
    original_id = (
        select(MirrorRow.original_id).where(MirrorRow.id == review.mirror_id).scalar_subquery()
    )
    statement = (
        select(MirrorRow.id, LinkRow.detail)
        .join(LinkRow, LinkRow.id == MirrorRow.link_id)
        .where(
            MirrorRow.original_id == original_id,
            MirrorRow.id != review.mirror_id,
            LinkRow.reason == Reason.REDIRECTED_TEMPORARILY,
        )
    )
    return {row.id: row.detail for row in connection.execute(statement)}


def mark_unusable(connection: Connection, mirror_ids: Collection[int], flaw: str) -> None:
    """Store that mirrors are unusable because of the same flaw."""
    connection.execute(
        update(MirrorRow)
        .where(MirrorRow.id.in_(mirror_ids))
        .values(quality=MirrorQuality.UNUSABLE, flaw=flaw)
    )


def schedule_probe(connection: Connection, review: MirrorReview, *, at: datetime) -> None:
    """Schedule the next probe of a mirror."""
    connection.execute(update(LinkRow).where(LinkRow.id == review.link_id).values(next_probe_at=at))
