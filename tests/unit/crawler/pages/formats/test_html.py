"""Test HTML files: which attributes cite, with which bytes, and that fixes change nothing else."""

from __future__ import annotations

from pathlib import Path

import html5lib
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import reports
from crawler.pages import extract
from crawler.pages.internal_links.resolver import resolve_internal_links
from crawler.pages.internal_links.wiki_index import WikiIndex
from crawler.pages.source.html_attributes import unescape_attribute
from reports.patches import MirrorStyle
from tests.unit.crawler.pages.formats.fixing import check_fix, urls
from tests.unit.reports.patches.wiki import ORIGINAL, TODAY, WAYBACK

A, N = "https://a.example/", "https://no.example/"
CITED = {
    "link": f'<a href="{A}">x</a>',
    "single quotes, spaces and capitals": f"<A\n CLASS='y' HREF = ' {A} '>x</A>",
    "no quotes": f"<a href={A}>x</a>",
    "slash before the end": f'<img src="{A}"/>',
    "first of two": f'<a href="{A}" href="{N}">x</a>',
    "greater than in a value": f'<a title="a>b" href="{A}">x</a>',
    "area": f'<map><area href="{A}"></map>',
    "image": f'<img src="{A}">',
    "srcset": f'<img srcset="b.png 1x, {A} 2x">',
    "preload": f'<link rel=preload imagesrcset="{A} 2x">',
    "lazy image": f'<img data-src="{A}">',
    "media": f'<video poster="{A}"></video>',
    "source": f'<audio><source src="{A}"></audio>',
    "frame": f'<iframe src="{A}"></iframe>',
    "object": f'<object data="{A}"></object>',
    "film": f'<param name="movie" value="{A}">',
    "copy of a Robust Link": f'<a href="b.html" data-versionurl="{A}">x</a>',
    "quotation": f'<q cite="{A}">x</q>',
    "description": f'<img longdesc="{A}">',
    "background": f'<body background="{A}">',
    "drawing": f'<svg><a xlink:href="{A}"><text>x</text></a></svg>',
    "component": f'<my-card href="{A}"></my-card>',
    "style sheet": f'<link rel="alternate stylesheet" href="{A}">',
    "licence": f'<link rel=license href="{A}">',
    "script": f'<script src="{A}"></script>',
    "without scripts": f'<noscript><img src="{A}"></noscript>',
    "refresh": f'<meta http-equiv=Refresh content="5; URL={A}">',
    "refresh in quotes": f"<meta http-equiv=refresh content=\"0;url='{A}'\">",
    "Dublin Core": f'<meta name="DC.source" content="{A}">',
    "microdata": f'<link itemprop="citation" href="{A}">',
    "microdata as text": f'<meta itemprop="isBasedOn" content="{A}">',
    "JSON-LD": f'<script type="application/ld+json">{{"citation": "{A}"}}</script>',
    "JSON-LD, object": f'<script type="application/ld+json">{{"@graph": [{{"isBasedOn": [{{"url": "{A}", "author": {{"url": "{N}"}}}}]}}]}}</script>',
    "quotation mark never closed": f'<p class="x>y <a href={A}>x</a>',
    "in code": f'<pre><code><a href="{A}">x</a></code></pre>',
    "after a stray bracket": f'a < b <a href="{A}">x</a>',
    "scheme of the page": '<a href="//a.example/">x</a>',
    "line end in the URL": '<a href="https://a.exam\nple/">x</a>',
    "character reference": '<a href="https&colon;//a.example/">x</a>',
}
NOT_CITED = {
    "comment": f'<!-- <a href="{N}">x</a> -->',
    "comment that ends at once": "<!--> -->",
    "declaration": f'<!x "<a href={N}"><?x <a href={N} ?>',
    "script": f"<script>a = '<a href={N}>'</script>",
    "style": f"<style>a {{ background: url({N}) }} <a href={N}></style>",
    "text field": f"<textarea><a href={N}>x</a></textarea>",
    "title": f"<title><a href={N}></title>",
    "template": f'<template><p><a href="{N}">x</a></p></template>',
    "own address": f'<link rel=canonical href="{N}"><link rel="alternate" hreflang=de href="{N}"><meta property="og:url" content="{N}">',
    "host": f'<link rel="preconnect" href="{N}"><link rel=dns-prefetch href="{N}">',
    "link without relation": f'<link href="{N}">',
    "form": f'<form action="{N}"><button formaction="{N}">x</button></form>',
    "ping": f'<a ping="{N}" href="b.html">x</a>',
    "identifier": f'<p itemid="{N}" itemtype="{N}" xmlns="{N}">x</p>',
    "JSON-LD about the page": f'<script type="application/ld+json">{{"url": "{N}", "author": {{"sameAs": "{N}"}}, "name": "{N}"}}</script>',
    "broken JSON-LD": f'<script type="application/ld+json">{{"citation": "{N}"</script>',
    "data of another element": f'<b data="{N}">x</b>',
    "end tag": f'</a href="{N}">',
    "text": f"<p>{N}</p>",
    "placeholder": "<a href='https://a.example/{{ id }}'>x</a>",
    "own report": f'<meta name="generator" content="Holdfast"><a href="{N}">x</a>',
    "mail": '<a href="mailto:a@b.example">x</a>',
    "ignored": f'<a href="{N}">x</a> <!-- holdfast: ignore -->',
}  # fmt: skip


@pytest.mark.parametrize("text", CITED.values(), ids=CITED)
def test_urls_in_attributes_are_citations(text: str) -> None:
    page = extract(text, path="a.html")
    assert urls(page) == [A]
    written = text.encode()[page.citations[0].start : page.citations[0].end].decode()
    assert unescape_attribute(written).replace("\n", "") in {A, "//a.example/"}
    assert not page.warnings


@pytest.mark.parametrize("text", NOT_CITED.values(), ids=NOT_CITED)
def test_urls_of_the_page_itself_and_in_code_are_no_citations(text: str) -> None:
    page = extract(text, path="a.html")
    assert (urls(page), page.warnings) == ([], ())


def test_a_citation_has_its_text_section_and_dates() -> None:
    page = extract(
        """<!doctype html><title>T &amp; U</title><h1 id="h">Ferries ¶</h1><h2>Boats</h2>
        <blockquote><p>见 <a href="https://a.example/" title="t">the <b>boat</b> &amp; crew</a>, (accessed 2020-01-02)</p></blockquote>
        <ol><li id="fn:1"><a href="https://b.example/">b</a>, 2021-03-12. (参照 2021-10-22)</li></ol>
        <h2>Sea</h2><a href="https://c.example/"><img src="d.png" alt="e"></a><a href="f.html#g">f</a><a name="n"></a>""",
        path="a.html",
    )
    a, b, c = page.citations
    assert (a.text, a.title, a.section, a.quoted, str(a.accessed)) == (
        "the boat & crew",
        "t",
        ("Ferries", "Boats"),
        True,
        "2020-01-02",
    )
    assert (b.footnote, str(b.published), str(b.accessed)) == ("1", "2021-03-12", "2021-10-22")
    assert (c.section, c.quoted, c.line) == (("Ferries", "Sea"), False, 4)
    assert len({a.block, b.block, c.block}) == 3
    assert (page.title, page.anchors) == ("T & U", ("h", "fn:1", "n"))
    assert [link.target for link in page.internal_links] == ["d.png", "f.html#g"]


@pytest.mark.parametrize(
    ("text", "broken"),
    [('<a id="c">x</a>', None), ("<p>x</p>", "missing-heading"), ("<script>draw()</script>", None)],
)
def test_a_fragment_is_missing_only_where_no_script_can_make_it(
    text: str, broken: str | None
) -> None:
    page = extract(text, path="b.html")
    links = extract('<a href="b.html#c">x</a>', path="a.html").internal_links
    index = WikiIndex({"a.html": [], "b.html": page.anchors})
    (link,) = resolve_internal_links(links, "", index, lambda _: text)
    assert (link.path, link.broken) == ("b.html", broken)


def test_reports_of_holdfast_are_marked_as_such() -> None:
    for name in ("report.html", "site/site.html"):
        template = (Path(reports.__file__).parent / "templates" / name).read_text("utf-8")
        assert '<meta name="generator" content="Holdfast">' in template


@pytest.mark.parametrize(
    ("base", "href", "citations", "targets"),
    [
        ("https://a.example/b/", "c.html", ["https://a.example/b/c.html"], []),
        ("https://a.example/b/", "#c", [], ["#c"]),
        ("https://a.example/b/", "mailto:c@d.example", [], []),
        ("/docs/", "c.html", [], ["/docs/c.html"]),
        ("/docs/", "/c.html", [], ["/c.html"]),
        ("/docs/", "https://c.example/", ["https://c.example/"], []),
    ],
)
def test_links_are_resolved_against_the_first_base(
    base: str, href: str, citations: list[str], targets: list[str]
) -> None:
    page = extract(
        f'<a href="{href}">x</a><base href="{base}"><base href="/other/">', path="a.html"
    )
    assert (urls(page), [link.target for link in page.internal_links]) == (citations, targets)


def test_a_declared_encoding_is_used() -> None:
    text = '<meta charset="shift_jis"><a href="https://a.example/">夜の船</a>'
    page = extract(text.encode("shift_jis"), path="a.htm")
    assert (page.citations[0].text, page.warnings) == ("夜の船", ())
    text = "<?xml version='1.0' encoding='windows-1251'?><a href='https://a.example/'>ночь</a>"
    assert extract(text.encode("cp1251"), path="a.xhtml").citations[0].text == "ночь"


@pytest.mark.parametrize(
    "text",
    ["<div>" * 100_000 + "{}", "<a <a <a " * 30_000 + ">{}", "<!--" * 30_000 + "-->{}", "<p>&amp;" * 50_000 + "{}", '<b x="' * 30_001 + '">{}', "<" * 200_000 + "{}", "<a href=x>" * 50_000 + "{}"],
    ids=range(7),
)  # fmt: skip
def test_hostile_pages_are_read(text: str) -> None:
    page = extract(text.format(f'<a href="{A}">x</a>'), path="a.html")
    assert urls(page) == [A]


def test_a_base_that_no_server_accepts_is_left_out() -> None:
    base = f'<base href="https://b.example/{"a" * 1_000_000}/">'
    page = extract(base + '<a href="c">x</a>' * 10_000, path="a.html")
    assert (page.citations, {each.target for each in page.internal_links}) == ((), {"c"})


@pytest.mark.parametrize(
    ("style", "before", "after"),
    [
        (MirrorStyle.TITLE, f'<a href="{ORIGINAL}">x</a>', f'<a href="{WAYBACK}" title="{ORIGINAL}">x</a>'),
        (MirrorStyle.TITLE, f"<a title='t' href='{ORIGINAL}'>x</a>", f"<a title='t {ORIGINAL}' href='{WAYBACK}'>x</a>"),
        (MirrorStyle.TITLE, f"<a href={ORIGINAL}>x</a>", f'<a href="{WAYBACK}" title="{ORIGINAL}">x</a>'),
        (MirrorStyle.BESIDE, f'<a href="{ORIGINAL}">x</a>', f'<a href="{ORIGINAL}">x</a> (<a href="{WAYBACK}">存档</a>)'),
        (MirrorStyle.FOOTNOTE, f'<a href="{ORIGINAL}">x</a>', f'<a href="{ORIGINAL}">x</a> (<a href="{WAYBACK}">存档</a>, 2021-11-05)'),
        (MirrorStyle.BESIDE, f'<a href="{ORIGINAL}"><div>x</div></a>', f'<a href="{WAYBACK}" title="{ORIGINAL}"><div>x</div></a>'),
        (MirrorStyle.BESIDE, f'<svg><a xlink:href="{ORIGINAL}"></a></svg>', f'<svg><a xlink:href="{WAYBACK}"></a></svg>'),
        (MirrorStyle.BESIDE, f'<img src="{ORIGINAL}">', f'<img src="{WAYBACK}">'),
        (MirrorStyle.TITLE, f'<img srcset="a.png 1x, {ORIGINAL} 2x">', f'<img srcset="a.png 1x, {WAYBACK} 2x">'),
        (MirrorStyle.TITLE, f'<q cite="{ORIGINAL}">x</q>', f'<q cite="{WAYBACK}">x</q>'),
        (MirrorStyle.TITLE, f'<script type="application/ld+json">{{"citation": "{ORIGINAL}"}}</script>', f'<script type="application/ld+json">{{"citation": "{WAYBACK}"}}</script>'),
        (MirrorStyle.TITLE, '<base href="http://a.example/"><a href="x">y</a>', f'<base href="http://a.example/"><a href="{WAYBACK}" title="{ORIGINAL}">y</a>'),
    ],
)  # fmt: skip
def test_a_fix_is_written_in_the_attributes_of_the_link(
    style: MirrorStyle, before: str, after: str
) -> None:
    patch = check_fix(before.encode(), "a.html", style)
    assert patch.after.decode() == after


@pytest.mark.parametrize(
    "text",
    [
        f'<script src="{ORIGINAL}"></script>',
        f'<link rel=stylesheet href="{ORIGINAL}">',
        f'<embed src="{ORIGINAL}">',
        f'<iframe src="{ORIGINAL}"></iframe>',
        f'<video src="{ORIGINAL}"></video>',
        f'<audio><source src="{ORIGINAL}"></audio>',
        f'<track src="{ORIGINAL}">',
        f'<object data="{ORIGINAL}"></object>',
    ],
)
def test_scripts_and_media_are_not_fixed(text: str) -> None:
    patch = check_fix(text.encode(), "a.html", MirrorStyle.TITLE)
    assert patch.after == text.encode()
    assert [skipped.reason for skipped in patch.skipped] == [
        "the page embeds it, and an archived page cannot replace it: edit it by hand"
    ]


PIECES = (
    f'<a href="{ORIGINAL}">甲</a>', f"<a href='{ORIGINAL}' title='t'>乙</a>", f"<a href={ORIGINAL}>c</a>", f'<img src="{ORIGINAL}" alt="d">',
    f'<a href="{ORIGINAL}">', "</a>", "<p>", "</p>", "<ul><li id='fn:1'>", "<h2>H</h2>", "<!-- c -->", "<blockquote>", "</blockquote>", " text &amp; ",
    f'<a href="{WAYBACK}">已</a>', '<a href="https://b.example/">e</a>', "<", '"', f'<script>"{ORIGINAL}"</script>', "<template>", "</template>", "<b x='", "\n",
    f"<img srcset='{ORIGINAL} 2x'>", f'<script type="application/ld+json">["{ORIGINAL}", {{"citation": "{ORIGINAL}"}}]</script>', "<svg>", "<textarea>", "</textarea>",
)  # fmt: skip
pages = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@settings(max_examples=300, deadline=None)
@given(pages, st.sampled_from(MirrorStyle), st.booleans())
def test_only_the_intended_bytes_change(text: str, style: MirrorStyle, short: bool) -> None:
    check_fix(text.encode(), "a.html", style, short=short)


@settings(max_examples=500, deadline=None)
@given(pages)
def test_links_are_those_that_html5lib_finds(text: str) -> None:
    assume("<template>" not in text)  # which html5lib does not support
    tree = html5lib.parse(f"<body>{text}", namespaceHTMLElements=False)
    expected = [
        node.attrib["href"]
        for node in tree.iter("a")
        if node.attrib.get("href", "").startswith("http")
    ]
    found = [c.url for c in extract(f"<body>{text}", path="a.html").citations if c.kind == "html"]
    assert set(expected) <= {*found, TODAY}
