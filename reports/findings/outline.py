"""Count the findings of a report: from the findings, or in the database without reading them."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from reports.findings.finding_maker import FindingMaker
from reports.findings.sections import (
    has_recovered,
    is_not_checked,
    needs_mirror,
    page_order,
    sections_of,
    state_sections,
)
from reports.findings.todo import TO_DO_SECTIONS, action_for, is_to_do, most_urgent_first
from reports.model import Action, Finding, Outline, Report, Section
from reports.wording.labels import reason_label
from store.queries.link_counts import (
    LinkCount,
    cited_among,
    count_cited,
    links_in_page_order,
)
from store.queries.links import findings_of, link_findings
from store.vocabulary import (
    FAILING_STATES,
    LIVING_STATES,
    ArchiveRefusal,
    RefusalCounts,
    TrackedState,
)
from store.work.comparisons import changed_drift_findings
from store.work.searches import all_proposals

DEFAULT_LIMIT = 5  # findings listed in a section
_BATCH = 20  # findings read with one query


def outline_of(report: Report, *, limit: int = DEFAULT_LIMIT) -> Outline:
    """Return the outline of a report, by its fast counter if it has one, else from its findings.

    Args:
        report: What to outline.
        limit: Maximum number of findings listed in a section.
    """
    if report.outline is not None and limit <= DEFAULT_LIMIT:
        outline = report.outline()
        listed = {section: found[:limit] for section, found in outline.listed.items()}
        return replace(outline, listed=listed, to_do_first=outline.to_do_first[:limit])
    not_checked = Counter(
        reason_label(finding.link.tracked_state) for finding in report.sections[Section.NOT_CHECKED]
    )
    tally = _FailingTally(limit)
    for section in (*TO_DO_SECTIONS, Section.SUSPECT):
        for finding in report.sections[section]:
            tally.add(finding)
    counts = {section: len(found) for section, found in report.sections.items()}
    recovered = tuple(islice(report.sections[Section.RECOVERED], limit))
    refused = report.sections[Section.ARCHIVES_REFUSED]
    refusals = count_refusals(finding.refusal for finding in refused if finding.refusal)
    return tally.outline(counts, not_checked, recovered, refusals)


def count_refusals(refusals: Iterable[ArchiveRefusal]) -> RefusalCounts:
    """Return the numbers of pages that public archives may not copy, by where copies are."""
    found = list(refusals)
    others = [refusal for refusal in found if not refusal.kept]
    return RefusalCounts(
        kept=len(found) - len(others),
        not_kept=len(others),
        public_copies=sum(refusal.public_copy for refusal in others),
    )


def count_outline(
    connection: Connection, counts: Iterable[LinkCount], *, wiki: str, maker: FindingMaker
) -> Outline:
    """Return the outline of a wiki's report, counted by the database.

    Failing links are read, because the database cannot tell whether readers get a copy.

    Args:
        connection: A connection in a transaction.
        counts: The counts of the wiki's links (`count_links`).
        wiki: The wiki's name.
        maker: Makes the findings of the report.
    """
    sections, not_checked = Counter[Section](), Counter[str]()
    for count in counts:
        if count.state in FAILING_STATES:
            continue
        for section in _sections_of_count(count):
            sections[section] += count.links
        if is_not_checked(count.role, count.state, count.verdict):
            tracked = TrackedState(role=count.role, state=count.state, reason=count.reason)
            not_checked[reason_label(tracked)] += count.links
    tally = _FailingTally(DEFAULT_LIMIT)
    for found in link_findings(connection, wiki=wiki, states=FAILING_STATES):
        finding = maker.make(found)
        sections.update(sections_of(finding))
        tally.add(finding)
    proposals, drifts = all_proposals(connection), changed_drift_findings(connection)
    sections[Section.POSSIBLY_MOVED] = count_cited(connection, proposals, wiki=wiki)
    sections[Section.CONTENT_CHANGED] = count_cited(connection, drifts, wiki=wiki)
    cited = cited_among(connection, maker.refusals, wiki=wiki)
    refusals = count_refusals(maker.refusals[link_id] for link_id in cited)
    sections[Section.ARCHIVES_REFUSED] = refusals.total
    counted = {section: sections[section] for section in Section}
    recovered = islice(_read_recovered(connection, wiki, maker), DEFAULT_LIMIT)
    return tally.outline(
        counted, not_checked, tuple(recovered) if sections[Section.RECOVERED] else (), refusals
    )


class _FailingTally:
    """Counts failing findings one after another, and keeps only the first of those to be listed.

    In a run without working DNS, all links of a large wiki may fail.

    Args:
        limit: Maximum number of findings kept for a list.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._actions: Counter[Action] = Counter(dict.fromkeys(Action, 0))
        self._new_to_do = 0
        self._failing = 0
        self._suspects: list[Finding] = []
        self._to_do: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """Count a finding, unless it is acknowledged or covered."""
        sections = set(sections_of(finding))
        if is_to_do(finding):
            self._actions[action_for(finding)] += 1
            self._new_to_do += finding.new
            self._insert_limited(self._to_do, finding, most_urgent_first)
        elif not sections.isdisjoint((Section.SUSPECT, Section.MIRROR_BROKEN)):
            self._failing += 1
            if Section.SUSPECT in sections:
                self._insert_limited(self._suspects, finding, page_order)

    def outline(
        self,
        sections: Mapping[Section, int],
        not_checked: Mapping[str, int],
        recovered: Sequence[Finding],
        refusals: RefusalCounts,
    ) -> Outline:
        """Return the outline: the tally of failing findings, with the given other counts."""
        return Outline(
            sections=sections,
            actions=dict(self._actions),
            new_to_do=self._new_to_do,
            failing=self._failing,
            not_checked=not_checked,
            listed={Section.SUSPECT: self._suspects, Section.RECOVERED: recovered},
            to_do_first=self._to_do,
            refusals=refusals,
        )

    def _insert_limited(
        self, listed: list[Finding], finding: Finding, key: Callable[[Finding], tuple[Any, ...]]
    ) -> None:
        """Insert a finding into a sorted list, and drop those over the limit."""
        insort(listed, finding, key=key)
        del listed[self._limit :]


def _sections_of_count(count: LinkCount) -> Iterator[Section]:
    """Yield the sections of the links of a count, as `findings.sections` decides for a finding."""
    yield from state_sections(count.role, count.state, new=count.new)
    if has_recovered(count.state, count.previous_state, new=count.new):
        yield Section.RECOVERED
    if count.lacks_mirror and needs_mirror(count.role, count.state):
        yield Section.WITHOUT_MIRROR
    if is_not_checked(count.role, count.state, count.verdict):
        yield Section.NOT_CHECKED


def _read_recovered(connection: Connection, wiki: str, maker: FindingMaker) -> Iterator[Finding]:
    """Yield the recovered findings in page order, read a few at a time."""
    ids = links_in_page_order(
        connection, wiki=wiki, states=LIVING_STATES, since=maker.since, previous=FAILING_STATES
    )
    while batch := list(islice(ids, _BATCH)):
        yield from map(maker.make, findings_of(connection, batch, wiki=wiki))
