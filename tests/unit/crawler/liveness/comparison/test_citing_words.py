"""Test that what a citation says itself is no evidence against its page."""

from __future__ import annotations

import pytest

from crawler.liveness import SiteKnowledge, judge
from store.vocabulary import PageEvidence, Reason
from tests.unit.crawler.liveness.probes import html, served

ABOUT_REEFS = ("The corals of the northern reef", "here", "")
PAGES: tuple[tuple[PageEvidence, str, Reason], ...] = (
    (html("Page not found", "Sorry, the page you are looking for could not be found."), "Page not found", Reason.SOFT_404),
    (html("Page not found", "Sorry, the page you are looking for could not be found."), "What a 404 says", Reason.SOFT_404),
    (html("Seite nicht gefunden", "Diese Seite wurde leider nicht gefunden."), "„Seite nicht gefunden“, ein Album", Reason.SOFT_404),
    (html("页面不存在", "抱歉，您访问的页面不存在。"), "页面不存在", Reason.SOFT_404),
    (html("This domain is for sale", "Buy this domain now, make an offer."), "This domain is for sale", Reason.PARKED),
    (html("域名出售", "您正在访问的域名可以转让！联系我们报价。"), "域名出售", Reason.PARKED),
    (html("Account Suspended", "Contact your hosting provider."), "“Account suspended”: a story", Reason.PARKED),
    (html("Welcome to nginx!", "If you see this page, the web server works."), "Welcome to nginx", Reason.PARKED),
    (PageEvidence(title="IIS Windows Server", html_markers=("static",)), "IIS Windows Server", Reason.PARKED),
    (html("Situs Slot Gacor & Judi Online", "Daftar slot online dan togel resmi."), "Sejarah judi online", Reason.HIJACKED),
    (html("Online casino no deposit bonus", "Free spins, roulette and blackjack for real money."), "An online casino's home page", Reason.HIJACKED),
    (html("Database Error", "Error establishing a database connection"), "“Error establishing a database connection”", Reason.SERVER_ERROR),
)  # fmt: skip


@pytest.mark.parametrize(("page", "cited_as", "reason"), PAGES, ids=[row[1] for row in PAGES])
def test_a_page_with_the_words_of_its_citation_is_alive(
    page: PageEvidence, cited_as: str, reason: Reason
) -> None:
    for texts in ((cited_as,), ("here", cited_as)):
        assert judge(served(page), SiteKnowledge(cited_as=texts)).reason is Reason.OK
    for other in ABOUT_REEFS:
        assert judge(served(page), SiteKnowledge(cited_as=(other,))).reason is reason
    assert judge(served(page)).reason is reason


def test_a_citation_speaks_for_what_it_names_only() -> None:
    """A page cited as one failure may show another one."""
    for page, _cited_as, reason in PAGES:
        others = [
            text
            for _page, text, other in PAGES
            if {other, reason} == {Reason.PARKED, Reason.HIJACKED}
        ]
        for text in others:
            assert judge(served(page), SiteKnowledge(cited_as=(text,))).reason is reason


def test_data_that_say_there_is_nothing_may_be_what_is_cited() -> None:
    page = PageEvidence(title="Shop", text="Shop", html_markers=("missing-in-data",))
    for cited_as, reason in (("What a 404 hides", Reason.OK), ("A reef", Reason.SOFT_404)):
        assert judge(served(page), SiteKnowledge(cited_as=(cited_as,))).reason is reason
