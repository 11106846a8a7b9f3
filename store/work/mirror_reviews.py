"""Reviews of mirrors: what their latest probes showed, and the assessment that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ScalarSelect, Select, or_, select, update

from store.schema.models import CaptureRow, CitationRow, LinkRow, MirrorRow, aliased
from store.vocabulary import (
    CaptureStatus,
    MirrorAssessment,
    MirrorOrigin,
    MirrorQuality,
    PageEvidence,
    Reason,
    Spelling,
    State,
    Verdict,
)
from store.work.page_evidence import last_page_seen

# Spellings of copies whose text is compared with the page's.
_COMPARED_SPELLINGS = (
    Spelling.REDIRECT,
    *(spelling for spelling in Spelling if spelling.needs_text),
)
_MAX_CITATION_TEXTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorReview:
    """A mirror that was probed since its last review.

    Attributes:
        mirror_id: The mirror.
        link_id: The link of its own URL.
        url: Its URL.
        original: The URL it is a copy of, if that is known.
        captured_at: Its capture time, if that is known.
        verdict: The verdict of its latest probe.
        reason: The reason of the verdict.
        detail: The detail of the verdict.
        status_code: The status of the latest probe.
        warnings: The warnings of the latest probe.
        checked_at: The time of the latest probe.
        captured_by_us: It was captured at our request.
        capture_finished_at: When the archive reported that capture.
        mirror_page: What its page showed last; only if it was captured by us, or if its original
            or capture time is not known.
        original_page: What its original's page showed last, about the time of the capture; only
            if it was captured by us, or its spelling does not show that it is a copy of the page.
        earlier_page: What another copy showed last that was made before the original refused us;
            only if this one was made since.
        service: The archive.
        timestamp: The capture time as its URL names it.
        spelling: How its URL spells the original's.
        original_final_url: Where the last probe of the original ended.
        cited_as: The texts of the links that cite its original, if its spelling needs them.
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
    earlier_page: PageEvidence | None = None
    service: str = "wayback"
    timestamp: str = ""
    spelling: Spelling = Spelling.SAME
    original_final_url: str | None = None
    cited_as: tuple[str, ...] = ()


def mirrors_to_review(
    connection: Connection, *, after: int = 0, limit: int = 500
) -> Sequence[MirrorReview]:
    """List mirrors that were probed since their last review, by ascending id.

    Args:
        connection: A connection in a transaction.
        after: Only mirrors with a higher id.
        limit: Maximum number of mirrors.

    Returns:
        The mirrors.
    """
    rows = connection.execute(_select_reviews(after, limit)).all()
    return [_review(connection, row) for row in rows]


def _capture_finished_at() -> ScalarSelect[Any]:
    """Return the time at which the latest capture of a mirror finished."""
    return (
        select(CaptureRow.finished_at)
        .where(CaptureRow.mirror_id == MirrorRow.id, CaptureRow.finished_at.is_not(None))
        .order_by(CaptureRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _select_reviews(after: int, limit: int) -> Select[*tuple[Any, ...]]:
    original = aliased(LinkRow)
    return (
        select(
            MirrorRow.id.label("mirror_id"),
            MirrorRow.link_id,
            MirrorRow.original_id,
            MirrorRow.captured_at,
            MirrorRow.origin,
            MirrorRow.service,
            MirrorRow.timestamp,
            MirrorRow.spelling,
            LinkRow.url,
            original.url.label("original"),
            original.final_url.label("original_final_url"),
            original.state.label("original_state"),
            original.state_since.label("original_state_since"),
            LinkRow.verdict,
            LinkRow.reason,
            LinkRow.detail,
            LinkRow.status_code,
            LinkRow.warnings,
            LinkRow.checked_at,
            _capture_finished_at().label("capture_finished_at"),
        )
        .join(LinkRow, LinkRow.id == MirrorRow.link_id)
        .outerjoin(original, original.id == MirrorRow.original_id)
        .where(
            MirrorRow.id > after,
            LinkRow.checked_at.is_not(None),
            LinkRow.verdict.is_not(None),
            LinkRow.reason.is_not(None),
            or_(MirrorRow.reviewed_at.is_(None), MirrorRow.reviewed_at < LinkRow.checked_at),
        )
        .order_by(MirrorRow.id)
        .limit(limit)
    )


def _review(connection: Connection, row: Any) -> MirrorReview:
    values = dict(row._mapping)  # noqa: SLF001  its public name for this
    original_id = values.pop("original_id")
    state, since = values.pop("original_state"), values.pop("original_state_since")
    is_since_refusal = (
        state is State.BLOCKED
        and since is not None
        and row.captured_at is not None
        and row.captured_at >= since
    )
    captured_by_us = values.pop("origin") is MirrorOrigin.CAPTURED
    is_compared = captured_by_us or row.spelling in _COMPARED_SPELLINGS
    mirror_page = original_page = earlier_page = None
    cited_as: tuple[str, ...] = ()
    if is_since_refusal:
        earlier_page = _earlier_page(connection, original_id, since)
    is_incomplete = original_id is None or row.captured_at is None
    if is_compared or is_incomplete or earlier_page is not None:
        mirror_page = last_page_seen(connection, row.link_id)
    if is_compared and original_id:
        original_page = last_page_seen(connection, original_id)
    if row.spelling.needs_text and original_id:
        cited_as = _citation_texts(connection, original_id)
    return MirrorReview(
        **values,
        captured_by_us=captured_by_us,
        mirror_page=mirror_page,
        original_page=original_page,
        earlier_page=earlier_page,
        cited_as=cited_as,
    )


def _earlier_page(connection: Connection, link_id: int, since: datetime) -> PageEvidence | None:
    """Return what the latest copy of a link from before a time showed, if one was probed."""
    statement = (
        select(MirrorRow.link_id)
        .join(LinkRow, LinkRow.id == MirrorRow.link_id)
        .where(
            MirrorRow.original_id == link_id,
            MirrorRow.captured_at < since,
            MirrorRow.quality == MirrorQuality.FAITHFUL,
        )
        .order_by(MirrorRow.captured_at.desc())
        .limit(1)
    )
    found = connection.scalar(statement)
    return None if found is None else last_page_seen(connection, found)


def _citation_texts(connection: Connection, link_id: int) -> tuple[str, ...]:
    """Return the texts of the present citations of a link, each once."""
    statement = (
        select(CitationRow.text)
        .where(CitationRow.link_id == link_id, CitationRow.gone_run_id.is_(None))
        .distinct()
        .limit(_MAX_CITATION_TEXTS)
    )
    return tuple(filter(None, connection.scalars(statement)))


def record_review(
    connection: Connection,
    review: MirrorReview,
    assessment: MirrorAssessment | None,
    *,
    at: datetime,
) -> None:
    """Store the assessment of a mirror, and what follows for the capture that made it.

    Args:
        connection: A connection in a transaction that writes.
        review: The mirror.
        assessment: The assessment; None to leave the last one as it is.
        at: The time of the review.
    """
    values: dict[str, object] = {"reviewed_at": max(at, review.checked_at)}
    if assessment is not None:
        values |= {
            "quality": assessment.quality,
            "flaw": assessment.flaw,
            "drift_seconds": assessment.capture_offset_seconds,
            "same_address": assessment.same_address,
        }
        if assessment.status_at_capture is not None:
            values["status_at_capture"] = assessment.status_at_capture
    connection.execute(update(MirrorRow).where(MirrorRow.id == review.mirror_id).values(values))
    if assessment is None or not review.captured_by_us:
        return
    if assessment.quality is not MirrorQuality.UNVERIFIED:
        _finish_capture(connection, review.mirror_id, assessment, at)


def _finish_capture(
    connection: Connection, mirror_id: int, assessment: MirrorAssessment, at: datetime
) -> None:
    is_usable = assessment.quality is MirrorQuality.FAITHFUL
    connection.execute(
        update(CaptureRow)
        .where(CaptureRow.status == CaptureStatus.CAPTURED, CaptureRow.mirror_id == mirror_id)
        .values(
            status=CaptureStatus.VERIFIED if is_usable else CaptureStatus.UNUSABLE,
            finished_at=at,
            next_try_at=None,
            detail="" if is_usable else assessment.flaw,
        )
    )
