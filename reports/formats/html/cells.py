"""Encode the parts of a finding for the rows of the HTML report: arrays of numbers and texts.

An array's elements have a fixed order, in which `templates/script/data.js` reads them. Days are
counted from 1 January 1970, minutes from its beginning in UTC; 0 stands for an unknown time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from reports.blocked_evidence import SERVED_TO_OTHERS, ListedBySite, SeenByOthers
from reports.i18n import Translator
from reports.mirror_choice import (
    is_rejected,
    missing_parts,
    shown_capture,
)
from reports.model import Acknowledgement
from reports.wording import labels
from reports.wording.details import translate_detail
from reports.wording.sanitize import plain, plain_url
from store.queries.link_history import SpanRecord
from store.queries.link_records import CitedPlace, MirrorFinding
from store.vocabulary import (
    ArchiveRefusal,
    EvidenceKind,
    MirrorOrigin,
    ProbeRequest,
    Reason,
    RefusalKind,
    Spelling,
    State,
    TrackedState,
    Verdict,
)
from store.work.comparisons import DriftFinding
from store.work.searches import StoredProposal

MAX_TEXT_LENGTH = 120
_MAX_PASSAGE_LENGTH = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_MINUTE = timedelta(minutes=1)
_Word = TypeVar("_Word", bound=StrEnum)


def number_by_word(words: type[_Word]) -> Mapping[_Word, int]:
    """Return the position of each word of an enum. Rows contain it instead of the word."""
    return {word: number for number, word in enumerate(words)}


STATES = number_by_word(State)
# -1 stands for no reason: the link was never probed.
REASONS = {reason: number for number, reason in enumerate((None, *Reason), -1)}
_VERDICTS = number_by_word(Verdict)
_ORIGINS = number_by_word(MirrorOrigin)
_SPELLINGS = number_by_word(Spelling)
_REFUSALS = number_by_word(RefusalKind)
# By two booleans: the local archive has a copy, a public archive has one.
_REFUSED_COPIES = {copies: number for number, copies in enumerate(labels.REFUSED_COPY_LABELS)}
_EVIDENCE = number_by_word(EvidenceKind)


class NameTable(dict[str, int]):
    """The number of each name. A new name gets the next number when it is looked up."""

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number

    def names(self, limit: int = 1_000) -> list[str]:
        """Return the names by their numbers, each cut to `limit` code points."""
        return [plain(name, limit) for name in self]


def encode_times(tracked: TrackedState) -> list[int]:
    """Encode the times of a tracked state, in minutes."""
    return [
        _minute(tracked.state_since),
        _minute(tracked.first_failed_at),
        _minute(tracked.last_alive_at),
        _minute(tracked.checked_at),
        _minute(tracked.next_probe_at),
    ]


def encode_place(place: CitedPlace, page: int, url: str) -> list[Any]:
    """Encode a citation of a link.

    Args:
        place: The citation.
        page: The number of its page.
        url: The link's URL. The array has the cited URL only if it is another one.

    Returns:
        Its array.
    """
    return [
        page,
        place.line,
        place.column,
        plain(place.text, MAX_TEXT_LENGTH),
        _day(place.accessed),
        "" if place.url == url else plain_url(place.url),
    ]


def encode_mirror(
    mirror: MirrorFinding, service: int, url: str, accessed: date | None, translate: Translator
) -> list[Any]:
    """Encode a mirror of a link.

    Args:
        mirror: The mirror.
        service: The number of its service.
        url: The link's URL as its row shows it.
        accessed: The access date; the array has the days between it and the capture.
        translate: Translates texts.

    Returns:
        Its array. It ends with the numbers of missing and of checked page parts if some are
        missing.
    """
    mirror_url = plain_url(mirror.url)
    if mirror_url.endswith(url):
        # The script replaces the space by the link's URL.
        mirror_url = f"{mirror_url.removesuffix(url)} "
    shown = shown_capture(mirror)
    captured = _day(mirror.captured_at.astimezone(UTC)) if mirror.captured_at else 0
    is_distance_known = mirror.captured_at is not None and accessed is not None
    return [
        mirror_url,
        service,
        captured,
        abs(captured - _day(accessed)) if is_distance_known else None,
        _ORIGINS[mirror.origin],
        STATES[mirror.state],
        REASONS[mirror.reason],
        plain(translate_detail(shown, translate), MAX_TEXT_LENGTH) if shown else "",
        _SPELLINGS[mirror.spelling],
        int(is_rejected(mirror)),
        *(missing_parts(mirror) or ()),
    ]


def encode_span(span: SpanRecord) -> list[int]:
    """Encode a span of a link's history: consecutive probes with the same result."""
    return [
        _VERDICTS[span.verdict],
        REASONS[span.reason],
        _minute(span.first_at),
        _minute(span.last_at),
        span.probes,
    ]


def encode_request(request: ProbeRequest) -> list[Any]:
    """Encode a request of a link's latest probe."""
    result = request.status if request.status is not None else (request.fault or "")
    return [plain(request.method, 10), plain_url(request.url), result, request.elapsed_ms]


def encode_capture_seen(seen: SeenByOthers, service: int) -> list[Any]:
    """Encode the capture of a link that blocks us: 1 if the archive got the page, else 0."""
    is_served = int(seen.code == SERVED_TO_OTHERS)
    return [is_served, _day(seen.at.astimezone(UTC)), service]


def encode_listing(listing: ListedBySite) -> list[Any]:
    """Encode that a sitemap or feed of the site lists a link that blocks us, as the number 2."""
    return [2, _day(listing.at.astimezone(UTC)), plain_url(listing.source)]


def encode_proposal(found: StoredProposal, translate: Translator) -> list[Any]:
    """Encode an address to which a link possibly moved."""
    proposal = found.proposal
    evidence = [
        [_EVIDENCE[kind], plain(translate_detail(details[0], translate), MAX_TEXT_LENGTH)]
        for kind, details in labels.details_by_kind(proposal.evidence).items()
    ]
    similarity = None if proposal.similarity is None else round(100 * proposal.similarity)
    return [plain_url(proposal.url), round(100 * proposal.confidence), similarity, evidence]


def encode_changed_content(drift: DriftFinding | None) -> list[Any] | None:
    """Encode how a page differs from the archive copy of the cited text."""
    if drift is None:
        return None
    passages = [[sign, plain(text, _MAX_PASSAGE_LENGTH)] for sign, text in drift.passages]
    percent = round(100 * (drift.remaining_share or 0))
    return [plain_url(drift.mirror), percent, _minute(drift.since), passages]


def encode_acknowledgement(acknowledgement: Acknowledgement | None) -> list[Any] | None:
    """Encode the acknowledgement of a failing link: its last day, and its note."""
    if acknowledgement is None:
        return None
    return [_day(acknowledgement.until), plain(acknowledgement.note, _MAX_PASSAGE_LENGTH)]


def encode_refusal(refusal: ArchiveRefusal | None) -> list[Any] | None:
    """Encode why public archives may not copy a page, and which copies there are."""
    if refusal is None:
        return None
    # "*" means every robot, which the label of the kind says without a detail.
    detail = "" if refusal.detail == "*" else plain(refusal.detail, MAX_TEXT_LENGTH)
    return [_REFUSALS[refusal.kind], detail, _REFUSED_COPIES[refusal.kept, refusal.public_copy]]


def _minute(moment: datetime | None) -> int:
    """Return the minutes since 1970, 0 for an unknown time."""
    return (moment - _EPOCH) // _MINUTE if moment else 0


def _day(day: date | None) -> int:
    """Return the days since 1970, 0 for an unknown day."""
    return day.toordinal() - _EPOCH_ORDINAL if day else 0
