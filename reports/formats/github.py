"""GitHub's workflow commands: each finding an annotation beside the line it is about, what is worst first.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from reports.descriptions import describe_changed_content, describe_finding
from reports.formats.interface import Format
from reports.labels import INTERNAL_LINK_LABELS
from reports.model import Finding, Report, Section
from reports.sanitize import plain, plain_url
from store.vocabulary import Role, State


class GitHub(Format):
    """See the module. GitHub shows ten errors, warnings and notices of a step each; the others stay in its log."""

    suffix: ClassVar[str] = ".github.txt"

    def render(self, report: Report) -> Iterator[str]:
        sections = report.sections
        for section in (Section.NEWLY_BROKEN, Section.BROKEN):
            yield from _annotated("error", sections[section], "Broken link")
        confirmed = [
            finding
            for finding in sections[Section.MIRROR_BROKEN]
            if finding.link.tracked_state.state is State.BROKEN
        ]
        failing = [
            finding
            for finding in sections[Section.MIRROR_BROKEN]
            if finding.link.tracked_state.state is not State.BROKEN
        ]
        yield from _annotated("error", confirmed, "Mirror gone bad")
        yield from _annotated(
            "warning", [*sections[Section.SUSPECT], *failing], "Failing, not confirmed"
        )
        for link in report.internal_links:
            message = f"{plain(link.target)}: {INTERNAL_LINK_LABELS.get(link.broken, link.broken)}"
            yield workflow_command(
                "warning",
                message,
                file=plain(link.page, 1_000),
                line=link.line,
                col=link.column,
                title="Internal link leads nowhere",
            )
        for finding in sections[Section.CONTENT_CHANGED]:
            if finding.drift:
                yield from _at_each_place(
                    "warning",
                    finding,
                    describe_changed_content(finding.drift),
                    "No longer what was cited",
                )
        yield from _annotated("notice", sections[Section.MOVED], "Moved link")


def workflow_command(kind: str, message: str, **properties: str | int) -> str:
    r"""Write a workflow command on one line.

    >>> command("error", "50 % off\n::stop", file="a,b:c.md", line=3)
    '::error file=a%2Cb%3Ac.md,line=3::50 %25 off%0A::stop\n'
    """
    named = ",".join(
        f"{name}={_escape(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    return f"::{kind} {named}::{_escape(message)}\n"


def _annotated(kind: str, findings: Iterable[Finding], title: str) -> Iterator[str]:
    for finding in findings:
        yield from _at_each_place(kind, finding, describe_finding(finding), title)


def _at_each_place(kind: str, finding: Finding, told: str, title: str) -> Iterator[str]:
    mended = (
        finding.covered and finding.link.role is Role.LINK
    )  # readers are sent to a living copy already
    message = f"{plain_url(finding.link.url)}: {told}"
    for place in finding.link.citations:
        yield workflow_command(
            "notice" if mended else kind,
            message,
            file=plain(place.page, 1_000),
            line=place.line,
            col=place.column,
            title=title,
        )


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
