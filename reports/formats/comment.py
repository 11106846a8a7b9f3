"""A comment on a pull request: what needs a look on the pages it is about, short enough for GitHub and GitLab.

Markdown, in English. The first line is a mark by which a job finds its own comment again, to replace it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from reports.descriptions import describe_changed_content, describe_finding
from reports.formats.interface import Format
from reports.formats.markdown.escaping import autolink, code, escape
from reports.labels import INTERNAL_LINK_LABELS
from reports.model import Finding, Report, Section
from reports.source_links import source_link
from store.vocabulary import Role, State

COMMENT_MARKER = "<!-- holdfast -->"
_LONGEST = 60_000  # characters; GitHub takes 65,536
_TOLD = (  # with what one of them is called, and several
    (Section.NEWLY_BROKEN, "newly broken", "newly broken"),
    (Section.BROKEN, "broken", "broken"),
    (Section.MIRROR_BROKEN, "mirror gone bad", "mirrors gone bad"),
    (Section.SUSPECT, "failing, not confirmed", "failing, not confirmed"),
    (Section.CONTENT_CHANGED, "no longer what was cited", "no longer what was cited"),
    (Section.MOVED, "moved", "moved"),
)


class Comment(Format):
    """See the module."""

    suffix: ClassVar[str] = ".comment.md"

    def render(self, report: Report) -> Iterator[str]:
        head = f"{COMMENT_MARKER}\n**{_headline(report)}**\n"
        yield head
        left = _LONGEST - len(head)
        entries = list(_entries(report))
        for number, entry in enumerate(entries):
            left -= len(entry)
            if left < 0:
                yield f"\n… and {len(entries) - number} more, in the report.\n"
                return
            yield entry


def _headline(report: Report) -> str:
    links = sum(report.totals.get(Role.LINK, {}).values())
    told = [
        f"{len(found)} {one if len(found) == 1 else many}"
        for section, one, many in _TOLD
        if (found := report.sections[section])
    ]
    if report.internal_links:
        told.append(
            f"{len(report.internal_links)} within the wiki {'leads' if len(report.internal_links) == 1 else 'lead'} nowhere"
        )
    unasked = sum(report.totals.get(role, {}).get(State.UNCHECKED, 0) for role in Role)
    told += [f"{unasked} not asked yet"] if unasked else []
    name = f" of {escape(report.wiki, 80)}" if report.wiki else ""
    return (
        f"{links} {'link' if links == 1 else 'links'}{name}: {', '.join(told) or 'nothing to mend'}"
    )


def _entries(report: Report) -> Iterator[str]:
    for section, _, name in _TOLD:
        for number, finding in enumerate(report.sections[section]):
            told = (
                describe_changed_content(finding.drift)
                if section is Section.CONTENT_CHANGED and finding.drift
                else describe_finding(finding)
            )
            yield ("" if number else f"\n{name.capitalize()}:\n\n") + _entry(report, finding, told)
    for number, link in enumerate(report.internal_links):
        entry = f"- {_place(report, link.page, link.line)} {code(link.target)}: {escape(INTERNAL_LINK_LABELS.get(link.broken, link.broken))}\n"
        yield ("" if number else "\nLinks within the wiki that lead nowhere:\n\n") + entry


def _entry(report: Report, finding: Finding, told: str) -> str:
    place, *others = finding.link.citations
    more = f" and {len(others)} more" if others else ""
    return f"- {_place(report, place.page, place.line)}{more}: {autolink(finding.link.url)}\n  {escape(told, 600)}\n"


def _place(report: Report, page: str, line: int) -> str:
    source, shown = source_link(report.source_url, page, line), code(f"{page}:{line}")
    return f"[{shown}](<{source}>)" if source and not set("<>\n") & set(source) else shown
