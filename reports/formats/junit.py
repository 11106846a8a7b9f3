"""JUnit XML for CI systems: a test suite per page (or host, or reason), a test case per link.

A test case fails only if its link is confirmed broken and something is left to do about it. Links
without a result are skipped, so that a temporary error of a server fails no build, and so are
acknowledged ones. Failing links that are not confirmed, those whose citations all lead to a working
archive copy, changed pages and broken internal links pass with a note.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from reports.findings.descriptions import (
    describe_acknowledgement,
    describe_changed_content,
    describe_finding,
    describe_reason,
)
from reports.findings.grouping import group_names
from reports.findings.sections import sections_of
from reports.formats.interface import Format
from reports.formats.xml_text import xml_attributes, xml_text
from reports.model import Finding, GroupBy, Report, Section
from reports.wording.labels import internal_link_reason
from reports.wording.sanitize import plain, plain_url
from store.queries.link_records import CitedPlace
from store.queries.pages import BrokenInternalLink
from store.vocabulary import State

_SKIPPED = (State.UNCHECKED, State.UNSURE, State.SKIPPED, State.BLOCKED)


@dataclass(slots=True)
class _Suite:
    """A test suite: its test cases as XML, and the number of each outcome."""

    cases: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def attributes(self, name: str) -> str:
        """Return the attributes of its element."""
        return xml_attributes(
            name=name,
            tests=len(self.cases),
            failures=self.counts["failure"],
            errors=0,
            skipped=self.counts["skipped"],
            time=0,
        )


class JUnit(Format):
    """JUnit XML.

    The text of a test case begins with the place of the citation, as Jenkins shows no attribute
    that could hold it.
    """

    suffix: ClassVar[str] = ".junit.xml"

    def render(self, report: Report) -> Iterator[str]:
        """Yield the document, suites in the order of their names."""
        suites: dict[str, _Suite] = defaultdict(_Suite)
        for finding in report.findings:
            outcome = _outcome(finding)
            for place in _first_places(finding):
                suite = suites[_suite_name(finding, place, report.group_by)]
                name = plain_url(finding.link.url)
                suite.cases.append(_test_case(name, place.page, outcome.element(place)))
                suite.counts[outcome.counts_as] += 1
        for link in report.internal_links:
            is_by_page = report.group_by in {None, GroupBy.PAGE}
            name = link.page if is_by_page else "internal links"
            suites[name].cases.append(_internal_link_test_case(link))
        yield from _document(f"holdfast {report.wiki}".strip(), suites)


class _Outcome(NamedTuple):
    """The outcome of a test case.

    Attributes:
        counts_as: What it is counted as: `passed`, `failure` or `skipped`.
        tag: The name of the element in the test case; empty for one that passed without a note.
        attributes: The attributes of the element, as XML.
        text: The text of the element; empty for an element without text.
    """

    counts_as: str
    tag: str = ""
    attributes: str = ""
    text: str = ""

    def element(self, place: CitedPlace) -> str:
        """Return the element in the test case of a citation, empty if it has none."""
        if not self.tag:
            return ""
        if not self.text:
            return f"<{self.tag}{self.attributes}/>"
        where = xml_text(f"{place.page}:{place.line}:{place.column}")
        return f"<{self.tag}{self.attributes}>{where}: {xml_text(self.text)}</{self.tag}>"


def _document(name: str, suites: Mapping[str, _Suite]) -> Iterator[str]:
    tests = sum(len(suite.cases) for suite in suites.values())
    failures = sum(suite.counts["failure"] for suite in suites.values())
    attributes = xml_attributes(name=name, tests=tests, failures=failures, errors=0, time=0)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites{attributes}>\n"
    for title, suite in sorted(suites.items()):
        yield f"  <testsuite{suite.attributes(title)}>\n"
        yield from suite.cases
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _suite_name(finding: Finding, place: CitedPlace, by: GroupBy | None) -> str:
    return place.page if by is None or by is GroupBy.PAGE else group_names(finding, by)[0]


def _first_places(finding: Finding) -> Sequence[CitedPlace]:
    """Return the first citation on each page."""
    first = {place.page: place for place in reversed(finding.link.citations)}
    return list(first.values())


def _test_case(name: str, page: str, inner: str) -> str:
    attributes = xml_attributes(name=name, classname=page, time=0)
    if not inner:
        return f"    <testcase{attributes}/>\n"
    return f"    <testcase{attributes}>{inner}</testcase>\n"


def _internal_link_test_case(link: BrokenInternalLink) -> str:
    reason = internal_link_reason(link.broken, link.target)
    text = xml_text(f"{link.page}:{link.line}:{link.column}: broken internal link: {reason}")
    return _test_case(plain(link.target, 2_000), link.page, f"<system-out>{text}</system-out>")


def _outcome(finding: Finding) -> _Outcome:
    """Return the element of a test case that shows the state of a link."""
    tracked, sections = finding.link.tracked_state, set(sections_of(finding))
    if Section.ACKNOWLEDGED in sections:
        message = f"{describe_acknowledgement(finding)}: {describe_reason(tracked)}"
        return _Outcome("skipped", "skipped", xml_attributes(message=message))
    if Section.COVERED in sections:
        return _passed_with_note(f"readers get a copy: {describe_finding(finding)}")
    if tracked.state is State.BROKEN:
        attributes = xml_attributes(message=describe_reason(tracked), type=tracked.reason)
        return _Outcome("failure", "failure", attributes, describe_finding(finding))
    if tracked.state in _SKIPPED:
        attributes = xml_attributes(message=describe_finding(finding))
        return _Outcome("skipped", "skipped", attributes)
    if tracked.state is State.SUSPECT:
        return _passed_with_note(f"failing, not confirmed: {describe_finding(finding)}")
    if finding.drift:
        return _passed_with_note(f"content changed: {describe_changed_content(finding.drift)}")
    return _Outcome("passed")


def _passed_with_note(text: str) -> _Outcome:
    return _Outcome("passed", "system-out", text=text)
