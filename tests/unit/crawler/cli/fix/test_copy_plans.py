"""Test that copies are compared with other copies of the same host when a wiki leaves an archive."""

from __future__ import annotations

from collections import Counter
from typing import Any

from crawler.cli.fix import copy_plans
from store.queries.link_records import LinkFinding, MirrorFinding
from store.vocabulary import MirrorOrigin, PageEvidence, Role, State, TrackedState

_LINKS = 400


class CountedPages(dict[int, PageEvidence]):
    """Counts how often pages are looked up."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.counts = Counter[object]()

    def __contains__(self, key: object) -> bool:
        self.counts[key] += 1
        return super().__contains__(key)


def link(number: int) -> LinkFinding:
    """Return a link with one copy, whose id is higher by a thousand."""
    mirror = MirrorFinding(
        id=number + 1_000,
        url=f"https://archive.today/{number}",
        service="archive.today",
        timestamp="",
        captured_at=None,
        origin=MirrorOrigin.CITED,
        status_at_capture=None,
        state=State.ALIVE,
        verdict=None,
        reason=None,
        detail="",
        note="",
        last_alive_at=None,
        warnings=(),
    )
    return LinkFinding(
        tracked_state=TrackedState(),
        citations=(),
        mirrors=(mirror,),
        id=number,
        url=f"https://press.example/{number}",
        role=Role.LINK,
        host="press.example",
        original=None,
        previous_state=None,
        changed_run_id=None,
        status_code=None,
        final_url=None,
        redirects=0,
        warnings=(),
    )


def test_each_copy_of_a_host_with_many_links_is_looked_up_once() -> None:
    """No copy has stored content, as on an archive that shows CAPTCHAs: no search ends early."""
    links = [link(number) for number in range(_LINKS)]
    unread = CountedPages()
    assert copy_plans._copies_of_hosts(links, unread) == {"press.example": []}
    assert max(unread.counts.values()) == 1
    assert len(unread.counts) == _LINKS


def test_five_copies_of_a_host_are_chosen_for_comparison() -> None:
    links = [link(number) for number in range(_LINKS)]
    pages = {1_000 + number: PageEvidence(text=str(number)) for number in range(1, _LINKS, 2)}
    found = copy_plans._copies_of_hosts(links, pages)["press.example"]
    assert [(number, page.text) for number, page in found] == [
        (number, str(number)) for number in (1, 3, 5, 7, 9)
    ]
