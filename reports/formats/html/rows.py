"""The findings as the HTML report's script reads them: compact arrays, words and names that repeat held once in tables.

What stands at which place of an array is said here and, in the same order, at the top of `templates/report.js`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from reports import labels
from reports.formats.json_text import to_script_json
from reports.mirror_choice import first_access_date, distance_days, shown_capture
from reports.model import Finding, Report, Section
from reports.sanitize import plain, plain_url
from reports.sections import sections_of
from reports.statistics import Coverage, coverage_of
from store.queries.link_history import RecentHistory, SpanRecord
from store.queries.links import CitedPlace, LinkFinding, MirrorFinding
from store.vocabulary import EvidenceKind, MirrorOrigin, ProbeRequest, Reason, Role, State, Verdict
from store.work.comparisons import DriftFinding
from store.work.searches import StoredProposal

_AT_ONCE = 2_000  # links whose past is read with one query
_LONGEST_TEXT = 120
_MOST_PLACES = 50  # of one link
_MOST_MIRRORS = 20
_MOST_HOPS = 12
_LONGEST_PASSAGE = 200

_STATES, _VERDICTS, _REASONS, _SECTIONS, _ORIGINS, _COVERAGE, _EVIDENCE = (
    {word: index for index, word in enumerate(words)}
    for words in (State, Verdict, Reason, Section, MirrorOrigin, Coverage, EvidenceKind)
)


@dataclass(slots=True)
class NameTable:
    """A table of names, each held once."""

    index: dict[str, int] = field(default_factory=dict)

    def __call__(self, name: str) -> int:
        return self.index.setdefault(name, len(self.index))

    def listed(self, limit: int = 1_000) -> list[str]:
        return [plain(name, limit) for name in self.index]


@dataclass(slots=True)
class RowEncoder:
    """Encodes findings; afterwards `tables` has the names they refer to."""

    pages: NameTable = field(default_factory=NameTable)
    hosts: NameTable = field(default_factory=NameTable)
    services: NameTable = field(default_factory=NameTable)

    def encode(self, report: Report) -> Iterator[tuple[Finding, str]]:
        """Give every finding with its row as JSON."""
        for batch in _batches(report.findings):
            pasts = report.recent_histories([finding.link.id for finding in batch])
            for finding in batch:
                yield (
                    finding,
                    to_script_json(self._row(finding, pasts.get(finding.link.id, RecentHistory()))),
                )

    def tables(self) -> Mapping[str, Any]:
        return {
            "pages": self.pages.listed(),
            "hosts": self.hosts.listed(),
            "services": self.services.listed(),
        }

    def _row(self, finding: Finding, past: RecentHistory) -> list[Any]:
        link, standing = finding.link, finding.link.tracked_state
        moments = (
            standing.state_since,
            standing.first_failed_at,
            standing.last_alive_at,
            standing.checked_at,
            standing.next_probe_at,
        )
        url = plain_url(link.url)
        best = next(
            (index for index, mirror in enumerate(link.mirrors) if mirror is finding.best_mirror),
            -1,
        )
        row: list[Any] = [
            url,
            int(link.role is Role.MIRROR),
            self.hosts(link.host),
            _STATES[standing.state],
            _REASONS[standing.reason] if standing.reason else -1,
            plain(standing.detail, _LONGEST_TEXT),
            plain(labels.NOTE_LABELS.get(standing.note, standing.note)),
            link.status_code,
            plain_url(link.final_url)
            if link.redirects and link.final_url and link.final_url != link.url
            else "",
            plain_url(link.original or ""),
            int(finding.new),
            _COVERAGE[coverage_of(finding)],
            sum(1 << _SECTIONS[section] for section in sections_of(finding)),
            [_minute(moment) for moment in moments],
            standing.consecutive_failures,
            [self._place(place, link.url) for place in link.citations[:_MOST_PLACES]],
            len(link.citations),
            self._mirrors(link, url, keep=best),
            best if best < _MOST_MIRRORS else _MOST_MIRRORS - 1,
            [_span(span) for span in past.spans],
            [_hop(request) for request in past.requests[-_MOST_HOPS:]],
            link.id,
        ]
        if finding.proposals or finding.drift:  # most rows end before
            row += [
                list(map(_proposal, finding.proposals)),
                _drift(finding.drift) if finding.drift else None,
            ]
        return row

    def _place(self, place: CitedPlace, url: str) -> list[Any]:
        cited = "" if place.url == url else plain_url(place.url)
        return [
            self.pages(place.page),
            place.line,
            place.column,
            plain(place.text, _LONGEST_TEXT),
            _day(place.accessed),
            cited,
        ]

    def _mirrors(self, link: LinkFinding, url: str, *, keep: int) -> list[list[Any]]:
        """Encode the mirrors; of very many the first ones, and the best in the last place."""
        chosen = (
            [*link.mirrors[: _MOST_MIRRORS - 1], link.mirrors[keep]]
            if keep >= _MOST_MIRRORS
            else link.mirrors[:_MOST_MIRRORS]
        )
        accessed = first_access_date(link.citations)
        return [self._mirror(mirror, url, accessed) for mirror in chosen]

    def _mirror(self, mirror: MirrorFinding, url: str, accessed: date | None) -> list[Any]:
        address = plain_url(mirror.url)
        return [
            f"{address.removesuffix(url)} "
            if address.endswith(url)
            else address,  # the space stands for the link's own address
            self.services(mirror.service),
            _day(mirror.captured_at.astimezone(UTC).date() if mirror.captured_at else None),
            distance_days(mirror, accessed),
            _ORIGINS[mirror.origin],
            _STATES[mirror.state],
            _REASONS[mirror.reason] if mirror.reason else -1,
            plain(shown_capture(mirror) or "", _LONGEST_TEXT),
        ]


def _batches(findings: Iterable[Finding]) -> Iterator[Sequence[Finding]]:
    rest = iter(findings)
    while batch := list(islice(rest, _AT_ONCE)):
        yield batch


def _span(span: SpanRecord) -> list[int]:
    return [
        _VERDICTS[span.verdict],
        _REASONS[span.reason],
        _minute(span.first_at),
        _minute(span.last_at),
        span.probes,
    ]


def _proposal(found: StoredProposal) -> list[Any]:
    proposal = found.proposal
    seen_on = [
        [_EVIDENCE[kind], plain(details[0], _LONGEST_TEXT)]
        for kind, details in labels.details_by_kind(proposal.evidence).items()
    ]
    similarity = None if proposal.similarity is None else round(100 * proposal.similarity)
    return [plain_url(proposal.url), round(100 * proposal.confidence), similarity, seen_on]


def _drift(drift: DriftFinding) -> list[Any]:
    passages = [[sign, plain(text, _LONGEST_PASSAGE)] for sign, text in drift.passages]
    return [plain_url(drift.mirror), round(100 * (drift.remaining_share or 0)), _minute(drift.since), passages]


def _hop(request: ProbeRequest) -> list[Any]:
    answer = request.status if request.status is not None else (request.fault or "")
    return [plain(request.method, 10), plain_url(request.url), answer, request.elapsed_ms]


def _minute(moment: datetime | None) -> int:
    """Count minutes since 1970; 0 for a time nobody knows."""
    return int(moment.timestamp()) // 60 if moment else 0


def _day(day: date | None) -> int:
    """Count days since 1970; 0 for a day nobody knows."""
    return (day - date(1970, 1, 1)).days if day else 0
