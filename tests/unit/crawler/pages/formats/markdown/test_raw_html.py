from __future__ import annotations

import pytest

from crawler.pages import Dialect, extract
from crawler.pages.fixes.embedded_media import Embed, embed_at
from crawler.pages.formats.markdown.html_tags import excluded_spans
from store.vocabulary import CitationKind


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        (
            '<a href="https://a.example/?b&amp;c" title="题">甲 <b>乙</b></a>',
            [("https://a.example/?b&c", "甲 乙", "题")],
        ),
        ("<a href=https://a.example/b>甲</a>", [("https://a.example/b", "甲", None)]),
        ("<A HREF = ' https://a.example/ '>甲</A>", [("https://a.example/", "甲", None)]),
        (
            '<a href="https://a.example/" aria-label="标签"></a>',
            [("https://a.example/", "标签", None)],
        ),
        (
            '<a href="https://a.example/">https://b.example/ 与 [x](https://c.example/)</a>',
            [("https://a.example/", "https://b.example/ 与 [x](https://c.example/)", None)],
        ),
        (
            '<img src="https://a.example/1" srcset="https://a.example/2 1x,  https://a.example/3,4 2x" alt="图">',
            [
                ("https://a.example/1", "图", None),
                ("https://a.example/2", "图", None),
                ("https://a.example/3,4", "图", None),
            ],
        ),
        (
            '<img srcset="https://a.example/a.jpg 1x,\n https://a.example/bb.jpg 2x, https://a.example/夅.jpg (3x, 4x),https://a.example/d,">',
            [
                ("https://a.example/a.jpg", "", None),
                ("https://a.example/bb.jpg", "", None),
                ("https://a.example/夅.jpg", "", None),
                ("https://a.example/d", "", None),
            ],
        ),
        (
            '<video poster="https://a.example/p"><source src="https://a.example/v"></video>',
            [("https://a.example/p", "", None), ("https://a.example/v", "", None)],
        ),
        (
            '<a href="https://a.example/" data-versionurl="https://archive.ph/Ab3dE">甲</a>',
            [("https://a.example/", "甲", None), ("https://archive.ph/Ab3dE", "", None)],
        ),
        (
            '<blockquote cite="https://a.example/"><object data="https://b.example/"></object></blockquote>',
            [("https://a.example/", "", None), ("https://b.example/", "", None)],
        ),
        (
            '<a href="https://a.example/" data-x="https://b.example/" onclick="https://c.example/">甲</a>',
            [("https://a.example/", "甲", None)],
        ),
        (
            '<base href="https://a.example/"><script src="https://b.example/">"https://c.example/"</script>',
            [],
        ),
        ('<!-- <a href="https://a.example/">甲</a> -->', []),
        ('<pre><a href="https://a.example/">甲</a></pre>', []),
        ("<a href='https://a.example/", []),
    ],
)
@pytest.mark.parametrize("frame", ["{}\n", "<div>\n{}\n</div>\n", "行内 {} 之后\n"])
def test_urls_of_raw_html_are_cited(
    markup: str, found: list[tuple[str, str, str | None]], frame: str
) -> None:
    if markup.startswith("<a href='https") and not frame.startswith("<div"):
        return  # outside of a block of HTML, an unclosed tag is text with a bare URL
    text = frame.format(markup)
    page = extract(text, path="a.md")
    html = [citation for citation in page.citations if citation.kind is CitationKind.HTML]
    if "<script" not in markup or not frame.startswith(
        "行内"
    ):  # to CommonMark, an inline script is a tag like any other
        assert [(citation.url, citation.text, citation.title) for citation in html] == found
    for citation in html:
        assert (
            text.encode()[citation.start : citation.end].decode().replace("&amp;", "&")
            == citation.url
        )


def test_markdown_between_tags_has_the_position_and_section_of_the_page() -> None:
    text = "# 节\n\n> <table><tr>\n> <td>[甲](https://a.example/)</td>\n>     <td>![图](<https://b.example/i j>)</td>\n> </tr></table>\n"
    first, second = extract(text, path="a.md").citations
    assert [
        (citation.url, citation.section, citation.quoted, citation.line)
        for citation in (first, second)
    ] == [
        ("https://a.example/", ("节",), True, 4),
        ("https://b.example/i j", ("节",), True, 5),
    ]
    assert text.encode()[second.start : second.end] == b"https://b.example/i j"


@pytest.mark.parametrize(
    ("dialect", "urls"),
    [
        (Dialect.MKDOCS, ["https://a.example/", "https://b.example/"]),
        (Dialect.COMMONMARK, ["https://b.example/"]),
    ],
)
def test_text_in_a_block_of_html_is_read_in_mkdocs_only(dialect: Dialect, urls: list[str]) -> None:
    text = '<div>\nhttps://a.example/ <a href="https://b.example/">x</a>\n</div>\n'
    assert [
        citation.url for citation in extract(text, path="a.md", dialect=dialect).citations
    ] == urls


@pytest.mark.parametrize(
    ("markup", "embedded"),
    [
        ("<MyFrame :src=\"'https://a.example/b'\" />", Embed.MEDIA),
        ("<img v-bind:src=\"'https://a.example/b.png'\">", Embed.IMAGE),
        ("<MyLink :href=\"'https://a.example/b'\">x</MyLink>", None),
        ('<LinkCard link="https://a.example/b" />', None),
    ],
)
def test_links_and_media_of_components_are_told_apart(markup: str, embedded: Embed | None) -> None:
    (citation,) = extract(markup, path="a.md").citations
    assert embed_at(markup.encode(), citation.start, citation.url, citation.kind) is embedded


def test_tags_that_never_end_are_read_in_linear_time() -> None:
    """In quadratic time this takes minutes."""
    text = b"<p>a</p>" + b"<pre " * 300_000
    assert list(excluded_spans(text, 0, len(text))) == [(8, len(text))]
