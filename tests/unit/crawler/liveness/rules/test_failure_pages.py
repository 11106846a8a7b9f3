"""Test pages that contradict their status: what is shown under an error status, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from crawler.liveness import SiteKnowledge, judge
from store.vocabulary import PageEvidence, Reason, Verdict
from tests.unit.crawler.liveness.probes import FILLER, html, served
from tests.web.prose import paragraphs

TITLE = "The corals of the northern reef"
TEXT = " ".join(paragraphs(3))
CITED = SiteKnowledge(cited_as=(TITLE,))
APP = '<div id="root"></div><script src="/static/main.js"></script>'


def refresh(target: str) -> str:
    return f'<meta http-equiv="refresh" content="0;url={target}">'


@pytest.mark.parametrize("status", [400, 404, 410, 500, 503])
def test_the_cited_page_under_an_error_status_is_alive(status: int) -> None:
    for title in (TITLE, f"{TITLE} - Reef society", f"Reef society: {TITLE.upper()}"):
        judgement = judge(served(html(title, TEXT), status=status), CITED)
        assert judgement.reason is Reason.OK
        assert judgement.detail == f"{status}, but the page shows what is cited"


@pytest.mark.parametrize(
    ("cited_as", "title"),
    [
        ("Zooxanthellae", "Zooxanthellae - Reef society"),  # one word that names the page
        ("珊瑚", "珊瑚"),
        ("Northern corals, drawn", "The northern corals"),  # most words
    ],
)
def test_most_words_or_one_name_of_the_citation_suffice(cited_as: str, title: str) -> None:
    site = SiteKnowledge(cited_as=(cited_as,))
    page, other = html(title, TEXT), html("Lamps and oil", TEXT)
    assert judge(served(page, status=404), site).reason is Reason.OK
    assert judge(served(other, status=404), site).reason is Reason.NOT_FOUND


@pytest.mark.parametrize("status", [404, 418, 500, 503])
def test_the_archived_text_under_an_error_status_is_alive(status: int) -> None:
    page = served(html(TITLE, TEXT), status=status)
    archived = SiteKnowledge(archived=html(TITLE, TEXT))
    judgement = judge(page, archived)
    assert judgement.reason is Reason.OK
    assert judgement.detail == f"{status}, but the page shows what is cited"
    other = SiteKnowledge(archived=html(TITLE, " ".join(paragraphs(9)[6:])))
    assert judge(page, other).verdict is not Verdict.ALIVE


OTHER_PAGES: Mapping[str, tuple[PageEvidence, SiteKnowledge]] = {
    "another title": (html("Reef society", TEXT), CITED),
    "no title": (html("", TEXT), CITED),
    "no citation": (html(TITLE, TEXT), SiteKnowledge()),
    "a citation that says nothing": (html(TITLE, TEXT), SiteKnowledge(cited_as=("here",))),
    "no text below the title": (html(TITLE, "Reef society, 2026."), CITED),
    "the sentence of a missing page": (
        html(TITLE, f"Sorry, the page you are looking for could not be found. {TEXT}"), CITED),
    "the title of a missing page": (html(f"Page not found: {TITLE}", TEXT), CITED),
    "a server's message": (html(TITLE, f"500 Internal Server Error {TEXT}"), CITED),
    "a message of maintenance": (html(TITLE, f"We are down for maintenance. {TEXT}"), CITED),
}  # fmt: skip


@pytest.mark.parametrize(("page", "site"), OTHER_PAGES.values(), ids=OTHER_PAGES)
@pytest.mark.parametrize(
    ("status", "reason"), [(404, Reason.NOT_FOUND), (410, Reason.GONE), (500, Reason.SERVER_ERROR)]
)
def test_another_page_under_an_error_status_is_broken(
    page: PageEvidence, site: SiteKnowledge, status: int, reason: Reason
) -> None:
    assert judge(served(page, status=status), site).reason is reason


def test_an_empty_application_under_404_may_show_the_page() -> None:
    page = html("Reef society", markup=APP)
    for site in (CITED, SiteKnowledge()):
        judgement = judge(served(page, status=404), site)
        assert judgement.reason is Reason.CLIENT_LIMIT
        assert judgement.verdict is Verdict.UNSURE


SINGLE_PAGE_APP = """<script>var kept = 0; var l = window.location;
    l.replace(l.protocol + '//' + l.hostname + '/?/' + l.pathname.slice(1));</script>"""
OPENS_ADDRESS = "<script>location.replace('/#!' + location.pathname)</script>"
KEEPS_ADDRESS = (
    "<script>sessionStorage.redirect = location.href;</script>"
    '<meta http-equiv="refresh" content="0;url=/">'
)
OPENS_HOME = "<script>location.href = '/';</script>"
SENDERS: Mapping[str, tuple[PageEvidence, Reason]] = {
    "single-page application": (html("Single page apps", markup=SINGLE_PAGE_APP), Reason.CLIENT_LIMIT),
    "address in the fragment": (html("", "Loading.", markup=OPENS_ADDRESS), Reason.CLIENT_LIMIT),
    "title of a missing page": (
        replace(html("", markup=OPENS_ADDRESS), title="404 Not Found"), Reason.CLIENT_LIMIT),
    "address that is kept": (html("Reef society", markup=KEEPS_ADDRESS), Reason.CLIENT_LIMIT),
    "refresh": (html("Moved", markup=refresh("/new")), Reason.CLIENT_LIMIT),
    "refresh of a page that says so": (
        html("Moved", "Page not found.", markup=refresh("/new")), Reason.NOT_FOUND),
    "refresh of a page titled so": (html("Not found", markup=refresh("/new")), Reason.NOT_FOUND),
    "refresh to the home page": (html("Reef society", markup=refresh("/")), Reason.NOT_FOUND),
    "refresh to an error page": (html("Reef society", markup=refresh("/404.html")), Reason.NOT_FOUND),
    "script that opens the home page": (html("Reef society", markup=OPENS_HOME), Reason.NOT_FOUND),
    "script that says so": (
        html("Reef society", "This page does not exist.", markup=OPENS_ADDRESS), Reason.NOT_FOUND),
}  # fmt: skip


@pytest.mark.parametrize(("page", "reason"), SENDERS.values(), ids=SENDERS)
def test_a_page_under_404_that_sends_readers_on_may_show_what_is_cited(
    page: PageEvidence, reason: Reason
) -> None:
    assert judge(served(page, status=404)).reason is reason
    assert judge(served(page, status=410)).reason is Reason.GONE


APPLICATIONS: Mapping[str, tuple[PageEvidence, int, Reason]] = {
    "gone": (html("Reef society", markup=APP), 410, Reason.GONE),
    "failed": (html("Reef society", markup=APP), 500, Reason.SERVER_ERROR),
    "titled as missing": (html("Page not found", markup=APP), 404, Reason.NOT_FOUND),
    "says so": (html("Reef society", "This page does not exist.", markup=APP), 404, Reason.NOT_FOUND),
    "without a title": (html("", markup=APP), 404, Reason.NOT_FOUND),
    "with text": (html("Reef society", FILLER * 5, markup=APP), 404, Reason.NOT_FOUND),
    "no application": (html("Reef society"), 404, Reason.NOT_FOUND),
}  # fmt: skip


@pytest.mark.parametrize(("page", "status", "reason"), APPLICATIONS.values(), ids=APPLICATIONS)
def test_another_application_under_an_error_status_is_broken(
    page: PageEvidence, status: int, reason: Reason
) -> None:
    assert judge(served(page, status=status)).reason is reason


@pytest.mark.parametrize(
    ("cited_as", "reason"),
    [
        (("Error establishing a database connection",), Reason.OK),
        (("What a 503 says, and what it hides",), Reason.OK),
        ((TITLE,), Reason.SERVER_ERROR),
        ((), Reason.SERVER_ERROR),
    ],
)
def test_a_page_cited_by_the_words_of_a_failure_is_about_it(
    cited_as: tuple[str, ...], reason: Reason
) -> None:
    page = html("Database Error", "Error establishing a database connection")
    assert judge(served(page), SiteKnowledge(cited_as=cited_as)).reason is reason
