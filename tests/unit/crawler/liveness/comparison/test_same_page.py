"""Test when a page is the one that its site serves at a random URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from crawler.liveness import (
    SiteKnowledge,
    judge,
    mark_varying_page,
    needs_query_sibling,
    needs_second_reading,
    needs_site_requests,
    query_sibling_url,
    read_body,
    sibling_url,
    simhash,
)
from crawler.liveness.case import build_case
from crawler.liveness.comparison.same_page import is_same_page, may_be_same_page
from crawler.liveness.siblings import (
    needs_control,
    needs_newer_sibling,
    needs_other_pages,
    needs_sibling,
    shows_lost_page,
    shows_other_page,
)
from store.vocabulary import OWN_PROBE, PageEvidence, Probe, Reason, Verdict
from tests.unit.crawler.liveness.probes import URL, html, probe, redirected, response, served
from tests.web.prose import paragraphs

FOLDER = "https://example.org/2014/01/"
RANDOM = [FOLDER + letter * 25 for letter in "qwz"]
HEADLINES = (
    "Ferry stops for repairs, mayor calls it a shame. Two geese win the regatta.",
    "Bakery on the square reopens after the flood. School choir sings in Lisbon.",
    "New lamps along the canal. A tram line that nobody wanted turns fifty today.",
    "Storm takes the roof of the market hall. Chess club beats the prison team.",
)
FRONT = " ".join(paragraphs(8))
HOME = served(html("Front of the paper", " ".join(paragraphs(5, count=4))), "https://example.org/")
LONG = " ".join(paragraphs(3))
ARCHIVED = html("The reef report of 2014", LONG)
FAREWELL = html(
    "Lights out", "We sold the boat and gave the books to the school. Be well, all of you."
)


def varying(number: int, main: str = FRONT, title: str = "The paper") -> PageEvidence:
    """Return a page with a main text and news in a margin, which differ each time."""
    return html(title, f"{main} Latest: {HEADLINES[number]} Read {number * 71} times.")


def site_with_paths(*at_random: PageEvidence, **fields: object) -> SiteKnowledge:
    """Return the knowledge of a site that serves these pages at random URLs."""
    first, *more = (served(page, url) for page, url in zip(at_random, RANDOM, strict=False))
    return replace(SiteKnowledge(sibling=first, controls=tuple(more)), **fields)  # type: ignore[arg-type]


OWN_SENTENCE = "The object was given by a shipwright's widow in spring."
OTHER_TEXT = " ".join(HEADLINES)
# The page by the number of the reading, and whether it is the page at random URLs.
PAGES: Mapping[str, tuple[Callable[[int], PageEvidence], bool]] = {
    "other headlines": (varying, True),
    "a number of its own": (lambda n: varying(n, f"Inventory 2014. {FRONT}"), False),
    "a name of its own": (lambda n: varying(n, f"Brass awl. {FRONT}"), False),
    "a name of its own amid the text": (lambda n: varying(n, FRONT.replace(". ", ". Brass awl. ", 1)), False),
    "a sentence of its own, at the end": (lambda n: varying(n, f"{FRONT} {OWN_SENTENCE}"), False),
    "a saying where random addresses have another": (
        lambda n: html("The paper", f"{FRONT} Latest: {OWN_SENTENCE} Read {n * 71} times."), False),
    "another main text": (lambda n: varying(n, LONG), False),
    "another title": (lambda n: varying(n, title="Brass awl"), False),
}  # fmt: skip


@pytest.mark.parametrize(("page", "same"), PAGES.values(), ids=PAGES)
def test_reading_a_page_again_shows_what_varies(
    page: Callable[[int], PageEvidence], *, same: bool
) -> None:
    site = site_with_paths(varying(0), varying(1), home=HOME)
    once = served(page(2))
    marked = mark_varying_page(once, [served(page(3))], site)
    assert (marked != once) is same
    assert judge(once, site).reason is Reason.OK
    assert judge(marked, site).reason is (Reason.SOFT_404 if same else Reason.OK)


def test_further_random_urls_are_requested_only_if_they_decide() -> None:
    site = site_with_paths(varying(0), home=HOME)
    assert needs_control(served(varying(2)), site)
    assert not needs_control(served(varying(2, OTHER_TEXT)), site)
    assert not needs_second_reading(served(varying(2)), site)
    more = site_with_paths(varying(0), varying(1), home=HOME)
    assert not needs_control(served(varying(2)), more)
    assert needs_second_reading(served(varying(2)), more)
    assert not needs_second_reading(served(varying(2)), replace(more, home=None))


def test_a_long_text_in_all_readings_is_the_pages_own_even_if_a_random_url_has_it() -> None:
    proverbs = (
        "Old rope ties the best knots in any harbour wind.",
        "A lamp on the pier is worth two in the shop.",
        "He who salts the fish must also drink the tide.",
    )
    at_random = [html("The paper", f"{FRONT} Latest: {words} Read on.") for words in proverbs]
    site = site_with_paths(*at_random, home=HOME)
    own, drawn = served(at_random[1]), [served(page) for page in (at_random[2], at_random[0])]
    assert mark_varying_page(own, [own, own], site) == own
    assert mark_varying_page(own, drawn, site) != own


def test_a_phrase_shared_by_chance_need_not_be_on_the_page() -> None:
    here, there, again = (f"{FRONT} Latest: {words} Read on." for words in (
        "Two geese win the regatta. Ferry stops.", "A tram line turns fifty. Two geese sleep.",
        "Chess club beats all. Two geese win the regatta."))  # fmt: skip
    site = site_with_paths(html("The paper", here), html("The paper", again), home=HOME)
    once = served(html("The paper", there))
    first = mark_varying_page(once, [once], site)
    assert first == once
    reading = served(html("The paper", f"{FRONT} Latest: Two geese win the regatta. Read on."))
    assert mark_varying_page(once, [reading], site) != once


def test_a_home_page_with_the_same_title_may_be_the_varying_page() -> None:
    front = served(html("The paper", OTHER_TEXT), "https://example.org/")
    site = site_with_paths(varying(0), varying(1), home=front)
    marked = mark_varying_page(served(varying(2)), [served(varying(3))], site)
    assert judge(marked, site).reason is Reason.OK
    assert judge(marked, replace(site, home=HOME)).reason is Reason.SOFT_404


def test_a_failing_page_is_compared_with_its_memento() -> None:
    site = site_with_paths(varying(0), varying(1), home=HOME, archived=varying(3))
    once = served(varying(2))
    assert mark_varying_page(once, [], site) == once
    assert mark_varying_page(once, [], site, is_failing=True) != once


NUMBERED = "https://example.org/questions/5120/reef"


def test_a_random_url_with_the_pages_number_is_no_evidence() -> None:
    page = html("The reef report", LONG)
    old = served(page, f"https://example.org/questions/5120/{'q' * 25}")
    site = SiteKnowledge(sibling=old, home=HOME)
    assert judge(served(page, NUMBERED), site).reason is Reason.OK
    other = served(page, sibling_url(NUMBERED, "q" * 25) or "")
    assert judge(served(page, NUMBERED), replace(site, sibling=other)).reason is Reason.SOFT_404


def test_a_page_with_cited_words_in_its_own_title_is_alive() -> None:
    page = html("Corals of the northern reef", LONG)
    site = site_with_paths(page, home=HOME, cited_as=("Corals of the northern reef",))
    assert judge(served(page), site).reason is Reason.OK
    assert judge(served(page), replace(site, cited_as=("Ferries",))).reason is Reason.SOFT_404


SCRIPT = "https://example.org/chronicle.php?view=text&year=1801"
CORALS = (
    "Corals of the north grow slowly, in cold and dark water, and nobody drew them before 1801. "
    "A fisherman brought the first branch home in his net; a schoolmaster kept it among letters. "
    "Three scholars then quarrelled over its name, until one of them dropped it on the stairs."
)
RECORD = html("1801: corals of the northern reef", CORALS)
LISTING = html("Chronicle", FRONT)


def site_with_queries(page: PageEvidence, *more: PageEvidence, **fields: object) -> SiteKnowledge:
    """Return the knowledge of a site that has errors for random paths, and these pages for random queries."""
    urls = [query_sibling_url(SCRIPT, letter * 25) or "" for letter in "qwz"]
    first, *others = (served(one, url) for one, url in zip((page, *more), urls, strict=False))
    site = SiteKnowledge(
        sibling=probe(response(404, RANDOM[0])), query_sibling=first, query_controls=tuple(others)
    )
    return replace(site, **{"archived": RECORD, "cited_as": (RECORD.title,)} | fields)  # type: ignore[arg-type]


QUERIES: Mapping[str, tuple[PageEvidence, SiteKnowledge, Reason]] = {
    "one page for every value": (LISTING, site_with_queries(LISTING), Reason.SOFT_404),
    "another page for other values": (LISTING, site_with_queries(html("Chronicle", OWN_SENTENCE * 9)), Reason.OK),
    "no memento": (LISTING, site_with_queries(LISTING, archived=None), Reason.OK),
    "rewritten, under its title": (
        html(RECORD.title, FRONT), site_with_queries(html(RECORD.title, FRONT)), Reason.OK),
    "the list names it": (
        html("Chronicle", f"{FRONT} {RECORD.title}"), site_with_queries(html("Chronicle", f"{FRONT} {RECORD.title}")), Reason.OK),
    "cited by words of no page": (LISTING, site_with_queries(LISTING, cited_as=("the source of this",)), Reason.OK),
    "not cited in words": (LISTING, site_with_queries(LISTING, cited_as=()), Reason.OK),
}  # fmt: skip


@pytest.mark.parametrize(("page", "site", "reason"), QUERIES.values(), ids=QUERIES)
def test_a_script_that_ignores_its_query_is_judged_by_the_memento(
    page: PageEvidence, site: SiteKnowledge, reason: Reason
) -> None:
    assert judge(served(page, SCRIPT), site).reason is reason


def test_a_random_query_is_requested_if_the_page_lacks_the_cited_words() -> None:
    site = replace(site_with_queries(LISTING), query_sibling=None)
    assert needs_query_sibling(served(LISTING, SCRIPT), site)
    assert not needs_query_sibling(served(RECORD, SCRIPT), site)
    assert not needs_query_sibling(
        served(html("1801: corals of the northern reef", FRONT), SCRIPT), site
    )
    assert not needs_query_sibling(served(LISTING, SCRIPT), replace(site, sibling=None))
    assert not needs_query_sibling(served(LISTING, SCRIPT), site_with_queries(LISTING))


def test_page_that_lost_its_text_is_read_again_only_if_its_query_chooses_it() -> None:
    once, site = served(varying(2), SCRIPT), site_with_queries(varying(0))
    assert needs_site_requests(once, site)
    assert judge(once, site).reason is Reason.OK
    assert needs_second_reading(once, site_with_queries(varying(0), varying(1)))
    by_path = site_with_paths(
        varying(0), varying(1), home=HOME, archived=RECORD, cited_as=(RECORD.title,)
    )
    assert judge(served(varying(2)), by_path).reason is Reason.SOFT_404


def test_a_page_generated_for_any_address_is_the_same_page() -> None:
    parts = [sentence + "." for sentence in FRONT.split(". ")]
    one = html("News Roofers and gutters", " ".join(parts))
    other = html(f"{'q' * 25} Roofers and gutters", " ".join(reversed(parts)))
    case, sibling = build_case(served(one)), build_case(served(other, RANDOM[0]))
    assert is_same_page(case, sibling)
    plain = build_case(served(html("Roofers and gutters", FRONT), RANDOM[0]))
    assert not is_same_page(case, plain)


BLANK = read_body(b" \n", {"content-type": "text/html"}, URL, served=True)
BARE = read_body(b"<html><head></head><body></body></html>", {"content-type": "text/html"}, URL)
PICTURE = read_body(b"<body><img src=map.png></body>", {"content-type": "text/html"}, URL)


def test_a_page_that_repeats_its_address_is_not_a_random_url_without_a_page() -> None:
    name = "the-keepers-of-the-northern-harbour-lights-and-their-families-by-night"
    text = name.replace("-", " ")
    page = PageEvidence(text=text, simhash=simhash(text), length=len(text))
    nothing = served(PageEvidence(), RANDOM[0])
    assert not is_same_page(build_case(served(page, FOLDER + name)), build_case(nothing))


def test_a_blank_page_is_broken_if_the_neighbour_has_text() -> None:
    for page in (BLANK, BARE):
        assert needs_sibling(served(page), SiteKnowledge())
        assert judge(served(page), site_with_paths(page, home=HOME)).reason is Reason.SOFT_404
        assert judge(served(page), site_with_paths(page)).reason is Reason.OK
    assert judge(served(PICTURE), site_with_paths(PICTURE, home=HOME)).reason is Reason.OK


def test_a_blank_site_is_broken_only_with_an_archived_text_and_without_cookies() -> None:
    home = served(BLANK, "https://example.org/")
    site = site_with_paths(BLANK, home=home)
    assert judge(served(BLANK), site).reason is Reason.OK
    assert judge(served(BLANK), replace(site, archived=ARCHIVED)).reason is Reason.SOFT_404
    wall = served(BLANK, headers={"set-cookie": "guard"})
    assert judge(wall, replace(site, archived=ARCHIVED)).reason is Reason.OK


def test_a_blank_site_is_broken_if_another_page_was_lost() -> None:
    site = site_with_paths(BLANK, home=served(BLANK, "https://example.org/"))
    other = served(BLANK, FOLDER + "ferries.html")
    assert shows_lost_page(other, replace(site, archived=ARCHIVED))
    assert not shows_lost_page(other, site)
    assert needs_other_pages(served(BLANK), site)
    gone = replace(site, lost=other)
    assert judge(served(BLANK), gone).reason is Reason.SOFT_404
    assert not shows_lost_page(served(BLANK), gone)  # what others show is no evidence of its own
    assert judge(served(BLANK, headers={"set-cookie": "guard"}), gone).reason is Reason.OK
    assert judge(served(BLANK), replace(gone, home=HOME, lost=other)).reason is Reason.SOFT_404
    front = served(FAREWELL, "https://example.org/")
    assert judge(served(BLANK), replace(gone, sibling=front)).reason is Reason.OK


SHORT_PAGE = html("Lantern", "The cupboard is bare.")


def test_a_short_static_page_can_be_compared() -> None:
    assert (
        judge(served(SHORT_PAGE), site_with_paths(SHORT_PAGE, home=HOME)).reason is Reason.SOFT_404
    )
    scripted = html("Lantern", "The cupboard is bare.", markup="<script src=a.js></script>")
    assert judge(served(scripted), site_with_paths(scripted, home=HOME)).reason is Reason.OK
    counted = html(
        "Lantern", "The cupboard is bare.", markup="<script src=//hm.baidu.com/hm.js></script>"
    )
    assert judge(served(counted), site_with_paths(counted, home=HOME)).reason is Reason.SOFT_404


INTERSTITIALS = {
    "login": html("Members", "Please log in first."),
    "consent": html("Cookies", "We use cookies. I agree."),
    "bot check": html("Wait", "Verify you are human to go on."),
}


@pytest.mark.parametrize("page", INTERSTITIALS.values(), ids=INTERSTITIALS)
def test_interstitial_at_every_address_is_never_broken(page: PageEvidence) -> None:
    for site in (
        site_with_paths(page, home=HOME),
        site_with_paths(page, home=HOME, archived=ARCHIVED),
    ):
        assert judge(served(page), site).verdict is not Verdict.BROKEN


def one_page_site(page: PageEvidence, *cited_as: str, **fields: object) -> SiteKnowledge:
    home = served(page, "https://example.org/")
    return site_with_paths(page, home=home, cited_as=cited_as, **fields)


ONLY_PAGE: Mapping[str, tuple[PageEvidence, str, Reason]] = {
    "a farewell": (FAREWELL, "Corals of the northern reef", Reason.SOFT_404),
    "what was cited": (FAREWELL, "Lights out: the boat is sold", Reason.OK),
    "cited as": (FAREWELL, "here", Reason.OK),
    "not cited in words": (FAREWELL, "", Reason.OK),
    "cited in another script": (FAREWELL, "北方珊瑚礁的故事", Reason.OK),
    "a domain by its name": (
        html("example.org", "A name like this comes up once."), "Corals of the northern reef", Reason.PARKED),
    "a script loads more": (
        html("Lights out", FAREWELL.text, markup="<script src=a.js></script>"), "Corals of the northern reef", Reason.OK),
}  # fmt: skip


@pytest.mark.parametrize(("page", "cited_as", "reason"), ONLY_PAGE.values(), ids=ONLY_PAGE)
def test_page_at_every_address_is_judged_by_the_citation(
    page: PageEvidence, cited_as: str, reason: Reason
) -> None:
    assert judge(served(page), one_page_site(page, cited_as)).reason is reason


BESIDE_A_LOST_PAGE: Mapping[str, tuple[str, Reason]] = {
    "cited in another language": ("Korallen am Nordriff", Reason.SOFT_404),
    "cited in no clear language": ("Reef, corals: 1931", Reason.SOFT_404),
    "cited in another script": ("北方珊瑚礁的故事", Reason.SOFT_404),
    "one word is there": ("Das Riff und die school", Reason.OK),
    "cited as": ("here", Reason.OK),
    "not cited in words": ("", Reason.OK),
}


@pytest.mark.parametrize(
    ("cited_as", "reason"), BESIDE_A_LOST_PAGE.values(), ids=BESIDE_A_LOST_PAGE
)
def test_a_page_at_every_address_is_judged_for_all_cited_pages_alike(
    cited_as: str, reason: Reason
) -> None:
    site = one_page_site(FAREWELL, cited_as)
    assert judge(served(FAREWELL), site).reason is Reason.OK
    lost = served(FAREWELL, FOLDER + "ferries.html")
    assert judge(served(FAREWELL), replace(site, lost=lost)).reason is reason
    of_another_text = served(html("Ferries", LONG), FOLDER + "ferries.html")
    assert judge(served(FAREWELL), replace(site, lost=of_another_text)).reason is Reason.OK
    lives = html("Lights out", f"{FAREWELL.text} More.", markup="<script src=a.js></script>")
    lost = served(lives, FOLDER + "ferries.html")
    assert (
        judge(served(lives), replace(one_page_site(lives, cited_as), lost=lost)).reason is Reason.OK
    )


def test_words_of_the_url_count_as_cited_words() -> None:
    url = FOLDER + "books-for-the-school.html"
    site = replace(one_page_site(FAREWELL, "Korallen am Nordriff"), lost=served(FAREWELL))
    assert judge(served(FAREWELL, url), site).reason is Reason.OK


def test_the_neighbour_shows_that_a_site_has_distinct_pages() -> None:
    front = html("The paper", FRONT, markup="<script src=a.js></script>")
    site = one_page_site(front)
    other = served(html("Ferries - The paper", LONG), FOLDER + "ferries.html")
    assert judge(served(front), site).reason is Reason.OK
    assert needs_other_pages(served(front), site)
    assert shows_other_page(other, site)
    assert not shows_other_page(served(front, FOLDER + "b"), site)
    assert judge(served(front), replace(site, neighbour=other)).reason is Reason.SOFT_404
    assert not needs_other_pages(served(front), replace(site, neighbour=other))


def test_an_application_shell_is_not_broken_by_the_neighbour() -> None:
    shell = html("Maps", "Maps of the coast, for everyone. Legend, layers, search, about, imprint.",
                 markup="<script src=a.js></script>")  # fmt: skip
    other = served(html("Ferries", LONG), FOLDER + "ferries.html")
    assert judge(served(shell), one_page_site(shell, neighbour=other)).reason is Reason.OK


def test_the_first_own_probe_is_evidence_only_with_a_random_url() -> None:
    before = replace(ARCHIVED, html_markers=(OWN_PROBE,))
    front = html("The paper", FRONT, markup="<script src=a.js></script>")
    assert judge(served(front), one_page_site(front, archived=before)).reason is Reason.SOFT_404
    moved = redirected((301, URL), final="https://elsewhere.example/offers", evidence=front)
    assert judge(moved, SiteKnowledge(archived=before)).verdict is Verdict.MOVED
    assert judge(moved, SiteKnowledge(archived=ARCHIVED)).reason is Reason.SOFT_404


def test_an_old_sibling_is_renewed_for_a_changed_page() -> None:
    error: Probe = probe(response(404, RANDOM[0]))
    changed = served(html("The paper", FRONT))
    assert needs_newer_sibling(changed, SiteKnowledge(sibling=error, archived=ARCHIVED))
    assert not needs_newer_sibling(changed, SiteKnowledge(sibling=error))
    same = served(ARCHIVED)
    assert not needs_newer_sibling(same, SiteKnowledge(sibling=error, archived=ARCHIVED))


def test_pages_with_little_in_common_are_not_compared_further() -> None:
    case = build_case(served(varying(0)))
    assert may_be_same_page(case, build_case(served(varying(1), RANDOM[0])))
    assert not may_be_same_page(case, build_case(served(varying(1, OTHER_TEXT), RANDOM[0])))
