"""Which mirror could stand in for a link. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from store.queries.links import CitedPlace, LinkFinding, MirrorFinding
from store.vocabulary import MirrorQuality, Reason, State

DRIFTED = "other-capture"  # the warning of a probe that was shown another capture than the one asked for


def first_access_date(citations: Iterable[CitedPlace]) -> date | None:
    """Give the earliest day on which an author of these citations read the link, as far as they say."""
    return min((place.accessed for place in citations if place.accessed), default=None)


def reference_date(citations: Sequence[CitedPlace]) -> date | None:
    """Give the day these citations are to be held against: when an author read the link, else the date of the page, else when it was cited."""
    for days in (
        [place.accessed for place in citations],
        [place.dated for place in citations],
        [place.added for place in citations],
    ):
        if known := [day for day in days if day]:
            return min(known)
    return None


def distance_days(mirror: MirrorFinding, accessed: date | None) -> int | None:
    """Count the days between an access date and a capture, whichever came first; None where either is not known."""
    if accessed is None or mirror.captured_at is None:
        return None
    return abs(_days_after(mirror.captured_at, accessed))


def shown_capture(mirror: MirrorFinding) -> str | None:
    """Say which other capture a mirror shows, None where it shows its own."""
    return mirror.detail if DRIFTED in mirror.warnings else None


def is_usable(mirror: MirrorFinding) -> bool:
    """Tell whether a reader could be sent to this mirror: its last probes found it, it shows its own capture, and that is what was cited.

    One in an archive of our own that is shown nowhere has no address on the web.
    """
    status = mirror.status_at_capture
    worthless = mirror.quality is MirrorQuality.UNUSABLE or (status is not None and status >= 400)
    return (
        mirror.url.startswith("http")
        and mirror.state is State.ALIVE
        and DRIFTED not in mirror.warnings
        and not worthless
    )


def is_covered(link: LinkFinding) -> bool:
    """Tell whether every place that cites a link leads to a usable mirror of it already: whatever the link does, readers lose nothing."""
    usable = {mirror.id for mirror in link.mirrors if is_usable(mirror)}
    good = [place for place in link.citations if place.mirror_id in usable]
    return all(place.mirror_id in usable or _has_beside(place, good) for place in link.citations)


def _has_beside(place: CitedPlace, mirrors: Iterable[CitedPlace]) -> bool:
    """Tell whether one of these mirrors stands beside a link, or in a footnote marked right behind it. A mirror has to be good itself."""
    return place.mirror_id is None and any(
        mirror.page == place.page
        and (
            mirror.block == place.block
            or (mirror.footnote is not None and mirror.footnote in place.notes)
        )
        for mirror in mirrors
    )


def best_mirror(link: LinkFinding) -> MirrorFinding | None:
    """Choose the mirror that shows best what the author saw; None where none is usable.

    A copy of the page itself goes before a copy of a redirect. Then the nearest to the access date wins (else to the page's own date), the
    earlier of two as near; with no date at all the latest.
    """
    wanted = reference_date(link.citations)

    def demerit(mirror: MirrorFinding) -> tuple[bool, bool, int, bool, float]:
        is_redirect = mirror.reason is Reason.REDIRECTED_TEMPORARILY
        if mirror.captured_at is None:
            return is_redirect, True, 0, False, 0
        days = _days_after(mirror.captured_at, wanted) if wanted else 0
        return is_redirect, False, abs(days), days > 0, -mirror.captured_at.timestamp()

    return min(filter(is_usable, link.mirrors), key=demerit, default=None)


def _days_after(moment: datetime, day: date) -> int:
    return (moment.astimezone(UTC).date() - day).days
