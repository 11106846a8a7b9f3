"""Read the findings of a report from the store when a format first uses them.

A large wiki has hundreds of thousands of findings, and most formats need a few parts of a report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Connection

from reports.findings.finding_maker import FindingMaker
from reports.findings.sections import order_in, sections_of
from reports.model import Finding, Section
from store.queries.link_counts import LinkCount, count_links
from store.queries.links import link_findings
from store.vocabulary import Role, State
from store.work.comparisons import changed_drift_findings
from store.work.runs import RunRecord
from store.work.searches import all_proposals

_T = TypeVar("_T")
_MAX_CACHED = 25_000  # findings, some 90 MB


class LazySequence(Sequence[_T]):
    """A sequence that is read when it is first used."""

    def __init__(self, read: Callable[[], Iterable[_T]]) -> None:
        self._read = read

    @cached_property
    def _items(self) -> Sequence[_T]:
        return list(self._read())

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __iter__(self) -> Iterator[_T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class LazyFindings(Iterable[Finding]):
    """All findings of a report.

    Every iteration reads them from the store, unless they are few enough to be cached. A complete
    iteration also counts the totals and assigns the sections.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        pages: Paths of the pages to which the findings are limited, None for all.
        only_new: Whether to leave out findings that have not changed.
        compared_with: The run that "new" is measured against.
        maker: Makes the findings.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        wiki: str,
        pages: Collection[str] | None,
        only_new: bool,
        compared_with: RunRecord | None,
        maker: FindingMaker,
    ) -> None:
        self._connection = connection
        self._wiki, self._pages, self._only_new = wiki, pages, only_new
        self._maker = maker
        self._since_at = compared_with.finished_at if compared_with else None
        self._cached: Sequence[Finding] | None = None
        self._totals: Mapping[Role, Mapping[State, int]] | None = None
        self._unsorted_sections: Mapping[Section, Sequence[Finding]] | None = None
        self._sections: Mapping[Section, Sequence[Finding]] | None = None

    def __iter__(self) -> Iterator[Finding]:
        if self._cached is not None:
            yield from self._cached
            return
        cached: list[Finding] | None = []
        sections: dict[Section, list[Finding]] = {section: [] for section in Section}
        for finding in self._read():
            for section in sections_of(finding):
                sections[section].append(finding)
            if cached is not None:
                cached.append(finding)
                if len(cached) > _MAX_CACHED:
                    cached = None
            yield finding
        self._cached = cached
        self._unsorted_sections = sections

    @property
    def is_cached(self) -> bool:
        """Return whether all findings are in memory."""
        return self._cached is not None

    @property
    def is_fully_read(self) -> bool:
        """Return whether all findings were read once, so that sections and totals are known."""
        return self._unsorted_sections is not None

    def sections(self) -> Mapping[Section, Sequence[Finding]]:
        """Return the findings of each section, reading all findings if they were not read yet.

        They are in page order, possible moves by confidence.
        """
        if self._sections is None:
            if self._unsorted_sections is None:
                for _finding in self:
                    pass
            self._sections = {
                section: tuple(sorted(found, key=order_in(section)))
                for section, found in (self._unsorted_sections or {}).items()
            }
        return self._sections

    def totals(self) -> Mapping[Role, Mapping[State, int]]:
        """Return the number of links and of mirrors by state.

        The database counts them unless the findings were read already. It counts those of all
        pages: for a report about some pages, `reports.builder` counts the findings instead.
        """
        if self._totals is not None:
            return self._totals
        counts: dict[Role, Counter[State]] = {role: Counter() for role in Role}
        for count in self.link_counts:
            counts[count.role][count.state] += count.links
        return counts

    @cached_property
    def link_counts(self) -> Sequence[LinkCount]:
        """The counts of all links and mirrors that the wiki cites, made by one query."""
        return count_links(self._connection, wiki=self._wiki, since=self._maker.since)

    def _read(self) -> Iterator[Finding]:
        proposals = all_proposals(self._connection)
        drifts = changed_drift_findings(self._connection)
        counts: dict[Role, Counter[State]] = {role: Counter() for role in Role}
        for found in link_findings(self._connection, wiki=self._wiki, pages=self._pages):
            finding = self._maker.make(found, proposals.get(found.id, ()), drifts.get(found.id))
            counts[finding.link.role][finding.link.tracked_state.state] += 1
            if finding.new or not self._only_new or self._has_new_evidence(finding):
                yield finding
        self._totals = counts

    def _has_new_evidence(self, finding: Finding) -> bool:
        """Return whether a proposal or a change of content was found since `compared_with`."""
        times = [proposal.found_at for proposal in finding.proposals]
        if finding.drift:
            times.append(finding.drift.since)
        return any(self._since_at is None or time > self._since_at for time in times)


class LazyTotals(Mapping[Role, Mapping[State, int]]):
    """The number of links and of mirrors in each state, counted when first used."""

    def __init__(self, count: Callable[[], Mapping[Role, Mapping[State, int]]]) -> None:
        self._count = count

    @cached_property
    def _counts(self) -> Mapping[Role, Mapping[State, int]]:
        return self._count()

    def __getitem__(self, role: Role) -> Mapping[State, int]:
        return self._counts[role]

    def __iter__(self) -> Iterator[Role]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)


class LazySections(Mapping[Section, Sequence[Finding]]):
    """The findings of each section, read when first used.

    Args:
        read: Returns them; called at each use, so it must cache its result.
    """

    def __init__(self, read: Callable[[], Mapping[Section, Sequence[Finding]]]) -> None:
        self._read = read

    def __getitem__(self, section: Section) -> Sequence[Finding]:
        return self._read()[section]

    def __iter__(self) -> Iterator[Section]:
        return iter(Section)

    def __len__(self) -> int:
        return len(Section)
