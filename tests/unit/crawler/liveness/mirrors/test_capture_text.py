"""Test which captures show nothing, or an error page that was served with status 200."""

from __future__ import annotations

import pytest

from crawler.archives.mirror_urls import parse_mirror
from crawler.liveness import judge_mirror, read_body
from store.vocabulary import Judgement, Reason, Role
from tests.unit.crawler.liveness.probes import FILLER, probe, response

ORIGINAL = "https://example.org/2014/01/news.html"
WAYBACK = f"https://web.archive.org/web/20140105120000id_/{ORIGINAL}"
HTML = {"content-type": "text/html; charset=utf-8"}
MENU = "<nav>Home News Sport Weather Archive Contact Imprint</nav>"
FOOT = "<footer>The Harbour Gazette, since 1911. All rights reserved. Imprint. Privacy.</footer>"
LONG_FOOT = f"<footer>{'Ferry times and tides of the week, harbour office, tickets. ' * 8}</footer>"


def judgement_of_capture(source: str | bytes, *, url: str = WAYBACK, **headers: str) -> Judgement:
    """Return the judgement of a replay that shows such a page."""
    body = source.encode() if isinstance(source, str) else source
    sent = HTML | {"memento-datetime": "Sun, 05 Jan 2014 12:00:00 GMT"} | headers
    page = read_body(body, sent, url, served=True)
    seen = probe(response(200, url, headers=sent), evidence=page, role=Role.MIRROR)
    address = parse_mirror(url)
    assert address is not None
    return judge_mirror(seen, address)


def page(title: str, heading: str, text: str, *, before: str = "", after: str = "") -> str:
    return (
        f"<html><head><title>{title}</title></head>"
        f"<body>{before}<h1>{heading}</h1><p>{text}</p>{after}</body></html>"
    )


@pytest.mark.parametrize(
    "source",
    [
        page("Harbour Gazette", "404 Not Found", "There is nothing under this address."),
        page("Harbour Gazette", "404", "Oh dear. Try the front page."),
        page("404", "Oops!", "Nobody lives here any more, dear visitor, and nobody will again."),
        page("Gazette", "Error 404: File not found", "Ask the webmaster: mail@example.org"),
        page("Gazette", "Not Found", "The requested URL /a.htm was not found on this server."),
        page("Hafenblatt", "Seite nicht gefunden", "Zurück zur Startseite. Suche. Kontakt."),
        page("港口报", "页面不存在", "五秒后返回首页。"),
        page(
            "Gazette",
            "Sorry",
            "We could not find the page you are looking for.",
            before=MENU,
            after=FOOT,
        ),
        page(
            "Gazette",
            "404 - Page not found",
            "Sorry, the page you requested could not be found.",
            before=MENU,
            after=LONG_FOOT,
        ),
        page("Page not found", "Gazette", "Read our other stories of the sea."),
        "<html><head><title>404 Not Found</title></head><body></body></html>",
    ],
)
def test_a_capture_of_an_error_page_is_unusable(source: str) -> None:
    assert judgement_of_capture(source).reason is Reason.SOFT_404


@pytest.mark.parametrize(
    "source",
    [
        page("Harbour lights", "Harbour lights", FILLER * 4),
        page("A stub", "Ringed plover", "A small wader, not found inland. See also: dunlin."),
        page("404 Media", "404 Media", f"A journalist-founded company. {FILLER}", before=MENU),
        page("How to mend a 404", "404 Not Found: what it means", FILLER * 3, before=MENU),
        page("Room 404", "Room 404", "A short film of 2003. With A. Berg and B. Dahl. 12 minutes."),
        page("Notice", "Office closed", "The office is closed on Friday."),
        page("Error", "Error (law)", f"An error is a mistake of fact. {FILLER}"),
        "<html><body><img src=map.gif></body></html>",
        "<html><frameset cols=20,80><frame src=menu.htm><frame src=text.htm></frameset></html>",
        "<html><body><embed src=game.swf></body></html>",
        "<html><body><svg><text>Map</text></svg></body></html>",
        "<html><body><iframe src=text.htm></iframe></body></html>",
        "<html><body><div id=root></div><script src=/app.js></script></body></html>",
        "<html><body>7</body></html>",
    ],
)
def test_a_capture_that_shows_something_is_usable(source: str) -> None:
    assert judgement_of_capture(source).reason is Reason.OK


def test_a_capture_of_a_page_about_an_error_is_usable() -> None:
    source = page("404 Not Found | HTTP Cats", "404", "Not Found")
    about = "https://web.archive.org/web/20140105120000id_/https://http.example/404"
    assert judgement_of_capture(source, url=about).reason is Reason.OK
    assert judgement_of_capture(source).reason is Reason.SOFT_404


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"  \r\n\t ",
        b"<html><head></head><body></body></html>",
        b"<html><head><title>Gazette</title></head><body><div id=main> &nbsp; </div></body></html>",
        b"<!-- nothing --><html><body><noscript>Turn it on.</noscript></body></html>",
        b"<html><body><script>count('hit')</script></body></html>",
    ],
)
def test_a_capture_without_anything_to_read_is_empty(source: bytes) -> None:
    found = judgement_of_capture(source)
    assert (found.reason, found.detail) == (Reason.SOFT_404, "the capture is empty")


def test_plain_text_without_text_is_empty_and_other_files_are_not_read() -> None:
    plain = {"content-type": "text/plain"}
    assert judgement_of_capture(b" \n \n", **plain).detail == "the capture is empty"
    assert judgement_of_capture(b"Tide table", **plain).reason is Reason.OK
    assert (
        judgement_of_capture(b"%PDF-1.4", **{"content-type": "application/pdf"}).reason is Reason.OK
    )
