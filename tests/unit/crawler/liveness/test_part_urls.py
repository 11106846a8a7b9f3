"""Test which parts of an archived page readers would miss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.liveness.part_urls import MAX_PARTS, PageParts, page_parts

HTML = {"content-type": "text/html; charset=utf-8"}
ORIGINAL = "http://a.example/x/y"
RAW = f"https://web.archive.org/web/20210805000000id_/{ORIGINAL}"
ARQUIVO = "https://arquivo.pt/wayback/20210805000000"

# Markup of a raw memento, and the parts of it that count.
PARTS: dict[str, tuple[str, PageParts]] = {
    "an image": ("<img src=a.png>", PageParts(images=("http://a.example/x/a.png",))),
    "from the root": ("<img src='/a b.png'>", PageParts(images=("http://a.example/a%20b.png",))),
    "of another host": ("<img src='//cdn.example/a.png'>", PageParts(images=("http://cdn.example/a.png",))),
    "below a base": (
        "<base href='/z/'><img src=a.png>",
        PageParts(images=("http://a.example/z/a.png",)),
    ),
    "once": (
        "<img src=a.png><img src=./a.png><img src=a.png#b>",
        PageParts(images=("http://a.example/x/a.png",)),
    ),
    "loaded late": (
        "<img src=wait.gif data-src=a.png><img src='data:image/gif;base64,R0' data-original=b.png>",
        PageParts(images=("http://a.example/x/a.png", "http://a.example/x/b.png")),
    ),
    "of several sizes": (
        "<picture><source srcset='a-2.webp 2x'><img srcset='a-1.png 1x, a-2.png 2x'></picture>",
        PageParts(images=("http://a.example/x/a-1.png",)),
    ),
    "a button": ("<input type=image src=go.png>", PageParts(images=("http://a.example/x/go.png",))),
    "style sheets": (
        "<link rel=stylesheet href=a.css><style>@import url('b.css'); /* @import 'no.css' */</style>",
        PageParts(style_sheets=("http://a.example/x/a.css", "http://a.example/x/b.css")),
    ),
    "style sheets of other media": (
        ("<link rel=stylesheet href=p.css media=print><link rel='alternate stylesheet' href=q.css>"
        "<link rel=stylesheet href=s.css media='screen and (min-width: 1px)'>"),
        PageParts(style_sheets=("http://a.example/x/s.css",)),
    ),
    "frames": (
        "<iframe src=m.html></iframe><iframe src='about:blank'></iframe><iframe srcdoc=x></iframe>",
        PageParts(frames=("http://a.example/x/m.html",)),
    ),
    "a frame set": (
        "<frameset><frame src=left.html><frame src=right.html></frameset>",
        PageParts(frames=("http://a.example/x/left.html", "http://a.example/x/right.html")),
    ),
    "nothing to be seen": (
        ("<img src=d.gif width=1 height=1><img src=e.gif style='display: none'><img src=f.gif hidden>"
        "<img src=g.gif style='width:1px;height:1px'><noscript><img src=h.gif></noscript>"
        "<iframe src=i.html width=0></iframe>"),
        PageParts(),
    ),
    # Only a few elements around an image are looked at, as a page may nest thousands.
    "deep in a noscript": (
        f"<noscript>{'<b>' * 300}<img src=a.gif>",
        PageParts(images=("http://a.example/x/a.gif",)),
    ),
    "in what is hidden": (
        ("<div hidden><p><img src=a.gif></p></div><ul style='display:none'><li><iframe src=b.html></iframe></ul>"
        "<template><img src=c.gif></template>"),
        PageParts(),
    ),
    "in a body that a script shows": (
        "<body style='display:none'><p><img src=a.gif></p></body>",
        PageParts(images=("http://a.example/x/a.gif",)),
    ),
    "counters, advertisements, spacers": (
        ("<img src='https://www.google-analytics.com/collect'><img src='//hm.baidu.com/hm.gif?si=1'>"
        "<img src='https://www.facebook.com/tr?id=1'><img src=/piwik/piwik.php?idsite=1>"
        "<img src=/img/spacer.gif><iframe src='//ad.doubleclick.net/x'></iframe>"
        "<iframe src='https://www.googletagmanager.com/ns.html'></iframe>"
        "<iframe src='https://www.facebook.com/plugins/like.php'></iframe>"),
        PageParts(),
    ),
    "a page about counters": (
        "<img src=/google-analytics.com.png><img src=/counters/a.png>",
        PageParts(images=("http://a.example/google-analytics.com.png", "http://a.example/counters/a.png")),
    ),
    "no parts": (
        ("<link rel=icon href=x.ico><script src=a.js></script><video src=a.mp4></video>"
        "<img src=''><img src='#'><img src='javascript:x'><img src='mailto:a@a.example'><img>"),
        PageParts(),
    ),
    "what no archive may learn of": (
        ("<img src='http://192.168.1.4/a.png'><img src='http://u:p@a.example/b.png'>"
        "<img src='/c.png?token=s3cr3t'>"),
        PageParts(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PARTS)
def test_style_sheets_frames_and_images_of_a_raw_memento_are_listed(case: str) -> None:
    markup, expected = PARTS[case]
    assert page_parts(markup.encode(), HTML, RAW) == expected


def test_a_configured_archive_has_raw_mementos_too() -> None:
    url = RAW.replace("https://web.archive.org", "http://127.0.0.1:8080")
    assert page_parts(b"<img src=/a.png>", HTML, url).images == ("http://a.example/a.png",)


def test_rewritten_urls_are_resolved_to_originals_and_the_archives_own_are_dropped() -> None:
    markup = (
        '<link rel="stylesheet" href="/static/toolbar.css">'
        '<link rel="stylesheet" href="/wayback/20210806000000cs_/http://a.example/a.css">'
        f'<img src="{ARQUIVO}im_/http://cdn.example/a.png"><img src="/img/arquivo-logo.png">'
        '<img src="https://archive.org/banner.png"><img data-src="http://a.example/late.png">'
        f'<iframe src="{ARQUIVO}if_/http://a.example/map"></iframe>'
    )
    found = page_parts(markup.encode(), HTML, f"{ARQUIVO}/{ORIGINAL}")
    assert found == PageParts(
        style_sheets=("http://a.example/a.css",),
        frames=("http://a.example/map",),
        images=("http://cdn.example/a.png", "http://a.example/late.png"),
    )


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"content-type": "image/png"}, RAW),
        ({}, RAW),
        (HTML, ORIGINAL),
        (HTML, "https://archive.ph/AbCdE"),
    ],
)
def test_pages_outside_archives_have_no_parts(headers: dict[str, str], url: str) -> None:
    assert page_parts(b"<img src=/a.png>", headers, url) == PageParts()


def test_a_long_page_is_sampled_evenly() -> None:
    styles = "".join(f"<link rel=stylesheet href=/{number}.css>" for number in range(9))
    frames = "".join(f"<iframe src=/{number}.html></iframe>" for number in range(9))
    images = "".join(f"<img src=/{number}.png>" for number in range(100))
    found = page_parts((styles + frames + images).encode(), HTML, RAW)
    parts = (*found.style_sheets, *found.frames, *found.images)
    assert (len(parts), len(found.style_sheets), len(found.frames)) == (MAX_PARTS, 3, 2)
    assert found.images == tuple(f"http://a.example/{number}.png" for number in range(0, 100, 20))


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_markup_raises(markup: bytes, address: str) -> None:
    body = b"<base href='" + markup + b"'><img src='" + address.encode("utf-8", "replace") + b"'>"
    for url in (RAW, f"{ARQUIVO}/{ORIGINAL}"):
        assert len(page_parts(body, HTML, url).images) <= 1
