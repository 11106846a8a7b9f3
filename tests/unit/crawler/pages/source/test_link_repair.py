from __future__ import annotations

import pytest

from crawler.pages import extract
from store.vocabulary import CitationKind


@pytest.mark.parametrize(
    ("written", "url", "text", "problem"),
    [
        ("[报道(https://a.example/b)", "https://a.example/b", "报道", "lost its “]”"),
        ("[报道（https://a.example/b）", "https://a.example/b", "报道", "lost its “]”"),
        ("报道](https://a.example/b)", "https://a.example/b", "报道", "lost its “[”"),
        ("[报道]https://a.example/b)", "https://a.example/b", "报道", "lost its “(”"),
        ("[报道](https://a.example/b", "https://a.example/b", "报道", "lost its “)”"),
        ("[报道]（https://a.example/b）", "https://a.example/b", "报道", "full-width brackets"),
        ("[报道](https://a.example/b）", "https://a.example/b", "报道", "full-width brackets"),
        ("［报道］(https://a.example/b)", "https://a.example/b", "报道", "full-width brackets"),
        ("[报道](https://a.example/b c d)", "https://a.example/b c d", "报道", "contains spaces"),
        (
            "![图](https://a.example/b.png align=\"left\" width='10')",
            "https://a.example/b.png",
            "图",
            "not valid Markdown",
        ),
        (
            "[报道](https://a.example/b “标题”)",
            "https://a.example/b",
            "报道",
            "not valid Markdown",
        ),
        ("[报道](www.a.example/b)", "http://www.a.example/b", "报道", "not a complete URL"),
        ("[报道](https：//a.example/b)", "https://a.example/b", "报道", "not a complete URL"),
        (
            "[报道]([https://a.example/b](https://a.example/b))",
            "https://a.example/b",
            "报道",
            "not a complete URL",
        ),
        (
            '[报道](https://a.example/b"https://c.example")',
            "https://a.example/b",
            "报道",
            "no space between",
        ),
        (
            "来源 https://a.example/b[^1]\n\n[^1]: 注",
            "https://a.example/b",
            "",
            "footnote mark follows a URL",
        ),
        ("~~https://a.example/b~~", "https://a.example/b", "", "struck through"),
        ("[^1]：https://a.example/b", "https://a.example/b", "", "full-width colon"),
        (
            '[报道](https://a.example/b "https://c.example https://d.example")',
            "https://a.example/b",
            "报道",
            "two URLs",
        ),
    ],
)
def test_a_broken_link_still_yields_its_url_with_a_warning(
    written: str, url: str, text: str, problem: str
) -> None:
    page = extract(f"第一行\n\n{written}", path="a.md")
    (citation,) = page.citations
    assert (citation.url, citation.text, citation.salvaged) == (url, text, True)
    (warning,) = page.warnings
    assert (warning.page, warning.line, warning.code) == ("a.md", 3, "salvaged")
    assert problem in warning.message
    assert url in warning.message


@pytest.mark.parametrize(
    "written",
    [
        "（https://a.example/b）",
        "【来源】（https://a.example/b）",
        "[1] https://a.example/b",
        "[报道](https://a.example/b)",
        "~~旧~~ https://a.example/b",
        "链接：https://a.example/b",
    ],
)
def test_intact_links_are_not_salvaged(written: str) -> None:
    page = extract(written, path="a.md")
    assert [citation.salvaged for citation in page.citations] == [False]
    assert not page.warnings


@pytest.mark.parametrize("size", ["=100x20", "=24x", "=x30"])
def test_an_image_with_its_size_is_intact(size: str) -> None:
    page = extract(f"![图](https://a.example/b.png {size})", path="a.md")
    (citation,) = page.citations
    assert (citation.url, citation.kind) == ("https://a.example/b.png", CitationKind.IMAGE)
    assert not citation.salvaged
    assert not page.warnings


def test_the_title_of_a_broken_link_is_no_citation_of_its_own() -> None:
    (citation,) = extract(
        '[报道(https://archive.is/abcde "https://a.example/b") 与', path="a.md"
    ).citations
    assert (citation.title, citation.kind) == ("https://a.example/b", CitationKind.INLINE)


def test_a_footnote_with_a_full_width_colon_keeps_its_label() -> None:
    (citation,) = extract("[^12]：https://a.example/b", path="a.md").citations
    assert (citation.footnote, citation.kind) == ("12", CitationKind.FOOTNOTE)


def test_a_quotation_mark_before_a_title_is_part_of_the_url() -> None:
    page = extract('[c](https://a.example/"x" "T") [d](https://a.example/z"T")', path="a.md")
    assert [each.url for each in page.citations] == ['https://a.example/"x"', "https://a.example/z"]
    assert len(page.warnings) == 1
