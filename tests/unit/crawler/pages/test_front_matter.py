from __future__ import annotations

from datetime import date

import pytest

from crawler.pages import extract
from crawler.pages.front_matter import read_front_matter
from store.vocabulary import CitationKind

BODY = "\n见 [题](https://body.example/)\n"


@pytest.mark.parametrize(
    "matter",
    [
        "---\ntitle: 题\ndate: 2022-07-03\nsources:\n  - name: 报\n    url: https://a.example/b\n---\n",
        '---\r\ntitle: "题"\r\ndate: "2022-07-03T11:54:56"\r\nsource: \'https://a.example/b\'\r\n---\r\n',
        '+++\ntitle = "题"\ndate = 2022-07-03\n[[sources]]\nurl = "https://a.example/b"\n+++\n',
        '{\n"title": "题",\n"date": "2022-07-03",\n"sources": [{"url": "https://a.example/b"}]\n}\n',
        "---\ntitle: 题\ndate: 2022-07-03\ntext: >-\n  见 https://a.example/b。\n---\n",
        "---\ntitle: 题\ndate: 2022-07-03\nsource: https://a.example/b  # 来源 https://comment.example/\n...\n",
    ],
)
def test_a_value_at_any_depth_is_a_citation_with_its_place(matter: str) -> None:
    text = matter + BODY
    page = extract(text, path="a.md")
    citation, body = page.citations
    assert (citation.url, citation.kind) == ("https://a.example/b", CitationKind.FRONTMATTER)
    assert text.encode()[citation.start : citation.end].decode() == citation.url
    assert citation.line == text[: text.index(citation.url)].count("\n") + 1
    assert (body.url, body.line) == ("https://body.example/", text[: text.index("[题]")].count("\n") + 1)
    assert (page.title, page.dated) == ("题", date(2022, 7, 3))
    assert not page.warnings


def test_the_keys_of_a_value_are_its_text() -> None:
    page = extract("---\nsources:\n- {url: 'https://a.example/'}\n- https://b.example/\n---\n", path="a.md")
    assert [(citation.text, citation.url) for citation in page.citations] == [
        ("sources.0.url", "https://a.example/"),
        ("sources.1", "https://b.example/"),
    ]


@pytest.mark.parametrize(
    ("matter", "line"),
    [
        ('---\ntitle: 题\ndate: "2022-07-18T16:12:37\nsource: https://a.example/b\neditor: "markdown"\n---\n', 5),
        ("---\na: [1\nsource: https://a.example/b\n---\n", 3),
        ("---\na: b: c\nsource: https://a.example/b\n---\n", 2),
        ("+++\ntitle = 1\nx = \nsource = 'https://a.example/b'\n+++\n", 3),
        ('{\n"a": 1,\n"source" "https://a.example/b"\n}\n', 3),
        ("---\nsource: https://a.example/b\na: " + "[" * 5000 + "\n---\n", 2),
        ('{\n"source": "https://a.example/b", "a": ' + "[" * 90_000 + "\n}\n", 2),
    ],
)
def test_broken_front_matter_is_one_warning_and_nothing_is_lost(matter: str, line: int) -> None:
    page = extract(matter + BODY, path="a.md")
    assert [citation.url for citation in page.citations] == ["https://a.example/b", "https://body.example/"]
    assert page.citations[0].salvaged
    (warning, salvaged) = page.warnings
    assert {warning.code, salvaged.code} == {"broken-front-matter", "salvaged"}
    broken = warning if warning.code == "broken-front-matter" else salvaged
    assert abs(broken.line - line) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "---\n",
        "---\n\n正文 https://a.example/\n",
        "---\n只是文字\n---\nhttps://a.example/\n",
        "正文\n---\na: https://a.example/\n---\n",
        "----\na: b\n",
    ],
)
def test_a_rule_is_no_front_matter(text: str) -> None:
    assert read_front_matter(text).values == {}
    assert not extract(text, path="a.md").warnings


def test_aliases_upon_aliases_cost_nothing() -> None:
    lines = ["a0: &a0 [https://a.example/]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    page = extract("---\n" + "\n".join(lines) + "\n---\n", path="a.md")
    assert [citation.url for citation in page.citations] == ["https://a.example/"]
    assert not page.warnings


def test_a_front_matter_beyond_reason_is_read_plainly() -> None:
    page = extract("---\n" + "a: https://a.example/b\n" * 20_000 + "---\n", path="a.md")
    assert len(page.citations) == 20_000
    assert page.warnings[0].code == "broken-front-matter"
