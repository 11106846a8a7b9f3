"""Atom feed (RFC 4287) of changes.

A link gets an entry when it fails, is confirmed broken, moves or recovers, when there is evidence
for its new address, and when most of the cited text has disappeared from its page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from heapq import nlargest
from typing import ClassVar
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from reports.findings.descriptions import (
    describe_changed_content,
    describe_finding,
    describe_proposal,
    format_utc,
    link_title,
)
from reports.formats.interface import Format
from reports.formats.xml_text import xml_attributes, xml_text
from reports.model import Finding, Report, Section
from reports.places import distinct_places
from reports.source_links import is_address, source_link
from reports.wording.sanitize import plain_url

_MAX_ENTRIES = 200  # feed readers fetch often enough to have seen the older ones
_MAX_CITATIONS = 20  # listed in one entry
# The titles of entries by section. If a link is in several sections, the last one here counts.
_SECTION_TITLES: Mapping[Section, str] = {
    Section.NEWLY_BROKEN: "Broken",
    Section.BROKEN: "Broken",
    Section.MIRROR_BROKEN: "Archive copy broken",
    Section.SUSPECT: "Failing, not confirmed",
    Section.MOVED: "Moved",
    Section.RECOVERED: "Recovered",
    Section.COVERED: "Failing, readers get a copy",
}


class _Change(Struct, frozen=True):
    """A change of a link.

    Attributes:
        title: What happened, in words.
        term: The Atom category.
        finding: The link.
        at: When it happened, in UTC.
        description: The change in one line.
        target: The proposed new URL of a link that possibly moved; empty for other changes.
    """

    title: str
    term: str
    finding: Finding
    at: datetime
    description: str
    target: str = ""

    def key(self) -> tuple[str, ...]:
        """Return the texts that identify the change, the same until the link changes again."""
        link = self.finding.link
        texts = (plain_url(link.url), link.role, self.term, format_utc(self.at) or "")
        return (*texts, self.target) if self.target else texts


class Atom(Format):
    """An Atom feed. An entry keeps its id while the link keeps its state."""

    suffix: ClassVar[str] = ".atom"

    def render(self, report: Report) -> Iterator[str]:
        """Yield the feed, the newest changes first."""
        updated = report.generated_at
        if report.run:
            updated = report.run.finished_at or report.run.started_at
        title = f"Links of {report.display_name}" if report.display_name else "Links"
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        yield '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        yield f"  <id>{_identifier('feed', report.wiki)}</id>\n"
        yield f"  <title>{xml_text(title)}</title>\n"
        yield f"  <updated>{format_utc(updated)}</updated>\n"
        yield "  <author><name>Holdfast</name></author>\n  <generator>Holdfast</generator>\n"

        def newest_first(change: _Change) -> tuple[datetime, int]:
            return change.at, -change.finding.link.id

        for change in nlargest(_MAX_ENTRIES, _changes(report, updated), key=newest_first):
            yield from _entry(report, change)
        yield "</feed>\n"


def _changes(report: Report, updated: datetime) -> Iterator[_Change]:
    """Yield the changes of all links. A change whose time is unknown gets the time `updated`."""
    titled_findings = {  # by link id, so that each link gets one entry
        finding.link.id: (title, finding)
        for section, title in _SECTION_TITLES.items()
        for finding in report.sections[section]
    }
    for title, finding in titled_findings.values():
        tracked = finding.link.tracked_state
        since = (tracked.state_since or updated).astimezone(UTC)
        yield _Change(title, tracked.state, finding, since, describe_finding(finding))
    for finding in report.sections[Section.POSSIBLY_MOVED]:
        yield _possible_move(finding)
    for finding in report.sections[Section.CONTENT_CHANGED]:
        if finding.drift:
            yield _Change(
                "Content changed",
                Section.CONTENT_CHANGED,
                finding,
                finding.drift.since.astimezone(UTC),
                describe_changed_content(finding.drift),
            )


def _possible_move(finding: Finding) -> _Change:
    best = finding.proposals[0]
    return _Change(
        "Possibly moved",
        Section.POSSIBLY_MOVED,
        finding,
        best.found_at.astimezone(UTC),
        describe_proposal(best),
        target=plain_url(best.proposal.url),
    )


def _entry(report: Report, change: _Change) -> Iterator[str]:
    link = change.finding.link
    first = link.citations[0]
    yield "  <entry>\n"
    yield f"    <id>{_identifier(report.wiki, *change.key())}</id>\n"
    yield f"    <title>{xml_text(f'{change.title}: {link_title(link)}')}</title>\n"
    yield f"    <updated>{format_utc(change.at)}</updated>\n"
    target = source_link(report.source_url, first.page, first.line) or plain_url(link.url)
    if is_address(target):
        yield f"    <link{xml_attributes(rel='alternate', href=target)}/>\n"
    yield f"    <category{xml_attributes(term=change.term)}/>\n"
    places = [f"{place.page}:{place.line}" for place in distinct_places(link.citations)]
    summary = f"{plain_url(link.url)}: {change.description} ({', '.join(places[:_MAX_CITATIONS])})"
    yield f'    <summary type="text">{xml_text(summary)}</summary>\n'
    yield "  </entry>\n"


def _identifier(*parts: str) -> str:
    """Return a URN that is the same whenever the parts are the same."""
    name = "\n".join(("holdfast", *parts)).encode("utf-8", "replace").decode("utf-8")
    return f"urn:uuid:{uuid5(NAMESPACE_URL, name)}"
