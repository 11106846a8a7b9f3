"""An Atom feed (RFC 4287) of what changed: one entry each time a link fails, is confirmed broken, moves or comes back.

Another where something speaks for a new address of it, and where its page no longer says what was cited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from typing import ClassVar
from uuid import NAMESPACE_URL, uuid5

from reports.descriptions import (
    describe_changed_content,
    link_title,
    describe_proposal,
    describe_finding,
    format_utc,
)
from reports.formats.interface import Format
from reports.formats.xml_text import xml_attributes, xml_text
from reports.model import Finding, Report, Section
from reports.sanitize import plain_url
from reports.source_links import is_address, source_link

_MOST = 200  # entries, the newest: a feed is read again soon
_TOLD: Mapping[Section, str] = {
    Section.NEWLY_BROKEN: "Broken",
    Section.BROKEN: "Broken",
    Section.MIRROR_BROKEN: "Mirror gone bad",
    Section.SUSPECT: "Failing, not confirmed",
    Section.MOVED: "Moved",
    Section.RECOVERED: "Serves again",
}


@dataclass(frozen=True, slots=True)
class _Change:
    """One thing that happened to a link: what it is called and sorted under, when it happened, what there is to say of it."""

    word: str
    term: str
    finding: Finding
    at: datetime
    told: str
    target: str = ""  # what else makes it another change

    def key(self) -> tuple[str, ...]:
        """What tells it from every other change of every other link: the same as long as nothing new happens."""
        key = (
            plain_url(self.finding.link.url),
            self.finding.link.role,
            self.term,
            format_utc(self.at) or "",
        )
        return (*key, self.target) if self.target else key


class Atom(Format):
    """See the module. An entry keeps its id as long as the link stays in its state, so that no reader is told twice."""

    suffix: ClassVar[str] = ".atom"

    def render(self, report: Report) -> Iterator[str]:
        at = (
            (report.run.finished_at or report.run.started_at) if report.run else report.generated_at
        )
        title = f"Links of {report.wiki}" if report.wiki else "Links"
        yield '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        yield f"  <id>{_identifier('feed', report.wiki)}</id>\n  <title>{xml_text(title)}</title>\n  <updated>{format_utc(at)}</updated>\n"
        yield "  <author><name>Holdfast</name></author>\n  <generator>Holdfast</generator>\n"
        for change in nlargest(
            _MOST, _changes(report, at), key=lambda change: (change.at, -change.finding.link.id)
        ):
            yield from _entry(report, change)
        yield "</feed>\n"


def _changes(report: Report, at: datetime) -> Iterator[_Change]:
    """Give what happened to each link; what has no time of its own, at the given one."""
    states = {
        finding.link.id: (word, finding)
        for section, word in _TOLD.items()
        for finding in report.sections[section]
    }
    for word, finding in states.values():
        since = (finding.link.tracked_state.state_since or at).astimezone(UTC)
        yield _Change(word, finding.link.tracked_state.state, finding, since, describe_finding(finding))
    for finding in report.sections[Section.POSSIBLY_MOVED]:
        found = finding.proposals[0]
        since, target = found.found_at.astimezone(UTC), plain_url(found.proposal.url)
        yield _Change(
            "Perhaps moved",
            Section.POSSIBLY_MOVED,
            finding,
            since,
            describe_proposal(found),
            target,
        )
    for finding in report.sections[Section.CONTENT_CHANGED]:
        if finding.drift:
            since = finding.drift.since.astimezone(UTC)
            yield _Change(
                "No longer what was cited",
                Section.CONTENT_CHANGED,
                finding,
                since,
                describe_changed_content(finding.drift),
            )


def _entry(report: Report, change: _Change) -> Iterator[str]:
    link = change.finding.link
    place = link.citations[0]
    yield "  <entry>\n"
    yield f"    <id>{_identifier(report.wiki, *change.key())}</id>\n"
    yield f"    <title>{xml_text(f'{change.word}: {link_title(link)}')}</title>\n    <updated>{format_utc(change.at)}</updated>\n"
    target = source_link(report.source_url, place.page, place.line) or plain_url(link.url)
    if is_address(target):
        yield f"    <link{xml_attributes(rel='alternate', href=target)}/>\n"
    yield f"    <category{xml_attributes(term=change.term)}/>\n"
    places = ", ".join(dict.fromkeys(f"{place.page}:{place.line}" for place in link.citations[:20]))
    yield f'    <summary type="text">{xml_text(f"{plain_url(link.url)}: {change.told} ({places})")}</summary>\n'
    yield "  </entry>\n"


def _identifier(*parts: str) -> str:
    name = "\n".join(("holdfast", *parts)).encode("utf-8", "replace").decode("utf-8")
    return f"urn:uuid:{uuid5(NAMESPACE_URL, name)}"
