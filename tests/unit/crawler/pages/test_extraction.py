from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crawler.pages import Dialect, NotText, extract
from store.vocabulary import Citation, CitationKind, InternalLink

# A page in the dialect of a Chinese wiki that cites archive copies: footnotes with access dates, callouts, originals in titles.
PAGE = """---
title: 某平台
published: true
date: "2022-07-03T11:54:56"
editor: markdown
---

# 某平台

## 暂停注册

> [!example]+ 相关链接
>
> +   [\\#暂停注册# ，8月初恢... - 微博](https://archive.is/Aa1Bb "https://weibo.example/165/Kq")
> +   [公告 - 微博](https://archive.is/Cc2Dd "https://weibo.example/193/Kr")

## 安装包

2022年2月24日，在 [论坛][] 上有人披露了经过，[^836] 并附 [截图][shot]。

[论坛]: /website/论坛.md
[shot]: https://img.example/a.png "截图"
[未用]: https://unused.example/

[^836]: 某人, 《[手机被监听还是“意外”](https://web.archive.org/web/20220224060511/https://forum.example/t/836)》, 论坛, 2022-02-24. (参照 2022-02-25).

[^无人引用]: 《[甲](https://a.example/)》, [存档](https://archive.ph/Ee3Ff),
    另见 <https://b.example/>。

### 图

[![图](https://img.example/thumb.png)](https://img.example/full.png "大图")

<video poster="https://img.example/p.jpg"><source src="https://v.example/v.mp4"></video>

直接写出的 https://bare.example/路径（一）。

## 代码

`https://code.example/span` 与

```YAML
链接: https://code.example/fence
```

    https://code.example/indented

<!-- https://comment.example/ -->
[邮件](mailto:a@example.org) [脚本](javascript:void(0)) ![](data:image/png;base64,AAAA)
"""


def by_url(text: str, dialect: Dialect = Dialect.MKDOCS) -> dict[str, Citation]:
    """Return the citations of a page by their URLs."""
    return {
        citation.url: citation for citation in extract(text, path="a.md", dialect=dialect).citations
    }


def test_citations_of_every_kind_are_read_in_page_order() -> None:
    page = extract(PAGE, path="company/某平台.md")
    assert [(citation.kind, citation.text) for citation in page.citations] == [
        (CitationKind.INLINE, "#暂停注册# ，8月初恢... - 微博"),
        (CitationKind.INLINE, "公告 - 微博"),
        (CitationKind.REFERENCE, "截图"),
        (CitationKind.REFERENCE, "未用"),
        (CitationKind.FOOTNOTE, "手机被监听还是“意外”"),
        (CitationKind.FOOTNOTE, "甲"),
        (CitationKind.FOOTNOTE, "存档"),
        (CitationKind.FOOTNOTE, ""),
        (CitationKind.IMAGE, "图"),
        (CitationKind.INLINE, "图"),
        (CitationKind.HTML, ""),
        (CitationKind.HTML, ""),
        (CitationKind.BARE, ""),
    ]
    assert page.skipped == {"mailto": 1, "javascript": 1, "data": 1}
    assert [(link.target, link.text) for link in page.internal_links] == [
        ("/website/论坛.md", "论坛")
    ]
    assert (page.title, page.dated, page.encoding) == ("某平台", date(2022, 7, 3), "utf-8")
    assert page.sha256 == hashlib.sha256(PAGE.encode()).hexdigest()
    assert {"暂停注册", "安装包", "图"} <= set(page.anchors)
    assert page.warnings == ()


@pytest.mark.parametrize("text", [PAGE, PAGE.replace("\n", "\r\n"), "\ufeff" + PAGE])
def test_every_citation_has_the_position_of_its_url(text: str) -> None:
    page = extract(text.encode(), path="a.md")
    assert len(page.citations) == 13
    for citation in page.citations:
        assert text.encode()[citation.start : citation.end].decode() == citation.url
        line = text.split("\n")[citation.line - 1]
        assert line[citation.column - 1 :].startswith(citation.url)
    for link in page.internal_links:
        assert text.encode()[link.start : link.end].decode() == link.target


def test_a_citation_in_a_footnote_has_its_label_section_and_dates() -> None:
    citation = by_url(PAGE)[
        "https://web.archive.org/web/20220224060511/https://forum.example/t/836"
    ]
    assert (citation.footnote, citation.section, citation.quoted) == (
        "836",
        ("某平台", "安装包"),
        False,
    )
    assert (citation.published, citation.accessed) == (date(2022, 2, 24), date(2022, 2, 25))


def test_a_citation_in_a_callout_is_quoted_and_has_its_title() -> None:
    citation = by_url(PAGE)["https://archive.is/Aa1Bb"]
    assert (citation.quoted, citation.title, citation.section) == (
        True,
        "https://weibo.example/165/Kq",
        ("某平台", "暂停注册"),
    )


def test_citations_share_a_block_in_one_footnote_or_line_only() -> None:
    found = by_url(PAGE)
    assert (
        found["https://a.example/"].block
        == found["https://archive.ph/Ee3Ff"].block
        == found["https://b.example/"].block
    )
    assert found["https://archive.is/Aa1Bb"].block != found["https://archive.is/Cc2Dd"].block
    first, second, third = extract(
        "[甲](https://a.example) [乙](https://b.example)\n[丙](https://c.example)", path="a.md"
    ).citations
    assert first.block == second.block != third.block


def test_a_list_within_raw_html_shares_no_block_with_the_page() -> None:
    text = (
        "<div>\n- [甲](https://a.example/)\n- [乙](https://b.example/)\n</div>\n\n"
        + "- [丙](https://c.example/)\n" * 4
    )
    blocks = [citation.block for citation in extract(text, path="a.md").citations]
    assert len(blocks) == len(set(blocks)) == 6


def test_a_definition_counts_once_for_each_use_at_its_own_line() -> None:
    page = extract(
        "[甲][x] 与 [X][] 与 [x]\n\n## 节\n\n[乙][x]\n\n[x]: <https://a.example/b c> '题'\n",
        path="a.md",
    )
    assert [
        (citation.text, citation.section, citation.line, citation.url, citation.title)
        for citation in page.citations
    ] == [
        ("甲", (), 7, "https://a.example/b c", "题"),
        ("X", (), 7, "https://a.example/b c", "题"),
        ("x", (), 7, "https://a.example/b c", "题"),
        ("乙", ("节",), 7, "https://a.example/b c", "题"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "> [x]\n>\n> [x]: https://a.example/ 'y'\n",
        "- [x]\n\n  [x]:\n  https://a.example/\n",
        "[x]\n\n   [x]: <https://a.example/>",
    ],
)
def test_definitions_are_read_in_quotations_lists_and_angle_brackets(text: str) -> None:
    (citation,) = extract(text, path="a.md").citations
    assert (citation.text, citation.kind) == ("x", CitationKind.REFERENCE)
    assert text.encode()[citation.start : citation.end] == b"https://a.example/"


@pytest.mark.parametrize(
    ("dialect", "used"),
    [(Dialect.MKDOCS, "https://b.example/"), (Dialect.COMMONMARK, "https://a.example/")],
)
def test_of_two_definitions_the_dialect_uses_one_and_both_are_citations(
    dialect: Dialect, used: str
) -> None:
    page = extract(
        '[x]\n\n[x]: https://a.example/ "a"\n[x]: https://b.example/ "b"\n',
        path="a.md",
        dialect=dialect,
    )
    assert {(citation.url, citation.line, citation.title) for citation in page.citations} == {
        ("https://a.example/", 3, "a"),
        ("https://b.example/", 4, "b"),
    }
    (warning,) = page.warnings
    assert (warning.code, warning.line) == ("duplicate-definition", 4)

    assert used in {citation.url for citation in page.citations if citation.text == "x"}


def test_two_definitions_with_the_same_url_cause_no_warning() -> None:
    page = extract(
        "[a]\n\n[a]: http://a.example/x\n[A]: <http://a.example/x> 'again'\n", path="a.md"
    )
    assert page.warnings == ()
    assert [found.url for found in page.citations] == ["http://a.example/x"] * 2


def test_a_footnote_defined_twice_is_reported_and_both_are_read() -> None:
    page = extract("甲[^1]\n\n[^1]: https://a.example/\n\n[^1]: https://b.example/\n", path="a.md")
    assert [citation.url for citation in page.citations] == [
        "https://a.example/",
        "https://b.example/",
    ]
    assert [(warning.code, warning.line) for warning in page.warnings] == [
        ("duplicate-footnote", 5)
    ]


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("[甲](//cdn.example/a)", ["https://cdn.example/a"]),
        ("[甲](HTTPS://A.example/%e4%bd)", ["HTTPS://A.example/%e4%bd"]),
        ("[甲](https://a.example/?q=%C4%E3)", ["https://a.example/?q=%C4%E3"]),
        ("[甲](https://a.example/?a&amp;b)", ["https://a.example/?a&b"]),
        (r"[甲](https://a.example/\(b\))", ["https://a.example/(b)"]),
        ("[甲](https://a.example/b_(c))", ["https://a.example/b_(c)"]),
        ("[甲](\n  https://a.example/b\n  'x')", ["https://a.example/b"]),
        ("> [甲](\n> https://a.example/b)", ["https://a.example/b"]),
        ("[https://a.example/](https://b.example/)", ["https://b.example/"]),
        ("[甲 `](` 乙](https://a.example/)", ["https://a.example/"]),
        ("![甲 [乙](https://a.example/)](https://b.example/)", ["https://b.example/"]),
        ("[[甲] 乙](https://a.example/)", ["https://a.example/"]),
        ("<https://a.example/?q=**&r>", ["https://a.example/?q=**&r"]),
        ("\\[甲](https://a.example/)", ["https://a.example/"]),
        (
            "[a]: https://a.example/\n[b]: <https://b.example/>\n",
            ["https://a.example/", "https://b.example/"],
        ),
        (
            "[^a]: [甲](https://a.example/)\n\n    第二段 https://b.example/\n\n外 https://c.example/",
            ["https://a.example/", "https://b.example/", "https://c.example/"],
        ),
        (
            "# [甲](https://a.example/) https://b.example/\n",
            ["https://a.example/", "https://b.example/"],
        ),
        ("a@b.example <a@b.example> [m](MAILTO:x) [f](ftp://x/y) [t](tel:1)", []),
        ("`https://a.example` ``https://b.example``", []),
        ("~~~\nhttps://a.example\n~~~\n", []),
        ("<!-- [甲](https://a.example/)\nhttps://b.example -->\n", []),
        (
            "<script>var a = 'https://a.example/'</script>\n\n<style>b{c:url(https://b.example)}</style>\n",
            [],
        ),
        ("<pre>https://a.example/</pre>\n", []),
    ],
)
def test_urls_in_links_and_text_are_citations_and_those_in_code_are_not(
    text: str, urls: list[str]
) -> None:
    assert [citation.url for citation in extract(text, path="a.md").citations] == urls


def test_ignore_marks_exclude_lines_and_parts_of_a_page() -> None:
    text = (
        "https://a.example <!-- holdfast: ignore -->\n"
        "https://b.example\n\n<!-- holdfast: ignore-next-line -->\nhttps://c.example\nhttps://d.example\n\n"
        "<!--holdfast:ignore-start-->\n\nhttps://e.example\n\n[x](/f.md)\n\n<!-- holdfast: ignore-end -->\nhttps://g.example\n\n"
        "`<!-- holdfast: ignore -->` https://h.example\n\n<!-- holdfast: ignore-start -->\nhttps://i.example\n"
    )
    page = extract(text, path="a.md", dialect=Dialect.MKDOCS)
    assert [citation.url for citation in page.citations] == [
        "https://b.example",
        "https://d.example",
        "https://g.example",
        "https://h.example",
    ]
    assert page.skipped == {"ignored": 5}
    assert page.internal_links == ()


def test_bytes_and_text_have_the_same_record() -> None:
    assert extract(PAGE, path="a.md") == extract(PAGE.encode(), path="a.md")


def test_binary_pages_raise_not_text() -> None:
    with pytest.raises(NotText, match="binary"):
        extract(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", path="a.md")


def test_importing_the_package_imports_no_large_library() -> None:
    probe = "import sys, crawler.pages; print([name for name in ('scrapy', 'sqlalchemy', 'pydantic', 'twisted', 'selectolax') if name in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", probe], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


_TEXTS = st.lists(
    st.sampled_from(
        [
            *"[]()<>!*_`~#>-+|\\&;:\"'\n \t　（）「」【】。，\0\ufeff\ud800",
            "https://a.example/b",
            "www.a.example",
            "[^1]: ",
            "[x]: ",
            "---\n",
            "<!--",
            "-->",
            "<a href=",
            "<pre>",
            "??? note\n",
            "    ",
            "```",
            "微信",
            "2022-02-25",
            "参照",
            "{{",
            "<!-- holdfast: ignore-start -->",
        ]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(_TEXTS | st.text(max_size=200), st.sampled_from(Dialect))
def test_any_text_is_read_with_correct_positions(text: str, dialect: Dialect) -> None:
    assume(text.count("\0") <= len(text) // 20)  # a file with more NULs is not read as text
    page = extract(text, path="a.md", dialect=dialect)
    data = text.encode("utf-8", "replace")
    records: list[Citation | InternalLink] = [*page.citations, *page.internal_links]
    for item in records:
        assert 0 <= item.start <= item.end <= len(data)
        assert item.line == data.count(b"\n", 0, item.start) + 1
        assert (
            item.column
            == len(data[data.rfind(b"\n", 0, item.start) + 1 : item.start].decode(errors="replace"))
            + 1
        )
    assert [citation.start for citation in page.citations] == sorted(
        citation.start for citation in page.citations
    )
