"""Review the mirrors that were probed, and store the results.

This also verifies the captures that we requested. `mirror_assessment` decides what a probe shows
about a mirror.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection

from crawler.archives import parse_mirror
from crawler.http.urls import same_address
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.liveness.mirrors.mirror_redirects import CAPTURED_REDIRECT
from crawler.preservation.capture_policy import INDEX_LAG
from crawler.preservation.mirror_assessment import (
    assess_mirror,
    is_conclusive,
    reported_address,
    shown_snapshot,
    stated_capture_time,
)
from store.vocabulary import (
    MirrorAddress,
    MirrorAssessment,
    MirrorQuality,
    Snapshot,
    Spelling,
)
from store.work.archives.mirror_corrections import (
    add_shown_capture,
    link_citations_to_originals,
    mark_unusable,
    record_capture_time,
    record_original,
    redirecting_mirrors,
    reopen_lookup,
    schedule_probe,
)
from store.work.archives.mirror_reviews import MirrorReview, mirrors_to_review, record_review


@dataclass(frozen=True, slots=True)
class _ReviewResult:
    """The result of a review.

    Attributes:
        reported: The parts of a short mirror URL that its page states; None if it states none.
        captured_at: The capture time that the mirror's page states, if its URL contains none.
        is_conclusive: Whether the probe shows the quality of the mirror.
        assessment: The quality, if known.
        shown: The capture that is shown in place of the one named, if it is known.
    """

    reported: MirrorAddress | None = None
    captured_at: datetime | None = None
    is_conclusive: bool = True
    assessment: MirrorAssessment | None = None
    shown: Snapshot | None = None


def review_mirrors(job: Job) -> int:
    """Review every mirror that was probed since its last review, and store the results.

    The originals of short mirror URLs are stored as their pages state them. The lookup of an
    unusable copy becomes due again. A capture that is shown in place of another one is added as a
    further mirror.

    Returns:
        The number of links for which another copy is to be looked up or probed.
    """
    last_id = changed = 0
    while True:
        reviews = job.read_blocking(mirrors_to_review, after=last_id)
        if not reviews:
            break
        results = [(review, _review(job, review)) for review in reviews]
        changed += job.write_blocking(_store_all, job, results)
        last_id = reviews[-1].mirror_id
    job.write_blocking(link_citations_to_originals)
    return changed


def _store_all(
    connection: Connection, job: Job, results: Sequence[tuple[MirrorReview, _ReviewResult]]
) -> int:
    """Store reviews, and return for how many links another copy is to be looked up or probed."""
    return sum(_store(job, connection, review, result) for review, result in results)


def _review(job: Job, review: MirrorReview) -> _ReviewResult:
    """Return the result for one mirror.

    After an internal error nothing is known: the mirror is reviewed again after its next probe.
    """
    with job.isolated(Unit.MIRROR, review.url):
        reported = reported_address(review)
        if reported is not None:
            review = _without_original(review)  # what is known of another page is no measure
        conclusive = is_conclusive(review)
        assessment = assess_mirror(review) if conclusive else None
        shown = shown_snapshot(review) if conclusive else None
        return _ReviewResult(
            reported=reported,
            captured_at=stated_capture_time(review),
            is_conclusive=conclusive,
            assessment=assessment,
            shown=shown,
        )
    return _ReviewResult()


def _without_original(review: MirrorReview) -> MirrorReview:
    """Return the review of a mirror as if its original were not known."""
    return replace(
        review,
        original=None,
        original_source=None,
        original_final_url=None,
        original_page=None,
        original_seen_at=None,
        earlier_page=None,
        cited_as=(),
        other_copies=(),
    )


def _store(job: Job, connection: Connection, review: MirrorReview, result: _ReviewResult) -> bool:
    """Store the result of a review; return whether another copy is to be looked up or probed."""
    now = job.clock()
    if result.reported:
        record_original(connection, job.link_registry(connection), review, result.reported)
    if result.captured_at:
        record_capture_time(connection, review, result.captured_at)
    record_review(connection, review, result.assessment, at=now)
    if not result.is_conclusive and review.capture_finished_at:
        # A new capture may take a day to appear in the archive.
        at = max(now, review.capture_finished_at) + INDEX_LAG
        schedule_probe(connection, review, at=at)
    if result.assessment is None:
        return False
    shown = result.shown
    if shown and add_shown_capture(connection, job.link_registry(connection), review, shown):
        return True
    if result.assessment.quality is not MirrorQuality.UNUSABLE:
        return False
    _mark_redirects_to(connection, review, result.assessment)
    return reopen_lookup(connection, review, at=now)


def _mark_redirects_to(
    connection: Connection, review: MirrorReview, assessment: MirrorAssessment
) -> None:
    """Mark captured redirects to an unusable capture as unusable, too.

    The verdict on such a mirror has the detail "the capture is a redirect to URL"
    (`CAPTURED_REDIRECT`), from which the URL is read.
    """
    address = parse_mirror(review.url)
    if review.spelling is not Spelling.REDIRECT or address is None or not address.original:
        return
    redirect_ids = [
        mirror_id
        for mirror_id, detail in redirecting_mirrors(connection, review).items()
        if same_address(detail.removeprefix(CAPTURED_REDIRECT), address.original)
    ]
    if redirect_ids:
        mark_unusable(connection, redirect_ids, f"it redirects to a copy that is {assessment.flaw}")
