"""Test the dialects against two renderers: Python-Markdown with Material's extensions, and markdown-it."""

from __future__ import annotations

import html
import re
from collections import Counter

import markdown  # type: ignore[import-untyped]
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from crawler.pages import Dialect, extract
from store.vocabulary import CitationKind

EXTENSIONS = [
    "admonition",
    "attr_list",
    "md_in_html",
    "footnotes",
    "tables",
    "toc",
    "def_list",
    "pymdownx.superfences",
    "pymdownx.details",
    "pymdownx.tabbed",
    "pymdownx.highlight",
    "pymdownx.tilde",
]

MKDOCS_PAGES = {
    "admonition": '!!! note "题"\n\n    [甲](https://a.example/) 与\n\n    +   [乙](https://b.example/ "https://c.example/")\n\n后 [丙](https://d.example/)\n',
    "foldable": '???+ quote\n\n    段落 [甲](https://a.example/)\n\n    ??? info "内"\n\n        [乙](https://b.example/)\n\n            [码](https://code.example/)\n',
    "body at once": "!!! warning\n    [甲](https://a.example/)\n    - [乙](https://b.example/)\n",
    "tabs": '=== "一"\n\n    [甲](https://a.example/)\n\n=== "二"\n\n    [乙](https://b.example/)\n',
    "attributes": '[甲](https://a.example/){: target="_blank" } ![图](https://a.example/i.png){ width="20" }\n',
    "markdown in html": '<div markdown="1">\n\n[甲](https://a.example/)\n\n<p markdown="span">[乙](https://b.example/)</p>\n\n</div>\n\n<div class="grid" markdown>\n[丙](https://c.example/)\n</div>\n',
    "footnotes": "甲[^a] 乙[^b]\n\n[^a]: [甲](https://a.example/)\n\n    第二段 [乙](https://b.example/)\n\n[^b]:\n    +   [丙](https://c.example/)\n    +   <https://d.example/>\n",
    "narrow list": "- 甲\n\n    [甲](https://a.example/)\n\n- 乙\n\n      [乙](https://b.example/)\n\n        [码](https://code.example/)\n",
    "list after a comment": "+   甲\n  <!-- 备注 -->\n    +   [甲](https://a.example/)\n",
    "code": "甲\n\n    [码](https://code.example/)\n\n```\n[码](https://code.example/)\n```\n\n`[码](https://code.example/)`\n",
    "last definition": "[甲][x]\n\n[x]: https://a.example/\n[x]: https://b.example/\n",
    "table": "| 甲 | 乙 |\n|----|----|\n| [甲](https://a.example/) | ![图](https://b.example/i.png) |\n",
    "raw html": '<p><a href="https://a.example/?b&amp;c">甲</a> <img src="https://b.example/i.png"></p>\n\n行内 <a href="https://c.example/">乙</a>\n',
    "spaces in a destination": "[甲](https://a.example/b c)\n",
    "brackets": "[[甲] 乙](https://a.example/) [丙](https://b.example/苹果（公司）) [丁](https://c.example/a_(b))\n",
    "definition list": "词\n:   解释 [甲](https://a.example/)\n\n    第二段 [乙](https://b.example/)\n",
    "callout": '> [!quote]+ 题\n>\n> +   [甲](https://a.example/ "https://b.example/")\n',
}


def rendered_urls(rendered: str) -> Counter[str]:
    """Return the URLs in the attributes of rendered HTML."""
    return Counter(
        html.unescape(url) for url in re.findall(r'(?:href|src)="(https?:[^"]*)"', rendered)
    )


@pytest.mark.parametrize("name", MKDOCS_PAGES)
def test_every_link_that_mkdocs_renders_is_extracted_and_no_other(name: str) -> None:
    text = MKDOCS_PAGES[name]
    rendered = rendered_urls(markdown.markdown(text, extensions=EXTENSIONS))
    found = Counter(citation.url for citation in extract(text, path="a.md").citations)
    if name == "last definition":  # an unused definition is a citation, and is not rendered
        rendered["https://a.example/"] += 1
    assert found == rendered
    assert bool(rendered) is (name != "code")


@pytest.mark.parametrize("name", ["admonition", "foldable", "body at once"])
def test_admonitions_are_quoted_like_callouts(name: str) -> None:
    page = extract(MKDOCS_PAGES[name], path="a.md")
    assert [
        citation.quoted
        for citation in page.citations
        if citation.url in {"https://a.example/", "https://b.example/"}
    ] == [True, True]
    assert all(
        not citation.quoted for citation in page.citations if citation.url == "https://d.example/"
    )


@pytest.mark.parametrize(
    ("text", "mkdocs", "commonmark"),
    [
        ("!!! note\n\n    [甲](https://a.example/)\n", 1, 0),
        ("- 甲\n\n      [甲](https://a.example/)\n", 1, 0),
        ("<div>\n[甲](https://a.example/)\n</div>\n", 1, 0),
        ("<div>\n\n[甲](https://a.example/)\n\n</div>\n", 1, 1),
    ],
)
def test_mkdocs_reads_links_that_commonmark_does_not(
    text: str, mkdocs: int, commonmark: int
) -> None:
    assert len(extract(text, path="a.md").citations) == mkdocs
    assert len(extract(text, path="a.md", dialect=Dialect.COMMONMARK).citations) == commonmark


_PIECES = st.lists(
    st.sampled_from(
        [
            "[a](https://a.example/)",
            "![b](https://b.example/i.png)",
            "<https://c.example/>",
            "[d][x]",
            "[x]",
            "![x][]",
            "[e]( <https://e.example/f g> 'h' )",
            "[x]: https://x.example/\n",
            "*",
            "**",
            "`",
            "``",
            "[",
            "]",
            "(",
            ")",
            "\\",
            "!",
            "> ",
            "- ",
            "1. ",
            "    ",
            "\n",
            "\n\n",
            "# ",
            "```\n",
            "<b>",
            "</b>",
            " ",
            "a",
            "&amp;",
            "|",
            "_",
        ]
    ),
    max_size=25,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(_PIECES)
def test_every_link_that_commonmark_renders_is_extracted(text: str) -> None:
    rendered = rendered_urls(MarkdownIt("commonmark").render(text))
    found = Counter(
        citation.url.replace(" ", "%20")
        for citation in extract(text, path="a.md", dialect=Dialect.COMMONMARK).citations
    )
    assert not rendered - found


@settings(max_examples=200, deadline=None)
@given(_PIECES)
def test_urls_not_rendered_by_commonmark_are_definitions_bare_or_salvaged(text: str) -> None:
    # By the specification, an indented line behind a definition continues its paragraph. To markdown-it it is code.
    assume(not re.search(r"\]: https://x\.example/\n.* {4}", text))
    rendered = rendered_urls(MarkdownIt("commonmark").render(text))
    sound = [
        citation
        for citation in extract(text, path="a.md", dialect=Dialect.COMMONMARK).citations
        if citation.kind in {CitationKind.INLINE, CitationKind.IMAGE, CitationKind.AUTOLINK}
        and not citation.salvaged
    ]
    assert not Counter(citation.url.replace(" ", "%20") for citation in sound) - rendered


SIZED = (
    ("![](https://a.example/i.png =100x50)", None),
    ("![图](https://a.example/i.png =x50){.align-right}", None),
    ("![图](<https://a.example/i.png> =100%x)", None),
    ('![图](https://a.example/i.png "灯" =100x )', "灯"),
)


@pytest.mark.parametrize(("written", "title"), SIZED)
def test_images_of_wikijs_may_have_a_size(written: str, title: str | None) -> None:
    page = extract(f"甲 {written} 乙\n".encode(), path="a.md", dialect=Dialect.WIKIJS)
    image = page.citations[0]
    assert (image.url, image.title, image.kind) == (
        "https://a.example/i.png",
        title,
        CitationKind.IMAGE,
    )
    assert not page.warnings


def test_only_images_of_wikijs_have_a_size() -> None:
    image = b"![x](/img/a.png =100x50)\n"
    assert not extract(image, path="a.md", dialect=Dialect.GFM).internal_links
    page = extract(b"[x](https://a.example/i.png =100x50)\n", path="a.md", dialect=Dialect.WIKIJS)
    assert [warning.message for warning in page.warnings]
    local = extract(b"![x](/img/a.png =100x50)\n", path="a.md", dialect=Dialect.WIKIJS)
    assert [link.target for link in local.internal_links] == ["/img/a.png"]


def test_a_bare_host_is_a_link_in_wikijs_as_on_github() -> None:
    page = extract(b"www.a.example/b\n", path="a.md", dialect=Dialect.WIKIJS)
    assert [citation.url for citation in page.citations] == ["http://www.a.example/b"]
