"""Test when a page that lost its text is the one that its site serves at random URLs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.http.urls import request_url
from crawler.liveness import (
    SiteKnowledge,
    judge,
    mark_varying_page,
    needs_second_reading,
    query_sibling_url,
    read_body,
    sibling_url,
)
from crawler.liveness.case import build_case
from crawler.liveness.comparison.same_page import is_same_page
from crawler.liveness.rules.random_urls import is_search_url, script_of
from crawler.liveness.siblings import needs_control, needs_query_sibling
from crawler.probing.site_knowledge import SiteState
from store.vocabulary import PageEvidence, Reason, TrackedState, Verdict
from store.work.host_knowledge import HostKnowledge
from tests.unit.crawler.liveness.probes import URL, html, probe, response, served
from tests.web.prose import paragraphs

FOLDER = "https://example.org/2014/01/"
SCRIPT = "https://example.org/chronicle.php?view=text&year=1801"
TEXTS = paragraphs(8, count=3)
RECORD = html("How the lighthouse was lost", " ".join(paragraphs(3)) + " lighthouse lost")
HOME = served(html("Front of the paper", " ".join(TEXTS)), "https://example.org/")
SHARED = " ".join(paragraphs(6, count=4))  # menus and small print, longer than the texts


def random_text_page(number: int, name: str = "") -> PageEvidence:
    """Return a page with another text at each request, under the site's title."""
    mark = "abcdefgh"[number] * 3
    words = " ".join(
        mark + word for word in ["tram", "bakery", "flood", "regatta", "choir", "canal"]
    )
    return html("The paper", f"{name} {words} {words[::-1]}")


def site(*at_random: PageEvidence, **fields: object) -> SiteKnowledge:
    """Return the knowledge of a site that serves these pages at random URLs."""
    first, *more = (
        served(page, sibling_url(URL, letter * 25) or "")
        for page, letter in zip(at_random, "qwzvx", strict=False)
    )
    known = SiteKnowledge(
        sibling=first,
        controls=tuple(more),
        home=HOME,
        archived=RECORD,
        cited_as=(RECORD.title,),
    )
    return replace(known, **fields)  # type: ignore[arg-type]


def script(*at_random: PageEvidence, **fields: object) -> SiteKnowledge:
    """Return the knowledge of a site that has errors for random paths, and pages for random queries."""
    first, *more = (
        served(page, query_sibling_url(SCRIPT, letter * 25) or "")
        for page, letter in zip(at_random, "qwzvx", strict=False)
    )
    return site(
        *at_random,
        sibling=probe(response(404, sibling_url(SCRIPT, "q" * 25) or "")),
        controls=(),
        query_sibling=first,
        query_controls=tuple(more),
        **fields,
    )


def test_a_page_that_varies_entirely_is_broken_if_it_lost_its_text() -> None:
    once, known = served(random_text_page(3)), site(random_text_page(1), random_text_page(2))
    assert judge(once, known).reason is Reason.OK
    assert needs_second_reading(once, known)
    assert needs_control(once, site(random_text_page(1)))
    marked = mark_varying_page(
        once, [served(random_text_page(4)), served(random_text_page(5))], known
    )
    assert judge(marked, known).reason is Reason.SOFT_404
    assert not needs_second_reading(once, replace(known, archived=None))


@pytest.mark.parametrize("name", ["Lighthouse", "Brass awl and adze"])
def test_a_page_that_keeps_a_cited_word_or_a_text_is_alive(name: str) -> None:
    once, known = served(random_text_page(3, name)), site(random_text_page(1), random_text_page(2))
    again = [served(random_text_page(4, name)), served(random_text_page(5, name))]
    assert mark_varying_page(once, again, known) is once


def test_results_of_a_search_may_vary_as_those_of_random_words() -> None:
    for url, is_search in (
        ("https://example.org/?s=reef", True),
        ("https://example.org/find.asp?order=new", True),
        ("https://example.org/en/search-results/", True),
        ("https://example.org/research/", False),
        ("https://example.org/?id=51", False),
        ("https://example.org/?q=", False),
    ):
        assert is_search_url(url) is is_search, url
    found = served(random_text_page(3), "https://example.org/search?q=lighthouse")
    assert not needs_second_reading(found, site(random_text_page(1), random_text_page(2)))


def test_text_that_a_script_shows_for_any_value_is_no_evidence_for_the_page() -> None:
    framed = html(RECORD.title, f"{SHARED} {' '.join(paragraphs(1))}")
    default = html("The paper", f"{SHARED} Choose a year.")
    known = script(default, archived=framed)
    assert judge(served(default, SCRIPT), known).reason is Reason.SOFT_404


def test_script_whose_pages_vary_is_read_again() -> None:
    known = script(random_text_page(1), random_text_page(2))
    once = served(random_text_page(3), SCRIPT)
    assert judge(once, known).reason is Reason.OK
    marked = mark_varying_page(
        once, [served(random_text_page(4), SCRIPT), served(random_text_page(5), SCRIPT)], known
    )
    assert judge(marked, known).reason is Reason.SOFT_404


@pytest.mark.parametrize(
    ("name", "cited"),
    [("lighthouse", "Lighthouse, brass awl and adze"), ("灯塔", "灯塔与渡轮")],
)
def test_a_cited_word_counts_on_a_varying_page_although_random_values_have_it_by_chance(
    name: str, cited: str
) -> None:
    """Lists of goods that differ at each request: a group may be named on each of them."""
    # The name stands between two texts that vary: no words beside it are in all readings.
    pages = [random_text_page(number, f"{number * 'oar'} {name}") for number in range(6)]
    known = script(*pages[1:3], cited_as=(cited,), archived=html(cited, RECORD.text + cited))
    once, *again = (served(page, SCRIPT) for page in pages[3:])
    assert needs_second_reading(once, known)
    assert mark_varying_page(once, again, known) is once


@pytest.mark.parametrize(
    ("words", "cited"),
    [("Lighthouse paper of the coast.", RECORD.title), ("海岸灯塔渡轮报", "灯塔渡轮")],
)
def test_a_cited_word_of_the_template_is_no_sign_of_the_page(words: str, cited: str) -> None:
    template = f"{SHARED} {words}"
    at_random = (random_text_page(number, template) for number in (1, 2))
    known = script(*at_random, cited_as=(cited,), archived=html(cited, RECORD.text + cited))
    once, *again = (served(random_text_page(number, template), SCRIPT) for number in (3, 4, 5))
    assert mark_varying_page(once, again, known) != once


@pytest.mark.parametrize(("recent", "is_own"), [(3, False), (2, True)])
def test_a_cited_word_in_the_news_of_the_day_is_no_sign_of_the_page(
    recent: int, *, is_own: bool
) -> None:
    """Random URLs of the day before lack the news; those of today show that all pages have them."""
    today, before = f"{SHARED} Lighthouse paper of the coast.", f"{SHARED} Baker of the square."
    fresh = [random_text_page(number, today) for number in range(recent)]
    stale = [random_text_page(number, before) for number in range(3, 5)]
    known = script(*fresh, *stale, archived=RECORD)
    controls = list(known.query_controls)
    for place in range(recent - 1, len(controls)):
        request = controls[place].requests[0]
        yesterday = replace(request, at=request.at - timedelta(days=1))
        controls[place] = replace(controls[place], requests=(yesterday,))
    known = replace(known, query_controls=tuple(controls))
    once, *again = (served(random_text_page(number, today), SCRIPT) for number in (5, 6, 7))
    assert (mark_varying_page(once, again, known) is once) is is_own


@pytest.mark.parametrize(
    ("cited_as", "shown", "is_own"),
    [
        ("TANN", "TANN", True),
        ("TANN", "VIAD", False),
        ("1801", "1801", True),
        ("Ohm", "Ohm", True),
        ("المنارة القديمة", "المنارة", True),
        ("القديمة", "المنارة", False),
        ("what they sell", "lighthouse", True),  # in the title of the memento
        ("what they sell", "harbour", False),
    ],
)
def test_one_word_or_number_that_a_page_keeps_shows_that_it_is_another(
    cited_as: str, shown: str, is_own: bool
) -> None:
    """Share prices, stations, months: one word names the page, and random URLs have it by chance."""
    known = site(amid_others(1, shown), amid_others(2), cited_as=(cited_as,))
    first, *again = (served(amid_others(number, shown)) for number in (3, 4, 5))
    assert (mark_varying_page(first, again, known) == first) is is_own


def amid_others(number: int, word: str = "") -> PageEvidence:
    """Return a page with a word amid others that differ at each request, below the menus."""
    before, after = (
        " ".join(f"{'abcdef'[number] * 3}{part}{place}" for place in "klmnop") for part in "xy"
    )
    return html("The paper", f"{SHARED} {before} {word} {after}")


def with_heading(page: PageEvidence, heading: str) -> PageEvidence:
    return replace(page, headings=(heading, "", ""))


def test_a_page_that_keeps_its_own_heading_amid_varying_text_is_another() -> None:
    """Its words may be on random URLs by chance, so only that they are the heading shows it."""
    at_random = (with_heading(amid_others(n, "Salt"), "All") for n in (1, 2))
    known = site(*at_random, cited_as=("what they sell",))
    for heading, is_own in (("Salt", True), ("All", False)):
        first, *again = (served(with_heading(amid_others(n, "Salt"), heading)) for n in (3, 4, 5))
        assert (mark_varying_page(first, again, known) == first) is is_own


def test_a_page_read_once_is_another_if_random_urls_share_a_heading() -> None:
    known = site(*(with_heading(amid_others(n), "All") for n in (1, 2)))
    for heading, reason in (("All", Reason.SOFT_404), ("Salt", Reason.OK)):
        page = with_heading(amid_others(3), heading)
        assert judge(served(page), known).reason is reason


def test_a_title_that_is_the_citation_speaks_for_a_page_at_every_url() -> None:
    """A blog shows its newest post, which is cited, at every URL, too."""
    newest = html("How we salt - The paper", SHARED)
    for cited_as, reason in (("How we salt", Reason.OK), ("How we fish", Reason.SOFT_404)):
        known = site(newest, archived=None, cited_as=(cited_as,))
        assert judge(served(newest), known).reason is reason
    arabic = html("لماذا أغلقت المحطة - The paper", SHARED)
    known = site(arabic, archived=None, cited_as=("لماذا أغلقت المحطة",))
    assert judge(served(arabic), known).reason is Reason.OK


def _with_menu(markup: str, text: str) -> PageEvidence:
    """Return a page with the title and the menu that all pages of its site have."""
    source = f"<title>The paper</title><p>Alder Carrow Dunmore</p>{markup}<p>{text}</p>"
    return read_body(source.encode(), {"content-type": "text/html"}, URL)


@pytest.mark.parametrize(
    ("heading", "front", "reason"),
    [
        ("Carrow", "The paper", Reason.OK),
        ("Kilnsea", "The paper", Reason.SOFT_404),
        ("Carrow", "Carrow", Reason.SOFT_404),
    ],
    ids=["its own", "another", "that of the front page"],
)
def test_a_heading_that_is_the_citation_speaks_for_a_page_if_all_pages_share_a_title(
    heading: str, front: str, reason: Reason
) -> None:
    """A site shows the weather of any place at random URLs, by chance that of the cited one.

    Its menu, and the news on its front page, have the name of the place, too.
    """
    page = _with_menu(f"<h1>{heading}</h1>", SHARED)
    home = _with_menu(f"<h1>{front}</h1><h2>How Carrow was built</h2>", "Today")
    known = site(
        *[page] * 4,
        archived=None,
        home=served(home, "https://example.org/"),
        cited_as=("Carrow",),
    )
    assert judge(served(page), known).reason is reason


def test_a_gate_at_every_url_is_not_what_a_script_shows_for_any_value() -> None:
    gate = html("The paper", f"Are you over 18? Yes. No. {' '.join(paragraphs(5))}")
    home = served(gate, "https://example.org/")
    by_path = served(gate, sibling_url(SCRIPT, "q" * 25) or "")
    known = replace(script(gate), sibling=by_path, home=home)
    assert judge(served(gate, SCRIPT), known).verdict is not Verdict.BROKEN


@pytest.mark.parametrize(
    ("front", "reason"),
    [("News of the day", Reason.OK), ("Brass awl and adze", Reason.SOFT_404)],
    ids=["only the page has the cited words", "the front page has them, too"],
)
def test_a_random_url_may_show_the_cited_page_by_chance(front: str, reason: Reason) -> None:
    """A dictionary shows any entry for an unknown name."""
    entry = html("The paper", f"{SHARED} Brass awl and adze")
    home = html("Front of the paper", f"{' '.join(TEXTS)} {front}")
    known = site(
        entry,
        archived=None,
        home=served(home, "https://example.org/"),
        cited_as=("Brass awl and adze",),
    )
    assert judge(served(entry), known).reason is reason


LIST = "How the mill was lost. How the weir was lost. " + SHARED


@pytest.mark.parametrize(
    ("shown", "reason"),
    [(LIST, Reason.SOFT_404), (f"{LIST} Lighthouse", Reason.OK)],
    ids=["words that random values have, too", "a word of its own"],
)
def test_cited_words_that_random_urls_have_do_not_count(shown: str, reason: Reason) -> None:
    page = html("The paper", shown)
    known = script(html("The paper", LIST))
    assert needs_query_sibling(served(page, SCRIPT), replace(known, query_sibling=None))
    if reason is Reason.SOFT_404:
        assert judge(served(page, SCRIPT), known).reason is reason
    else:
        assert judge(served(page, SCRIPT), known).reason is Reason.OK


def test_query_without_names_is_the_same_script_for_a_random_value() -> None:
    url = "https://example.org/cgi-bin/doc.pl?7310"
    assert script_of(query_sibling_url(url, "q" * 25) or "") == script_of(url)


def test_digits_of_escapes_are_no_numbers_of_the_url() -> None:
    url = request_url(f"{FOLDER}灯塔与渡轮-13356")
    page = html("Paper 6", f"{SHARED} Read 6 times.")
    case, sibling = build_case(served(page, url)), build_case(served(page, FOLDER + "q" * 25))
    assert is_same_page(case, sibling)


@pytest.mark.parametrize(
    "place",
    ["<main></main>", "<div id=content> </div>", "<div class=view></div>", "<article data-x></article>"],
)  # fmt: skip
def test_an_empty_element_for_the_content_marks_an_application(place: str) -> None:
    menu = f"<ul><li>Home<li>News</ul>{place}<p>{SHARED}</p>"
    headers = {"content-type": "text/html"}

    def read(body: str) -> PageEvidence:
        return read_body(body.encode(), headers, URL, served=True)

    page = read(f"{menu}<script src=/app.js></script>")
    assert "app-root" in page.html_markers
    assert judge(served(page), site(page, page)).reason is Reason.OK
    filled = menu.replace(place, place.replace("</", "Reef</"))
    for other in (menu, f"{filled}<script src=/app.js></script>"):
        assert "app-root" not in read(other).html_markers


def site_state(controls: Sequence[PageEvidence], days: int) -> SiteState:
    """Return the state of a site some days after these pages were served at random URLs."""
    pages = [
        served(page, sibling_url(URL, letter * 25) or "")
        for page, letter in zip(controls, "qwzvx", strict=True)
    ]
    known = HostKnowledge(tracked_state=TrackedState(), siblings=pages, redirect_targets={})
    return SiteState(known, pages[0].finished_at + timedelta(days=days))


def test_controls_of_another_day_do_not_suffice_for_varying_pages() -> None:
    once, controls = served(random_text_page(3)), [random_text_page(number) for number in range(5)]
    fresh, old = site_state(controls, days=0), site_state(controls, days=1)
    cited_as = (RECORD.title,)
    assert fresh.another_control_for(once, fresh.knowledge(1, once, RECORD, cited_as)) is None
    assert old.another_control_for(once, old.knowledge(1, once, RECORD, cited_as)) is not None
