"""Test the order in which links are captured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.preservation.capture_ranking import rank_candidates
from store.work.archives.capture_candidates import CaptureCandidate

NOW = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)


def candidate(name: str, *, host: str = "a.example", **changes: Any) -> CaptureCandidate:
    facts = {
        "moved": False,
        "read_at": NOW,
        "host_links": 10,
        "host_broken": 0,
        "mirror_service": None,
    }
    return CaptureCandidate(
        link_id=int(name), url=f"https://{host}/{name}", host=host, **{**facts, **changes}
    )


def order(*candidates: CaptureCandidate) -> list[int]:
    return [choice.link_id for choice in rank_candidates(candidates, now=NOW)]


def test_links_without_any_copy_come_first_then_the_fragile() -> None:
    doubted_copy = candidate("1", mirror_service="archive.today", moved=True, host_broken=9)
    stable, moved = candidate("2"), candidate("3", moved=True)
    old, dying = candidate("4", read_at=NOW - timedelta(days=3700)), candidate("5", host_broken=8)
    assert order(doubted_copy, stable, moved, old, dying) == [4, 5, 3, 2, 1]


def test_a_page_read_today_is_no_older_or_younger_than_others() -> None:
    """A date without a time counts as the end of the day, which may be ahead."""
    today = candidate("1", read_at=NOW + timedelta(hours=1))
    choices = rank_candidates([today, candidate("2")], now=NOW)
    assert [choice.link_id for choice in choices] == [1, 2]
    assert [choice.reasons for choice in choices] == [("no copy in any archive",)] * 2


def test_captures_alternate_between_hosts() -> None:
    one_host = [candidate(str(number), host="crowd.example") for number in range(1, 6)]
    assert order(*one_host, candidate("6", host="b.example"), candidate("7", host="c.example")) == [
        1,
        6,
        7,
        2,
        3,
        4,
        5,
    ]


def test_hosts_with_earlier_captures_come_after_the_others() -> None:
    captured = [candidate(str(number), host="crowd.example", host_captures=2) for number in (1, 2)]
    others = [candidate(str(number), host=f"{number % 2}.example") for number in range(3, 9)]
    assert order(*captured, *others) == [3, 4, 5, 6, 1, 7, 8, 2]


def test_the_ranking_does_not_depend_on_the_order_of_the_candidates() -> None:
    candidates = [
        candidate(
            str(number), host=f"{number % 3}.example", moved=number % 2 == 0, host_broken=number % 5
        )
        for number in range(1, 40)
    ]
    assert order(*candidates) == order(*reversed(candidates))


def test_links_that_must_not_be_published_are_left_out() -> None:
    secret = CaptureCandidate(
        link_id=1,
        url="https://a.example/?token=1",
        host="a.example",
        moved=False,
        read_at=NOW,
        host_links=1,
        host_broken=0,
        mirror_service=None,
    )
    assert order(secret) == []


def test_each_choice_lists_its_reasons_by_weight() -> None:
    (choice,) = rank_candidates(
        [candidate("1", moved=True, host_broken=8, read_at=NOW - timedelta(days=800))], now=NOW
    )
    assert choice.reasons == (
        "8 of 10 links at its host are broken",
        "it has moved",
        "no copy in any archive",
        "read 2 years ago",
    )
    (choice,) = rank_candidates([candidate("1", mirror_service="archive.today")], now=NOW)
    assert choice.reasons == ("its only copy is on archive.today",)
