"""Is the mirror worth anything? What probes showed of mirrors, weighed; captures are verified by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

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
    record_original,
    schedule_probe,
    mirrors_to_review,
    record_review,
)

# These are about what was captured. All others may be the archive's own trouble, or ours.
_OF_THE_CAPTURE: Final = frozenset(
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
_NOT_IN_THE_ARCHIVE: Final = frozenset({Reason.NOT_FOUND, Reason.GONE})
_SAME_CAPTURE: Final = timedelta(days=1)
# The page behind their short addresses is their own; what was captured shows in a frame, and cannot write into it.
_NAMES_THE_ORIGINAL: Final = frozenset({"perma.cc", "ghostarchive"})
_ENOUGH_TEXT: Final = 200  # characters below which texts are too short to be compared


def review_mirrors(job: Job) -> None:
    """Weigh every mirror that was probed since it was last weighed, and learn whose copies those are that did not tell."""
    now, after = job.clock(), 0
    while True:
        with job.database.read() as connection:
            reviews = mirrors_to_review(connection, after=after)
        if not reviews:
            break
        weighed = [_weighed(job, review) for review in reviews]
        with job.database.write() as connection:
            for review, (told, settled, health) in zip(reviews, weighed, strict=True):
                if told:
                    record_original(connection, job.link_registry(connection), review, told)
                record_review(connection, review, health, at=now)
                if not settled and review.capture_finished_at:
                    schedule_probe(connection, review, at=max(now, review.capture_finished_at) + INDEX_LAG)
        after = reviews[-1].mirror_id
    with job.database.write() as connection:
        link_citations_to_originals(connection)


def _weighed(
    job: Job, review: MirrorReview
) -> tuple[MirrorAddress | None, bool, MirrorAssessment | None]:
    """Return whose copy a mirror says it is, whether its probe is to be believed by now, and what it is worth.

    What meets an internal error is taken for a probe that says nothing: the mirror is weighed anew after its next one.
    """
    with job.isolated(Unit.MIRROR, review.url):
        settled = is_settled(review)
        return reported_address(review), settled, mirror_health(review) if settled else None
    return None, True, None


def reported_address(review: MirrorReview) -> MirrorAddress | None:
    """Say what a mirror with a short address is, by what its page tells of it; None where that is not to be believed, or not needed."""
    if review.original is not None or review.mirror_page is None or not review.mirror_page.memento:
        return None
    short, told = parse_mirror(review.url), parse_mirror(review.mirror_page.memento)
    if short is None:
        return None
    if told is not None and told.service == short.service:
        return told if told.original and told.timestamp else None
    if short.service not in _NAMES_THE_ORIGINAL:
        return None
    # what was captured may have been a mirror itself
    original = told.original if told else review.mirror_page.memento
    return (
        MirrorAddress(service=short.service, original=original)
        if original and _is_address(original)
        else None
    )


def is_settled(review: MirrorReview) -> bool:
    """Tell whether a probe shows what a mirror is worth: what was captured a short while ago may be missing from the index, or an older
    capture shown in its place.
    """
    if review.capture_finished_at is None or review.checked_at - review.capture_finished_at >= INDEX_LAG:
        return True
    missing = (
        review.verdict is Verdict.BROKEN
        and review.reason in _NOT_IN_THE_ARCHIVE
        and not review.detail.startswith("captured")
    )
    return not missing and "other-capture" not in review.warnings


def mirror_health(review: MirrorReview) -> MirrorAssessment | None:
    """Say what a mirror is worth by its latest probe; None where that says nothing about it."""
    spelt = parse_mirror(review.url)
    alike = (
        same_address(spelt.original, review.original)
        if spelt and spelt.original and review.original
        else None
    )
    if review.verdict is Verdict.BROKEN and review.reason in _OF_THE_CAPTURE:
        flaw = f"{review.reason}: {review.detail}" if review.detail else str(review.reason)
        return MirrorAssessment(
            quality=MirrorQuality.UNUSABLE,
            flaw=flaw,
            same_address=False if _other_case(review) else alike,
        )
    if review.verdict not in (Verdict.ALIVE, Verdict.MOVED):
        return None
    drift = _drift(review)
    if review.captured_by_us:
        if drift is not None and abs(drift) > _SAME_CAPTURE:
            flaw = f"another capture is shown: {review.detail}"
            return MirrorAssessment(
                quality=MirrorQuality.UNUSABLE,
                flaw=flaw,
                drift_seconds=_seconds(drift),
                same_address=alike,
            )
        if texts_differ(review.mirror_page, review.original_page):
            return MirrorAssessment(
                quality=MirrorQuality.UNUSABLE,
                flaw="it shows another text than the page itself",
                same_address=alike,
            )
        drift = None
    return MirrorAssessment(
        quality=MirrorQuality.FAITHFUL if drift is None else MirrorQuality.OTHER_CAPTURE,
        flaw="" if drift is None else review.detail,
        drift_seconds=None if drift is None else _seconds(drift),
        same_address=alike,
        status_at_capture=review.status_code
        if review.status_code and review.status_code < 300
        else None,
    )


def texts_differ(replay: PageEvidence | None, source: PageEvidence | None) -> bool:
    """Tell whether a capture shows another text than we saw at the page itself. Texts too short to be compared do not differ."""
    if replay is None or source is None or min(len(replay.text), len(source.text)) < _ENOUGH_TEXT:
        return False
    return hamming_distance(replay.simhash, source.simhash) > FAR_DISTANCE


def _is_address(text: str) -> bool:
    try:
        return request_url(text).startswith(("http://", "https://"))
    except InvalidUrl:
        return False


def _other_case(review: MirrorReview) -> bool:
    return "case-mismatch" in review.warnings


def _drift(review: MirrorReview) -> timedelta | None:
    if "other-capture" not in review.warnings:
        return None
    shown = parse_timestamp(review.detail[:14])
    return shown - review.captured_at if shown and review.captured_at else None


def _seconds(gap: timedelta) -> int:
    return round(gap.total_seconds())
