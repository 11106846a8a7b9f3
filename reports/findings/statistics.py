"""Count the links of a report for its charts, one finding at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple

from reports.findings.sections import ordinary_sections, sections_of
from reports.mirror_choice import reference_date
from reports.model import Finding, OrdinaryFinding, Section
from reports.statistics_enums import Availability, Coverage, OverviewStatus
from store.queries.link_records import CitedPlace
from store.vocabulary import FAILING_STATES, LIVING_STATES, Role, State, Verdict

OLDEST_AGE = 10  # years; the last bar of the chart includes all older links
_MAX_HOSTS = 10  # in the chart


class Classification(NamedTuple):
    """The classification of a finding.

    Attributes:
        sections: The sections of the report that it is in.
        overview_status: Its status in the overview chart.
        coverage: The degree to which it is preserved.
    """

    sections: tuple[Section, ...]
    overview_status: OverviewStatus
    coverage: Coverage


_AVAILABILITY: Mapping[State, Availability] = {
    State.ALIVE: Availability.AVAILABLE,
    State.MOVED: Availability.AVAILABLE,
    State.BLOCKED: Availability.UNKNOWN,
    State.UNSURE: Availability.UNKNOWN,
    State.SUSPECT: Availability.FAILING,
    State.BROKEN: Availability.BROKEN,
}


@dataclass(slots=True)
class LinkStatistics:
    """The counts of a report's links.

    Attributes:
        today: The day to which the age of links is counted.
        by_age: Availability of links by whole years since their reference date
            (`reports.mirror_choice.reference_date`).
        status_counts: Number of links and cited archive copies of each overview status.
        coverage: Number of links by how well they are preserved.
        failing_by_host: Number of failing links of each host by state.
        skipped: Number of skipped links, which only `status_counts` counts.
    """

    today: date
    by_age: dict[int, Counter[Availability]] = field(default_factory=lambda: defaultdict(Counter))
    status_counts: Counter[OverviewStatus] = field(default_factory=Counter)
    coverage: Counter[Coverage] = field(default_factory=Counter)
    failing_by_host: dict[str, Counter[State]] = field(default_factory=lambda: defaultdict(Counter))
    skipped: int = 0

    def add(self, finding: Finding) -> Classification:
        """Count a finding; only its overview status if it is a mirror or was skipped.

        Returns:
            Its classification.
        """
        classification = classify(finding)
        self.status_counts[classification.overview_status] += 1
        link, state = finding.link, finding.link.tracked_state.state
        if link.role is Role.LINK:
            self._add_link(state, classification.coverage, link.citations)
            if state in FAILING_STATES:
                self.failing_by_host[link.host][state] += 1
        return classification

    def add_ordinary(self, finding: OrdinaryFinding) -> Classification:
        """Count an ordinary link, one that does not fail, as `add` does for a finding.

        Returns:
            Its classification.
        """
        classification = classify_ordinary(finding)
        self.status_counts[classification.overview_status] += 1
        link = finding.link
        self._add_link(link.state, classification.coverage, link.citations)
        return classification

    def _add_link(self, state: State, coverage: Coverage, citations: Sequence[CitedPlace]) -> None:
        if state is State.SKIPPED:
            self.skipped += 1
            return
        self.coverage[coverage] += 1
        availability = _AVAILABILITY.get(state)
        read_on = reference_date(citations)
        if read_on and availability:
            age = years_between(read_on, self.today)
            self.by_age[min(age, OLDEST_AGE)][availability] += 1

    def worst_hosts(self) -> Sequence[tuple[str, Mapping[State, int]]]:
        """Return the hosts with the most failing links, the worst first."""

        def most_failing_first(item: tuple[str, Counter[State]]) -> tuple[int, str]:
            host, states = item
            return -states.total(), host

        return sorted(self.failing_by_host.items(), key=most_failing_first)[:_MAX_HOSTS]


def classify(finding: Finding) -> Classification:
    """Return the classification of a finding, for its counts and for its row of a table."""
    sections = tuple(sections_of(finding))
    overview_status = _overview_status(finding.link.tracked_state.state, sections)
    return Classification(sections, overview_status, coverage_of(finding))


def classify_ordinary(finding: OrdinaryFinding) -> Classification:
    """Return the classification of an ordinary link, as `classify` does for a finding."""
    link = finding.link
    copy_states = [mirror.state for mirror in link.mirrors]
    return _classify_values(
        link.state,
        link.verdict,
        link.previous_state if finding.new else None,
        looked_up=link.looked_up,
        any_unchecked=State.UNCHECKED in copy_states,
        has_copy=finding.best_mirror is not None,
    )


@cache
def _classify_values(
    state: State,
    verdict: Verdict | None,
    previous_state: State | None,
    *,
    looked_up: bool,
    any_unchecked: bool,
    has_copy: bool,
) -> Classification:
    """Return the classification of ordinary links with these values.

    It is cached: a hundred thousand links have few different combinations of them.
    """
    lacks_mirror = looked_up and not has_copy and not any_unchecked
    sections = tuple(ordinary_sections(state, verdict, previous_state, lacks_mirror=lacks_mirror))
    coverage = _coverage(state, looked_up=looked_up, any_unchecked=any_unchecked, has_copy=has_copy)
    return Classification(sections, _overview_status(state, sections), coverage)


def _overview_status(state: State, sections: Sequence[Section]) -> OverviewStatus:
    if state in LIVING_STATES:
        return OverviewStatus.WORKING
    if state not in FAILING_STATES:
        return OverviewStatus.UNKNOWN
    if Section.COVERED in sections or Section.ACKNOWLEDGED in sections:
        return OverviewStatus.SETTLED
    return OverviewStatus.TO_DO if state is State.BROKEN else OverviewStatus.FAILING


def coverage_of(finding: Finding) -> Coverage:
    """Return how well a link is preserved."""
    if finding.covered:
        return Coverage.CITED
    link = finding.link
    return _coverage(
        link.tracked_state.state,
        looked_up=link.looked_up,
        any_unchecked=any(mirror.state is State.UNCHECKED for mirror in link.mirrors),
        has_copy=finding.best_mirror is not None,
    )


def _coverage(state: State, *, looked_up: bool, any_unchecked: bool, has_copy: bool) -> Coverage:
    """Return how well a link is preserved whose citations do not all point to a usable mirror."""
    if has_copy:
        return Coverage.KNOWN
    is_skipped = state is State.SKIPPED  # archives are never searched
    if any_unchecked or not (looked_up or is_skipped):
        return Coverage.UNCHECKED
    return Coverage.NONE


@lru_cache(maxsize=10_000)  # many links have the same day
def years_between(earlier: date, later: date) -> int:
    """Return the whole years between two days, 0 if the earlier day is in the future.

    >>> years_between(date(2021, 3, 9), date(2026, 3, 8))
    4
    >>> years_between(date(2021, 3, 9), date(2026, 3, 9))
    5
    """
    before_anniversary = (later.month, later.day) < (earlier.month, earlier.day)
    return max(0, later.year - earlier.year - before_anniversary)
