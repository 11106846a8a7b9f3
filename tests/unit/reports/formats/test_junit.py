"""A test suite a page, a test case a link; red only where a link is confirmed broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from lxml import etree  # type: ignore[import-untyped]

from reports.formats.junit import JUnit
from reports.records import Report
from store.vocabulary import Reason, Standing, State
from tests.unit.reports.findings import finding, link, place, report
from tests.unit.reports.hostile import HOSTILE, hostile_report

# What Jenkins, GitLab, GitHub's actions and Azure agree on, written down by hand: there is no official schema.
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))


def document(subject: Report) -> Any:
    root = etree.fromstring("".join(JUnit().render(subject)).encode())
    SCHEMA.assertValid(root)
    return root


@given(HOSTILE)
def test_it_stays_a_document_whatever_its_texts_hold(text: str) -> None:
    root = document(hostile_report(text))
    assert [element.tag for element in root.iter("failure", "skipped", "system-out")] == [
        element.tag for element in document(hostile_report("text")).iter("failure", "skipped", "system-out")
    ]


@pytest.mark.parametrize(
    ("state", "ends"),
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
def test_only_what_is_confirmed_fails(state: State, ends: list[str]) -> None:
    root = document(report(finding(link(state))))
    (case,) = root.iter("testcase")
    assert [element.tag for element in case] == ends
    counts = {"failures": ends == ["failure"], "skipped": ends == ["skipped"], "errors": 0, "tests": 1}
    for element in (root, root[0]):
        assert {name: int(element.get(name, "")) for name in counts} == counts


def test_a_link_is_one_case_on_each_page_that_cites_it() -> None:
    places = [place(line=3), place(line=9), place(page="b.md", line=1)]
    standing = Standing(state=State.BROKEN, reason=Reason.NOT_FOUND, detail="404")
    root = document(report(finding(link(standing=standing, citations=places)), finding(link(id=2, url="http://y.example/"))))
    cases = [(suite.get("name"), case.get("name"), case.get("line")) for suite in root for case in suite]
    assert cases == [
        ("b.md", "http://x.example/a", "1"),
        ("notes/a.md", "http://x.example/a", "3"),
        ("notes/a.md", "http://y.example/", "12"),
    ]
    assert {failure.get("type") for failure in root.iter("failure")} == {"not-found"}
    assert (root.get("tests"), root.get("failures")) == ("3", "2")
