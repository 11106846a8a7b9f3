"""Test the text that replaces an empty to-do list."""

from __future__ import annotations

import pytest

from reports.findings.todo_sentences import nothing_to_do
from reports.i18n import Lang, translator_for
from reports.model import Finding
from reports.wording.time_format import TimeFormatter
from store.vocabulary import Role, State
from tests.unit.reports.example_findings import finding, link, report

SUSPECT = finding(link(State.SUSPECT))


def sentence(
    *findings: Finding, links: dict[State, int], mirrors: dict[State, int], lang: Lang = Lang.EN
) -> str:
    translate = translator_for(lang)
    totals = {Role.LINK: links, Role.MIRROR: mirrors}
    about = report(*findings, totals=totals)
    return nothing_to_do(about, translate, TimeFormatter(translate))


@pytest.mark.parametrize(
    ("findings", "links", "mirrors", "end"),
    [
        ([], {State.ALIVE: 9}, {}, "known to fail."),
        ([], {State.ALIVE: 9, State.UNCHECKED: 1}, {}, " 1 address is not checked yet."),
        (
            [],
            {State.ALIVE: 9, State.UNCHECKED: 12130},
            {State.UNCHECKED: 10364},
            " 22,494 addresses are not checked yet.",
        ),
        ([], {State.ALIVE: 9}, {State.UNCHECKED: 2}, " 2 addresses are not checked yet."),
        (
            [SUSPECT],
            {State.SUSPECT: 1, State.UNCHECKED: 3},
            {},
            " 3 addresses are not checked yet.",
        ),
        ([], {State.UNCHECKED: 3}, {}, "no link has been checked."),
    ],
)
def test_an_empty_to_do_list_counts_the_unchecked_links(
    findings: list[Finding], links: dict[State, int], mirrors: dict[State, int], end: str
) -> None:
    assert sentence(*findings, links=links, mirrors=mirrors).endswith(end)


def test_sentences_about_unchecked_links_are_translated() -> None:
    links = {State.ALIVE: 9, State.UNCHECKED: 2}
    assert sentence(links=links, mirrors={}, lang=Lang.ZH).endswith("还有 2 个地址尚未检查。")
