"""A pull request comment in English Markdown, with the findings on the pages of the request.

It is short enough for GitHub and GitLab. Its first line is a marker, so that a CI job can find its
earlier comment and replace it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from reports.findings.descriptions import describe_changed_content, describe_finding
from reports.formats.interface import Format
from reports.formats.markdown.escaping import autolink, code, escape, place_link
from reports.model import Finding, Report, Section
from reports.places import distinct_places
from reports.wording.labels import internal_link_reason
from store.queries.pages import BrokenInternalLink
from store.vocabulary import Role, State

COMMENT_MARKER = "<!-- holdfast -->"
_MAX_LENGTH = 60_000  # characters; GitHub accepts 65,536
_SECTIONS = (  # each with the words for one finding and for several
    (Section.NEWLY_BROKEN, "newly broken", "newly broken"),
    (Section.BROKEN, "broken", "broken"),
    (Section.MIRROR_BROKEN, "broken archive copy", "broken archive copies"),
    (Section.SUSPECT, "failing, not confirmed", "failing, not confirmed"),
    (Section.CONTENT_CHANGED, "content changed", "content changed"),
    (Section.MOVED, "moved", "moved"),
)


class Comment(Format):
    """A Markdown comment for a pull request."""

    suffix: ClassVar[str] = ".comment.md"

    def render(self, report: Report) -> Iterator[str]:
        """Yield the marker, a headline and as many findings as the maximum length allows."""
        head = f"{COMMENT_MARKER}\n**{_headline(report)}**\n"
        yield head
        remaining = _MAX_LENGTH - len(head)
        entries = list(_entries(report))
        for number, entry in enumerate(entries):
            remaining -= len(entry)
            if remaining < 0:
                yield f"\n… and {len(entries) - number:,} more, in the report.\n"
                return
            yield entry
        yield from _nothing_to_do(report)


def _nothing_to_do(report: Report) -> Iterator[str]:
    """Yield a line that counts the failing links that need no action."""
    covered = report.sections[Section.COVERED]
    acknowledged = report.sections[Section.ACKNOWLEDGED]
    parts = []
    if covered:
        parts.append(f"{len(covered):,} whose citations lead to a working archive copy")
    if acknowledged:
        parts.append(f"{len(acknowledged):,} acknowledged")
    if parts:
        yield f"\nFailing, with nothing to do: {', '.join(parts)}.\n"


def _headline(report: Report) -> str:
    counts = []
    for section, one, many in _SECTIONS:
        number = len(report.sections[section])
        if number:
            counts.append(f"{number:,} {one if number == 1 else many}")
    if report.internal_links:
        number = len(report.internal_links)
        counts.append(f"{number:,} broken internal {'link' if number == 1 else 'links'}")
    unchecked = sum(report.totals.get(role, {}).get(State.UNCHECKED, 0) for role in Role)
    if unchecked:
        counts.append(f"{unchecked:,} not checked yet")
    links = sum(report.totals.get(Role.LINK, {}).values())
    wiki = f" of {escape(report.wiki, 80)}" if report.wiki else ""
    noun = "link" if links == 1 else "links"
    return f"{links:,} {noun}{wiki}: {', '.join(counts) or 'nothing to fix'}"


def _entries(report: Report) -> Iterator[str]:
    """Yield one entry per finding, the first of each section under the section's title."""
    for section, _, title in _SECTIONS:
        for number, finding in enumerate(report.sections[section]):
            heading = "" if number else f"\n{title.capitalize()}:\n\n"
            if section is Section.CONTENT_CHANGED and finding.drift:
                description = describe_changed_content(finding.drift)
            else:
                description = describe_finding(finding)
            yield heading + _entry(report, finding, description)
    for number, link in enumerate(report.internal_links):
        heading = "" if number else "\nBroken internal links:\n\n"
        yield heading + _internal_entry(report, link)


def _entry(report: Report, finding: Finding, description: str) -> str:
    place, *others = distinct_places(finding.link.citations)
    more = f" and {len(others):,} more" if others else ""
    where = place_link(report.source_url, place.page, place.line)
    return f"- {where}{more}: {autolink(finding.link.url)}\n  {escape(description, 600)}\n"


def _internal_entry(report: Report, link: BrokenInternalLink) -> str:
    reason = internal_link_reason(link.broken, link.target)
    where = place_link(report.source_url, link.page, link.line)
    return f"- {where} {code(link.target)}: {escape(reason)}\n"
