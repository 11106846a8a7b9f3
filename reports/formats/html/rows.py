"""Encode findings for the script of the HTML report: compact arrays, repeated names in tables.

The order of an array's elements is defined here and, the same, at the top of
`templates/report.js`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar

from reports import labels
from reports.details import translate_detail, translate_detail_of
from reports.formats.json_text import to_script_json
from reports.i18n import Translator
from reports.mirror_choice import (
    SERVED_TO_OTHERS,
    distance_days,
    first_access_date,
    lost_parts,
    seen_by_others,
    shown_capture,
    site_listing,
)
from reports.model import Acknowledgement, Finding, FixPlan, Report, Section
from reports.places import distinct_places
from reports.sanitize import plain, plain_url
from reports.sections import FAILING, sections_of
from reports.statistics import Coverage, Standing, coverage_of, standing_of
from reports.todo import action_for
from store.queries.link_history import RecentHistory, SpanRecord
from store.queries.links import CitedPlace, LinkFinding, MirrorFinding
from store.vocabulary import (
    ArchiveRefusal,
    EvidenceKind,
    MirrorOrigin,
    ProbeRequest,
    Reason,
    RefusalKind,
    Role,
    Spelling,
    State,
    TrackedState,
    Verdict,
)
from store.work.comparisons import DriftFinding
from store.work.searches import StoredProposal

_BATCH = 2_000  # links whose history is read with one query
_MAX_TEXT_LENGTH = 120
_MAX_PASSAGE_LENGTH = 200
_MAX_PLACES = 50  # of one link
_MAX_MIRRORS = 20
_MAX_REQUESTS = 12
_FIRST_DAY = date(1970, 1, 1).toordinal()


class RowFilter(StrEnum):
    """Groups of rows that the table can show besides the sections of a report."""

    TO_DO = "to-do"
    FIX = "fix"  # to do, and `holdfast fix` can fix it
    PERSON = "person"  # to do, by a person
    FAILING = "failing"  # not confirmed
    SETTLED = "settled"  # fails, with nothing to do
    WORKING = "working"
    UNKNOWN = "unknown"
    ANY_FAILING = "failing-any"  # confirmed or not
    ONE_COPY = "one-copy"  # only one archive copy is known
    UNTRUSTED_COPY = "untrusted-copy"  # the only one is on a less trusted service


_Word = TypeVar("_Word", bound=StrEnum)


def _number_by_word(words: type[_Word]) -> Mapping[_Word, int]:
    """Return the position of each word of an enum; rows refer to words by it."""
    return {word: number for number, word in enumerate(words)}


_STATES = _number_by_word(State)
_VERDICTS = _number_by_word(Verdict)
_REASONS = _number_by_word(Reason)
# The bit of each section and filter.
_SECTIONS = {word: 1 << number for word, number in _number_by_word(Section).items()}
_FILTERS = {word: 1 << len(Section) + number for word, number in _number_by_word(RowFilter).items()}
_STANDINGS = {standing: _FILTERS[RowFilter(standing.value)] for standing in Standing}
_ORIGINS = _number_by_word(MirrorOrigin)
_SPELLINGS = _number_by_word(Spelling)
_REFUSALS = _number_by_word(RefusalKind)
_KEPT = {copies: number for number, copies in enumerate(labels.REFUSED_COPY_LABELS)}
_COVERAGE = _number_by_word(Coverage)
_EVIDENCE = _number_by_word(EvidenceKind)


@dataclass(slots=True)
class NameTable:
    """A table of names, each held once. Calling it returns the number of a name."""

    index: dict[str, int] = field(default_factory=dict)

    def __call__(self, name: str) -> int:
        """Return the number of a name, adding it if it is new."""
        return self.index.setdefault(name, len(self.index))

    def names(self, limit: int = 1_000) -> list[str]:
        """Return the names by their numbers, each cut to `limit` code points."""
        return [plain(name, limit) for name in self.index]


@dataclass(slots=True)
class RowEncoder:
    """Encodes the findings of one report."""

    translate: Translator
    pages: NameTable = field(default_factory=NameTable)
    hosts: NameTable = field(default_factory=NameTable)
    services: NameTable = field(default_factory=NameTable)
    unfixed: NameTable = field(default_factory=NameTable)  # reasons for which links are not fixed
    single_copies: Mapping[str, bool] = field(default_factory=dict)
    marks_new: bool = False

    def encode(self, report: Report) -> Iterator[tuple[Finding, str]]:
        """Yield every finding with its row as JSON."""
        self.single_copies = {copy.url: copy.less_trusted for copy in report.single_copies}
        self.marks_new = report.compared_with is not None
        for batch in _batches(report.findings):
            histories = report.recent_histories([finding.link.id for finding in batch])
            for finding in batch:
                history = histories.get(finding.link.id, RecentHistory())
                yield finding, to_script_json(self._row(finding, history))

    def tables(self) -> Mapping[str, Any]:
        """Return the names that encoded rows refer to by number."""
        return {
            "pages": self.pages.names(),
            "hosts": self.hosts.names(),
            "services": self.services.names(),
            "unfixed": self.unfixed.names(),
        }

    def _row(self, finding: Finding, history: RecentHistory) -> list[Any]:
        """Return the row of a finding, in the order that the script expects."""
        link, tracked = finding.link, finding.link.tracked_state
        url, best = plain_url(link.url), _best_mirror_index(finding)
        places = distinct_places(link.citations)
        row: list[Any] = [
            url,
            int(link.role is Role.MIRROR),
            self.hosts(link.host),
            _STATES[tracked.state],
            _REASONS[tracked.reason] if tracked.reason else -1,
            plain(translate_detail_of(tracked, self.translate), _MAX_TEXT_LENGTH),
            plain(labels.NOTE_LABELS.get(tracked.note, tracked.note)),
            link.status_code,
            _redirect_target(link),
            plain_url(link.original or ""),
            int(finding.new and self.marks_new),
            _COVERAGE[coverage_of(finding)],
            self._groups(finding),
            _times(tracked),
            tracked.consecutive_failures,
            [self._place(place, link.url) for place in places[:_MAX_PLACES]],
            len(places),
            self._mirrors(link, url, best),
            min(best, _MAX_MIRRORS - 1),
            [_span(span) for span in history.spans],
            [_request(request) for request in history.requests[-_MAX_REQUESTS:]],
            link.id,
            self._seen_by_others(link),
        ]
        unfixed = self._unfixed(finding.fix_plan)
        others = (finding.proposals, finding.drift, finding.acknowledgement, finding.refusal)
        if any(others) or unfixed:  # most rows end here
            row.append([_proposal(each, self.translate) for each in finding.proposals])
            row.append(_changed_content(finding.drift) if finding.drift else None)
            row.append(_acknowledgement(finding.acknowledgement))
            row.append(_refusal(finding.refusal) if finding.refusal else None)
            row.append(unfixed)
        return row

    def _unfixed(self, plan: FixPlan | None) -> list[Any] | None:
        """Return the first places that `holdfast fix` leaves as they are, and their number.

        Each place is a page, a line and a reason. None if there is no such place.
        """
        if plan is None or not plan.left:
            return None
        places = [
            [self.pages(place.page), place.line, self.unfixed(place.reason)]
            for place in plan.left[:_MAX_PLACES]
        ]
        return [places, len(plan.left)]

    def _groups(self, finding: Finding) -> int:
        """Return the sections and filters of a finding as bits."""
        bits = 0
        for section in sections_of(finding):
            bits |= _SECTIONS[section]
        standing = standing_of(finding)
        bits |= _STANDINGS[standing]
        if standing is Standing.TO_DO:
            bits |= _FILTERS[RowFilter(action_for(finding).value)]
        if finding.link.tracked_state.state in FAILING:
            bits |= _FILTERS[RowFilter.ANY_FAILING]
        less_trusted = self.single_copies.get(finding.link.url)
        if less_trusted is not None and finding.link.role is Role.LINK:
            copies = RowFilter.UNTRUSTED_COPY if less_trusted else RowFilter.ONE_COPY
            bits |= _FILTERS[copies]
        return bits

    def _place(self, place: CitedPlace, url: str) -> list[Any]:
        return [
            self.pages(place.page),
            place.line,
            place.column,
            plain(place.text, _MAX_TEXT_LENGTH),
            _day(place.accessed),
            "" if place.url == url else plain_url(place.url),
        ]

    def _seen_by_others(self, link: LinkFinding) -> list[list[Any]]:
        """Return what an archive and the site itself show of a link since it blocks us.

        Each is a number (0 not served, 1 served, 2 listed by the site), a day and a source.
        """
        found = list[list[Any]]()
        if seen := seen_by_others(link):
            day = _day(seen.at.astimezone(UTC).date())
            is_served = int(seen.code == SERVED_TO_OTHERS)
            found.append([is_served, day, self.services(seen.service)])
        if listing := site_listing(link):
            day = _day(listing.at.astimezone(UTC).date())
            found.append([2, day, plain_url(listing.source)])
        return found

    def _mirrors(self, link: LinkFinding, url: str, best: int) -> list[list[Any]]:
        """Return the first mirrors; the best one takes the last place if it is beyond."""
        mirrors = list(link.mirrors[:_MAX_MIRRORS])
        if best >= _MAX_MIRRORS:
            mirrors[-1] = link.mirrors[best]
        accessed = first_access_date(link.citations)
        return [self._mirror(mirror, url, accessed) for mirror in mirrors]

    def _mirror(self, mirror: MirrorFinding, url: str, accessed: date | None) -> list[Any]:
        address = plain_url(mirror.url)
        if address.endswith(url):
            address = f"{address.removesuffix(url)} "  # the space stands for the link's own URL
        captured_on = mirror.captured_at.astimezone(UTC).date() if mirror.captured_at else None
        return [
            address,
            self.services(mirror.service),
            _day(captured_on),
            distance_days(mirror, accessed),
            _ORIGINS[mirror.origin],
            _STATES[mirror.state],
            _REASONS[mirror.reason] if mirror.reason else -1,
            plain(translate_detail(shown_capture(mirror) or "", self.translate), _MAX_TEXT_LENGTH),
            _SPELLINGS[mirror.spelling],
            *(lost_parts(mirror) or ()),
        ]


def _batches(findings: Iterable[Finding]) -> Iterator[Sequence[Finding]]:
    rest = iter(findings)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _best_mirror_index(finding: Finding) -> int:
    """Return the index of the best mirror among all mirrors of the link, -1 if there is none."""
    best = finding.best_mirror
    for index, mirror in enumerate(finding.link.mirrors):
        if best is not None and mirror.id == best.id:
            return index
    return -1


def _redirect_target(link: LinkFinding) -> str:
    if not link.redirects or not link.final_url or link.final_url == link.url:
        return ""
    return plain_url(link.final_url)


def _times(tracked: TrackedState) -> list[int]:
    moments = (
        tracked.state_since,
        tracked.first_failed_at,
        tracked.last_alive_at,
        tracked.checked_at,
        tracked.next_probe_at,
    )
    return [_minute(moment) for moment in moments]


def _span(span: SpanRecord) -> list[int]:
    return [
        _VERDICTS[span.verdict],
        _REASONS[span.reason],
        _minute(span.first_at),
        _minute(span.last_at),
        span.probes,
    ]


def _proposal(found: StoredProposal, translate: Translator) -> list[Any]:
    proposal = found.proposal
    evidence = [
        [_EVIDENCE[kind], plain(translate_detail(details[0], translate), _MAX_TEXT_LENGTH)]
        for kind, details in labels.details_by_kind(proposal.evidence).items()
    ]
    similarity = None if proposal.similarity is None else round(100 * proposal.similarity)
    return [plain_url(proposal.url), round(100 * proposal.confidence), similarity, evidence]


def _changed_content(drift: DriftFinding) -> list[Any]:
    passages = [[sign, plain(text, _MAX_PASSAGE_LENGTH)] for sign, text in drift.passages]
    percent = round(100 * (drift.remaining_share or 0))
    return [plain_url(drift.mirror), percent, _minute(drift.since), passages]


def _acknowledgement(acknowledgement: Acknowledgement | None) -> list[Any] | None:
    if acknowledgement is None:
        return None
    return [_day(acknowledgement.until), plain(acknowledgement.note, _MAX_PASSAGE_LENGTH)]


def _refusal(refusal: ArchiveRefusal) -> list[Any]:
    detail = "" if refusal.detail == "*" else plain(refusal.detail, _MAX_TEXT_LENGTH)
    return [_REFUSALS[refusal.kind], detail, _KEPT[refusal.kept, refusal.public_copy]]


def _request(request: ProbeRequest) -> list[Any]:
    result = request.status if request.status is not None else (request.fault or "")
    return [plain(request.method, 10), plain_url(request.url), result, request.elapsed_ms]


def _minute(moment: datetime | None) -> int:
    """Return the minutes since 1970, 0 for an unknown time."""
    return int(moment.timestamp()) // 60 if moment else 0


def _day(day: date | None) -> int:
    """Return the days since 1970, 0 for an unknown day."""
    return day.toordinal() - _FIRST_DAY if day else 0
