"""What a report's charts show, counted while its findings go by. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from reports.mirror_choice import reference_date
from reports.model import Finding
from store.vocabulary import Role, State

OLDEST_AGE = 10  # years of age; what is older is counted with it
_WORST = 10  # hosts shown


class Availability(StrEnum):
    """What became of a link, as far as its reader is concerned."""

    AVAILABLE = "serves"
    UNKNOWN = "unknown"  # blocked, unsure: a reader may well see it
    FAILING = "fails"


class Coverage(StrEnum):
    """How well a link is preserved."""

    CITED = "cited"  # every place that cites it points to a living copy
    KNOWN = "known"  # a living copy is known
    UNCHECKED = "untried"  # there is a copy nobody has looked at yet
    NONE = "none"


_FATES: Mapping[State, Availability] = {
    State.ALIVE: Availability.AVAILABLE,
    State.MOVED: Availability.AVAILABLE,
    State.BLOCKED: Availability.UNKNOWN,
    State.UNSURE: Availability.UNKNOWN,
    State.SUSPECT: Availability.FAILING,
    State.BROKEN: Availability.FAILING,
}


@dataclass(slots=True)
class LinkStatistics:
    """The counts. `survival` maps whole years since a link was read to what became of it, `hosts` maps hosts to their failing links."""

    now: datetime
    survival: dict[int, Counter[Availability]] = field(default_factory=lambda: defaultdict(Counter))
    coverage: Counter[Coverage] = field(default_factory=Counter)
    hosts: dict[str, Counter[State]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, finding: Finding) -> None:
        link, state = finding.link, finding.link.tracked_state.state
        if link.role is Role.MIRROR or state is State.SKIPPED:
            return
        self.coverage[coverage_of(finding)] += 1
        if state in {State.SUSPECT, State.BROKEN}:
            self.hosts[link.host][state] += 1
        read = reference_date(link.citations)
        if read and (fate := _FATES.get(state)):
            self.survival[min(years_between(read, self.now.astimezone(UTC).date()), OLDEST_AGE)][
                fate
            ] += 1

    def worst_hosts(self) -> Sequence[tuple[str, Mapping[State, int]]]:
        """Give the hosts with the most failing links, the worst first."""
        return sorted(self.hosts.items(), key=lambda item: (-item[1].total(), item[0]))[:_WORST]


def coverage_of(finding: Finding) -> Coverage:
    """Say how well a link is preserved."""
    if finding.covered:
        return Coverage.CITED
    if finding.best_mirror:
        return Coverage.KNOWN
    if any(mirror.state is State.UNCHECKED for mirror in finding.link.mirrors):
        return Coverage.UNCHECKED
    return Coverage.NONE


def years_between(earlier: date, later: date) -> int:
    """Count whole years; none where the earlier day lies ahead.

    >>> years_between(date(2021, 3, 9), date(2026, 3, 8)), years_between(date(2021, 3, 9), date(2026, 3, 9))
    (4, 5)
    """
    return max(
        0, later.year - earlier.year - ((later.month, later.day) < (earlier.month, earlier.day))
    )
