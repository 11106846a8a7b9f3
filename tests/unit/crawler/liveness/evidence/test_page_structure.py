"""Test markers in a page's structure: nothing is shown, or another page."""

from __future__ import annotations

import pytest

from crawler.liveness import SiteKnowledge, judge, read_body
from crawler.liveness.evidence.page_structure import says_missing_in_data
from store.vocabulary import PageEvidence, Reason
from tests.unit.crawler.liveness.probes import URL, html, probe, redirected, response, served

JSON = {"content-type": "application/json; charset=utf-8"}
HTML = {"content-type": "text/html"}

MISSING = (
    b'{"code": 404, "msg": "no such document", "data": null}',
    b'{"status": "404", "message": "Not Found", "timestamp": 1}',
    b'{"error": {"code": 404, "message": "Requested entity was not found."}}',
    b'{"statusCode": 410, "error": "Gone", "message": "removed", "path": "/a"}',
)
PRESENT = (
    b'{"code": 404, "name": "Peugeot 404"}',
    b'{"code": 404, "msg": "Line 404", "data": [1, 2]}',
    b'{"code": 200, "msg": "ok"}',
    b'{"status": 404}',
    b"[404]",
    b'{"code": 404, "msg": ',
    b"[" * 9_000,
)


@pytest.mark.parametrize("body", MISSING)
def test_embedded_data_that_mark_the_content_as_missing_are_a_soft_404(body: bytes) -> None:
    assert says_missing_in_data(body)
    page = read_body(body, JSON, URL, served=True)
    assert judge(served(page)).reason is Reason.SOFT_404


@pytest.mark.parametrize("body", PRESENT)
def test_other_data_are_alive(body: bytes) -> None:
    assert judge(served(read_body(body, JSON, URL, served=True))).reason is Reason.OK


def read_page(source: str) -> PageEvidence:
    return read_body(source.encode(), HTML, URL, served=True)


FRAME = '<frameset rows="100%"><frame src="{0}"></frameset>'
FORWARDED = {
    "a frame that names the domain": (
        read_page(FRAME.format("https://market.example/?d=example.org")),
        Reason.PARKED,
    ),
    "a frame of another site": (
        read_page(FRAME.format("https://new-home.example/~bob/")),
        Reason.OK,
    ),
    "a frame of its own": (read_page(FRAME.format("/text.htm?for=example.org")), Reason.OK),
    "two frames": (
        read_page(
            "<frameset><frame src=//a.example/?example.org><frame src=//b.example/?example.org></frameset>"
        ),
        Reason.OK,
    ),
    "a script": (
        read_page("<script>window.onload=function(){window.location.href='/lander'}</script>"),
        Reason.PARKED,
    ),
    "another script": (read_page("<script>window.location.href='/landing'</script>"), Reason.OK),
}


@pytest.mark.parametrize(("page", "reason"), FORWARDED.values(), ids=FORWARDED)
def test_a_frame_of_a_domain_market_is_parked(page: PageEvidence, reason: Reason) -> None:
    assert judge(served(page)).reason is reason


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (html("Database Error", "Error establishing a database connection"), Reason.SERVER_ERROR),
        (html("", "建立数据库连接时出错"), Reason.SERVER_ERROR),
        (html("502", "502 Bad Gateway nginx"), Reason.SERVER_ERROR),
        (html("What “502 Bad Gateway” means", "A proxy got no answer from behind."), Reason.OK),
        (html("Bad Gateway", "Bad Gateway is a novel by Ann Noon, set on two ferries."), Reason.OK),
    ],
)
def test_a_page_that_is_only_a_server_error_is_a_server_error(
    page: PageEvidence, reason: Reason
) -> None:
    assert judge(served(page)).reason is reason


GATE = "https://example.org/einwilligung"
CONSENT_PAGE = html(
    "Ihre Privatsphäre", "Stimmen Sie der Nutzung von Cookies zu, um weiterzulesen."
)
BANNER = html(
    "Fähren im Sommer", "Alle Fähren fahren wieder. Wir nutzen Cookies. Einverstanden? " * 6
)
ARTICLE = html("The reef report of 2014", "Corals are animals that build houses of stone. " * 9)


def test_redirect_to_a_consent_page_is_a_wall() -> None:
    back = f"{GATE}?zurueck=%2F2014%2F01%2Fnews.html"
    redirect = redirected((302, URL), final=GATE, evidence=CONSENT_PAGE)
    random_page = redirected(
        (302, f"https://example.org/{'q' * 25}"), final=GATE, evidence=CONSENT_PAGE
    )
    for seen, known in (
        (redirected((302, URL), final=back, evidence=CONSENT_PAGE), SiteKnowledge()),
        (
            redirected((302, URL), final=back, evidence=CONSENT_PAGE),
            SiteKnowledge(archived=ARTICLE),
        ),
        (redirect, SiteKnowledge(sibling=random_page)),
        (redirect, SiteKnowledge(archived=ARTICLE)),
    ):
        assert judge(seen, known).reason is Reason.CHALLENGE
    assert judge(redirect, SiteKnowledge()).reason is Reason.REDIRECTED_TEMPORARILY


def test_banner_on_a_page_is_no_wall() -> None:
    moved = redirected((301, URL), final="https://example.org/faehren", evidence=BANNER)
    assert judge(moved, SiteKnowledge()).reason is Reason.MOVED_PERMANENTLY


def test_a_redirect_that_names_the_return_address_is_not_judged_by_its_text() -> None:
    gate_page = html(
        "Halt", "Noch ein Schritt bis zu Ihrem Ziel, es dauert nur einen Augenblick. " * 4
    )
    gate = redirected(
        (302, URL), final="https://example.org/halt?ziel=/2014/01/news.html", evidence=gate_page
    )
    assert judge(gate, SiteKnowledge(archived=ARTICLE)).reason is Reason.REDIRECTED_TEMPORARILY


def test_an_empty_body_without_a_page_is_no_evidence() -> None:
    assert judge(probe(response(200))).reason is Reason.OK
