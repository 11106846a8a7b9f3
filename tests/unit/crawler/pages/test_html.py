from __future__ import annotations

from datetime import date

import pytest

from crawler.pages import html
from crawler.pages.citation_context import BYTES_AFTER
from crawler.pages.html import extract_html
from store.vocabulary import CitationKind

PAGE = """<!doctype html><html><head><title>某平台 - 维基</title><link href="https://cdn.example/x.css">
<script>var a = "https://script.example/"</script></head><body>
<nav><a href="https://nav.example/">n</a></nav>
<main>
<h1 id="top">某平台</h1>
<h2 id="a">暂停<a class="headerlink" href="#a">¶</a></h2>
<blockquote><ul><li><a href="https://archive.is/Aa1Bb" title="https://weibo.example/1">公告 &amp; <b>微博</b></a></li></ul></blockquote>
<p>见<a href="/b/">内</a>与<a href="c/#d">内二</a>、<a href="https://wiki.example/e?f">内三</a>、<a href="mailto:x@y.example">信</a>。</p>
<p><img src="https://img.example/a.png?x&amp;y" srcset=",https://img.example/b.png 2x," alt="图"></p>
<pre><a href="https://code.example/">code</a></pre>
<h2>节二</h2>
<div class="footnote"><ol><li id="fn:836"><p>某人, 《<a href="https://web.archive.org/web/2022/https://forum.example/">手机</a>》, 2022-02-24. (参照 2022-02-25).</p></li></ol></div>
</main>
<footer><a href="https://footer.example/">f</a></footer></body></html>"""


def test_a_fetched_page_has_citations_links_and_anchors() -> None:
    page = extract_html(PAGE, url="https://wiki.example/a/")
    assert [(citation.url, citation.text, citation.kind) for citation in page.citations] == [
        ("https://archive.is/Aa1Bb", "公告 & 微博", CitationKind.HTML),
        ("https://img.example/a.png?x&y", "图", CitationKind.IMAGE),
        ("https://img.example/b.png", "图", CitationKind.IMAGE),
        ("https://web.archive.org/web/2022/https://forum.example/", "手机", CitationKind.HTML),
    ]
    quoted, _, _, noted = page.citations
    assert (quoted.quoted, quoted.title, quoted.section) == (
        True,
        "https://weibo.example/1",
        ("某平台", "暂停"),
    )
    assert (noted.footnote, noted.section, noted.published, noted.accessed) == (
        "836",
        ("某平台", "节二"),
        date(2022, 2, 24),
        date(2022, 2, 25),
    )
    assert [link.target for link in page.internal_links] == ["#a", "/b/", "c/#d", "/e?f"]
    assert (page.path, page.title, page.skipped) == (
        "https://wiki.example/a/",
        "某平台 - 维基",
        {"mailto": 1},
    )
    assert {"top", "a", "fn:836"} <= set(page.anchors)


def test_the_position_of_a_citation_is_that_of_its_attribute() -> None:
    for citation in extract_html(PAGE, url="https://wiki.example/a/").citations:
        written = PAGE.encode()[citation.start : citation.end].decode()
        assert written.replace("&amp;", "&") == citation.url
        assert PAGE.splitlines()[citation.line - 1][citation.column - 1 :].startswith(written)


@pytest.mark.parametrize(
    ("markup", "citations"),
    [
        ('<base href="https://other.example/x/"><a href="y">a</a>', ["https://other.example/x/y"]),
        ('<a href="//b.example/">a</a>', ["https://b.example/"]),
        ('<a href="https://b.example', []),
        (
            '<video poster="https://b.example/p.jpg"><source src="https://b.example/v"></video>',
            ["https://b.example/p.jpg", "https://b.example/v"],
        ),
        (
            '<q cite="https://b.example/">x</q><object data="https://c.example/"></object>',
            ["https://b.example/", "https://c.example/"],
        ),
        ("", []),
        ("<" * 5000, []),
        ("<div>" * 3000 + '<a href="https://b.example/">', ["https://b.example/"]),
    ],
)
def test_citations_are_read_from_html_markup(markup: str, citations: list[str]) -> None:
    assert [
        citation.url for citation in extract_html(markup, url="https://wiki.example/").citations
    ] == citations


def test_links_of_a_page_without_main_have_dates_and_a_block() -> None:
    page = extract_html(
        '<p><a href="https://b.example/">B</a>, 2021-01-02, <a href="https://c.example/">C</a> (accessed 2022-02-25)</p>',
        url="https://a.example/",
    )
    first, second = page.citations
    assert (first.accessed, first.published, second.accessed, second.published) == (
        date(2022, 2, 25),
        date(2021, 1, 2),
        date(2022, 2, 25),
        None,
    )
    assert first.block == second.block


@pytest.mark.parametrize(
    ("head", "written_in", "header", "message"),
    [
        ('<meta charset="gb2312">', "gb18030", None, "gb2312"),
        (
            '<meta http-equiv="Content-Type" content="text/html; charset=Big5">',
            "big5",
            None,
            "big5",
        ),
        ("", "gb18030", "GBK", "gbk"),
        ('<meta charset="gb2312">', "utf-8", None, "utf-8"),
        ('<meta charset="no-such-thing">', "gb18030", "nor-this", "gb18030"),
    ],
)
def test_the_encoding_of_a_fetched_page_is_found(
    head: str, written_in: str, header: str | None, message: str
) -> None:
    text = f"<head>{head}</head><body><a href='https://b.example/'>中文新聞報導的內容，我們大家都知道。</a>"
    page = extract_html(text.encode(written_in), url="https://a.example/", encoding=header)
    assert (page.citations[0].text, page.encoding) == (
        "中文新聞報導的內容，我們大家都知道。",
        message,
    )


LINK = '<a href="https://b.example/">B</a>'


@pytest.mark.parametrize(
    "body",
    [
        LINK + "<div>" * 100_000,
        "<div>" * 100_000 + LINK + "</div>" * 100_000,
        "<x-y>" * 50_000 + LINK + "<hr>" * 50_000,
        LINK + "<svg " * 300_000,
        LINK + "<svg>" + "<div/>" * 100_000 + "</svg>",
    ],
)
def test_a_page_nested_too_deeply_is_searched_for_urls(body: str) -> None:
    page = extract_html(body, url="https://a.example/")
    assert [citation.url for citation in page.citations] == ["https://b.example/"]
    assert [warning.code for warning in page.warnings] == ["read-plainly"]


@pytest.mark.parametrize(
    "many",
    [
        "<p>one",
        "<ul><li>one<li>two</ul>",
        "<div><b>one</b></div>",
        "<br>",
        "<svg><path d='M0'/><circle r='1'/></svg>",
    ],
)
def test_a_long_page_is_read_by_the_parser(many: str) -> None:
    page = extract_html(LINK + many * 20_000, url="https://a.example/")
    assert [(citation.text, page.warnings) for citation in page.citations] == [("B", ())]


@pytest.mark.parametrize("length", [BYTES_AFTER - 100, BYTES_AFTER + 100])
def test_the_text_around_a_link_is_limited(length: int) -> None:
    """A page of one block is read once, and not once for each of its links."""
    text = f"<p><a href='https://a.example/'>a</a> {'a' * length} (accessed 2022-02-25)"
    (citation,) = extract_html(text, url="https://wiki.example/").citations
    assert (citation.accessed is None) == (length > BYTES_AFTER)


def test_values_that_the_source_does_not_contain_are_not_searched_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(html, "_MAX_MISSED", 0)
    written = "<a href='&#104;ttps://a.example/'>a</a> <a href='https://b.example/'>b</a>"
    text = f"<p>{written}{'c' * 5_000}<a href='https://d.example/'>d</a>"
    citations = extract_html(text, url="https://wiki.example/").citations
    assert [(each.url, text[each.start : each.end]) for each in citations] == [
        ("https://a.example/", ""),
        ("https://b.example/", "https://b.example/"),
        ("https://d.example/", ""),
    ]
