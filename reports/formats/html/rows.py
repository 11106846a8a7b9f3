"""Encode findings for the script of the HTML report: compact arrays, repeated names in tables.

An array's elements have a fixed order, in which `templates/script/data.js` reads them. `cells`
encodes the arrays within a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from reports.blocked_evidence import seen_by_others, site_listing
from reports.findings.histories import NO_HISTORY
from reports.findings.statistics import Classification, LinkStatistics
from reports.findings.todo import action_for
from reports.formats.html.cells import (
    MAX_TEXT_LENGTH,
    REASONS,
    STATES,
    NameTable,
    encode_acknowledgement,
    encode_capture_seen,
    encode_changed_content,
    encode_listing,
    encode_mirror,
    encode_place,
    encode_proposal,
    encode_refusal,
    encode_request,
    encode_span,
    encode_times,
    number_by_word,
)
from reports.formats.html.row_groups import FILTER_BITS, RowFilter, group_bits
from reports.formats.json_text import to_script_json_lines
from reports.i18n import Translator
from reports.mirror_choice import first_access_date
from reports.model import Finding, FixPlan, OrdinaryFinding, Report
from reports.places import distinct_places
from reports.statistics_enums import Coverage, OverviewStatus
from reports.wording import labels
from reports.wording.details import translate_detail_of
from reports.wording.sanitize import plain, plain_url
from store.queries.link_history import RecentHistory
from store.queries.link_records import LinkFinding
from store.queries.ordinary_links import OrdinaryLink
from store.vocabulary import (
    FAILING_STATES,
    ProbeRequest,
    Reason,
    Role,
    State,
    TrackedState,
)

_BATCH = 2_000  # links whose history is read with one query
_MAX_PLACES = 50  # of one link
_MAX_MIRRORS = 20
_MAX_REQUESTS = 12
_COVERAGE = number_by_word(Coverage)


@dataclass(slots=True)
class RowEncoder:
    """Encodes the findings of one report.

    Attributes:
        translate: Translates texts.
        pages: The numbers of the paths of pages.
        hosts: The numbers of hosts.
        services: The numbers of archives.
        unfixed: The numbers of the reasons why `holdfast fix` leaves citations as they are.
        single_copies: The links with one copy only, by URL; true if its archive is less trusted.
        marks_new: Whether rows are marked as new: the report is compared with an earlier run.
    """

    translate: Translator
    pages: NameTable = field(default_factory=NameTable)
    hosts: NameTable = field(default_factory=NameTable)
    services: NameTable = field(default_factory=NameTable)
    unfixed: NameTable = field(default_factory=NameTable)
    single_copies: Mapping[str, bool] = field(default_factory=dict)
    marks_new: bool = False

    def encode(self, report: Report, statistics: LinkStatistics) -> Iterator[bytes]:
        """Yield the rows of all links as lines of JSON, and count the links in the statistics."""
        self.single_copies = {copy.url: copy.less_trusted for copy in report.single_copies}
        self.marks_new = report.compared_with is not None
        links = iter(report.findings if report.table_links is None else report.table_links)
        while batch := list(islice(links, _BATCH)):
            ids = [link.link.id for link in batch if isinstance(link, Finding)]
            histories = report.recent_histories(ids)
            rows = []
            for link in batch:
                if isinstance(link, Finding):
                    history = histories.get(link.link.id, NO_HISTORY)
                    rows.append(self._row(link, history, statistics.add(link)))
                else:
                    rows.append(self._ordinary_row(link, statistics.add_ordinary(link)))
            yield to_script_json_lines(rows)

    def tables(self) -> Mapping[str, Any]:
        """Return the names that encoded rows refer to by number."""
        return {
            "pages": self.pages.names(),
            "hosts": self.hosts.names(),
            "services": self.services.names(),
            "unfixed": self.unfixed.names(),
        }

    def _row(
        self, finding: Finding, history: RecentHistory, classification: Classification
    ) -> list[Any]:
        """Return the row of a finding."""
        link = finding.link
        row = self._elements(
            finding,
            link.tracked_state,
            classification,
            is_mirror=link.role is Role.MIRROR,
            original=link.original,
            groups=self._groups(finding, classification),
            times=encode_times(link.tracked_state),
            spans=[encode_span(span) for span in history.spans],
            requests=history.requests,
            seen_by_others=self._seen_by_others(link),
        )
        unfixed = self._unfixed(finding.fix_plan)
        rare = (finding.proposals, finding.drift, finding.acknowledgement, finding.refusal)
        if any(rare) or unfixed:  # left out of most rows, to keep the page small
            row.append([encode_proposal(each, self.translate) for each in finding.proposals])
            row.append(encode_changed_content(finding.drift))
            row.append(encode_acknowledgement(finding.acknowledgement))
            row.append(encode_refusal(finding.refusal))
            row.append(unfixed)
        return row

    def _ordinary_row(self, finding: OrdinaryFinding, classification: Classification) -> list[Any]:
        """Return the row of an ordinary link, whose times and spans are encoded already."""
        link = finding.link
        groups = group_bits(classification.sections, classification.overview_status)
        return self._elements(
            finding,
            link,
            classification,
            is_mirror=False,
            original=None,
            groups=groups | self._single_copy_bits(link.url),
            times=[
                link.state_since,
                link.first_failed_at,
                link.last_alive_at,
                link.checked_at,
                link.next_probe_at,
            ],
            spans=link.spans,
            requests=finding.requests,
            seen_by_others=(),
        )

    def _elements(
        self,
        finding: Finding | OrdinaryFinding,
        tracked: TrackedState | OrdinaryLink,
        classification: Classification,
        *,
        is_mirror: bool,
        original: str | None,
        groups: int,
        times: Sequence[int],
        spans: Sequence[Sequence[int]],
        requests: Sequence[ProbeRequest],
        seen_by_others: Sequence[Sequence[Any]],
    ) -> list[Any]:
        """Return the elements that every row has, in the order that the script expects.

        Args:
            finding: The finding.
            tracked: The tracked state of its link, or an ordinary link, which has the same fields.
            classification: Its class in the statistics.
            is_mirror: Whether it is about a cited mirror.
            original: The URL that the mirror is a copy of, if that is known.
            groups: The sections and filters that the row is in, as bits.
            times: Five times of the tracked state, as `encode_times` returns them.
            spans: The latest spans, as `encode_span` returns them.
            requests: The requests of the latest probe.
            seen_by_others: What others see of a blocked link, encoded.
        """
        link, best = finding.link, _best_mirror_index(finding)
        url, places = plain_url(link.url), distinct_places(link.citations)
        return [
            url,
            int(is_mirror),
            self.hosts[link.host],
            STATES[tracked.state],
            REASONS[tracked.reason],
            _detail(tracked.reason, tracked.detail, self.translate),
            _note(tracked.note),
            link.status_code,
            _redirect_target(link),
            plain_url(original) if original else "",
            int(finding.new and self.marks_new),
            _COVERAGE[classification.coverage],
            groups,
            times,
            tracked.consecutive_failures,
            [
                encode_place(place, self.pages[place.page], link.url)
                for place in places[:_MAX_PLACES]
            ],
            len(places),
            self._mirrors(link, url, best),
            min(best, _MAX_MIRRORS - 1),
            spans,
            [encode_request(request) for request in requests[-_MAX_REQUESTS:]],
            link.id,
            seen_by_others,
        ]

    def _unfixed(self, plan: FixPlan | None) -> list[Any] | None:
        """Return the first places that `holdfast fix` leaves as they are, and their number.

        Each place is a page, a line and a reason. None if there is no such place.
        """
        if plan is None or not plan.unfixed:
            return None
        places = [
            [self.pages[place.page], place.line, self.unfixed[place.reason]]
            for place in plan.unfixed[:_MAX_PLACES]
        ]
        return [places, len(plan.unfixed)]

    def _groups(self, finding: Finding, classification: Classification) -> int:
        """Return a number with a bit set for each section and filter that the finding is in."""
        bits = group_bits(classification.sections, classification.overview_status)
        if classification.overview_status is OverviewStatus.TO_DO:
            bits |= FILTER_BITS[RowFilter(action_for(finding).value)]
        if finding.link.tracked_state.state in FAILING_STATES:
            bits |= FILTER_BITS[RowFilter.ANY_FAILING]
        if finding.link.role is Role.LINK:
            bits |= self._single_copy_bits(finding.link.url)
        return bits

    def _single_copy_bits(self, url: str) -> int:
        """Return the bit of the filter for links with one copy only, 0 for other links."""
        less_trusted = self.single_copies.get(url)
        if less_trusted is None:
            return 0
        return FILTER_BITS[RowFilter.UNTRUSTED_COPY if less_trusted else RowFilter.ONE_COPY]

    def _seen_by_others(self, link: LinkFinding) -> list[list[Any]]:
        """Return what captures and the site's own sitemap say of a link that blocks us."""
        evidence = list[list[Any]]()
        if link.tracked_state.state is not State.BLOCKED:
            return evidence
        if seen := seen_by_others(link):
            evidence.append(encode_capture_seen(seen, self.services[seen.service]))
        if listing := site_listing(link):
            evidence.append(encode_listing(listing))
        return evidence

    def _mirrors(self, link: LinkFinding | OrdinaryLink, url: str, best: int) -> list[list[Any]]:
        """Encode the first mirrors. The best one replaces the last of them if it comes later."""
        if not link.mirrors:
            return []
        mirrors = list(link.mirrors[:_MAX_MIRRORS])
        if best >= _MAX_MIRRORS:
            mirrors[-1] = link.mirrors[best]
        accessed = first_access_date(link.citations)
        return [
            encode_mirror(mirror, self.services[mirror.service], url, accessed, self.translate)
            for mirror in mirrors
        ]


@lru_cache(maxsize=10_000)
def _detail(reason: Reason | None, detail: str, translate: Translator) -> str:
    """Return the detail of a state as the table shows it. Many links have the same."""
    tracked = TrackedState(reason=reason, detail=detail)
    return plain(translate_detail_of(tracked, translate), MAX_TEXT_LENGTH)


@lru_cache(maxsize=100)
def _note(note: str) -> str:
    return plain(labels.NOTE_LABELS.get(note, note))


def _best_mirror_index(finding: Finding | OrdinaryFinding) -> int:
    """Return the index of the best mirror among all mirrors of the link, -1 if there is none."""
    best = finding.best_mirror
    for index, mirror in enumerate(finding.link.mirrors):
        if best is not None and mirror.id == best.id:
            return index
    return -1


def _redirect_target(link: LinkFinding | OrdinaryLink) -> str:
    """Return the URL that a link redirects to, empty if it does not redirect."""
    if not link.redirects or not link.final_url or link.final_url == link.url:
        return ""
    return plain_url(link.final_url)
