"""Test the replacement of a copy, or why there is none. Comparing texts has its own tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from reports.leave_plan import (
    CopyRules,
    Replacement,
    ShownPages,
    make_leave_plan,
)
from reports.leave_plan.replacements import choose_replacement
from reports.no_replacement import NoReplacement
from store.queries.link_records import LinkFinding, MirrorFinding
from store.vocabulary import MirrorOrigin, PageEvidence, Role, Spelling, State
from tests.unit.reports.example_findings import link, mirror, place

DAY = date(2021, 8, 5)
LEFT = mirror(None, id=1)
SAME, OTHER, PARTLY = (PageEvidence(title=word) for word in ("same", "other", "partly"))


def same_text(
    left: PageEvidence | None, other: PageEvidence | None, _controls: Collection[PageEvidence]
) -> bool | None:
    if left is None or other is None or PARTLY in (left, other):
        return None
    return left == other


def rules(**changes: Any) -> CopyRules:
    values: dict[str, Any] = {
        "same_text": same_text,
        "has_words": lambda page, texts, _controls: page == SAME and "words" in texts,
        "captured_at": lambda page: datetime(2021, 8, 5, tzinfo=UTC) if page.title else None,
        "avoided": {"archive.today", "webcitation"},
        "max_days": 365,
    }
    return CopyRules(**values | changes)


def shown(by_mirror: Mapping[int, PageEvidence], living: PageEvidence | None = None) -> ShownPages:
    by_link = {1: living} if living else {}
    return ShownPages(by_mirror=by_mirror, by_link=by_link, of_host={}, of_service={})


def cited(*mirrors: MirrorFinding, state: State = State.BROKEN, text: str = "链接") -> LinkFinding:
    places = [place(mirror_id=1, text=text, accessed=DAY, url=LEFT.url)]
    return link(state, mirrors=[LEFT, *mirrors], citations=places)


def at(days: int, **changes: Any) -> MirrorFinding:
    return mirror(DAY + timedelta(days=days), id=2, **changes)


@pytest.mark.parametrize(
    ("copy", "pages", "words", "expected"),
    [
        (at(10), {1: SAME, 2: SAME}, "", None),
        (at(365), {1: SAME, 2: SAME}, "", None),
        (at(366), {1: SAME, 2: SAME}, "", NoReplacement.OTHER_DATE),
        (at(1_900, origin=MirrorOrigin.CAPTURED), {1: SAME, 2: SAME}, "", None),
        (at(10), {1: SAME, 2: OTHER}, "", NoReplacement.OTHER_TEXT),
        (at(10), {1: PARTLY, 2: SAME}, "", NoReplacement.NOT_PROVEN),
        (at(10, state=State.SUSPECT), {1: SAME, 2: SAME}, "", NoReplacement.NO_COPY),
        (at(10, service="webcitation"), {1: SAME, 2: SAME}, "", NoReplacement.NO_COPY),
        (at(10, state=State.UNCHECKED, origin=MirrorOrigin.CAPTURED), {1: SAME}, "", NoReplacement.CAPTURED),
        # the copy that is left was not read
        (at(90), {2: SAME}, "words", None),
        (at(91), {2: SAME}, "words", NoReplacement.NOT_PROVEN),
        (at(10), {2: SAME}, "", NoReplacement.NOT_PROVEN),
        (at(10, spelling=Spelling.REDIRECT), {2: SAME}, "words", NoReplacement.NOT_PROVEN),
        # or shows another text than a copy that has the words
        (at(10), {1: OTHER, 2: SAME}, "words", NoReplacement.OTHER_TEXT),
    ],
)  # fmt: skip
def test_only_a_proven_copy_replaces(
    copy: MirrorFinding,
    pages: Mapping[int, PageEvidence],
    words: str,
    expected: NoReplacement | None,
) -> None:
    chosen = choose_replacement(cited(copy, text=words), LEFT, shown(pages), rules())
    assert chosen == (expected or Replacement(mirror=copy))


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ({2: SAME}, NoReplacement.UNKNOWN_DATE),
        ({1: PARTLY, 2: SAME}, NoReplacement.NOT_PROVEN),  # read: no day would help
    ],
)
def test_copy_of_an_unknown_day_that_was_not_read_needs_a_day(
    pages: Mapping[int, PageEvidence], expected: NoReplacement
) -> None:
    places = [place(mirror_id=1, text="words", url=LEFT.url)]
    dateless = link(State.BROKEN, mirrors=[LEFT, at(10)], citations=places)
    stated = rules(captured_at=lambda _page: None)
    assert choose_replacement(dateless, LEFT, shown(pages), stated) is expected


def test_the_nearest_of_proven_copies_is_chosen() -> None:
    far, near = at(100), mirror(DAY - timedelta(days=3), id=3)
    pages = shown({1: SAME, 2: SAME, 3: SAME})
    assert choose_replacement(cited(far, near), LEFT, pages, rules()) == Replacement(mirror=near)


def test_a_complete_copy_is_preferred_to_a_nearer_incomplete_one() -> None:
    whole = at(100, parts_checked=9, parts_missing=0)
    near = mirror(DAY - timedelta(days=3), id=3, parts_checked=9, parts_missing=4)
    pages = shown({1: SAME, 2: SAME, 3: SAME})
    assert choose_replacement(cited(whole, near), LEFT, pages, rules()) == Replacement(mirror=whole)


@pytest.mark.parametrize(
    ("state", "living", "expected"),
    [
        (State.ALIVE, SAME, Replacement(mirror=None)),
        (State.ALIVE, OTHER, NoReplacement.NO_COPY),
        (State.ALIVE, None, NoReplacement.NO_COPY),
        (State.BLOCKED, SAME, NoReplacement.NO_COPY),
    ],
)
def test_a_living_original_replaces_only_where_it_shows_the_same(
    state: State, living: PageEvidence | None, expected: Replacement | NoReplacement
) -> None:
    pages = shown({1: SAME}, living)
    assert choose_replacement(cited(state=state), LEFT, pages, rules()) == expected


def outcomes(*links: LinkFinding) -> Sequence[Replacement | NoReplacement]:
    pages = shown({1: SAME, 2: SAME}, SAME)
    plan = make_leave_plan(
        links, frozenset({"archive.today"}), pages, rules(), lambda _url: "archive.today"
    )
    return [planned.outcome for planned in plan.places.values()]


def test_nothing_is_cited_twice_at_one_place_and_a_strange_original_is_none() -> None:
    copy = at(10)
    left = place(mirror_id=1, url=LEFT.url, block=4)
    beside = place(mirror_id=2, url=copy.url, block=4, column=9)
    far = place(mirror_id=2, url=copy.url, block=5, column=9)
    original = place(block=4, column=19)
    both = [LEFT, copy]
    assert outcomes(link(mirrors=both, citations=[left, beside])) == [NoReplacement.COPY_BESIDE]
    assert outcomes(link(mirrors=both, citations=[left, far])) == [Replacement(mirror=copy)]
    assert outcomes(link(mirrors=[LEFT], citations=[left, original])) == [
        NoReplacement.ORIGINAL_BESIDE
    ]
    stranger = place(mirror_id=7, url="https://archive.ph/other")
    assert outcomes(link(mirrors=both, citations=[stranger])) == [NoReplacement.DISAGREES]
    alone = link(role=Role.MIRROR, url=LEFT.url, citations=[left])
    assert outcomes(alone) == [NoReplacement.UNKNOWN_ORIGINAL]


def test_the_progress_counts_citations() -> None:
    copy, waiting = at(10), mirror(DAY, id=4, state=State.UNCHECKED, origin=MirrorOrigin.CAPTURED)
    ready = link(mirrors=[LEFT, copy], citations=[place(mirror_id=1, line=n) for n in (1, 2)])
    other_left = mirror(None, id=3, url="https://archive.ph/3")
    captured = link(
        id=2, mirrors=[other_left, waiting], citations=[place(mirror_id=3, page="b.md")]
    )
    nothing = link(
        State.BROKEN, id=3, mirrors=[other_left], citations=[place(mirror_id=3, page="c.md")]
    )
    pages = shown({1: SAME, 2: SAME})
    plan = make_leave_plan(
        [ready, captured, nothing], frozenset({"archive.today"}), pages, rules(), lambda _url: None
    )
    (progress,) = plan.progress
    assert (progress.to_leave, progress.ready, progress.captured, progress.without_replacement) == (
        4,
        2,
        1,
        1,
    )
    assert [one.page for one in progress.kept] == ["b.md", "c.md"]


LOCAL_URL = "https://kept.example/20261122114800/https://archive.ph/78efA"


@pytest.mark.parametrize(
    ("changes", "page", "is_led_there"),
    [
        ({}, SAME, True),
        ({}, None, True),
        ({}, OTHER, False),  # the archive shows something else by now
        ({"url": "local:20261122114800/https://archive.ph/78efA"}, SAME, False),
        ({"state": State.SUSPECT}, SAME, False),
    ],
)
def test_published_local_copy_is_the_last_resort(
    changes: Mapping[str, Any], page: PageEvidence | None, is_led_there: bool
) -> None:
    values = {"id": 9, "service": "local", "url": LOCAL_URL, **changes}
    copy = mirror(DAY + timedelta(days=1_900), **values)
    pages = shown({1: SAME} | ({9: page} if page else {}))
    pages = replace(pages, local_copies={1: copy})
    expected = Replacement(mirror=copy) if is_led_there else NoReplacement.NO_COPY
    assert choose_replacement(cited(), LEFT, pages, rules()) == expected
    left_too = rules(avoided={"archive.today", "local"})
    assert choose_replacement(cited(), LEFT, pages, left_too) is NoReplacement.NO_COPY


def test_waiting_capture_comes_before_the_local_copy() -> None:
    waiting = at(1, state=State.UNCHECKED, origin=MirrorOrigin.CAPTURED)
    copy = mirror(DAY, id=9, service="local", url=LOCAL_URL)
    pages = replace(shown({1: SAME}), local_copies={1: copy})
    assert choose_replacement(cited(waiting), LEFT, pages, rules()) is NoReplacement.CAPTURED
