"""Test which pages show other things beside the same text, and that they are not called the same."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crawler.http.fetch import BODY_LIMIT
from crawler.liveness import SiteKnowledge, judge, read_body
from store.vocabulary import Probe, Reason, Verdict
from tests.unit.crawler.liveness.probes import FILLER, served

SITE = "https://example.org"
NAME = "q" * 25
NAV = "<nav>Home, about the harbour and its boats, contact the council by mail or by post</nav>"


def page(body: str, path: str, *, title: str = "Gallery") -> Probe:
    source = f"<!doctype html><title>{title}</title>{NAV}{body}"
    url = SITE + path
    read = read_body(source.encode(), {"content-type": "text/html"}, url, served=True)
    return served(read, url)


HOME = page(f"<p>{FILLER * 3}", "/", title="Home")
# What a page shows, and what a random URL of its site shows in its place
PARTS: Mapping[str, tuple[str, str]] = {
    "picture": ("<img src=/i/harbour.jpg>", "<img src=/i/none.png>"),
    "picture by number": ("<img src='/image.php?id=12'>", "<img src='/image.php?id='>"),
    "late picture": ("<img src=data:x data-src=/a.jpg>", "<img src=data:x data-src=/b.jpg>"),
    "picture of a set": ("<img srcset='/a.jpg 1x'>", "<img srcset='/b.jpg 1x'>"),
    "background": ("<p style='background: url(/a.jpg)'>", "<p>"),
    "frame": ("<iframe src=/pdf/12></iframe>", "<iframe src=/pdf/0></iframe>"),
    "frame with the name": ("<iframe src=/m?q=reefs></iframe>", "<iframe src=/m?q=></iframe>"),
    "video": ("<video src=/v/a.mp4></video>", "<video></video>"),
    "sound": ("<audio><source src=/a.mp3></audio>", "<audio></audio>"),
    "embedded file": ("<object data=/a.pdf></object>", "<object></object>"),
    "embedded program": ("<embed src=/a.swf>", "<embed src>"),
    "drawing": ("<svg><text>Boats 12</text></svg>", "<svg></svg>"),
    "file": ("<a href=/files/tool-1.2.zip>Download</a>", "<a href=/files/>Download</a>"),
    "choices": ("<select><option>Metre<option>Mile</select>", "<select></select>"),
    "field": ("<input name=a value=Reef>", "<input name=a value>"),
    "text field": ("<textarea>Reef</textarea>", "<textarea></textarea>"),
}


@pytest.mark.parametrize(("own", "at_random"), PARTS.values(), ids=PARTS)
def test_a_page_that_shows_other_things_is_another_page(own: str, at_random: str) -> None:
    controls = tuple(page(at_random, f"/view/{letter * 25}") for letter in "rs")
    sibling = page(at_random, f"/view/{NAME}")
    for known in ((), controls):
        site = SiteKnowledge(sibling=sibling, controls=known, home=HOME)
        assert judge(page(own, "/view/reefs"), site).verdict is Verdict.ALIVE


@pytest.mark.parametrize(
    "body",
    [
        "<img src=/logo.png>",
        "<img src=/pixel.gif?{number} width=1 height=1>",
        "<img src=/logo.png?{number}>",
        "<iframe src='/like?url=https://example.org/view/{name}'></iframe>",
        "<input type=hidden name=token value={name}{number}>",
        "<input name=q value={name}>",
        "<noscript><img src=/count/{number}></noscript>",
        "<a href='/share?page={name}'>Share</a>",
    ],
)
def test_what_changes_with_each_address_or_request_is_no_evidence(body: str) -> None:
    at_random = page(body.format(name=NAME, number=17612345678), f"/view/{NAME}")
    control = page(body.format(name="r" * 25, number=17612345999), f"/view/{'r' * 25}")
    site = SiteKnowledge(sibling=at_random, controls=(control,), home=HOME)
    lost = page(body.format(name="reefs", number=17612346111), "/view/reefs")
    assert judge(lost, site).reason is Reason.SOFT_404


def test_pictures_that_vary_at_random_urls_are_no_evidence() -> None:
    sibling, control, lost = (
        page(f"<img src=/banner/{banner}.png>", f"/view/{name}")
        for banner, name in (("a", NAME), ("b", "r" * 25), ("c", "reefs"))
    )
    alone = SiteKnowledge(sibling=sibling, home=HOME)
    assert judge(lost, alone).verdict is Verdict.ALIVE
    site = SiteKnowledge(sibling=sibling, controls=(control,), home=HOME)
    assert judge(lost, site).reason is Reason.SOFT_404


@pytest.mark.parametrize(
    "body",
    [
        "<div id=outlet></div><script src=/static/main.js></script>",
        "<section class=stage></section><script src=/static/app.js></script>",
        "<ul id=list></ul><script src=/list.js></script>",
        "<table><tbody id=rows></tbody></table><script src=/list.js></script>",
        "<script>fetch('/api' + location.pathname).then(show)</script>",
        "<p id=out>...</p><script>out.innerHTML = read(location.pathname)</script>",
    ],
)
def test_a_page_with_little_text_that_scripts_may_fill_is_not_compared(body: str) -> None:
    site = SiteKnowledge(sibling=page(body, f"/app/{NAME}"), home=HOME)
    assert judge(page(body, "/app/reefs"), site).verdict is Verdict.ALIVE


@pytest.mark.parametrize("element", ["<svg><g>", "<option>a", "<a href=/a.zip>", "<img src=a>"])
def test_any_number_of_parts_is_digested(element: str) -> None:
    source = (element * BODY_LIMIT).encode()[: BODY_LIMIT - 1]
    read = read_body(source, {"content-type": "text/html"}, SITE, served=True)
    assert len(read.text) >= 2_000 or len(read.parts_digest) == 16
