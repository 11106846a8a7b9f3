"""GitHub workflow commands: an annotation for each citation of a finding, the worst first.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import ClassVar

from reports.findings.descriptions import describe_changed_content, describe_finding
from reports.findings.todo import is_confirmed, unconfirmed_mirrors
from reports.formats.interface import Format
from reports.model import Finding, Report, Section
from reports.places import distinct_places
from reports.source_links import path_in_repository
from reports.wording.labels import internal_link_reason
from reports.wording.sanitize import plain, plain_url
from store.vocabulary import Role


class GitHub(Format):
    """Workflow commands.

    GitHub shows ten errors, ten warnings and ten notices of each step. The others are in its log.
    """

    suffix: ClassVar[str] = ".github.txt"

    def render(self, report: Report) -> Iterator[str]:
        """Yield one command per line, errors first. Acknowledged findings get none."""
        sections = report.sections
        annotate_all = partial(_annotate_all, report.repository_folder)
        for section in (Section.NEWLY_BROKEN, Section.BROKEN):
            yield from annotate_all("error", sections[section], "Broken link")
        broken_copies = filter(is_confirmed, sections[Section.MIRROR_BROKEN])
        yield from annotate_all("error", broken_copies, "Broken archive copy")
        suspects = [*sections[Section.SUSPECT], *unconfirmed_mirrors(report)]
        yield from annotate_all("warning", suspects, "Failing, not confirmed")
        yield from _annotate_internal_links(report)
        for finding in sections[Section.CONTENT_CHANGED]:
            if finding.drift:
                description = describe_changed_content(finding.drift)
                folder = report.repository_folder
                yield from _annotate(folder, "warning", finding, description, "Content changed")
        yield from annotate_all("notice", sections[Section.MOVED], "Moved link")
        covered = sections[Section.COVERED]
        yield from annotate_all("notice", covered, "Failing link, readers get a copy")


def workflow_command(kind: str, message: str, **properties: str | int) -> str:
    r"""Return a workflow command on one line.

    >>> workflow_command("error", "50 % off\n::stop", file="a,b:c.md", line=3)
    '::error file=a%2Cb%3Ac.md,line=3::50 %25 off%0A::stop\n'
    """
    escaped = {name: _escape_property(str(value)) for name, value in properties.items()}
    joined = ",".join(f"{name}={value}" for name, value in escaped.items())
    return f"::{kind} {joined}::{_escape(message)}\n"


def _annotate_all(folder: str, kind: str, findings: Iterable[Finding], title: str) -> Iterator[str]:
    for finding in findings:
        yield from _annotate(folder, kind, finding, describe_finding(finding), title)


def _annotate(
    folder: str, kind: str, finding: Finding, description: str, title: str
) -> Iterator[str]:
    """Yield a command for each place that cites the link of a finding.

    Args:
        folder: The folder of the wiki in its repository.
        kind: `error`, `warning` or `notice`. A link whose citations all lead to a working copy
            always gets a notice.
        finding: The finding.
        description: The message after the URL.
        title: The title of the annotation.
    """
    is_covered = finding.covered and finding.link.role is Role.LINK
    message = f"{plain_url(finding.link.url)}: {description}"
    for place in distinct_places(finding.link.citations):
        yield workflow_command(
            "notice" if is_covered else kind,
            message,
            file=plain(path_in_repository(folder, place.page), 1_000),
            line=place.line,
            col=place.column,
            title=title,
        )


def _annotate_internal_links(report: Report) -> Iterator[str]:
    for link in report.internal_links:
        reason = internal_link_reason(link.broken, link.target)
        yield workflow_command(
            "warning",
            f"{plain(link.target)}: {reason}",
            file=plain(path_in_repository(report.repository_folder, link.page), 1_000),
            line=link.line,
            col=link.column,
            title="Broken internal link",
        )


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
