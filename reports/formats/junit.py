"""JUnit's XML, as CI systems show it: a test suite a page (or host, or reason), a test case a link on it.

A link fails only once it is confirmed broken. What was not found out is skipped: nobody's tests should be red for a server's whim. Suspects,
pages that no longer say what was cited, and internal links that lead nowhere, pass with a note.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from reports.descriptions import describe_changed_content, describe_fault, describe_finding
from reports.formats.interface import Format
from reports.formats.xml_text import xml_attributes, xml_text
from reports.grouping import group_names
from reports.labels import INTERNAL_LINK_LABELS
from reports.model import Finding, GroupBy, Report
from reports.sanitize import plain, plain_url
from store.queries.links import CitedPlace
from store.vocabulary import State

_SKIPPED = (State.UNCHECKED, State.UNSURE, State.SKIPPED, State.BLOCKED)


@dataclass(slots=True)
class _Suite:
    """The test cases that belong together, and what came of them."""

    cases: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def attributes(self, name: str) -> str:
        failures, skipped = self.counts["failure"], self.counts["skipped"]
        return xml_attributes(
            name=name, tests=len(self.cases), failures=failures, errors=0, skipped=skipped, time=0
        )


class JUnit(Format):
    """See the module. A test case says in its text where the link stands: Jenkins knows no attribute for that."""

    suffix: ClassVar[str] = ".junit.xml"

    def render(self, report: Report) -> Iterator[str]:
        suites: dict[str, _Suite] = defaultdict(_Suite)
        for finding in report.findings:
            outcome = _outcome(finding)
            for place in {
                place.page: place for place in reversed(finding.link.citations)
            }.values():  # the first place of each page
                suite = suites[_suite_of(finding, place, report.group_by)]
                suite.cases.append(
                    _case(plain_url(finding.link.url), place.page, outcome.at(place))
                )
                suite.counts[outcome.counts_as] += 1
        for link in report.internal_links:
            told = xml_text(
                f"{link.page}:{link.line}:{link.column}: leads nowhere: {INTERNAL_LINK_LABELS.get(link.broken, link.broken)}"
            )
            name = link.page if report.group_by in {None, GroupBy.PAGE} else "internal links"
            suites[name].cases.append(
                _case(plain(link.target, 2_000), link.page, f"<system-out>{told}</system-out>")
            )
        yield from _document(f"holdfast {report.wiki}".strip(), suites)


def _document(name: str, suites: Mapping[str, _Suite]) -> Iterator[str]:
    tests = sum(len(suite.cases) for suite in suites.values())
    failures = sum(suite.counts["failure"] for suite in suites.values())
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites{xml_attributes(name=name, tests=tests, failures=failures, errors=0, time=0)}>\n"
    for title, suite in sorted(suites.items()):
        yield f"  <testsuite{suite.attributes(title)}>\n"
        yield from suite.cases
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _suite_of(finding: Finding, place: CitedPlace, by: GroupBy | None) -> str:
    return place.page if by is None or by is GroupBy.PAGE else group_names(finding, by)[0]


def _where(place: CitedPlace) -> str:
    return xml_text(f"{place.page}:{place.line}:{place.column}")


def _case(name: str, page: str, inner: str) -> str:
    named = xml_attributes(name=name, classname=page, time=0)
    return f"    <testcase{named}>{inner}</testcase>\n" if inner else f"    <testcase{named}/>\n"


class _Outcome(NamedTuple):
    """How a test case ends: what it counts as, and the element that stands in it, around the place it is about."""

    counts_as: str
    opening: str = ""
    text: str = ""
    closing: str = ""

    def at(self, place: CitedPlace) -> str:
        return (
            f"{self.opening}{_where(place)}: {self.text}{self.closing}"
            if self.text
            else self.opening
        )


def _outcome(finding: Finding) -> _Outcome:
    standing = finding.link.tracked_state
    if standing.state is State.BROKEN:
        named = xml_attributes(message=describe_fault(standing), type=standing.reason)
        return _Outcome(
            "failure", f"<failure{named}>", xml_text(describe_finding(finding)), "</failure>"
        )
    if standing.state in _SKIPPED:
        return _Outcome("skipped", f"<skipped{xml_attributes(message=describe_fault(standing))}/>")
    if standing.state is State.SUSPECT:
        return _noted(f"failing, not confirmed: {describe_finding(finding)}")
    if finding.drift:
        return _noted(f"no longer what was cited: {describe_changed_content(finding.drift)}")
    return _Outcome("passed")


def _noted(text: str) -> _Outcome:
    return _Outcome("passed", "<system-out>", xml_text(text), "</system-out>")
