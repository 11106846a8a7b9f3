"""Read what the latest probes of mirrors showed, for their review, and store its assessment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, ScalarSelect, Select, or_, select, update

from store.schema.models import CaptureRow, CitationRow, LinkRow, MirrorRow, aliased
from store.vocabulary import (
    SERVED_VERDICTS,
    CaptureStatus,
    MirrorAssessment,
    MirrorOrigin,
    MirrorQuality,
    OriginalSource,
    PageEvidence,
    Reason,
    Spelling,
    State,
    Verdict,
)
from store.work.page_evidence import last_page_seen, last_page_with_time, last_pages_seen

_MAX_CITATION_TEXTS = 20  # of an original
_MAX_OTHER_COPIES = 5


class MirrorReview(Struct, frozen=True, kw_only=True):
    """A mirror that was probed since its last review.

    Attributes:
        mirror_id: The mirror.
        link_id: Link id of its own URL.
        url: Its own URL.
        original: The URL it is a copy of, if that is known.
        original_source: How that is known.
        captured_at: Its capture time, if that is known.
        verdict: The verdict of its latest probe.
        reason: The reason of the verdict.
        detail: The detail of the verdict.
        status_code: The status of the latest probe; None if there was no response.
        warnings: The warnings of the latest probe.
        checked_at: The time of the latest probe.
        captured_by_us: Whether it was captured at our request.
        capture_finished_at: When the archive reported that capture; None if no capture is recorded.
        mirror_page: What its page showed last, if it was served.
        original_page: What its original's page showed last.
        original_seen_at: The time of the probe of `original_page`.
        earlier_page: What the newest usable copy from before the original blocked us showed last;
            only for mirrors that were captured since.
        service: The archive.
        timestamp: The capture time as its URL names it.
        spelling: How its URL spells the original's.
        original_final_url: Where the last probe of the original ended.
        cited_as: The texts and titles of the links that cite its original.
        other_copies: What other usable copies of its original showed last.
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
    original_seen_at: datetime | None = None
    other_copies: tuple[PageEvidence, ...] = ()
    original_source: OriginalSource | None = None


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
    return [_review_from_row(connection, row) for row in rows]


def _capture_finished_at() -> ScalarSelect[Any]:
    """Select the time at which the latest capture of a mirror finished."""
    return (
        select(CaptureRow.finished_at)
        .where(CaptureRow.mirror_id == MirrorRow.id, CaptureRow.finished_at.is_not(None))
        .order_by(CaptureRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _select_reviews(after: int, limit: int) -> Select[*tuple[Any, ...]]:
    """Select mirrors to review with their latest verdict and their originals."""
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
            MirrorRow.original_source,
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


def _review_from_row(connection: Connection, row: Any) -> MirrorReview:
    """Build a review from a row of `_select_reviews`, and read what the pages showed."""
    values = dict(row._mapping)  # noqa: SLF001  its public name for this
    original_id = values.pop("original_id")
    state = values.pop("original_state")
    state_since = values.pop("original_state_since")
    is_captured_while_blocked = (
        state is State.BLOCKED
        and state_since is not None
        and row.captured_at is not None
        and row.captured_at >= state_since
    )
    captured_by_us = values.pop("origin") is MirrorOrigin.CAPTURED
    if row.original_source:
        values["original_source"] = OriginalSource(row.original_source)
    if row.verdict in SERVED_VERDICTS:
        values["mirror_page"] = last_page_seen(connection, row.link_id)
        if original_id is not None:
            values |= _values_of_original(connection, original_id, row.mirror_id)
        if is_captured_while_blocked:
            values["earlier_page"] = _earlier_page(connection, original_id, state_since)
    return MirrorReview(**values, captured_by_us=captured_by_us)


def _values_of_original(
    connection: Connection, original_id: int, mirror_id: int
) -> dict[str, object]:
    """Return the attributes of a review that are about the mirror's original, by their names."""
    seen = last_page_with_time(connection, original_id)
    return {
        "original_page": seen[0] if seen else None,
        "original_seen_at": seen[1] if seen else None,
        "cited_as": _citation_texts(connection, original_id),
        "other_copies": _other_copies(connection, original_id, mirror_id),
    }


def _other_copies(
    connection: Connection, original_id: int, mirror_id: int
) -> tuple[PageEvidence, ...]:
    """Return what other usable copies of a link showed last."""
    statement = (
        select(MirrorRow.link_id)
        .where(
            MirrorRow.original_id == original_id,
            MirrorRow.id != mirror_id,
            MirrorRow.quality == MirrorQuality.FAITHFUL,
        )
        .order_by(MirrorRow.id)
        .limit(_MAX_OTHER_COPIES)
    )
    pages = last_pages_seen(connection, connection.scalars(statement).all())
    return tuple(pages.values())


def _earlier_page(connection: Connection, link_id: int, before: datetime) -> PageEvidence | None:
    """Return what the newest usable copy of a link from before a time showed, if it was probed."""
    statement = (
        select(MirrorRow.link_id)
        .join(LinkRow, LinkRow.id == MirrorRow.link_id)
        .where(
            MirrorRow.original_id == link_id,
            MirrorRow.captured_at < before,
            MirrorRow.quality == MirrorQuality.FAITHFUL,
        )
        .order_by(MirrorRow.captured_at.desc())
        .limit(1)
    )
    mirror_link_id = connection.scalar(statement)
    return None if mirror_link_id is None else last_page_seen(connection, mirror_link_id)


def _citation_texts(connection: Connection, link_id: int) -> tuple[str, ...]:
    """Return the texts and titles of the present citations of a link, each once."""
    statement = (
        select(CitationRow.text, CitationRow.title)
        .where(CitationRow.link_id == link_id, CitationRow.gone_run_id.is_(None))
        .distinct()
        .limit(_MAX_CITATION_TEXTS)
    )
    rows = connection.execute(statement).all()
    return tuple(dict.fromkeys(text for row in rows for text in row if text))


def record_review(
    connection: Connection,
    review: MirrorReview,
    assessment: MirrorAssessment | None,
    *,
    at: datetime,
) -> None:
    """Store the assessment of a mirror, and the status of the capture that made it.

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
    """Store whether the capture that made a mirror is verified or unusable."""
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
