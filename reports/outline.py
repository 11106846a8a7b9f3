"""Counts the findings of a report: from the findings, or in the database without reading them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from sqlalchemy import Connection

from reports.labels import reason_label
from reports.mirror_choice import best_mirror, is_covered
from reports.model import Finding, Outline, Report, Section
from reports.redaction import cited_addresses, mask_secrets
from reports.sections import (
    FAILING,
    LIVING,
    has_recovered,
    is_not_checked,
    needs_mirror,
    state_sections,
)
from store.queries.link_counts import LinkCount, count_cited, count_links, links_in_page_order
from store.queries.links import findings_of
from store.vocabulary import Role, State, TrackedState
from store.work.comparisons import changed_drift_findings
from store.work.searches import all_proposals

LISTED_SECTIONS = (Section.NEWLY_BROKEN, Section.SUSPECT, Section.RECOVERED)
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
        return Outline(sections=outline.sections, not_checked=outline.not_checked, listed=listed)
    not_checked = Counter(
        reason_label(finding.link.tracked_state) for finding in report.sections[Section.NOT_CHECKED]
    )
    sections = {section: len(found) for section, found in report.sections.items()}
    listed = {section: _first(report.sections[section], limit) for section in LISTED_SECTIONS}
    return Outline(sections=sections, not_checked=not_checked, listed=listed)


def count_sections(report: Report) -> Mapping[Section, int]:
    """Return the number of findings in each section."""
    return outline_of(report).sections


def count_outline(connection: Connection, *, wiki: str, since: int) -> Outline:
    """Return the outline of a wiki's report, counted by the database.

    Args:
        connection: In a transaction.
        wiki: The wiki's name.
        since: The id of the run that "new" is measured against, 0 for the beginning.
    """
    sections, not_checked = Counter[Section](), Counter[str]()
    for count in count_links(connection, wiki=wiki, since=since):
        for section in _sections_of(count):
            sections[section] += count.links
        if is_not_checked(count.role, count.state, count.verdict):
            tracked = TrackedState(role=count.role, state=count.state, reason=count.reason)
            not_checked[reason_label(tracked)] += count.links
    proposals, drifts = all_proposals(connection), changed_drift_findings(connection)
    sections[Section.POSSIBLY_MOVED] = count_cited(connection, proposals, wiki=wiki)
    sections[Section.CONTENT_CHANGED] = count_cited(connection, drifts, wiki=wiki)
    listed = {
        section: _first(_read_section(connection, wiki, since, section), DEFAULT_LIMIT)
        for section in LISTED_SECTIONS
        if sections[section]
    }
    return Outline(
        sections={section: sections[section] for section in Section},
        not_checked=not_checked,
        listed=listed,
    )


def _sections_of(count: LinkCount) -> Iterator[Section]:
    """Yield the sections of the links of a count, as `reports.sections` decides for a finding."""
    yield from state_sections(count.role, count.state, new=count.new)
    if has_recovered(count.state, count.previous_state, new=count.new):
        yield Section.RECOVERED
    if count.lacks_mirror and needs_mirror(count.role, count.state):
        yield Section.WITHOUT_MIRROR
    if is_not_checked(count.role, count.state, count.verdict):
        yield Section.NOT_CHECKED


def _read_section(
    connection: Connection, wiki: str, since: int, section: Section
) -> Iterator[Finding]:
    """Yield the findings of a listed section in page order, read a few at a time."""
    if section is Section.NEWLY_BROKEN:
        ids = links_in_page_order(
            connection, wiki=wiki, states=[State.BROKEN], since=since, role=Role.LINK
        )
    elif section is Section.SUSPECT:
        ids = links_in_page_order(connection, wiki=wiki, states=[State.SUSPECT], role=Role.LINK)
    else:
        ids = links_in_page_order(
            connection, wiki=wiki, states=LIVING, since=since, previous=FAILING
        )
    while batch := list(islice(ids, _BATCH)):
        for found in findings_of(connection, batch, wiki=wiki):
            link = mask_secrets(found, cited_addresses(found))
            yield Finding(
                link=link,
                new=link.changed_run_id is not None and link.changed_run_id > since,
                best_mirror=best_mirror(link),
                covered=is_covered(link),
            )


def _first(findings: Iterable[Finding], limit: int) -> Sequence[Finding]:
    """Return the first findings, those that need fixing before those that are covered."""
    uncovered, covered = list[Finding](), list[Finding]()
    for finding in findings:
        (covered if finding.covered else uncovered).append(finding)
        if len(uncovered) >= limit:
            break
        del covered[limit:]
    return [*uncovered, *covered][:limit]
