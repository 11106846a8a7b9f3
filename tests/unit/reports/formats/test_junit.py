"""Test the JUnit XML: a suite per page, a case per link, failed only if confirmed broken."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from lxml import etree

from reports.formats.junit import JUnit
from reports.model import GroupBy, Report
from store.queries.pages import BrokenInternalLink
from store.vocabulary import Reason, State, TrackedState
from tests.unit.reports.example_findings import drift, finding, link, place, proposal, report
from tests.unit.reports.hostile import HOSTILE, hostile_report

# What Jenkins, GitLab, GitHub's actions and Azure agree on, written down by hand, as there is no official schema: Jenkins, the strictest of them,
# refuses a `file` or `line` of a test case and a `skipped` of the root.
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))


def document(subject: Report) -> Any:
    root = etree.fromstring("".join(JUnit().render(subject)).encode())
    SCHEMA.assertValid(root)
    return root


def outcomes(root: Any) -> Counter[str]:
    return Counter(
        element.tag for element in root.iter("testcase", "failure", "skipped", "system-out")
    )


@given(HOSTILE)
def test_no_text_makes_the_document_invalid(text: str) -> None:
    root = document(hostile_report(text))
    assert outcomes(root) == outcomes(document(hostile_report("text")))


@pytest.mark.parametrize(
    ("state", "elements"),
    [
        (State.BROKEN, ["failure"]),
        (State.SUSPECT, ["system-out"]),
        (State.BLOCKED, ["skipped"]),
        (State.UNSURE, ["skipped"]),
        (State.UNCHECKED, ["skipped"]),
        (State.SKIPPED, ["skipped"]),
        (State.ALIVE, []),
        (State.MOVED, []),
    ],
)
def test_only_links_confirmed_as_broken_fail(state: State, elements: list[str]) -> None:
    root = document(report(finding(link(state))))
    (case,) = root.iter("testcase")
    assert [element.tag for element in case] == elements
    counts = {
        "failures": elements == ["failure"],
        "skipped": elements == ["skipped"],
        "errors": 0,
        "tests": 1,
    }
    assert {name: int(root[0].get(name)) for name in counts} == counts
    assert [root.get(name) for name in ("tests", "failures", "errors")] == [
        str(int(counts[name])) for name in ("tests", "failures", "errors")
    ]


def test_a_link_is_one_case_on_each_page_that_cites_it() -> None:
    places = [place(line=3), place(line=9), place(page="b.md", line=1)]
    tracked_state = TrackedState(state=State.BROKEN, reason=Reason.NOT_FOUND, detail="404")
    root = document(
        report(
            finding(link(tracked_state=tracked_state, citations=places)),
            finding(link(id=2, url="http://y.example/")),
        )
    )
    cases = [
        (suite.get("name"), case.get("name"), case.get("classname"))
        for suite in root
        for case in suite
    ]
    assert cases == [
        ("b.md", "http://x.example/a", "b.md"),
        ("notes/a.md", "http://x.example/a", "notes/a.md"),
        ("notes/a.md", "http://y.example/", "notes/a.md"),
    ]
    assert [failure.text.partition(": ")[0] for failure in root.iter("failure")] == [
        "b.md:1:3",
        "notes/a.md:3:3",
    ]
    assert {failure.get("type") for failure in root.iter("failure")} == {"not-found"}
    assert (root.get("tests"), root.get("failures")) == ("3", "2")


@pytest.mark.parametrize(
    ("by", "suites"),
    [
        (GroupBy.PAGE, {"a.md": 2, "b.md": 1, "c.md": 1}),
        (GroupBy.HOST, {"x.example": 2, "y.example": 1, "internal links": 1}),
        (
            GroupBy.REASON,
            {"page not found": 2, "not checked yet": 1, "internal links": 1},
        ),
    ],
)
def test_suites_are_grouped_by_the_option(by: GroupBy, suites: dict[str, int]) -> None:
    broken = TrackedState(state=State.BROKEN, reason=Reason.NOT_FOUND)
    output = [
        finding(
            link(
                tracked_state=broken,
                citations=[place(page="a.md"), place(page="a.md", line=20), place(page="b.md")],
            )
        ),
        finding(
            link(
                State.UNCHECKED,
                id=2,
                url="http://y.example/",
                host="y.example",
                citations=[place(page="a.md")],
            )
        ),
    ]
    nowhere = BrokenInternalLink(
        page="c.md", line=3, column=5, target="d.md", text="", broken="missing-page"
    )
    root = document(report(*output, internal_links=[nowhere], group_by=by))
    assert {suite.get("name"): int(suite.get("tests")) for suite in root} == suites
    assert [note.text for note in root.iter("system-out")] == [
        "c.md:3:5: broken internal link: no such page or file"
    ]


def test_changed_page_passes_and_failure_has_proposal() -> None:
    tracked_state = TrackedState(state=State.BROKEN, reason=Reason.GONE)
    output = [
        finding(link(tracked_state=tracked_state), proposals=(proposal(),)),
        finding(link(id=2, url="http://y.example/"), drift=drift()),
    ]
    root = document(report(*output))
    assert outcomes(root) == {"testcase": 2, "failure": 1, "system-out": 1}
    assert root.get("failures") == "1"
    (failure,), (note,) = root.iter("failure"), root.iter("system-out")
    assert (
        "; possibly moved to http://x.example/new, confidence 88% (an archive recorded a redirect to it;"
        in failure.text
    )
    assert note.text == (
        f"notes/a.md:12:3: content changed: only 25% of the text of {drift().mirror} is still on the page; change first detected 2026-03-09"
    )
