"""Judge by the latest probe of a mirror whether it replays the cited page.

This module requests and stores nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from crawler.archives import mirror_url, parse_mirror
from crawler.http.url_privacy import has_foreign_secret
from crawler.http.urls import InvalidUrl, request_url, same_address
from crawler.liveness.mirrors.mirror_redirects import (
    CAPTURED_ERROR,
    CAPTURED_REDIRECT,
    DAMAGED_RECORD,
    NO_COPY_REDIRECT,
)
from crawler.preservation.capture_policy import INDEX_LAG, is_copy_of
from crawler.preservation.copy_confirmation import CitedPage, confirms, contradicts
from crawler.preservation.other_page import shows_another_page
from store.vocabulary import (
    OTHER_CAPTURE,
    SERVED_VERDICTS,
    MirrorAddress,
    MirrorAssessment,
    MirrorQuality,
    OriginalSource,
    Reason,
    Snapshot,
    Spelling,
    Verdict,
    parse_timestamp,
)
from store.work.archives.mirror_reviews import MirrorReview

# Reasons that are about the captured page. The others may be caused by the archive or by us.
_REASONS_OF_CAPTURE: Final = frozenset(
    {
        Reason.NOT_FOUND,
        Reason.GONE,
        Reason.SOFT_404,
        Reason.REDIRECTED_TO_HOME,
        Reason.REDIRECT_LOOP,
        Reason.PARKED,
        Reason.HIJACKED,
        Reason.SERVER_ERROR,
    }
)
_REASONS_OF_ABSENCE: Final = frozenset({Reason.NOT_FOUND, Reason.GONE})
_MAX_SAME_CAPTURE: Final = timedelta(days=1)  # between the capture requested and the one shown
# Services whose page at a short URL names the original. The page is the service's own: it shows the
# capture in a frame, and the capture cannot change it.
_SERVICES_NAMING_ORIGINALS: Final = frozenset({"perma.cc", "ghostarchive"})


def reported_address(review: MirrorReview) -> MirrorAddress | None:
    """Return the parts of a short mirror URL, as the page there states them.

    The page is believed if it names a mirror at the same service, or if pages of the service name
    the original. It is believed rather than a pairing with the link next to the mirror, unless the
    text confirms that: the capture may have followed a redirect of that link.

    Returns:
        The parts; None if the page does not state them, or the original is known already.
    """
    address = _address_on_page(review)
    if address is None or review.original is None:
        return address
    is_guess = review.original_source is OriginalSource.NEIGHBOUR
    originals = (review.original, review.original_final_url)
    if not is_guess or address.original is None or is_copy_of(address.original, *originals):
        return None
    cited = CitedPage(review.original, review.original_page, review.cited_as)
    is_confirmed = confirms(review.mirror_page, cited, Spelling.LONE_REDIRECT)
    return None if is_confirmed else address


def _address_on_page(review: MirrorReview) -> MirrorAddress | None:
    """Return the parts of a short mirror URL that its page states; None if it states none."""
    if review.mirror_page is None:
        return None
    memento = review.mirror_page.memento
    short = parse_mirror(review.url)
    if short is None or not memento:
        return None
    reported = parse_mirror(memento)
    if reported is not None and reported.service == short.service:
        return reported if reported.original and reported.timestamp else None
    if short.service not in _SERVICES_NAMING_ORIGINALS:
        return None
    # The captured page may have been a mirror itself.
    original = reported.original if reported else memento
    if not original or not _is_requestable(original):
        return None
    return MirrorAddress(service=short.service, original=original)


def stated_capture_time(review: MirrorReview) -> datetime | None:
    """Return the capture time that the page at a short mirror URL states.

    Returns:
        The time; None if the page states none or the time is known already.
    """
    if review.captured_at is not None or review.mirror_page is None:
        return None
    short, stated = parse_mirror(review.url), parse_mirror(review.mirror_page.memento)
    if short is None or stated is None or stated.service != short.service:
        return None
    return stated.captured_at


def is_conclusive(review: MirrorReview) -> bool:
    """Return whether a probe shows the quality of a mirror.

    Shortly after a capture, the index may not have it yet, or the archive may show an older one.
    """
    finished_at = review.capture_finished_at
    if finished_at is None or review.checked_at - finished_at >= INDEX_LAG:
        return True
    is_missing = (
        review.verdict is Verdict.BROKEN
        and review.reason in _REASONS_OF_ABSENCE
        and not review.detail.startswith((CAPTURED_ERROR, DAMAGED_RECORD))
    )
    return not is_missing and OTHER_CAPTURE not in review.warnings


def assess_mirror(review: MirrorReview) -> MirrorAssessment | None:
    """Return the quality of a mirror by its latest probe; None if that shows nothing about it."""
    has_same_address = _has_same_address(review)
    if review.verdict is Verdict.BROKEN and review.reason in _REASONS_OF_CAPTURE:
        flaw = f"{review.reason}: {review.detail}" if review.detail else str(review.reason)
        is_other_case = "case-mismatch" in review.warnings
        return MirrorAssessment(
            quality=MirrorQuality.UNUSABLE,
            flaw=flaw,
            same_address=False if is_other_case else has_same_address,
        )
    if review.verdict not in SERVED_VERDICTS:
        return None
    if review.detail.startswith(NO_COPY_REDIRECT):
        return MirrorAssessment(
            quality=MirrorQuality.UNUSABLE, flaw=review.detail, same_address=has_same_address
        )
    offset = _capture_offset(review)
    if review.captured_by_us:
        flaw = _flaw_of_capture(review, offset)
        if flaw:
            is_other_capture = offset is not None and abs(offset) > _MAX_SAME_CAPTURE
            return MirrorAssessment(
                quality=MirrorQuality.UNUSABLE,
                flaw=flaw,
                capture_offset_seconds=_seconds(offset) if is_other_capture else None,
                same_address=has_same_address,
            )
        offset = None
    elif flaw := _flaw_of_found_copy(review):
        return MirrorAssessment(
            quality=MirrorQuality.UNUSABLE, flaw=flaw, same_address=has_same_address
        )
    status = review.status_code
    return MirrorAssessment(
        quality=MirrorQuality.FAITHFUL if offset is None else MirrorQuality.OTHER_CAPTURE,
        flaw="" if offset is None else review.detail,
        capture_offset_seconds=_seconds(offset),
        same_address=has_same_address,
        status_at_capture=status if status and status < 300 else None,
    )


def _flaw_of_capture(review: MirrorReview, offset: timedelta | None) -> str:
    """Return why a capture that was requested is unusable; "" if it is usable.

    Args:
        review: What the probe showed.
        offset: The result of `_capture_offset`.
    """
    if offset is not None and abs(offset) > _MAX_SAME_CAPTURE:
        return f"another capture is shown: {review.detail}"
    address = parse_mirror(review.url)
    targets = (review.original, review.original_final_url)
    if address and address.original and not is_copy_of(address.original, *targets):
        cited = CitedPage(targets[0] or "", review.original_page, review.cited_as)
        if not confirms(review.mirror_page, cited, Spelling.HOST):
            return f"it is a copy of {address.original}"
    # The body of a captured redirect is not the page. Its target is a mirror with its own review.
    is_redirect = review.reason is Reason.REDIRECTED_TEMPORARILY
    if not is_redirect and contradicts(review.mirror_page, review.original_page):
        return "it shows another text than the page itself"
    return ""


def _flaw_of_found_copy(review: MirrorReview) -> str:
    """Return why a copy that was not requested by us is unusable; "" if it is usable."""
    return _flaw_since_block(review) or _flaw_of_spelling(review) or _flaw_of_text(review)


def _flaw_of_text(review: MirrorReview) -> str:
    """Return why the text of a copy is evidently another page's; "" if it may be the cited one's.

    The body of a captured redirect is not the page. Its target is a mirror with its own review.
    """
    is_redirect = review.reason is Reason.REDIRECTED_TEMPORARILY
    was_compared = review.spelling is Spelling.REDIRECT or review.spelling.needs_confirmation
    if review.original is None or is_redirect or was_compared:
        return ""
    since_capture = None
    if review.original_seen_at and review.captured_at:
        since_capture = review.original_seen_at - review.captured_at
    cited = CitedPage(review.original, review.original_page, review.cited_as)
    return shows_another_page(
        review.mirror_page, cited, since_capture=since_capture, others=review.other_copies
    )


def _flaw_since_block(review: MirrorReview) -> str:
    """Return why a copy made since the host blocks us is unusable; "" if it is usable.

    The host may have blocked the archive, too.
    """
    if contradicts(review.mirror_page, review.earlier_page):
        return "it shows another text than the copies from before the page refused us"
    return ""


def _flaw_of_spelling(review: MirrorReview) -> str:
    """Return why a copy under another address does not show the page; "" if it does."""
    if review.original is None:
        return ""
    if review.spelling is Spelling.REDIRECT and contradicts(
        review.mirror_page, review.original_page
    ):
        return "it redirects to another text than the page itself"
    if not review.spelling.needs_confirmation:
        return ""
    cited = CitedPage(review.original, review.original_page, review.cited_as)
    if confirms(review.mirror_page, cited, review.spelling):
        return ""
    return f"its text does not confirm that it is the page ({review.spelling})"


def shown_snapshot(review: MirrorReview) -> Snapshot | None:
    """Return the capture that a mirror shows in place of the one it names; None if not known.

    It is another capture of the same URL, or the target of a captured redirect.
    """
    address = parse_mirror(review.url)
    if address is None or not address.original or review.original is None:
        return None
    if review.verdict is not Verdict.ALIVE:
        return None
    timestamp, original, spelling = review.timestamp, address.original, review.spelling
    if OTHER_CAPTURE in review.warnings:
        timestamp = _shown_timestamp(review)
    elif review.detail.startswith(CAPTURED_REDIRECT):
        original = review.detail.removeprefix(CAPTURED_REDIRECT)
        spelling = Spelling.REDIRECT
    else:
        return None
    captured_at = parse_timestamp(timestamp)
    if captured_at is None or len(timestamp) != 14 or not _is_requestable(original):
        return None
    if has_foreign_secret(original, review.original):
        return None
    try:
        url = mirror_url(review.service, timestamp, original)
    except (KeyError, ValueError):
        return None  # not every archive's URLs can be built
    return Snapshot(
        service=review.service,
        url=url,
        original=original,
        captured_at=captured_at,
        spelling=spelling,
    )


def _is_requestable(text: str) -> bool:
    """Return whether a text is a valid http or https URL."""
    try:
        return request_url(text).startswith(("http://", "https://"))
    except InvalidUrl:
        return False


def _has_same_address(review: MirrorReview) -> bool | None:
    """Return whether the mirror's URL contains exactly the original; None if either is unknown."""
    address = parse_mirror(review.url)
    if address is None or not address.original or not review.original:
        return None
    return same_address(address.original, review.original)


def _capture_offset(review: MirrorReview) -> timedelta | None:
    """Return how much later the capture shown is than the one named; None if they are the same."""
    if OTHER_CAPTURE not in review.warnings:
        return None
    shown_at = parse_timestamp(_shown_timestamp(review))
    return shown_at - review.captured_at if shown_at and review.captured_at else None


def _shown_timestamp(review: MirrorReview) -> str:
    """Return the timestamp of the capture shown: with `OTHER_CAPTURE`, it begins the detail."""
    return review.detail[:14]


def _seconds(gap: timedelta | None) -> int | None:
    return None if gap is None else round(gap.total_seconds())
