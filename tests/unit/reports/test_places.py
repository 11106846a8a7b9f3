"""Test that a place is named once, however many references of its page use the address there."""

from __future__ import annotations

import pytest

from reports.formats.comment import Comment
from reports.formats.github import GitHub
from reports.formats.html.report import Html
from reports.formats.interface import Format
from reports.formats.sarif import Sarif
from reports.places import distinct_places
from store.vocabulary import Reason, Role, State, TrackedState
from tests.unit.reports.example_findings import finding, link, place, report

USES = [place(page="a.md", line=9, text=text, block=block) for block, text in enumerate("xyz")]
ELSEWHERE = place(page="b.md")


def test_uses_of_one_reference_are_one_place() -> None:
    assert distinct_places([*USES, ELSEWHERE]) == [USES[0], ELSEWHERE]
    assert distinct_places([place(column=1), place(column=2), place(line=1, column=1)]) == [
        place(column=1),
        place(column=2),
        place(line=1, column=1),
    ]


@pytest.mark.parametrize(
    ("form", "sign", "number"), [(GitHub(), "::error ", 2), (Sarif(), '"physicalLocation"', 2)]
)
def test_annotations_mark_a_place_once(form: Format, sign: str, number: int) -> None:
    tracked_state = TrackedState(role=Role.LINK, state=State.BROKEN, reason=Reason.NOT_FOUND)
    subject = link(State.BROKEN, tracked_state=tracked_state, citations=[*USES, ELSEWHERE])
    assert "".join(form.render(report(finding(subject)))).count(sign) == number


def test_only_other_places_are_counted() -> None:
    one = "".join(Comment().render(report(finding(link(State.BROKEN, citations=USES)))))
    two = "".join(
        Comment().render(report(finding(link(State.BROKEN, citations=[*USES, ELSEWHERE]))))
    )
    assert "`a.md:9`: <" in one
    assert "`a.md:9` and 1 more: <" in two


def test_a_card_names_a_place_once() -> None:
    tracked_state = TrackedState(role=Role.LINK, state=State.BROKEN, reason=Reason.NOT_FOUND)
    subject = link(State.BROKEN, tracked_state=tracked_state, citations=[*USES, ELSEWHERE])
    text = "".join(Html().render(report(finding(subject))))
    assert text.count('<span class="at">a.md<span class="line">:9</span></span>') == 1
