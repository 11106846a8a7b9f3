"""Test the main text of pages of all styles and encodings, and of hostile ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.page_text.main_text import PAGE_LIMIT, read_page_text
from tests.unit.crawler.page_text.rewritten import FRAMES
from tests.web.prose import paragraphs, title

URL = "https://a.example/news/1"
HTML = {"content-type": "text/html"}


def without_spaces(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("lang", ["en", "zh", "ja", "ko"])
def test_the_main_text_contains_the_whole_article(frame: str, lang: str) -> None:
    text = paragraphs(1, lang)
    page = read_page_text(
        FRAMES[frame](title(1, lang), text, lang).encode(),
        {"content-type": "text/html; charset=utf-8"},
        URL,
    )
    assert without_spaces("".join(text)) in without_spaces(page.main)


@pytest.mark.parametrize("lang", ["en", "zh", "ja", "ko"])
def test_the_main_text_of_a_portal_lacks_its_boilerplate(lang: str) -> None:
    text = paragraphs(1, lang)
    page = read_page_text(
        FRAMES["portal"](title(1, lang), text, lang).encode(),
        {"content-type": "text/html; charset=utf-8"},
        URL,
    )
    assert (
        len(without_spaces(page.main)) <= len(without_spaces("".join(text))) + 100
    )  # the heading, and a line of dates and counts


@pytest.mark.parametrize(
    ("lang", "encoding"),
    [
        ("zh", "gbk"),
        ("zh", "gb18030"),
        ("ja", "shift_jis"),
        ("ja", "euc-jp"),
        ("ko", "euc-kr"),
        ("en", "windows-1252"),
    ],
)
@pytest.mark.parametrize("declared_in", ["header", "page", "neither"])
def test_charsets_are_read_from_header_or_markup(
    lang: str, encoding: str, declared_in: str
) -> None:
    text = paragraphs(1, lang)
    declared = f"<meta charset={encoding}>" if declared_in == "page" else ""
    html = f"<html><head>{declared}<title>{title(1, lang)}</title></head>" + "".join(
        f"<p>{part}</p>" for part in text
    )
    headers = {
        "content-type": f"text/html; charset={encoding}" if declared_in == "header" else "text/html"
    }
    page = read_page_text(html.encode(encoding), headers, URL)
    assert page.title == title(1, lang)
    assert list(page.blocks) == text


def test_metadata_of_a_page() -> None:
    html = """<base href=/ignored/><link rel=canonical href="/b"><h1> A <b>heading</b></h1>
    <a href="c#d">One</a><a href="//other.example/e"><img alt=x></a><a href="mailto:x@a.example">Mail</a><a href="http://[bad">Bad</a>"""
    page = read_page_text(html.encode(), HTML, URL)
    assert (page.canonical, page.heading) == ("https://a.example/b", "A heading")
    assert [(link.url, link.text) for link in page.links] == [
        ("https://a.example/news/c", "One"),
        ("https://other.example/e", ""),
        ("http://[bad", "Bad"),
    ]


A, B, C = ("a" * 40, "b" * 40, "c" * 40)
BLOCKS = {
    "as short as a block may be": ("<p>" + "a" * 30, ["a" * 30]),
    "too short": ("<p>" + "a" * 29, []),
    "long enough together": ("<p>" + "a" * 15 + "<b>" + "b" * 15 + "</b></p>", ["a" * 15 + " " + "b" * 15]),
    "half of it links": ("<p>" + "a" * 15 + "<a href=x>" + "b" * 15 + "</a>", ["a" * 15 + " " + "b" * 15]),
    "more than half of it links": ("<p>" + "a" * 20 + ("<a href=x>" + "b" * 15 + "</a>") * 3, []),
    "line breaks": (f"<p>{A}<br>{B}</p>", [f"{A} \n {B}"]),
    "deep inside their blocks": (f"<p><b><i>{A}</i></b></p><p><b><i>{B}</i></b></p>", [A, B]),
    "articles, whatever they are called": (f"<article class=related>{A}</article><article class=hot>{B}</article><article id=menu>{C}</article>", [A, B, C]),
    "main parts, whatever they are called": (f"<main class=menu>{A}</main><main class=hot>{B}</main><main id=menu>{C}</main>", [A, B, C]),
    "a page called a sidebar": (f"<body class=sidebar><nav>{A}</nav><aside>{B}</aside><p>{C}", [C]),
    "a whole called a menu": (f"<html class=menu><nav>{A}</nav><aside>{B}</aside><p>{C}", [C]),
    "a sidebar by its id": (f"<div id=sidebar>{A}</div><p>{B}{B}", [B + B]),
    "two fifths of a page around the rest": (f"<nav>{A}</nav><p>{'b' * 60}", ["b" * 60]),
    "most of a page in what is around": (f"<nav>{'a' * 60}</nav><p>{B}", ["a" * 60, B]),
}  # fmt: skip


@pytest.mark.parametrize(("html", "blocks"), BLOCKS.values(), ids=BLOCKS)
def test_blocks_of_the_main_text(html: str, blocks: list[str]) -> None:
    assert list(read_page_text(html.encode(), HTML, URL).blocks) == blocks


@pytest.mark.parametrize(
    "kind",
    [None, "text/html", "application/xhtml+xml; charset=utf-8", "application/xml", "text/xml"],
)
def test_pages_are_read_whatever_their_declared_type(kind: str | None) -> None:
    assert read_page_text(
        f"<p>{A}".encode(), {"content-type": kind} if kind else {}, URL
    ).blocks == (A,)


def test_missing_metadata_is_empty() -> None:
    page = read_page_text(b"<p>x<a href>no address</a>", HTML, URL)
    assert (page.title, page.heading, page.canonical, page.links) == ("", "", "", ())
    assert read_page_text(b"<link rel=canonical href=/b>", HTML, "").canonical == ""


def test_metadata_in_unusual_places_is_read() -> None:
    html = "<meta property=og:url content=/b><p>x</p><title>Late</title><a href=//b.example/ title=Tip><img></a>"
    page = read_page_text(html.encode(), HTML, URL)
    assert (page.title, page.canonical) == ("Late", "https://a.example/b")
    assert [(link.url, link.text) for link in page.links] == [("https://b.example/", "Tip")]


def test_only_the_beginning_of_a_huge_page_is_read() -> None:
    assert len(read_page_text(f"<p>{A}".encode() * 4_000, HTML, URL).blocks) == 3_000
    text = read_page_text(f"<p>{A}{'<br>' * 15_000}<p>{B}".encode(), HTML, URL).text
    assert (A in text, B in text) == (True, False)


def test_files_have_no_text_and_plain_texts_have_paragraphs() -> None:
    assert (
        read_page_text(b"%PDF-1.7" + bytes(5000), {"content-type": "application/pdf"}, URL).text
        == ""
    )
    text = "\n\n".join(paragraphs(2))
    page = read_page_text(
        f"short\n\n{text}".encode(), {"content-type": "text/plain; charset=utf-8"}, URL
    )
    assert list(page.blocks) == paragraphs(2)
    assert page.text.startswith("short ")


HOSTILE = [
    b"<div>" * 60_000,
    b"<nav class=menu>" * 40_000 + b"x",
    b"<div class=sidebar>" * 25_000 + b"text " * 1000,
    b"<a href=/x>" * 50_000,
    b"<p>" + b"a" * PAGE_LIMIT,
    b"<!--" * 100_000,
    b"<table><tr><td>" * 30_000,
    b"<script>" + b"</p>" * 100_000,
    b"\0" * 100_000,
    b"<br>" * 100_000,
    "<p>。！？".encode() * 60_000,
    bytes(range(256)) * 1_000,
]


@pytest.mark.parametrize("body", HOSTILE, ids=[repr(body[:20]) for body in HOSTILE])
def test_hostile_pages_are_read_within_bounds(body: bytes) -> None:
    page = read_page_text(body, HTML, URL)
    assert len(page.text) <= 200_000
    assert len(page.links) <= 3_000
    assert len(page.blocks) <= 3_001


@given(st.binary(max_size=300) | st.text("<>/=\"' abdivnp\n", max_size=300).map(str.encode))
@settings(deadline=None)
def test_any_bytes_can_be_read(body: bytes) -> None:
    read_page_text(body, HTML, URL)
