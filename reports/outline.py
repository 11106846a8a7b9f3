"""Count the findings of a report: from the findings, or in the database without reading them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from sqlalchemy import Connection

from reports.finding_maker import FindingMaker
from reports.labels import reason_label
from reports.model import Finding, Outline, Report, Section
from reports.sections import (
    FAILING,
    has_recovered,
    is_not_checked,
    needs_mirror,
    page_order,
    sections_of,
    state_sections,
)
from reports.todo import by_action, is_confirmed, to_do_list
from store.queries.link_counts import LinkCount, count_cited, count_links, links_in_page_order
from store.queries.links import findings_of, link_findings
from store.vocabulary import LIVING_STATES, TrackedState
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
    counts = {section: len(found) for section, found in report.sections.items()}
    recovered = tuple(islice(report.sections[Section.RECOVERED], limit))
    return _build_outline(report.sections, counts, not_checked, recovered, limit=limit)


def count_outline(connection: Connection, *, wiki: str, maker: FindingMaker) -> Outline:
    """Return the outline of a wiki's report, counted by the database.

    Failing links are read, because the database cannot tell whether readers get a copy.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        maker: Makes the findings of the report.
    """
    sections, not_checked = Counter[Section](), Counter[str]()
    for count in count_links(connection, wiki=wiki, since=maker.since):
        if count.state in FAILING:
            continue
        for section in _sections_of_count(count):
            sections[section] += count.links
        if is_not_checked(count.role, count.state, count.verdict):
            tracked = TrackedState(role=count.role, state=count.state, reason=count.reason)
            not_checked[reason_label(tracked)] += count.links
    failing = _read_failing(connection, wiki, maker)
    for section, found in failing.items():
        sections[section] += len(found)
    proposals, drifts = all_proposals(connection), changed_drift_findings(connection)
    sections[Section.POSSIBLY_MOVED] = count_cited(connection, proposals, wiki=wiki)
    sections[Section.CONTENT_CHANGED] = count_cited(connection, drifts, wiki=wiki)
    counted = {section: sections[section] for section in Section}
    recovered = islice(_read_recovered(connection, wiki, maker), DEFAULT_LIMIT)
    return _build_outline(
        failing, counted, not_checked, tuple(recovered) if sections[Section.RECOVERED] else ()
    )


def _build_outline(
    failing: Mapping[Section, Sequence[Finding]],
    sections: Mapping[Section, int],
    not_checked: Mapping[str, int],
    recovered: Sequence[Finding],
    *,
    limit: int = DEFAULT_LIMIT,
) -> Outline:
    """Build the outline from the findings that fail and the counts of all others."""
    to_do = to_do_list(failing)
    mirrors = failing[Section.MIRROR_BROKEN]
    suspected_mirrors = [finding for finding in mirrors if not is_confirmed(finding)]
    suspects = failing[Section.SUSPECT]
    return Outline(
        sections=sections,
        actions={action: len(found) for action, found in by_action(to_do).items()},
        new_to_do=sum(finding.new for finding in to_do),
        failing=len(suspects) + len(suspected_mirrors),
        not_checked=not_checked,
        listed={
            Section.SUSPECT: suspects[:limit],
            Section.RECOVERED: recovered,
        },
        to_do_first=to_do[:limit],
    )


def _sections_of_count(count: LinkCount) -> Iterator[Section]:
    """Yield the sections of the links of a count, as `reports.sections` decides for a finding."""
    yield from state_sections(count.role, count.state, new=count.new)
    if has_recovered(count.state, count.previous_state, new=count.new):
        yield Section.RECOVERED
    if count.lacks_mirror and needs_mirror(count.role, count.state):
        yield Section.WITHOUT_MIRROR
    if is_not_checked(count.role, count.state, count.verdict):
        yield Section.NOT_CHECKED


def _read_failing(
    connection: Connection, wiki: str, maker: FindingMaker
) -> Mapping[Section, Sequence[Finding]]:
    """Return the failing findings by section, in page order."""
    sections: dict[Section, list[Finding]] = {section: [] for section in Section}
    for found in link_findings(connection, wiki=wiki, states=FAILING):
        finding = maker.make(found)
        for section in sections_of(finding):
            sections[section].append(finding)
    return {section: sorted(found, key=page_order) for section, found in sections.items()}


def _read_recovered(connection: Connection, wiki: str, maker: FindingMaker) -> Iterator[Finding]:
    """Yield the recovered findings in page order, read a few at a time."""
    ids = links_in_page_order(
        connection, wiki=wiki, states=LIVING_STATES, since=maker.since, previous=FAILING
    )
    while batch := list(islice(ids, _BATCH)):
        yield from map(maker.make, findings_of(connection, batch, wiki=wiki))
