"""Test which of the pages that a site lists may be the lost one."""

from __future__ import annotations

import pytest

from crawler.http.sitemaps import SitePage
from crawler.moves.candidates import (
    MoveCandidate,
    SiteIndex,
    candidate_without_text,
    candidates_by_rules,
    merge_candidates,
)
from crawler.moves.url_rules import KnownMove, SiteRules
from store.vocabulary import EvidenceKind, MoveEvidence
from tests.web.prose import title

A = "http://a.example"
MAP = f"{A}/sitemap.xml"


def site_index(*pages: tuple[str, str]) -> SiteIndex:
    return SiteIndex(SitePage(url, name, MAP) for url, name in pages)


def kinds_by_url(candidates: list[MoveCandidate]) -> dict[str, set[EvidenceKind]]:
    return {candidate.url: {each.kind for each in candidate.evidence} for candidate in candidates}


def test_pages_are_found_by_name_number_and_title() -> None:
    site = site_index(
        (f"{A}/blog/harbour-lights-burn", ""),
        (f"{A}/articles/12345", ""),
        (f"{A}/n/x7", "Harbour lights to burn all night again"),
        (f"{A}/other-page-here", "Two boats touch the breakwater in one week"),
    )
    found = site.candidates(
        f"{A}/2019/12345/harbour-lights-burn.html",
        "Harbour lights to burn all night again | The Paper",
    )
    assert kinds_by_url(list(found)) == {
        f"{A}/blog/harbour-lights-burn": {
            EvidenceKind.SAME_NAME,
            EvidenceKind.TITLE,
        },  # its name consists of words of the title
        f"{A}/articles/12345": {EvidenceKind.SAME_NAME},
        f"{A}/n/x7": {EvidenceKind.TITLE},
    }
    assert found[0].url == f"{A}/blog/harbour-lights-burn"  # two kinds of evidence


def test_a_name_shared_by_many_pages_is_no_evidence() -> None:
    site = site_index(*((f"{A}/{number}/introduction", "") for number in range(9)))
    assert not site.candidates(f"{A}/old/introduction.html", "Introduction")


def test_titles_in_scripts_without_spaces_are_found_among_very_many() -> None:
    site = site_index(*((f"{A}/{number}", title(number, "zh")) for number in range(3_000)))
    found = site.candidates(f"{A}/x", f"{title(1234, 'zh')} - 青石网")
    assert f"{A}/1234" in [candidate.url for candidate in found]
    assert len(found) <= 5


def test_the_lost_url_home_pages_and_other_schemes_are_no_candidates() -> None:
    lost_url = f"{A}/page-that-is-gone"
    evidence = (MoveEvidence(EvidenceKind.REDIRECT),)
    urls = (
        lost_url,
        "https://www.a.example/page-that-is-gone/",
        f"{A}/",
        f"{A}/en/",
        "ftp://a.example/x",
        f"{A}/here",
    )
    assert [
        candidate.url
        for candidate in merge_candidates([MoveCandidate(url, evidence) for url in urls], lost_url)
    ] == [f"{A}/here"]


def test_evidence_for_one_address_is_merged() -> None:
    redirect, name = (
        MoveEvidence(EvidenceKind.REDIRECT, "x"),
        MoveEvidence(EvidenceKind.SAME_NAME, "y"),
    )
    both = [
        MoveCandidate(f"{A}/one", (name,)),
        MoveCandidate(f"{A}/two", (redirect,)),
        MoveCandidate(f"{A}/two#top", (name,)),
        MoveCandidate(f"{A}/two", (redirect,)),
    ]
    assert merge_candidates(both, f"{A}/x")[0] == MoveCandidate(f"{A}/two", (redirect, name))


def test_the_evidence_of_a_rule_has_its_number_of_moves() -> None:
    rules = SiteRules(
        [KnownMove(f"{A}/old/one", f"{A}/new/one"), KnownMove(f"{A}/old/two", f"{A}/new/two")]
    )
    (found,) = candidates_by_rules(f"{A}/old/three", "", rules)
    assert found.url == f"{A}/new/three"
    assert found.evidence == (
        MoveEvidence(EvidenceKind.URL_PATTERN, f"2 moves such as {A}/old/one to {A}/new/one"),
    )


def test_an_equivalent_address_is_no_candidate() -> None:
    rules = SiteRules(
        KnownMove(f"{A}/x/{name}", f"https://www.a.example/x/{name}/") for name in ("one", "two")
    )
    assert candidates_by_rules(f"{A}/x/three", "", rules) == []


def test_without_a_text_two_agreeing_rules_are_evidence() -> None:
    moves = [KnownMove(f"{A}/old/{n}.html", f"{A}/new/{n}") for n in ("one", "two", "six", "ten")]
    found = candidate_without_text(f"{A}/old/four.html", "", SiteRules(moves))
    assert found is not None
    assert found.url == f"{A}/new/four"
    assert [each.kind for each in found.evidence] == [
        EvidenceKind.URL_PATTERN,
        EvidenceKind.AGREEING_PATTERNS,
    ]
    assert candidate_without_text(f"{A}/old/four.html", "", SiteRules(moves[:2])) is None
    contradicted = [*moves, KnownMove(f"{A}/old/five.html", f"{A}/else/where")]
    assert candidate_without_text(f"{A}/old/four.html", "", SiteRules(contradicted)) is None


def test_evidence_names_the_source_and_kind_of_a_candidate() -> None:
    site = site_index(
        (f"{A}/blog/harbour-lights", "Harbour lights burn"),
        (f"{A}/n/old-lights-here", "Harbour lights burn"),
    )
    found = {
        candidate.url: candidate.evidence
        for candidate in site.candidates(f"{A}/2019/harbour-lights.html", "Harbour lights burn")
    }
    title = MoveEvidence(EvidenceKind.TITLE, f"“Harbour lights burn” on {MAP}")
    assert found[f"{A}/blog/harbour-lights"] == (MoveEvidence(EvidenceKind.SAME_NAME, MAP), title)
    assert found[f"{A}/n/old-lights-here"] == (title,)


@pytest.mark.parametrize(("pages", "found"), [(5, 5), (6, 0)])
def test_a_name_or_number_of_at_most_five_pages_is_evidence(pages: int, found: int) -> None:
    named = site_index(*((f"{A}/{number}/introduction", "") for number in range(pages)))
    assert len(named.candidates(f"{A}/old/introduction.html", "")) == found
    numbered = site_index(*((f"{A}/{number}/12345", "") for number in range(pages)))
    assert len(numbered.candidates(f"{A}/old?id=12345", "")) == found


def test_likeliest_title_comes_first() -> None:
    near, same = (
        (f"{A}/n/1", "Harbour lights burn every second night"),
        (f"{A}/n/2", "Harbour lights burn every night"),
    )
    found = site_index(near, same).candidates(f"{A}/x", "Harbour lights burn every night")
    assert [candidate.url for candidate in found] == [same[0], near[0]]


def test_a_page_listed_twice_is_added_once() -> None:
    site = site_index((f"{A}/one", "One"), (f"{A}/one", "One"), (f"{A}/one", "Another"))
    assert (len(site), site.urls_near(f"{A}/two")) == (2, [f"{A}/one"])


def test_pages_in_the_same_folder_are_nearest_and_no_more_than_sixty_are_returned() -> None:
    site = site_index(
        ("http://b.example/news/2019/a", ""),
        (f"{A}/about", ""),
        (f"{A}/news/2020/b", ""),
        ("https://a.example/news/2019/c", ""),
        (f"{A}/newsroom/d", ""),
    )
    assert site.urls_near(f"{A}/news/2019/e/?page=1/2") == [
        "https://a.example/news/2019/c",
        f"{A}/news/2020/b",
        f"{A}/about",
        f"{A}/newsroom/d",
    ]
    large = site_index(*((f"{A}/{number}", "") for number in range(99)))
    assert len(large.urls_near(f"{A}/news/{'a/' * 900}")) == 60


def test_a_page_without_title_is_found_by_the_words_in_its_url() -> None:
    url = f"{A}/n/harbour-lights-burn-again"
    assert [
        candidate.url
        for candidate in site_index((url, "")).candidates(f"{A}/x", "All the harbour lights burn")
    ] == [url]  # three of four
    assert site_index((url, "")).candidates(f"{A}/x", "All the harbour lights") == []  # two of four
    assert (
        site_index((f"{A}/n/harbour-lights", "")).candidates(f"{A}/x", "All the harbour lights")
        == []
    )  # many pages have names of two words
