"""Test what a memento shows about the page that is served now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from crawler.liveness import SiteKnowledge, judge
from crawler.liveness.archived_page import Likeness, compare_with_memento
from store.vocabulary import OWN_CAPTURE, PageEvidence, Probe, Reason
from tests.unit.crawler.liveness.probes import URL, html, probe, redirected, response, served
from tests.web.prose import paragraphs


def page(seed: int, title: str, *, before: str = "", count: int = 3) -> PageEvidence:
    return html(title, f"{before} {' '.join(paragraphs(seed, count=count))}")


REEF = page(1, "The reef report of 2014")
OTHER = page(2, "Ferry timetables")
MENU = " ".join(f"Section {number} of the paper," for number in range(400))
ERROR = html("Page not found", "Sorry, the page you are looking for does not exist. " * 5)
CHINESE = html(
    "渡轮的故事",
    "渡轮停了两年，老人每天绕路去对岸看望女儿，直到去年冬天才恢复航行。居民们在码头上放了鞭炮。"
    * 4,
)
MOJIBAKE = replace(
    CHINESE, text=CHINESE.text.encode().decode("latin-1"), title="æ¸¡", simhash=12345
)

COMPARED: Mapping[str, tuple[PageEvidence | None, PageEvidence, PageEvidence | None, Likeness]] = {
    "the same": (REEF, REEF, None, Likeness.SAME),
    "the same, under another title": (REEF, replace(REEF, title="Report"), None, Likeness.SAME),
    "the same, with a notice above": (REEF, page(1, REEF.title, before="A new notice."), None, Likeness.SAME),
    "the same, with more below": (REEF, page(1, REEF.title, count=4), None, Likeness.SAME),
    "the same, captured by us after it was cited": (
        replace(REEF, html_markers=(OWN_CAPTURE,)), REEF, None, Likeness.UNKNOWN),
    "another than captured by us": (replace(REEF, html_markers=(OWN_CAPTURE,)), OTHER, None, Likeness.OTHER),
    "another": (REEF, OTHER, None, Likeness.OTHER),
    "another, with a fingerprint of an old kind": (replace(REEF, simhash_kind=""), OTHER, None, Likeness.UNKNOWN),
    "the same but for a notice, with a fingerprint of an old kind": (
        replace(REEF, simhash_kind=""), page(1, REEF.title, before="A new notice."), None, Likeness.SAME),
    "another language": (CHINESE, OTHER, None, Likeness.OTHER),
    "no memento": (None, REEF, None, Likeness.UNKNOWN),
    "an empty memento": (PageEvidence(), REEF, None, Likeness.UNKNOWN),
    "a memento of a few words": (html("Reef", "Soon."), REEF, None, Likeness.UNKNOWN),
    "a memento that broke off": (html("Reef", "The reef is" + " alive" * 9), REEF, None, Likeness.UNKNOWN),
    "a memento of an error": (ERROR, ERROR, None, Likeness.UNKNOWN),
    "a memento in a wrong encoding": (MOJIBAKE, CHINESE, None, Likeness.UNKNOWN),
    "a memento of replaced bytes": (replace(REEF, text="\ufffd" * 500), OTHER, None, Likeness.UNKNOWN),
    "a memento of an application": (html("App", "", markup="<div id=root></div>"), REEF, None, Likeness.UNKNOWN),
    "a page of a few words": (REEF, html("Reef", "Soon."), None, Likeness.UNKNOWN),
    "a page of an application": (REEF, html("App", "Wait", markup="<div id=root></div>"), None, Likeness.UNKNOWN),
    "a picture": (REEF, PageEvidence(length=9), None, Likeness.UNKNOWN),
    "only the menu": (html("Reef", MENU), html("Not the reef at all", MENU), None, Likeness.UNKNOWN),
    "another one in the same frame": (
        page(1, "Reef", before=MENU[:1500]), page(2, "Other", before=MENU[:1500]), None, Likeness.UNKNOWN),
    "another one in the same frame, which a random address has, too": (
        page(1, "Reef", before=MENU[:1500]), page(2, "Other", before=MENU[:1500]), page(3, "Sorry", before=MENU[:1500]), Likeness.OTHER),
}  # fmt: skip


@pytest.mark.parametrize(
    ("archived", "current", "control", "likeness"), COMPARED.values(), ids=COMPARED
)
def test_likeness_of_a_page_and_its_memento(
    archived: PageEvidence | None,
    current: PageEvidence,
    control: PageEvidence | None,
    likeness: Likeness,
) -> None:
    assert compare_with_memento(archived, current, control) is likeness


SALE = html("Domain", "This domain is for sale. " + "Ask us for a price, we answer soon. " * 3)
NOT_FOUND = probe(response(404, "https://example.org/2014/01/qqq"), evidence=ERROR)


def random_page(shown: PageEvidence, at: str | None = None) -> Probe:
    url = "https://example.org/2014/01/" + "q" * 25
    return redirected((301, url), final=at, evidence=shown) if at else served(shown, url)


ENGLISH_SPAM = html("Best online casino", "Play with us, and win with us every day. " * 9)
ABOUT_SPAM = html("Why online casino adverts fail", " ".join(paragraphs(5)))
HOME = served(html("The paper", " ".join(paragraphs(8))), "https://example.org/")
TARGET = "https://elsewhere.example/offers/today"
DEEP = "https://example.org/2014/01/the-reef-report.html"


def redirect(final: str, shown: PageEvidence, code: int = 301) -> Probe:
    return redirected((code, DEEP), final=final, evidence=shown)


EVIDENCE: Mapping[str, tuple[Probe, SiteKnowledge, Reason]] = {
    "no second sign": (served(OTHER), SiteKnowledge(archived=REEF), Reason.OK),
    "the same text": (served(REEF), SiteKnowledge(archived=REEF, sibling=random_page(REEF)), Reason.OK),
    "sale words": (served(SALE), SiteKnowledge(archived=REEF), Reason.PARKED),
    "sale words, not archived": (served(SALE), SiteKnowledge(), Reason.OK),
    "a spam word": (served(ENGLISH_SPAM), SiteKnowledge(archived=REEF), Reason.HIJACKED),
    "a spam word, not archived": (served(ENGLISH_SPAM), SiteKnowledge(), Reason.OK),
    "a spam word that was archived": (
        served(ABOUT_SPAM), SiteKnowledge(archived=replace(REEF, title="An online casino")), Reason.OK),
    "a random address": (served(OTHER), SiteKnowledge(archived=REEF, sibling=random_page(OTHER)), Reason.SOFT_404),
    "an honest error": (served(OTHER), SiteKnowledge(archived=REEF, sibling=NOT_FOUND), Reason.OK),
    "another language": (served(OTHER), SiteKnowledge(archived=CHINESE), Reason.HIJACKED),
    "a home page in another language": (
        served(OTHER, "https://example.org/"), SiteKnowledge(archived=CHINESE), Reason.OK),
    "a home page in another language, without its name": (
        served(OTHER, "https://example.org/"),
        SiteKnowledge(archived=replace(CHINESE, text="Example 的" + CHINESE.text)), Reason.HIJACKED),
    "another language, on purpose": (served(OTHER), SiteKnowledge(archived=CHINESE, sibling=NOT_FOUND), Reason.OK),
    "another language, under the name of the site": (
        served(page(2, "Ferries | Harbour Times")),
        SiteKnowledge(archived=replace(CHINESE, title="渡轮的故事 | Harbour Times")), Reason.OK),
    "another language, under a name that says nothing": (
        served(page(2, "Ferries | Home")), SiteKnowledge(archived=replace(CHINESE, title="渡轮的故事 | Home")), Reason.HIJACKED),
    "a translation": (
        served(page(2, "Ferry to Ystrad, by Owen Pritchard of Llandudno")),
        SiteKnowledge(archived=replace(CHINESE, text=CHINESE.text + "Ystrad Owen Pritchard Llandudno")), Reason.OK),
    "a redirect": (redirect(TARGET, OTHER), SiteKnowledge(archived=REEF), Reason.SOFT_404),
    "a redirect that keeps the name": (
        redirect("https://elsewhere.example/report", OTHER), SiteKnowledge(archived=REEF), Reason.MOVED_PERMANENTLY),
    "a redirect to the page on what was cited": (
        redirect(TARGET, replace(OTHER, title="Orchard, now a brand of ours")),
        SiteKnowledge(archived=REEF, cited_as=("Orchard",)), Reason.MOVED_PERMANENTLY),
    "a redirect to a page on something else": (
        redirect(TARGET, replace(OTHER, title="Brands of ours")),
        SiteKnowledge(archived=REEF, cited_as=("Orchard",)), Reason.SOFT_404),
    "a redirect on purpose": (redirect(TARGET, OTHER), SiteKnowledge(archived=REEF, sibling=NOT_FOUND), Reason.MOVED_PERMANENTLY),
    "a redirect, not archived": (redirect(TARGET, OTHER), SiteKnowledge(), Reason.MOVED_PERMANENTLY),
    "a redirect to the text": (redirect(TARGET, REEF), SiteKnowledge(archived=REEF), Reason.MOVED_PERMANENTLY),
    "a redirect to the text, and of a random URL": (
        redirect(TARGET, REEF), SiteKnowledge(archived=REEF, sibling=random_page(REEF, TARGET)), Reason.MOVED_PERMANENTLY),
    "a shared redirect": (
        redirect("https://example.org/report-list", OTHER),
        SiteKnowledge(archived=REEF, shared_targets={"https://example.org/report-list": 3}), Reason.SOFT_404),
    "where a random URL lands, too": (redirect(TARGET, OTHER), SiteKnowledge(sibling=random_page(OTHER, TARGET)), Reason.HIJACKED),
    "a market nobody listed": (
        redirect("https://names.example/lot?d=example.org", OTHER),
        SiteKnowledge(sibling=random_page(OTHER, "https://names.example/lot?d=example.org")), Reason.PARKED),
    "where a random URL lands elsewhere": (
        redirect(TARGET, OTHER), SiteKnowledge(sibling=random_page(OTHER, "https://elsewhere.example/x")), Reason.MOVED_PERMANENTLY),
    "where a random URL lands on the same site": (
        redirect("https://example.org/all", OTHER), SiteKnowledge(sibling=random_page(OTHER, "https://example.org/all"), home=HOME), Reason.SOFT_404),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "known", "reason"), EVIDENCE.values(), ids=EVIDENCE)
def test_another_text_breaks_a_link_only_with_further_evidence(
    seen: Probe, known: SiteKnowledge, reason: Reason
) -> None:
    assert judge(seen, known).reason is reason


SIBLING_PAGES: Mapping[str, tuple[PageEvidence, PageEvidence, bool]] = {
    "the same page": (OTHER, OTHER, True),
    "the same page with a clock": (
        page(2, "Ferries", before="Today is the 12th, 11:30."), page(2, "Ferries", before="Today is the 13th, 10:45."), True),
    "the same page that repeats the address": (
        page(2, "Ferries", before="You asked for news.html:"), page(2, "Ferries", before=f"You asked for {'q' * 25}:"), True),
    "another title": (page(2, "Ferries"), page(2, "Ferries | Paper"), False),
    "one sentence of its own": (page(2, "Ferries", before="The reef is alive."), page(2, "Ferries"), False),
    "its own number": (page(2, "Ferries", before="Entry 2014."), page(2, "Ferries", before="Entry 0."), False),
    "an application": (
        html("App", OTHER.text, markup="<div id=root></div>"), html("App", OTHER.text, markup="<div id=root></div>"), False),
    "a page that waits for its scripts": (
        html("Shop", "Loading the shop, this takes a moment. " * 4), html("Shop", "Loading the shop, this takes a moment. " * 4), False),
    "a few words, which a script may change": (
        html("Shop", "Our shop.", markup="<script>go()</script>"), html("Shop", "Our shop.", markup="<script>go()</script>"), False),
    "a few words and nothing else": (html("Shop", "Our shop."), html("Shop", "Our shop."), True),
    "its own canonical address": (
        html("Shop", OTHER.text, head=f'<link rel=canonical href="{URL}">'),
        html("Shop", OTHER.text, head='<link rel=canonical href="https://example.org/shop">'), False),
}  # fmt: skip


@pytest.mark.parametrize(
    ("current", "at_random", "is_soft_404"), SIBLING_PAGES.values(), ids=SIBLING_PAGES
)
def test_a_page_that_is_also_served_at_a_random_url_is_broken(
    current: PageEvidence, at_random: PageEvidence, *, is_soft_404: bool
) -> None:
    known = SiteKnowledge(sibling=random_page(at_random), home=HOME)
    assert (judge(served(current), known).reason is Reason.SOFT_404) is is_soft_404


def test_a_site_whose_pages_are_all_alike_breaks_no_link() -> None:
    for home in (
        None,
        served(OTHER, "https://example.org/"),
        served(HOME.evidence or OTHER, "https://example.org/", status=404),
    ):
        known = SiteKnowledge(sibling=random_page(OTHER), home=home)
        assert judge(served(OTHER), known).reason is Reason.OK
        assert judge(served(OTHER), replace(known, archived=REEF)).reason is Reason.SOFT_404
