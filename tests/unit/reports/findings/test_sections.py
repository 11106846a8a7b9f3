"""Test the sections of findings, and which of them exceed a threshold."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reports.findings.sections import sections_of
from reports.model import Finding, Section
from reports.threshold import FailOn
from store.queries.pages import BrokenInternalLink
from store.vocabulary import Reason, Role, State, TrackedState, Verdict
from tests.unit.reports.example_findings import drift, finding, link, mirror, proposal, report

COPY = mirror(date(2021, 8, 5))
NO_SUCH_PAGE = BrokenInternalLink(
    page="a.md", line=1, column=1, target="b.md", text="", broken="missing-page"
)


def of(
    state: State,
    *,
    new: bool = False,
    role: Role = Role.LINK,
    preserved: bool = True,
    **changes: Any,
) -> Finding:
    return finding(link(state, role=role, mirrors=[COPY] if preserved else [], **changes), new=new)


@pytest.mark.parametrize(
    ("subject", "sections"),
    [
        (of(State.ALIVE), set()),
        (of(State.ALIVE, new=True), set()),
        (of(State.ALIVE, new=True, previous_state=State.UNCHECKED), set()),
        (of(State.ALIVE, new=True, previous_state=State.SUSPECT), {Section.RECOVERED}),
        (of(State.ALIVE, new=True, previous_state=State.BROKEN), {Section.RECOVERED}),
        (of(State.ALIVE, previous_state=State.BROKEN), set()),
        (of(State.MOVED), {Section.MOVED}),
        (
            of(State.MOVED, new=True, previous_state=State.BROKEN),
            {Section.MOVED, Section.RECOVERED},
        ),
        (of(State.BROKEN), {Section.BROKEN}),
        (of(State.BROKEN, new=True), {Section.NEWLY_BROKEN}),
        (of(State.SUSPECT, new=True), {Section.SUSPECT}),
        (of(State.BLOCKED), {Section.BLOCKED}),
        (of(State.UNCHECKED), {Section.NOT_CHECKED}),
        (of(State.BROKEN, role=Role.MIRROR, new=True), {Section.MIRROR_BROKEN}),
        (of(State.SUSPECT, role=Role.MIRROR), {Section.MIRROR_BROKEN}),
        (of(State.BLOCKED, role=Role.MIRROR), {Section.NOT_CHECKED}),
        (of(State.ALIVE, role=Role.MIRROR, preserved=False), set()),
        (of(State.ALIVE, preserved=False), {Section.WITHOUT_MIRROR}),
        (of(State.BROKEN, preserved=False), {Section.BROKEN, Section.WITHOUT_MIRROR}),
        (of(State.ALIVE, preserved=False, looked_up=False), set()),  # nobody knows
        (of(State.SKIPPED, preserved=False), set()),
        (finding(link(State.ALIVE, mirrors=[mirror(None, state=State.UNCHECKED)])), set()),
        (
            finding(link(State.BROKEN, mirrors=[COPY]), proposals=(proposal(),)),
            {Section.BROKEN, Section.POSSIBLY_MOVED},
        ),
        (
            finding(link(State.MOVED, mirrors=[COPY]), drift=drift()),
            {Section.MOVED, Section.CONTENT_CHANGED},
        ),
        (
            finding(link(State.ALIVE, mirrors=[mirror(None, state=State.BLOCKED)])),
            {Section.WITHOUT_MIRROR},
        ),
    ],
)
def test_findings_are_in_the_section_of_their_state(
    subject: Finding, sections: set[Section]
) -> None:
    assert set(sections_of(subject)) == sections


@pytest.mark.parametrize(
    ("state", "verdict", "sections"),
    [
        (State.UNSURE, Verdict.UNSURE, {Section.NOT_CHECKED}),
        (
            State.ALIVE,
            Verdict.UNSURE,
            {Section.NOT_CHECKED},
        ),  # lived when it was last seen, and could not be checked now
        (State.SKIPPED, Verdict.SKIPPED, {Section.NOT_CHECKED}),
        (State.SUSPECT, Verdict.UNSURE, {Section.SUSPECT}),
        (State.BROKEN, Verdict.BLOCKED, {Section.BROKEN}),
    ],
)
def test_links_that_could_not_be_checked_are_listed_once(
    state: State, verdict: Verdict, sections: set[Section]
) -> None:
    tracked_state = TrackedState(state=state, verdict=verdict, reason=Reason.DNS_FAILURE)
    assert set(sections_of(finding(link(tracked_state=tracked_state, mirrors=[COPY])))) == sections


BROKE, BROKEN, SUSPECT = of(State.BROKEN, new=True), of(State.BROKEN), of(State.SUSPECT)
BAD_MIRROR = of(State.SUSPECT, role=Role.MIRROR)


@pytest.mark.parametrize(
    ("findings", "exceeded"),
    [
        ((), set()),
        (
            (
                of(State.MOVED, new=True),
                of(State.BLOCKED, new=True),
                of(State.UNCHECKED),
                of(State.ALIVE, preserved=False),
            ),
            set(),
        ),
        ((BAD_MIRROR,), {FailOn.ANY}),
        ((SUSPECT,), {FailOn.ANY}),
        ((BROKEN,), {FailOn.ANY, FailOn.BROKEN}),
        ((BROKE,), {FailOn.ANY, FailOn.BROKEN, FailOn.NEW_BROKEN}),
        ((of(State.MOVED), SUSPECT, BROKE), {FailOn.ANY, FailOn.BROKEN, FailOn.NEW_BROKEN}),
    ],
)
def test_thresholds_are_exceeded_by_the_findings_that_count(
    findings: tuple[Finding, ...], exceeded: set[FailOn]
) -> None:
    assert {limit for limit in FailOn if limit.exceeded(report(*findings))} == exceeded


def test_a_broken_internal_link_exceeds_the_threshold_any() -> None:
    assert {
        limit for limit in FailOn if limit.exceeded(report(internal_links=(NO_SUCH_PAGE,)))
    } == {FailOn.ANY}
