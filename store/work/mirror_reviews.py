"""Mirrors that were probed since anyone thought about them: what the probes showed, and what is thought of them now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.orm import aliased

from store.queries.link_history import last_page_seen
from store.schema.models import CaptureRow, CitationRow, LinkRow, MirrorRow
from store.vocabulary import (
    CaptureStatus,
    MirrorAddress,
    MirrorAssessment,
    MirrorOrigin,
    MirrorQuality,
    OriginalSource,
    PageEvidence,
    Reason,
    Role,
    Verdict,
)
from store.work.links import LinkRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorReview:
    """What the latest probe of a mirror showed.

    `replay` is what its page showed last, where we had it made (`made`, told of by the archive at `made_at`) or do not know whose copy it is;
    `source` is what its original's page showed last, for those we had made: we saw it at about the same time.
    """

    mirror_id: int
    link_id: int
    url: str
    original: str | None
    captured_at: datetime | None
    verdict: Verdict
    reason: Reason
    detail: str
    status_code: int | None
    warnings: tuple[str, ...]
    checked_at: datetime
    captured_by_us: bool
    capture_finished_at: datetime | None
    mirror_page: PageEvidence | None = None
    original_page: PageEvidence | None = None


def mirrors_to_review(
    connection: Connection, *, after: int = 0, limit: int = 500
) -> Sequence[MirrorReview]:
    """List mirrors probed since their last review, by ascending id from behind `after`."""
    original = aliased(LinkRow)
    made_at = (
        select(CaptureRow.finished_at)
        .where(CaptureRow.mirror_id == MirrorRow.id, CaptureRow.finished_at.is_not(None))
        .order_by(CaptureRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            *(
                MirrorRow.id,
                MirrorRow.link_id,
                MirrorRow.original_id,
                MirrorRow.captured_at,
                MirrorRow.origin,
                LinkRow.url,
                original.url.label("original"),
            ),
            *(
                LinkRow.verdict,
                LinkRow.reason,
                LinkRow.detail,
                LinkRow.status_code,
                LinkRow.warnings,
                LinkRow.checked_at,
                made_at.label("made_at"),
            ),
        )
        .join(LinkRow, LinkRow.id == MirrorRow.link_id)
        .outerjoin(original, original.id == MirrorRow.original_id)
        .where(
            *(
                MirrorRow.id > after,
                LinkRow.checked_at.is_not(None),
                LinkRow.verdict.is_not(None),
                LinkRow.reason.is_not(None),
            ),
            or_(MirrorRow.reviewed_at.is_(None), MirrorRow.reviewed_at < LinkRow.checked_at),
        )
        .order_by(MirrorRow.id)
        .limit(limit)
    )

    def page_needed(row: Any) -> bool:
        return row.origin is MirrorOrigin.CAPTURED or row.original_id is None

    return [
        MirrorReview(
            mirror_id=row.id,
            link_id=row.link_id,
            url=row.url,
            original=row.original,
            captured_at=row.captured_at,
            verdict=row.verdict,
            reason=row.reason,
            detail=row.detail,
            status_code=row.status_code,
            warnings=tuple(row.warnings),
            checked_at=row.checked_at,
            captured_by_us=row.origin is MirrorOrigin.CAPTURED,
            capture_finished_at=row.made_at,
            mirror_page=last_page_seen(connection, row.link_id) if page_needed(row) else None,
            original_page=last_page_seen(connection, row.original_id)
            if row.origin is MirrorOrigin.CAPTURED and row.original_id
            else None,
        )
        for row in connection.execute(statement).all()
    ]


def record_review(
    connection: Connection, review: MirrorReview, health: MirrorAssessment | None, *, at: datetime
) -> None:
    """Keep what is thought of a mirror (None: no more than before), and what follows for the capture that made it."""
    values: dict[str, object] = {"reviewed_at": max(at, review.checked_at)}
    if health is not None:
        values |= {
            "quality": health.quality,
            "flaw": health.flaw,
            "drift_seconds": health.drift_seconds,
            "same_address": health.same_address,
        }
        if health.status_at_capture is not None:
            values["status_at_capture"] = health.status_at_capture
    connection.execute(update(MirrorRow).where(MirrorRow.id == review.mirror_id).values(values))
    if health is None or not review.captured_by_us or health.quality is MirrorQuality.UNVERIFIED:
        return
    usable = health.quality is MirrorQuality.FAITHFUL
    connection.execute(
        update(CaptureRow)
        .where(
            CaptureRow.status == CaptureStatus.CAPTURED, CaptureRow.mirror_id == review.mirror_id
        )
        .values(
            status=CaptureStatus.VERIFIED if usable else CaptureStatus.UNUSABLE,
            finished_at=at,
            next_try_at=None,
            detail="" if usable else health.flaw,
        )
    )


def record_original(
    connection: Connection, book: LinkRegistry, review: MirrorReview, address: MirrorAddress
) -> None:
    """Keep whose copy a mirror is, and when it was taken, as the archive itself told us."""
    if address.original is None:
        return
    original_id = book.link_ids([address.original], Role.LINK)[address.original]
    learnt: dict[str, object] = {
        "original_id": original_id,
        "original_source": OriginalSource.LOOKUP,
    }
    if review.captured_at is None:
        learnt |= {"timestamp": address.timestamp, "captured_at": address.captured_at}
    connection.execute(
        update(MirrorRow)
        .where(MirrorRow.id == review.mirror_id, MirrorRow.original_id.is_(None))
        .values(learnt)
    )


def link_citations_to_originals(connection: Connection) -> None:
    """Let citations of mirrors whose page does not tell the original be citations of the original that is known by now."""
    known = select(MirrorRow.id).where(MirrorRow.original_id.is_not(None))
    original = (
        select(MirrorRow.original_id).where(MirrorRow.id == CitationRow.mirror_id).scalar_subquery()
    )
    connection.execute(
        update(CitationRow)
        .where(CitationRow.link_id.is_(None), CitationRow.mirror_id.in_(known))
        .values(link_id=original)
    )


def schedule_probe(connection: Connection, review: MirrorReview, *, at: datetime) -> None:
    """Have a mirror probed at a moment of our choice."""
    connection.execute(update(LinkRow).where(LinkRow.id == review.link_id).values(next_probe_at=at))
