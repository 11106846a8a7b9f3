"""JUnit's XML, as CI systems show it: a test suite a page, a test case a link on it.

A link fails only once it is confirmed broken. What was not found out is skipped: nobody's tests should be red for a server's whim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from reports.formats.interface import Format
from reports.formats.xml_text import attributes, content
from reports.plain import plain_url
from reports.records import Finding, Report
from reports.sentences import fault, sentence
from store.findings import CitedPlace
from store.vocabulary import State

_SKIPPED = (State.UNCHECKED, State.UNSURE, State.SKIPPED, State.BLOCKED)


@dataclass(slots=True)
class _Suite:
    """The test cases of one page, and what came of them."""

    cases: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def attributes(self, name: str) -> str:
        failures, skipped = self.counts["failure"], self.counts["skipped"]
        return attributes(name=name, tests=len(self.cases), failures=failures, errors=0, skipped=skipped, time=0)


class JUnit(Format):
    """See the module."""

    suffix: ClassVar[str] = ".junit.xml"

    def render(self, report: Report) -> Iterator[str]:
        suites: dict[str, _Suite] = {}
        for finding in report.findings:
            outcome, inner = _outcome(finding)
            for place in {place.page: place for place in reversed(finding.link.citations)}.values():  # the first place of each page
                suite = suites.setdefault(place.page, _Suite())
                suite.cases.append(_case(finding, place, inner))
                suite.counts[outcome] += 1
        tests = sum(len(suite.cases) for suite in suites.values())
        failures, skipped = (sum(suite.counts[outcome] for suite in suites.values()) for outcome in ("failure", "skipped"))
        name = f"holdfast {report.wiki}".strip()
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        yield f"<testsuites{attributes(name=name, tests=tests, failures=failures, errors=0, skipped=skipped, time=0)}>\n"
        for page, suite in sorted(suites.items()):
            yield f"  <testsuite{suite.attributes(page)}>\n"
            yield from suite.cases
            yield "  </testsuite>\n"
        yield "</testsuites>\n"


def _case(finding: Finding, place: CitedPlace, inner: str) -> str:
    named = attributes(name=plain_url(finding.link.url), classname=place.page, file=place.page, line=place.line, time=0)
    return f"    <testcase{named}>{inner}</testcase>\n" if inner else f"    <testcase{named}/>\n"


def _outcome(finding: Finding) -> tuple[str, str]:
    """Say how a test case ends, and write down what stands in it."""
    standing = finding.link.standing
    if standing.state is State.BROKEN:
        named = attributes(message=fault(standing), type=standing.reason)
        return "failure", f"<failure{named}>{content(sentence(finding))}</failure>"
    if standing.state in _SKIPPED:
        return "skipped", f"<skipped{attributes(message=fault(standing))}/>"
    if standing.state is State.SUSPECT:
        return "passed", f"<system-out>{content(f'failing, not confirmed: {sentence(finding)}')}</system-out>"
    return "passed", ""
