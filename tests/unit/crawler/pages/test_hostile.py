"""Test hostile text: no crash, and no citation is lost. Benchmarks measure the time."""

from __future__ import annotations

from functools import partial

import pytest

from crawler.pages import extract
from crawler.pages.source import regex_fallback
from crawler.pages.source.regex_fallback import find_urls_by_regex
from tests.unit.crawler.pages.formats.work import lines_run

SIZE = 20_000
URL = "\n\nhttps://survivor.example/\n"


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "![",
        "](",
        ">",
        "*",
        "`",
        "~",
        "<",
        "<a ",
        "<!--",
        "[^a]: ",
        "[[",
        "- ",
        "1. a\n",
        "a**",
        "|",
        "&",
        "\\",
        "（",
        "(",
        "http://",
        "x" * 50,
        "\u202e",
        "\U0010ffff",
        "\0 " + "a" * 60,
        "!!! ",
        "已失效",
        "2022-01-01 ",
    ],
)
def test_citations_after_repeated_markup_are_read(text: str) -> None:
    page = extract(text * (SIZE // len(text)) + URL, path="a.md")
    assert text in {"<!--", "`", "~"} or "https://survivor.example/" in {
        citation.url for citation in page.citations
    }


@pytest.mark.parametrize(
    "text",
    [
        "".join("  " * depth + "- a\n" for depth in range(120)),
        "> " * 2000 + "x",
        "<div>" * 3000,
        '<a b="c" ' * 2000,
        "|" + "a|" * 800 + "\n|" + "-|" * 800 + "\n",
    ],
)
def test_deeply_nested_and_very_wide_pages_are_read(text: str) -> None:
    assert extract(text + URL, path="a.md").path == "a.md"


def test_a_line_of_many_urls_is_counted_column_by_column() -> None:
    page = extract("微 http://a.example/b " * 3000, path="a.md")
    assert [citation.column for citation in page.citations] == [
        3 + 21 * number for number in range(3000)
    ]


def test_lone_surrogates_are_one_question_mark_each() -> None:
    (citation,) = extract("\ud800\udfff [a\ud800](https://a.example/\udfff)", path="a.md").citations
    assert (citation.url, citation.column) == ("https://a.example/?", 9)


def test_the_regular_expression_finds_the_urls_that_the_parser_finds() -> None:
    text = "---\na: https://a.example/\n---\n[x](https://b.example/c) 见 https://d.example/e。 www.f.example/g\n"
    page = find_urls_by_regex(text.encode(), path="a.md", reason="it took too long")
    assert [citation.url for citation in page.citations] == [
        "https://a.example/",
        "https://b.example/c",
        "https://d.example/e",
        "http://www.f.example/g",
    ]
    assert all(
        text.encode()[citation.start : citation.end].decode() in citation.url
        for citation in page.citations
    )
    assert page.sha256 == extract(text, path="a.md").sha256


def test_the_regular_expression_finds_no_url_within_another_or_without_a_host() -> None:
    page = find_urls_by_regex(
        b"https://web.archive.org/web/2014/https://a.example/ https:// http://",
        path="a.md",
        reason="it took too long",
    )
    assert [citation.url for citation in page.citations] == [
        "https://web.archive.org/web/2014/https://a.example/"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "==" * 50_000 + "https://a.example/==",
        "https://a.example/" + "{a" * 20_000,
        "https://a.example/" + "<a " * 20_000,
        "[//]: # (" * 20_000,
        "[//]: #\n" * 20_000,
        "{% comment %}" * 5_000,
        "{/*" * 20_000,
        "{: #" * 20_000,
        "<h1 " * 20_000,
        "<h1>" * 20_000,
        "{{< ref " * 20_000,
        '---\na: "' + "\\u0041" * 40_000 + 'https://a.example/"\n---\n',
    ],
)
def test_pages_of_marks_that_are_never_closed_are_read(text: str) -> None:
    assert extract(text, path="a.md").path == "a.md"


def test_long_headings_and_titles_are_cut_in_citations() -> None:
    long = "a" * 5000
    (cited,) = extract(f"# {long}\n\n[{long}](https://a.example/)\n", path="a.md").citations
    assert (cited.section, cited.text) == (("a" * 1000,), "a" * 1000)
    entry = f"@misc{{k, title = {{{long}}}, url = {{https://a.example/}}}}"
    (cited,) = extract(entry, path="a.bib").citations
    assert cited.text == "a" * 1000


def test_the_search_by_regular_expression_ends_in_time_with_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(regex_fallback, "_SECONDS", 0.0)
    data = b"<https://a.example/>\n<https://b.example/>\n"
    page = regex_fallback.find_urls_by_regex(data, path="a.md", reason="it took too long")
    assert page.citations == ()
    assert page.warnings[0].message.endswith(
        "it took too long; those after line 0 were not looked for, it takes too long"
    )


@pytest.mark.parametrize("between", [" ", "，微 ", ")(", "\u3000"])
def test_many_urls_in_one_value_of_the_front_matter_are_found_where_they_are(between: str) -> None:
    """They are counted from one to the next: from the start of the page, they would take hours."""
    urls = [f"https://石.example/{number}" for number in range(3_000)]
    text = f'---\nk: "微{between}{between.join(urls)}"\n---\n'
    page = extract(text, path="a.md")
    assert [citation.url for citation in page.citations] == urls
    data = text.encode()
    assert [data[each.start : each.end].decode() for each in page.citations] == urls


def test_twice_the_images_within_each_other_take_twice_the_work() -> None:
    def text(size: int) -> str:
        return "![a" * size + "](https://a.example/)" * size

    extract(text(1), path="a.md")  # imports the reader
    small, large = (lines_run(partial(extract, text(size), path="a.md")) for size in (200, 400))
    assert large < 2.5 * small


def test_the_text_of_an_image_has_the_text_of_the_images_in_it() -> None:
    (citation,) = extract("![a ![b](c.png) d](https://a.example/)\n", path="a.md").citations
    assert citation.text == "a b d"


def test_twice_the_comments_and_links_take_twice_the_work() -> None:
    def text(size: int) -> str:
        return "{# note #}\n[a](https://a.example/)\n" * size

    extract(text(1), path="a.md")  # imports the reader
    small, large = (lines_run(partial(extract, text(size), path="a.md")) for size in (200, 400))
    assert large < 2.5 * small
