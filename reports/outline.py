"""The figures of a report: from its findings, or counted by the database without reading them."""

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
    state_sections,
    needs_mirror,
)
from store.queries.link_counts import LinkCount, count_cited, count_links, links_in_page_order
from store.queries.links import findings_of
from store.vocabulary import Role, TrackedState, State
from store.work.comparisons import changed_drift_findings
from store.work.searches import all_proposals

LISTED_SECTIONS = (Section.NEWLY_BROKEN, Section.SUSPECT, Section.RECOVERED)
DEFAULT_LIMIT = 5  # findings of each that a summary has room for
_READ = 20  # findings at a time


def outline_of(report: Report, *, most: int = DEFAULT_LIMIT) -> Outline:
    """Make the outline of a report, from its findings where it has no other way.

    Args:
        report: What to outline.
        most: At most so many findings of each section are listed.
    """
    if report.outline is not None and most <= DEFAULT_LIMIT:
        outline = report.outline()
        listed = {section: found[:most] for section, found in outline.listed.items()}
        return Outline(sections=outline.sections, not_checked=outline.not_checked, listed=listed)
    reasons = Counter(
        reason_label(finding.link.tracked_state) for finding in report.sections[Section.NOT_CHECKED]
    )
    return Outline(
        sections={section: len(found) for section, found in report.sections.items()},
        not_checked=reasons,
        listed={section: _first(report.sections[section], most) for section in LISTED_SECTIONS},
    )


def count_outline(connection: Connection, *, wiki: str, since: int) -> Outline:
    """Have the database count the outline of a wiki's report.

    Args:
        connection: In a transaction.
        wiki: The wiki's name.
        since: The id of the run that "new" is measured against.
    """
    sections, unanswered = Counter[Section](), Counter[str]()
    for count in count_links(connection, wiki=wiki, since=since):
        for section in _sections_of(count):
            sections[section] += count.links
        if is_not_checked(count.role, count.state, count.verdict):
            standing = TrackedState(role=count.role, state=count.state, reason=count.reason)
            unanswered[reason_label(standing)] += count.links
    proposed, drifted = all_proposals(connection), changed_drift_findings(connection)
    sections[Section.POSSIBLY_MOVED] = count_cited(connection, proposed, wiki=wiki)
    sections[Section.CONTENT_CHANGED] = count_cited(connection, drifted, wiki=wiki)
    listed = {
        section: _first(_findings(connection, wiki, since, section), DEFAULT_LIMIT)
        for section in LISTED_SECTIONS
        if sections[section]
    }
    return Outline(
        sections={section: sections[section] for section in Section},
        not_checked=unanswered,
        listed=listed,
    )


def _sections_of(count: LinkCount) -> Iterator[Section]:
    yield from state_sections(count.role, count.state, new=count.new)
    if has_recovered(count.state, count.previous_state, new=count.new):
        yield Section.RECOVERED
    if count.lacks_mirror and needs_mirror(count.role, count.state):
        yield Section.WITHOUT_MIRROR
    if is_not_checked(count.role, count.state, count.verdict):
        yield Section.NOT_CHECKED


def _findings(connection: Connection, wiki: str, since: int, section: Section) -> Iterator[Finding]:
    """Give the findings of a section that is listed, in page order, read a few at a time."""
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
    while some := list(islice(ids, _READ)):
        for found in findings_of(connection, some, wiki=wiki):
            link = mask_secrets(found, cited_addresses(found))
            yield Finding(
                link=link,
                new=link.changed_run_id is not None and link.changed_run_id > since,
                best_mirror=best_mirror(link),
                covered=is_covered(link),
            )


def _first(findings: Iterable[Finding], most: int) -> Sequence[Finding]:
    """Choose the first findings, those with something to mend before those without."""
    open_ones, covered = list[Finding](), list[Finding]()
    for finding in findings:
        (covered if finding.covered else open_ones).append(finding)
        if len(open_ones) >= most:
            break
        del covered[most:]
    return [*open_ones, *covered][:most]


def count_sections(report: Report) -> Mapping[Section, int]:
    """Count the findings of each section."""
    return outline_of(report).sections
