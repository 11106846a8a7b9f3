"""Review what probes showed of mirrors: whether a mirror replays what was cited.

Captures that were requested are verified by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from crawler.archives import parse_mirror
from crawler.http.urls import InvalidUrl, request_url, same_address
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.liveness.simhash import FAR_DISTANCE, hamming_distance
from crawler.preservation.capture_policy import INDEX_LAG
from store.vocabulary import (
    MirrorAddress,
    MirrorAssessment,
    MirrorQuality,
    PageEvidence,
    Reason,
    Verdict,
    parse_timestamp,
)
from store.work.mirror_reviews import (
    MirrorReview,
    link_citations_to_originals,
    mirrors_to_review,
    record_original,
    record_review,
    schedule_probe,
)

# These are about what was captured. All others may be the archive's trouble, or ours.
_REASONS_OF_CAPTURE: Final = frozenset(
    {
        Reason.NOT_FOUND,
        Reason.GONE,
        Reason.SOFT_404,
        Reason.REDIRECTED_TO_HOME,
        Reason.PARKED,
        Reason.HIJACKED,
        Reason.SERVER_ERROR,
    }
)
_REASONS_OF_ABSENCE: Final = frozenset({Reason.NOT_FOUND, Reason.GONE})
_MAX_SAME_CAPTURE: Final = timedelta(days=1)  # between the capture requested and the one shown
# Pages at their short URLs are the services' own. The capture is in a frame and cannot change them.
_NAMES_THE_ORIGINAL: Final = frozenset({"perma.cc", "ghostarchive"})
_MIN_TEXT_LENGTH: Final = 200  # characters; shorter texts are not compared


@dataclass(frozen=True, slots=True)
class _Reviewed:
    """The result of a review.

    Attributes:
        reported: What the mirror's page reports about its short URL.
        is_conclusive: Whether the probe shows the quality.
        assessment: The quality, if known.
    """

    reported: MirrorAddress | None = None
    is_conclusive: bool = True
    assessment: MirrorAssessment | None = None


def review_mirrors(job: Job) -> None:
    """Review every mirror that was probed since its last review, and store the results.

    The originals of short mirror URLs are learned from their pages on the way.
    """
    after = 0
    while True:
        with job.database.read() as connection:
            reviews = mirrors_to_review(connection, after=after)
        if not reviews:
            break
        results = [_review(job, review) for review in reviews]
        with job.database.write() as connection:
            for review, result in zip(reviews, results, strict=True):
                _store(job, connection, review, result)
        after = reviews[-1].mirror_id
    with job.database.write() as connection:
        link_citations_to_originals(connection)


def _review(job: Job, review: MirrorReview) -> _Reviewed:
    """Return the result for one mirror.

    After an internal error nothing is known: the mirror is reviewed again after its next probe.
    """
    with job.isolated(Unit.MIRROR, review.url):
        conclusive = is_conclusive(review)
        assessment = assess_mirror(review) if conclusive else None
        return _Reviewed(reported_address(review), conclusive, assessment)
    return _Reviewed()


def _store(job: Job, connection: Connection, review: MirrorReview, result: _Reviewed) -> None:
    now = job.clock()
    if result.reported:
        record_original(connection, job.link_registry(connection), review, result.reported)
    record_review(connection, review, result.assessment, at=now)
    if not result.is_conclusive and review.capture_finished_at:
        at = max(now, review.capture_finished_at) + INDEX_LAG
        schedule_probe(connection, review, at=at)


def reported_address(review: MirrorReview) -> MirrorAddress | None:
    """Return what a page at a short mirror URL reports about it; None if unknown or not needed.

    A report is believed if it names a mirror at the same service, or for services whose pages name
    the original.
    """
    if review.original is not None or review.mirror_page is None:
        return None
    memento = review.mirror_page.memento
    short = parse_mirror(review.url)
    if short is None or not memento:
        return None
    reported = parse_mirror(memento)
    if reported is not None and reported.service == short.service:
        return reported if reported.original and reported.timestamp else None
    if short.service not in _NAMES_THE_ORIGINAL:
        return None
    # What was captured may have been a mirror itself.
    original = reported.original if reported else memento
    if not original or not _is_web_url(original):
        return None
    return MirrorAddress(service=short.service, original=original)


def is_conclusive(review: MirrorReview) -> bool:
    """Return whether a probe shows the quality of a mirror.

    Shortly after a capture, it may be missing from the index, or an older capture be shown
    instead.
    """
    finished_at = review.capture_finished_at
    if finished_at is None or review.checked_at - finished_at >= INDEX_LAG:
        return True
    is_missing = (
        review.verdict is Verdict.BROKEN
        and review.reason in _REASONS_OF_ABSENCE
        and not review.detail.startswith("captured")
    )
    return not is_missing and "other-capture" not in review.warnings


def assess_mirror(review: MirrorReview) -> MirrorAssessment | None:
    """Return the quality of a mirror by its latest probe; None if that shows nothing about it."""
    same_address = _has_same_address(review)
    if review.verdict is Verdict.BROKEN and review.reason in _REASONS_OF_CAPTURE:
        flaw = f"{review.reason}: {review.detail}" if review.detail else str(review.reason)
        is_other_case = "case-mismatch" in review.warnings
        return MirrorAssessment(
            quality=MirrorQuality.UNUSABLE,
            flaw=flaw,
            same_address=False if is_other_case else same_address,
        )
    if review.verdict not in (Verdict.ALIVE, Verdict.MOVED):
        return None
    drift = _drift(review)
    if review.captured_by_us:
        flaw = _flaw_of_capture(review, drift)
        if flaw:
            is_drift = drift is not None and abs(drift) > _MAX_SAME_CAPTURE
            return MirrorAssessment(
                quality=MirrorQuality.UNUSABLE,
                flaw=flaw,
                capture_offset_seconds=_seconds(drift) if is_drift else None,
                same_address=same_address,
            )
        drift = None
    status = review.status_code
    return MirrorAssessment(
        quality=MirrorQuality.FAITHFUL if drift is None else MirrorQuality.OTHER_CAPTURE,
        flaw="" if drift is None else review.detail,
        capture_offset_seconds=_seconds(drift),
        same_address=same_address,
        status_at_capture=status if status and status < 300 else None,
    )


def _flaw_of_capture(review: MirrorReview, drift: timedelta | None) -> str:
    """Return why a capture that was requested is unusable; "" if it is not."""
    if drift is not None and abs(drift) > _MAX_SAME_CAPTURE:
        return f"another capture is shown: {review.detail}"
    if texts_differ(review.mirror_page, review.original_page):
        return "it shows another text than the page itself"
    return ""


def texts_differ(replay: PageEvidence | None, source: PageEvidence | None) -> bool:
    """Return whether a capture shows another text than the page did when it was probed.

    Texts too short to be compared do not differ.
    """
    if replay is None or source is None:
        return False
    if min(len(replay.text), len(source.text)) < _MIN_TEXT_LENGTH:
        return False
    return hamming_distance(replay.simhash, source.simhash) > FAR_DISTANCE


def _is_web_url(text: str) -> bool:
    try:
        return request_url(text).startswith(("http://", "https://"))
    except InvalidUrl:
        return False


def _has_same_address(review: MirrorReview) -> bool | None:
    """Return whether the mirror's URL names exactly the original; None if one is not known."""
    address = parse_mirror(review.url)
    if address is None or not address.original or not review.original:
        return None
    return same_address(address.original, review.original)


def _drift(review: MirrorReview) -> timedelta | None:
    """Return how much later the capture shown is than the one named; None if they are the same."""
    if "other-capture" not in review.warnings:
        return None
    shown = parse_timestamp(review.detail[:14])
    return shown - review.captured_at if shown and review.captured_at else None


def _seconds(gap: timedelta | None) -> int | None:
    return None if gap is None else round(gap.total_seconds())
