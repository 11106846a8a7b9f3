from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.pages import extract
from crawler.pages.front_matter import reader
from crawler.pages.front_matter.reader import read_front_matter
from crawler.pages.front_matter.values import plain_values
from store.vocabulary import CitationKind

BODY = "\n见 [题](https://body.example/)\n"


@pytest.mark.parametrize(
    "matter",
    [
        "---\ntitle: 题\ndate: 2022-07-03\nsources:\n  - name: 报\n    url: https://a.example/b\n---\n",
        '---\r\ntitle: "题"\r\ndate: "2022-07-03T11:54:56"\r\nsource: \'https://a.example/b\'\r\n---\r\n',
        '+++\ntitle = "题"\ndate = 2022-07-03\n[[sources]]\nurl = "https://a.example/b"\n+++\n',
        '{\n"title": "题",\n"date": "2022-07-03",\n"sources": [{"url": "https://a.example/b"}]\n}\n',
        '{"title": "题", "date": "2022-07-03", "source": "https://a.example/b"}\n',
        '{"title": "题",\r\n "date": "2022-07-03", "source": {"url": "https://a.example/b"}}\r\n',
        '{\n"title": "题",\n"date": "2022-07-03",\n"source": {\n"url": "https://a.example/b"\n}\n}\n',
        "---\ntitle: 题\ndate: 2022-07-03\ntext: >-\n  见 https://a.example/b。\n---\n",
        "---\ntitle: 题\ndate: 2022-07-03\nsource: https://a.example/b  # 来源 https://comment.example/\n...\n",
    ],
)
def test_a_url_in_front_matter_is_a_citation_with_its_position(matter: str) -> None:
    text = matter + BODY
    page = extract(text, path="a.md")
    citation, body = page.citations
    assert (citation.url, citation.kind) == ("https://a.example/b", CitationKind.FRONTMATTER)
    assert text.encode()[citation.start : citation.end].decode() == citation.url
    assert citation.line == text[: text.index(citation.url)].count("\n") + 1
    assert (body.url, body.line) == (
        "https://body.example/",
        text[: text.index("[题]")].count("\n") + 1,
    )
    assert (page.title, page.dated) == ("题", date(2022, 7, 3))
    assert not page.warnings


def test_the_text_of_a_front_matter_citation_is_its_keys() -> None:
    page = extract(
        "---\nsources:\n- {url: 'https://a.example/'}\n- https://b.example/\n---\n", path="a.md"
    )
    assert [(citation.text, citation.url) for citation in page.citations] == [
        ("sources.0.url", "https://a.example/"),
        ("sources.1", "https://b.example/"),
    ]


@pytest.mark.parametrize(
    ("matter", "line"),
    [
        (
            '---\ntitle: 题\ndate: "2022-07-18T16:12:37\nsource: https://a.example/b\neditor: "markdown"\n---\n',
            5,
        ),
        ("---\na: [1\nsource: https://a.example/b\n---\n", 3),
        ("---\na: b: c\nsource: https://a.example/b\n---\n", 2),
        ("+++\ntitle = 1\nx = \nsource = 'https://a.example/b'\n+++\n", 3),
        ('{\n"a": 1,\n"source" "https://a.example/b"\n}\n', 3),
        ("---\nsource: https://a.example/b\na: " + "[" * 5000 + "\n---\n", 2),
        ('{\n"source": "https://a.example/b", "a": ' + "[" * 90_000 + "\n}\n", 2),
    ],
)
def test_broken_front_matter_is_reported_once_and_its_urls_are_found(
    matter: str, line: int
) -> None:
    page = extract(matter + BODY, path="a.md")
    assert [citation.url for citation in page.citations] == [
        "https://a.example/b",
        "https://body.example/",
    ]
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
def test_a_horizontal_rule_is_no_front_matter(text: str) -> None:
    assert read_front_matter(text).values == {}
    assert not extract(text, path="a.md").warnings


def test_nested_yaml_aliases_are_not_expanded() -> None:
    lines = ["a0: &a0 [https://a.example/]"] + [
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)
    ]
    page = extract("---\n" + "\n".join(lines) + "\n---\n", path="a.md")
    assert [citation.url for citation in page.citations] == ["https://a.example/"]
    assert not page.warnings


def test_too_long_front_matter_is_reported_and_its_urls_are_found() -> None:
    page = extract("---\n" + "a: https://a.example/b\n" * 20_000 + "---\n", path="a.md")
    assert len(page.citations) == 20_000
    assert page.warnings[0].code == "broken-front-matter"


PIECES = st.sampled_from(
    [
        "甲",
        "a b",
        "(c)",
        "「d」",
        "2022-07-03",
        "T11:54",
        ":",
        ": ",
        " ",
        " #",
        '"',
        "'",
        "\\",
        "!",
        "?",
        "…",
        "- ",
        ",",
        "[",
        "&",
        "|",
        "\t",
        "\u3000",
    ]
)
LINES = st.one_of(
    st.builds(
        "{}:{}{}".format,
        st.sampled_from(["title", "date", "a-b", "a", "题"]),
        st.sampled_from(["", " ", "  "]),
        st.lists(PIECES).map("".join),
    ),
    st.builds(
        "{}{}".format,
        st.sampled_from(["- ", "-  ", "-"]),
        st.lists(PIECES, max_size=3).map("".join),
    ),
    st.builds(
        '{}: "{}"{}'.format,
        st.sampled_from(["title", "date"]),
        st.lists(PIECES, max_size=3).map("".join),
        st.sampled_from(["", " ", " # e"]),
    ),
)


@given(
    st.lists(LINES, max_size=6),
    st.sampled_from(["---", "...", "--- ", "---\r", "----", ""]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_regular_expression_and_the_parser_read_front_matter_alike(
    lines: list[str], end: str, line_end: str
) -> None:
    text = line_end.join(["---", *lines, end, BODY])
    by_regex = read_front_matter(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_read_simple", lambda _: None)
        by_parser = read_front_matter(text)
    assert (by_regex, list(by_regex.values)) == (by_parser, list(by_parser.values))


def test_usual_front_matter_is_read_by_the_regular_expression() -> None:
    text = '---\ntitle: 「题」（一）\ndate: "2022-07-03T11:54:56"  # 今天\nempty:\ntags:\n- 甲\n- b c\n---\n'
    assert reader._read_simple(text) == read_front_matter(text)
    assert {keys: value.text for keys, value in read_front_matter(text).values.items()} == {
        "title": "「题」（一）",
        "date": "2022-07-03T11:54:56",
        "empty": "",
        "tags.0": "甲",
        "tags.1": "b c",
    }


@pytest.mark.parametrize(
    "line",
    [
        "a: " + "b" * 1_000_000,
        "a: b" + " " * 1_000_000 + "c",
        "a: b " + "#" * 1_000_000,
        "a" * 1_000_000,
    ],
)
def test_long_lines_are_left_to_the_parser(line: str) -> None:
    assert reader._read_simple(f"---\n{line}\n---\n") is None


class CountedText(str):
    """A text that counts the characters that `find` searches."""

    __slots__ = ("searched",)
    searched: int

    def find(self, wanted: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        found = super().find(wanted, start, end)
        last = len(self) if end is None else min(end, len(self))
        self.searched += (last if found < 0 else found) - start
        return found


def test_many_escaped_values_are_found_without_searching_all_of_the_text_for_each() -> None:
    values = [f"v{number:05}b" for number in range(10_000)]
    escaped = ",".join(f'"\\u0076{value[1:]}"' for value in values)
    text = CountedText(f'{{"a":[{escaped}],"b":"https://a.example/"}}')
    text.searched = 0
    found = {value.text: value for _, value in plain_values(text, json.loads(text))}
    assert text.searched < 60_000_000  # not 10,000 times 150,000
    for value in (values[0], values[-1]):
        written = text[found[value].start : found[value].end]
        assert json.loads(written) == value
    url = found["https://a.example/"]
    assert text[url.start : url.end] == "https://a.example/"


@pytest.mark.parametrize(
    "text",
    [
        '{"source": "https://a.example/b"} and more\n',
        '{"source": "https://a.example/b"\n\ntext\n',
        "{: .note }\nhttps://a.example/b\n",
        "{ https://a.example/b }\n",
    ],
)
def test_a_page_that_begins_with_a_brace_may_have_no_front_matter(text: str) -> None:
    (citation,) = extract(text, path="a.md").citations
    assert (citation.url, citation.kind) == ("https://a.example/b", CitationKind.BARE)
