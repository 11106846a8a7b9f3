"""Test which mirror is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.mirror_choice import (
    best_mirror,
    distance_days,
    first_access_date,
    full_capture,
    is_covered,
    is_usable,
    shown_capture,
)
from store.queries.link_records import MirrorFinding
from store.vocabulary import MirrorQuality, Reason, Spelling, State
from tests.unit.reports.example_findings import link, mirror, place

DISTRUSTED = frozenset({"archive.today", "webcitation"})
READ = date(2021, 8, 3)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("captured", "best"),
    [
        ([READ - 5 * DAY, READ + 3 * DAY], READ + 3 * DAY),  # the nearest
        (
            [READ + 3 * DAY, READ - 3 * DAY],
            READ - 3 * DAY,
        ),  # of two as near the earlier: it cannot show what changed since
        ([READ - 900 * DAY, READ + DAY], READ + DAY),
        ([READ, READ - DAY], READ),
        ([None, READ - 4_000 * DAY], READ - 4_000 * DAY),  # a known time before an unknown one
        ([None], None),
    ],
)
def test_the_mirror_nearest_to_the_access_date_is_chosen(
    captured: Sequence[date | None], best: date | None
) -> None:
    mirrors = [mirror(day) for day in captured]
    chosen = best_mirror(
        link(citations=[place(accessed=READ), place(accessed=READ + 900 * DAY)], mirrors=mirrors)
    )
    assert chosen == mirror(best)


def test_page_date_serves_where_no_access_date_is_known_and_the_latest_where_neither_is() -> None:
    mirrors = [mirror(READ), mirror(READ + 30 * DAY)]
    assert best_mirror(link(citations=[place(dated=READ - DAY)], mirrors=mirrors)) == mirrors[0]
    assert (
        best_mirror(
            link(citations=[place(dated=READ - DAY, accessed=READ + 29 * DAY)], mirrors=mirrors)
        )
        == mirrors[1]
    )
    assert best_mirror(link(mirrors=mirrors)) == mirrors[1]
    assert best_mirror(link(citations=[place(added=READ - DAY)], mirrors=mirrors)) == mirrors[0]
    assert (
        best_mirror(
            link(citations=[place(added=READ - DAY), place(dated=READ + 29 * DAY)], mirrors=mirrors)
        )
        == mirrors[1]
    )


@pytest.mark.parametrize(
    ("flaw", "usable"),
    [
        ({}, True),
        ({"status_at_capture": 200}, True),
        ({"status_at_capture": 301}, True),
        ({"status_at_capture": 404}, False),
        ({"status_at_capture": 503}, False),
        ({"warnings": ("other-capture",)}, False),
        ({"warnings": ("case-mismatch",)}, True),
        *(({"state": state}, state is State.ALIVE) for state in State),
        (
            {"quality": MirrorQuality.UNUSABLE},
            False,
        ),  # it replays, but something else than was cited
        ({"quality": MirrorQuality.FAITHFUL}, True),
    ],
)
def test_only_a_living_copy_of_the_page_itself_is_usable(
    flaw: dict[str, Any], usable: bool
) -> None:
    flawed = mirror(READ, **flaw)
    assert is_usable(flawed) is usable
    assert best_mirror(link(mirrors=[flawed])) == (flawed if usable else None)
    far = mirror(READ - 3_000 * DAY)
    assert best_mirror(link(citations=[place(accessed=READ)], mirrors=[far, flawed])) == (
        flawed if usable else far
    )


def test_a_whole_copy_is_preferred_to_a_nearer_truncated_one() -> None:
    cut, whole = mirror(READ, warnings=("cut-off",)), mirror(READ - 700 * DAY)
    assert best_mirror(link(citations=[place(accessed=READ)], mirrors=[cut, whole])) == whole
    far = mirror(READ - 900 * DAY)
    assert best_mirror(link(citations=[place(accessed=READ)], mirrors=[cut, far])) == cut


@pytest.mark.parametrize(
    ("near", "far", "days", "is_far_chosen"),
    [
        ((9, 3), (9, 0), 60, True),
        ((9, 3), (9, 0), 200, False),  # too far for a third of its parts
        ((9, 9), (9, 0), 300, True),
        ((9, 9), (9, 3), 200, True),  # more than the other
        ((9, 3), (9, 3), 1, False),
        ((9, 3), (9, 9), 1, False),
        ((9, 9), None, 1, False),  # the other may have lost as much
        (None, (9, 0), 1, False),
        (None, None, 1, False),
        ((0, 0), (9, 0), 1, False),
    ],
)
def test_a_copy_with_its_parts_is_preferred_to_a_nearer_one_without(
    near: tuple[int, int] | None, far: tuple[int, int] | None, days: int, is_far_chosen: bool
) -> None:
    mirrors = [
        mirror(
            READ - distance,
            id=number,
            parts_checked=checked and checked[0],
            parts_missing=checked and checked[1],
        )
        for number, (distance, checked) in enumerate([(0 * DAY, near), (days * DAY, far)], 1)
    ]
    chosen = best_mirror(link(citations=[place(accessed=READ)], mirrors=mirrors))
    assert chosen == mirrors[is_far_chosen]


def test_a_distrusted_archive_is_not_preferred_for_its_parts() -> None:
    lost = mirror(READ, id=1, service="wayback", parts_checked=9, parts_missing=9)
    doubted = mirror(READ, id=2, service="archive.today", parts_checked=9, parts_missing=0)
    subject = link(citations=[place(accessed=READ)], mirrors=[lost, doubted])
    assert best_mirror(subject, DISTRUSTED) == lost


def test_a_copy_of_the_page_is_preferred_to_a_nearer_copy_of_a_redirect() -> None:
    redirect, page = mirror(READ, reason=Reason.REDIRECTED_TEMPORARILY), mirror(READ - 700 * DAY)
    assert best_mirror(link(citations=[place(accessed=READ)], mirrors=[redirect, page])) == page
    assert best_mirror(link(citations=[place(accessed=READ)], mirrors=[redirect])) == redirect


@given(
    st.lists(st.builds(mirror, st.none() | st.dates(), state=st.sampled_from(State)), max_size=6),
    st.none() | st.dates(),
)
def test_no_usable_mirror_is_nearer_than_the_chosen(
    mirrors: list[MirrorFinding], accessed: date | None
) -> None:
    chosen = best_mirror(link(citations=[place(accessed=accessed)], mirrors=mirrors))
    usable = [item for item in mirrors if is_usable(item)]
    assert (chosen is None) == (not usable)
    distances = [days for item in usable if (days := distance_days(item, accessed)) is not None]
    if chosen and distances:
        assert distance_days(chosen, accessed) == min(distances)


def test_the_distance_in_days_is_never_negative() -> None:
    assert [distance_days(mirror(READ + days * DAY), READ) for days in (-3, 0, 400)] == [3, 0, 400]
    assert distance_days(mirror(None), READ) is None
    assert distance_days(mirror(READ), None) is None


def test_earliest_access_date_counts() -> None:
    assert first_access_date([place(), place(accessed=READ + DAY), place(accessed=READ)]) == READ
    assert first_access_date([place()]) is None


def test_shown_capture_is_none_if_a_mirror_shows_its_own_capture() -> None:
    detail = "20210807000000, 2 days later"
    assert (
        shown_capture(mirror(READ, detail=detail, warnings=("other-capture",)))
        == "20210807000000, 2 days later"
    )
    assert shown_capture(mirror(READ, detail=detail)) is None


@pytest.mark.parametrize(
    ("pointed_to", "covered"),
    [
        ([1], True),
        ([1, 1], True),
        ([1, 2], False),
        ([1, None], False),
        ([None], False),
        ([2], False),
    ],
)
def test_link_is_covered_where_every_place_points_to_a_living_copy(
    pointed_to: Sequence[int | None], covered: bool
) -> None:
    mirrors = [mirror(READ, id=1), mirror(READ, id=2, state=State.BROKEN)]
    assert (
        is_covered(
            link(
                citations=[
                    place(mirror_id=number, block=block) for block, number in enumerate(pointed_to)
                ],
                mirrors=mirrors,
            )
        )
        is covered
    )


@pytest.mark.parametrize(
    ("beside", "covered"),
    [
        ({"block": 7}, True),
        ({"block": 7, "page": "b.md"}, False),
        ({"block": 7, "mirror_id": 2}, False),  # which fails itself
        ({"block": 8}, False),
        ({"block": 8, "footnote": "x"}, True),
        ({"block": 8, "footnote": "y"}, False),
        ({"block": 8, "footnote": "x", "page": "b.md"}, False),
    ],
)
def test_link_is_covered_by_a_living_copy_beside_it_or_in_its_footnote(
    beside: dict[str, Any], covered: bool
) -> None:
    mirrors = [mirror(READ, id=1), mirror(READ, id=2, state=State.BROKEN)]
    places = [place(block=7, notes=("w", "x")), place(**{"mirror_id": 1, **beside})]
    assert is_covered(link(citations=places, mirrors=mirrors)) is covered


def test_broken_mirror_is_not_covered_by_another() -> None:
    mirrors = [mirror(READ, id=1), mirror(READ, id=2, state=State.BROKEN)]
    assert not is_covered(link(citations=[place(mirror_id=2), place(mirror_id=1)], mirrors=mirrors))


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"service": "archive.today", "quality": MirrorQuality.FAITHFUL}, {"quality": MirrorQuality.FAITHFUL}),
        ({"service": "webcitation"}, {"service": "ghostarchive"}),
        ({"quality": MirrorQuality.UNVERIFIED}, {"quality": MirrorQuality.FAITHFUL}),
        (
            {"spelling": Spelling.CASE, "quality": MirrorQuality.FAITHFUL},
            {"spelling": Spelling.QUERY_ORDER, "quality": MirrorQuality.FAITHFUL},
        ),
    ],
)  # fmt: skip
def test_of_equal_dates_trust_and_a_verified_text_decide(
    worse: dict[str, Any], better: dict[str, Any]
) -> None:
    doubted, trusted = mirror(READ, id=1, **worse), mirror(READ, id=2, **better)
    cited = [place(accessed=READ)]
    for mirrors in ([doubted, trusted], [trusted, doubted]):
        assert best_mirror(link(citations=cited, mirrors=mirrors), DISTRUSTED) == trusted
    assert best_mirror(link(citations=cited, mirrors=[doubted])) == doubted
    nearer = mirror(READ, id=1, quality=MirrorQuality.FAITHFUL, spelling=Spelling.HOST)
    farther = mirror(READ - 2_000 * DAY, id=2, quality=MirrorQuality.FAITHFUL)
    assert best_mirror(link(citations=cited, mirrors=[nearer, farther])) == nearer


def test_a_copy_whose_address_may_be_another_pages_is_usable_only_when_confirmed() -> None:
    assert not is_usable(mirror(READ, spelling=Spelling.CASE))
    assert is_usable(mirror(READ, spelling=Spelling.CASE, quality=MirrorQuality.FAITHFUL))
    assert is_usable(mirror(READ, spelling=Spelling.ESCAPES))


def partial(digits: str, final_url: str | None = None, **changes: Any) -> MirrorFinding:
    """A mirror whose URL has a part of a date, which counts as the earliest time it allows."""
    year, month = int(digits[:4]), int(digits[4:6] or 1)
    url = f"https://web.archive.org/web/{digits}/http://x.example/a"
    values: dict[str, Any] = {"id": 9, "url": url, "timestamp": digits, "final_url": final_url}
    return mirror(date(year, month, 1), **values | changes)


@pytest.mark.parametrize(
    ("digits", "off"), [("2021", 300), ("202108", 20)], ids=["a year", "a month"]
)
def test_a_partial_date_is_farther_from_the_access_date(digits: str, off: int) -> None:
    read = date(2021, 8, 2) if len(digits) > 4 else date(2021, 1, 2)
    dated = mirror(read + off * DAY, id=2)
    cites = [place(accessed=read)]
    assert best_mirror(link(citations=cites, mirrors=[partial(digits), dated])) == dated
    far = mirror(read + 500 * DAY, id=2)
    assert best_mirror(link(citations=cites, mirrors=[partial(digits), far])) == partial(digits)


def test_part_of_a_date_counts_and_is_cited_as_the_capture_it_leads_to() -> None:
    led_to = "https://web.archive.org/web/20210801120000/http://x.example/a"
    found = partial("2021", led_to.replace("/http", "id_/http"))
    other = mirror(READ + 9 * DAY, id=2)
    chosen = best_mirror(link(citations=[place(accessed=READ)], mirrors=[found, other]))
    assert chosen == found
    assert full_capture(found).url == led_to
    assert full_capture(found).timestamp == "20210801120000"
    late = partial("2021", led_to.replace("20210801", "20211230"))
    assert best_mirror(link(citations=[place(accessed=READ)], mirrors=[late, other])) == other


@pytest.mark.parametrize(
    "found",
    [
        partial("2021"),
        partial("2021", "https://archive.ph/Ab3dE"),
        partial(
            "2021", "https://web.archive.org/web/20210801120000/x", url="https://a.example/?2021"
        ),
        partial("2021", "https://web.archive.org/web/2021/http://x.example/a"),
        partial(
            "2021",
            "https://web.archive.org/web/20210801120000/http://y.example/",
            reason=Reason.REDIRECTED_TEMPORARILY,
        ),
        mirror(READ, final_url="https://web.archive.org/web/20210809000000/http://x.example/a"),
    ],
)
def test_a_mirror_url_is_kept_if_its_full_capture_is_unknown(found: MirrorFinding) -> None:
    assert full_capture(found) == found
