"""Select the mirror of a link that can replace it best."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from msgspec.structs import replace

from store.queries.link_records import CitedPlace, LinkFinding, MirrorFinding
from store.vocabulary import (
    CUT_OFF,
    OTHER_CAPTURE,
    MirrorQuality,
    Reason,
    Spelling,
    State,
    parse_timestamp,
)

# Days that are added to a copy's distance from the reference date (`best_mirror`). They are
# estimates: a copy that breaks off is as bad as one from two years before or after.
_DAYS_FOR_DISTRUST = 3_650
_DAYS_FOR_UNVERIFIED = 1
_DAYS_FOR_CUT_OFF = 730
_DAYS_FOR_ALL_PARTS_MISSING = 365
_DAYS_FOR_SPELLING = {
    Spelling.REDIRECT: 90,
    Spelling.LONE_REDIRECT: 180,
    Spelling.HOST: 90,
    Spelling.CASE: 180,
}

_FULL_TIMESTAMP = 14  # digits: YYYYMMDDhhmmss
# The days in a year or month, by the number of digits of a timestamp that has only this part.
_DAYS_OF_PART = {4: 365, 6: 30}
_TIMESTAMP = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/")


def first_access_date(citations: Sequence[CitedPlace]) -> date | None:
    """Return the earliest day on which an author accessed the link, None if no citation has one."""
    if len(citations) == 1:  # as for most links
        return citations[0].accessed
    return min((place.accessed for place in citations if place.accessed), default=None)


def reference_date(citations: Sequence[CitedPlace]) -> date | None:
    """Return the day to which captures are compared.

    This is the earliest access date, else the earliest date of a page, else the earliest day on
    which a citation was added.
    """
    if len(citations) == 1:  # as for most links
        place = citations[0]
        return place.accessed or place.dated or place.added
    return (
        first_access_date(citations)
        or min((place.dated for place in citations if place.dated), default=None)
        or min((place.added for place in citations if place.added), default=None)
    )


def distance_days(mirror: MirrorFinding, accessed: date | None) -> int | None:
    """Return the days between an access date and a capture, None if either is unknown."""
    if accessed is None or mirror.captured_at is None:
        return None
    return abs(_days_after(mirror.captured_at, accessed))


def shown_capture(mirror: MirrorFinding) -> str | None:
    """Return which other capture a mirror shows, None if it shows the one in its URL.

    Returns:
        The timestamp, and its distance from the mirror's: "20210807000000, 2 days later".
    """
    return mirror.detail if OTHER_CAPTURE in mirror.warnings else None


def full_capture(mirror: MirrorFinding) -> MirrorFinding:
    """Return a mirror with the full timestamp of its capture, if its URL has only a part of a date.

    Archives redirect `/web/2015/…` to the capture nearest to the beginning of that year, which can
    change when they get more captures. The URL that it redirected to has a full timestamp.
    """
    if len(mirror.timestamp) == _FULL_TIMESTAMP or not mirror.timestamp or not mirror.final_url:
        return mirror
    if mirror.reason is Reason.REDIRECTED_TEMPORARILY:  # captured as a redirect
        return mirror
    found = _TIMESTAMP.search(mirror.final_url)
    captured_at = parse_timestamp(found[1]) if found else None
    if found is None or captured_at is None:
        return mirror
    written = re.compile(rf"/{mirror.timestamp}(?=(?:[a-z]{{2}}_)?/)")
    url, replaced = written.subn(f"/{found[1]}", mirror.url, count=1)
    if not replaced:
        return mirror
    return replace(mirror, url=url, timestamp=found[1], captured_at=captured_at)


def is_usable(mirror: MirrorFinding) -> bool:
    """Return whether readers can be sent to a mirror.

    It must be on the web, its latest probes must have found it, and it must show its own capture
    of what was cited. A mirror in the local archive has no web address unless it is published.
    Under some spellings of the cited URL, a mirror counts only once its text was confirmed.
    """
    if mirror.state is not State.ALIVE or mirror.quality is MirrorQuality.UNUSABLE:
        return False
    status = mirror.status_at_capture
    is_error_page = status is not None and status >= 400
    return (
        mirror.url.startswith("http")
        and OTHER_CAPTURE not in mirror.warnings
        and (mirror.quality is MirrorQuality.FAITHFUL or not mirror.spelling.needs_confirmation)
        and not is_error_page
    )


def is_rejected(mirror: MirrorFinding) -> bool:
    """Return whether a mirror is alive but shows something else than what was cited."""
    return mirror.state is State.ALIVE and mirror.quality is MirrorQuality.UNUSABLE


def is_covered(link: LinkFinding) -> bool:
    """Return whether every citation of a link already has a usable mirror.

    A citation has one if it points to it, or if it points to the link and one is cited beside it.
    """
    usable = {mirror.id for mirror in link.mirrors if is_usable(mirror)}
    if not usable:
        return not link.citations
    mirrored = [place for place in link.citations if place.mirror_id in usable]
    return all(
        place.mirror_id in usable
        or (place.mirror_id is None and has_citation_beside(place, mirrored))
        for place in link.citations
    )


def best_mirror(
    link: LinkFinding, distrusted: Collection[str] = frozenset()
) -> MirrorFinding | None:
    """Return the usable mirror that probably shows best what the author saw, None if there is none.

    A copy of the page is preferred to a copy of a redirect. Then the capture nearest to the
    reference date is preferred, and the earlier of two at the same distance. Without a reference
    date, the latest capture is preferred.

    Doubts about a copy are added to its distance, as days: its archive altered copies or has ended,
    its URL differs from the cited one, the page breaks off, images or style sheets are missing, no
    probe has read its text, or its URL has only a part of a date.

    Args:
        link: The link.
        distrusted: Services that are doubted or have ended.
    """
    return best_mirror_among(link.mirrors, link.citations, distrusted)


def best_mirror_among(
    mirrors: Sequence[MirrorFinding],
    citations: Sequence[CitedPlace],
    distrusted: Collection[str] = frozenset(),
) -> MirrorFinding | None:
    """Return what `best_mirror` returns for a link with the given mirrors and citations."""
    usable = [mirror for mirror in mirrors if is_usable(mirror)]
    if len(usable) < 2:  # nothing to compare, as for most links
        return usable[0] if usable else None
    reference = reference_date(citations)
    days_for_parts = days_for_missing_parts(usable)

    def rank(mirror: MirrorFinding) -> tuple[bool, bool, int, bool, float]:
        """Return the sort key; the best mirror has the smallest."""
        mirror = full_capture(mirror)
        is_redirect = mirror.reason is Reason.REDIRECTED_TEMPORARILY
        added_days = _days_for_doubts(mirror, distrusted) + days_for_parts[mirror.id]
        if mirror.captured_at is None:
            return is_redirect, True, added_days, False, 0
        days = _days_after(mirror.captured_at, reference) if reference else 0
        added_days += _DAYS_OF_PART.get(len(mirror.timestamp), 0)
        return (
            is_redirect,
            False,
            abs(days) + added_days,
            days > 0,
            -mirror.captured_at.timestamp(),
        )

    return min(usable, key=rank)


def days_for_missing_parts(mirrors: Collection[MirrorFinding]) -> Mapping[int, int]:
    """Return the days that missing images and style sheets add to the distance of each copy.

    A copy whose parts were not checked yet counts like the worst of the checked ones. It would
    otherwise be preferred only because less is known of it.

    Args:
        mirrors: Copies of one link.

    Returns:
        The days by mirror id: a year if all parts are missing, else in proportion.
    """
    known = {
        mirror.id: share for mirror in mirrors if (share := _missing_share(mirror)) is not None
    }
    if not known:
        return {mirror.id: 0 for mirror in mirrors}
    worst = max(known.values(), default=0.0)
    return {
        mirror.id: round(_DAYS_FOR_ALL_PARTS_MISSING * known.get(mirror.id, worst))
        for mirror in mirrors
    }


def missing_parts(mirror: MirrorFinding) -> tuple[int, int] | None:
    """Return the number of missing parts of a copy and of all its parts.

    None is returned if no part is missing, or if the parts were not checked.
    """
    if not mirror.parts_checked or not mirror.parts_missing:
        return None
    return mirror.parts_missing, mirror.parts_checked


def _missing_share(mirror: MirrorFinding) -> float | None:
    if not mirror.parts_checked:
        return None
    return (mirror.parts_missing or 0) / mirror.parts_checked


def _days_for_doubts(mirror: MirrorFinding, distrusted: Collection[str]) -> int:
    """Return the days that doubts about a mirror add to its distance from the reference date."""
    days = _DAYS_FOR_SPELLING.get(mirror.spelling, 0)
    if mirror.service in distrusted:
        days += _DAYS_FOR_DISTRUST
    if CUT_OFF in mirror.warnings:
        days += _DAYS_FOR_CUT_OFF
    if mirror.quality is not MirrorQuality.FAITHFUL:
        days += _DAYS_FOR_UNVERIFIED
    return days


def has_citation_beside(place: CitedPlace, others: Iterable[CitedPlace]) -> bool:
    """Return whether another citation is in the block of a citation, or in its footnotes.

    Args:
        place: The citation.
        others: The other citations, such as those of its link's mirrors.
    """
    for other in others:
        is_in_footnote = other.footnote is not None and other.footnote in place.notes
        if other.page == place.page and (other.block == place.block or is_in_footnote):
            return True
    return False


def _days_after(moment: datetime, day: date) -> int:
    """Return the days from a day to a moment in UTC, negative if the moment is earlier."""
    return (moment.astimezone(UTC).date() - day).days
