"""Test what is masked in texts and headings that are compared with random URLs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.liveness import SiteKnowledge, judge, read_body
from crawler.liveness.case import Case, build_case
from crawler.liveness.comparison.masks import has_own_heading
from crawler.liveness.comparison.same_page import is_same_page
from store.vocabulary import PageEvidence, Probe, Reason
from tests.unit.crawler.liveness.probes import URL, html, served
from tests.web.prose import paragraphs

RANDOM = [f"https://example.org/2014/01/{letter * 25}" for letter in "qwz"]
QUERY = "https://example.org/list?group=salt-pan&sort=1"
GRID = " ".join(paragraphs(3))


def headed(*headings: str, url: str = URL) -> Case:
    """Return the case of a page with these headings, of the levels 1 to 3."""
    body = "".join(f"<h{n}>{each}</h{n}>" for n, each in enumerate(headings, start=1))
    page = read_body(body.encode(), {"content-type": "text/html"}, url, served=True)
    return build_case(served(page, url))


HEADINGS: Sequence[tuple[str, Sequence[str], Sequence[str], bool]] = (
    ("kept, random ones vary", ["Ferries"] * 3, ["Ferries", "Canals", "Weirs"], True),
    ("kept, random ones are another", ["Ferries"] * 3, ["All"] * 3, True),
    ("the same everywhere", ["All"] * 3, ["All"] * 3, False),
    ("varies", ["Ferries", "Canals", "Ferries"], ["Weirs", "Canals", "Mills"], False),
    ("read once, random ones are another", ["Ferries"], ["All"] * 3, True),
    ("read once, random ones vary", ["Ferries"], ["Canals", "Weirs", "All"], False),
    ("random ones have none", ["Ferries"] * 3, ["", "", ""], True),
    ("none", [""] * 3, ["All"] * 3, False),
    ("a number", ["Visit 12"] * 3, ["Visit 13", "Visit 14", "Visit 15"], False),
    ("a cited number", ["Part 7"] * 3, ["Part 8", "Part 1", "Part 1"], True),
)  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "at_random", "is_own"),
    [row[1:] for row in HEADINGS],
    ids=[row[0] for row in HEADINGS],
)
def test_a_heading_that_random_urls_do_not_all_have_is_the_pages_own(
    shown: Sequence[str], at_random: Sequence[str], is_own: bool
) -> None:
    readings = [headed(each) for each in shown]
    others = [headed(each, url=url) for each, url in zip(at_random, RANDOM, strict=True)]
    assert has_own_heading(readings, others, cited=frozenset({"7"})) is is_own
    # The first heading is that of the whole site: the second one decides.
    readings = [headed("The paper", each) for each in shown]
    others = [headed("The paper", each, url=u) for each, u in zip(at_random, RANDOM, strict=True)]
    assert has_own_heading(readings, others, cited=frozenset({"7"})) is is_own


def test_headings_of_old_probes_are_unknown() -> None:
    other = headed("All", url=RANDOM[0])
    old = replace(other, page=replace(other.page, headings=()))
    assert has_own_heading([headed("Ferries")] * 3, [other])
    assert not has_own_heading([headed("Ferries")] * 3, [other, old])


def test_a_heading_of_the_day_is_not_the_pages_own() -> None:
    """The front page is served for what is gone: its first news is another one each day."""

    def on_day(case: Case, day: int) -> Case:
        requests = [replace(each, at=each.at + timedelta(days=day)) for each in case.chain]
        return replace(case, chain=tuple(requests))

    now = [on_day(headed("News of day 8"), 8)] * 3
    before, same = (headed(f"News {each}", url=RANDOM[0]) for each in ("of old", "of day 8"))
    day_8 = on_day(same, 8)
    assert not has_own_heading(now, [day_8, before, on_day(before, 1)])
    # Nothing of the same day is known yet; or headings differ at one time.
    assert has_own_heading(now, [before, before])
    assert has_own_heading(now, [day_8, before, headed("A third one", url=RANDOM[1])])
    assert has_own_heading(now, [day_8, on_day(before, 8), before])


@pytest.mark.parametrize("heading", ["Search: salt pan", "salt-pan", "Nothing for salt-pan in 1"])
def test_a_heading_that_repeats_the_url_is_no_evidence(heading: str) -> None:
    at_random = []
    for name in ("q" * 25, "w" * 25):
        repeated = heading.replace("salt pan", name).replace("salt-pan", name)
        at_random.append(headed(repeated, url=QUERY.replace("salt-pan", name)))
    assert not has_own_heading([headed(heading, url=QUERY)] * 3, at_random)


def test_hidden_headings_do_not_count() -> None:
    body = b"<h1 hidden>Ferries</h1><h1>All</h1><h3>Latest</h3><p>" + GRID.encode()
    page = read_body(body, {"content-type": "text/html"}, URL, served=True)
    assert page.headings == ("All", "", "Latest")
    text = read_body(b"Reef", {"content-type": "text/plain"}, URL, served=True)
    assert text.headings == ()


def month(label: str, url: str = URL) -> Probe:
    return served(html("Calendar", f"{label} {GRID}"), url)


def test_a_cited_number_is_text_of_the_page() -> None:
    home = served(html("Calendar of the club", GRID[::-1]), "https://example.org/")
    site = SiteKnowledge(sibling=month("3 / 2026", RANDOM[0]), home=home, cited_as=("4 / 2021",))
    sibling = build_case(month("3 / 2026", RANDOM[0]))
    assert judge(month("4 / 2021"), site).reason is Reason.OK
    assert not is_same_page(build_case(month("4 / 2021"), site), sibling)
    # A number that is not cited is a counter, and one that both have is no difference.
    assert is_same_page(build_case(month("5 / 2026"), SiteKnowledge(cited_as=("2026",))), sibling)


def test_a_page_named_by_a_number_is_not_like_a_random_url() -> None:
    """The months of a calendar have nearly the same text; the memento had another title."""
    archived: PageEvidence = html("4 / 2021", " ".join(paragraphs(7)))
    site = SiteKnowledge(
        sibling=month("3 / 2026", RANDOM[0]), archived=archived, cited_as=("April 2021",)
    )
    assert judge(month("4 / 2021"), site).reason is Reason.OK
    assert judge(month("3 / 2026"), site).reason is Reason.SOFT_404
