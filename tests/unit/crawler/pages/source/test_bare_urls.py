from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.pages import extract
from crawler.pages.source.bare_urls import bare_url_length, find_url_starts, unescape_text

# A text, and the URL that a reader sees in it. docs/extraction.md has the same table.
URLS_IN_CJK_TEXT = [
    ("https://a.example/b。", "https://a.example/b"),
    ("https://a.example/b，然后", "https://a.example/b"),
    ("https://a.example/b；见", "https://a.example/b"),
    ("https://a.example/b、https://c.example/", "https://a.example/b"),
    ("https://a.example/b）是", "https://a.example/b"),
    ("https://a.example/b」「", "https://a.example/b"),
    ("https://a.example/b》, 某报", "https://a.example/b"),
    ("https://a.example/b（见下文）", "https://a.example/b"),
    ("https://a.example/b“引用”", "https://a.example/b"),
    ("https://a.example/b……", "https://a.example/b"),
    ("https://a.example/b——后来", "https://a.example/b"),
    ("https://a.example/b\u3000后来", "https://a.example/b"),
    ("https://a.example是一个网站", "https://a.example"),
    ("https://a.example/b然后", "https://a.example/b"),
    ("https://a.example/bを参照", "https://a.example/b"),
    ("https://a.example/b에서", "https://a.example/b"),
    ("https://a.example/b(见下文)", "https://a.example/b"),
    ("https://a.example/wiki/微信", "https://a.example/wiki/微信"),
    ("https://a.example/wiki/微信。", "https://a.example/wiki/微信"),
    ("https://a.example/苹果（公司）", "https://a.example/苹果（公司）"),
    ("https://a.example/苹果（公司）。", "https://a.example/苹果（公司）"),
    ("https://a.example/苹果（公司", "https://a.example/苹果"),
    ("https://a.example/【立此存照】某人", "https://a.example/【立此存照】某人"),
    ("https://a.example/立此存照QQ无", "https://a.example/立此存照QQ无"),
    ("https://a.example/Foo_(消歧义)", "https://a.example/Foo_(消歧义)"),
    ("https://a.example/?q=微信&p=1", "https://a.example/?q=微信&p=1"),
    ("https://例え.jp/あ", "https://例え.jp/あ"),
    ("https://a.example/кириллица и", "https://a.example/кириллица"),
]

URLS_AS_IN_GFM = [
    ("https://a.example/b.", "https://a.example/b"),
    ("https://a.example/b?!,:*_~", "https://a.example/b"),
    ("https://a.example/?q=a+(b)) c", "https://a.example/?q=a+(b)"),
    ("https://a.example/?q=(a))+b", "https://a.example/?q=(a)"),
    ("https://a.example/?a=b&hl=en", "https://a.example/?a=b&hl=en"),
    ("https://a.example/?a=b&hl;", "https://a.example/?a=b"),
    ("https://a.example/b<c", "https://a.example/b"),
    ("https://a.example/b(c", "https://a.example/b(c"),
    ("https://a.example/foo._bar_-_baz", "https://a.example/foo._bar_-_baz"),
    ("https://a.example/foo*bar*baz", "https://a.example/foo*bar*baz"),
    ("https://a.example/~user/'s", "https://a.example/~user/'s"),
]

URLS_BETWEEN_PUNCTUATION = [
    (
        "https://doi.org/10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O. More",
        "https://doi.org/10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O",
    ),
    ("https://a.example/b<0011:A>c", "https://a.example/b"),
    (r"https://a.example/b\|https://a.example/c", "https://a.example/b"),
    (r"https://a.example/b\| c", "https://a.example/b"),
    ("https://a.example/b|c", "https://a.example/b"),
    ("https://a.example/b｡", "https://a.example/b"),  # half-width marks of Japanese
    ("https://a.example/b､https://c.example/", "https://a.example/b"),
    ("https://a.example/b｣と", "https://a.example/b"),
    ("https://a.example/｢b｣c", "https://a.example/｢b｣c"),
    ('https://a.example/b" and', "https://a.example/b"),
    ("https://a.example/b[^1]", "https://a.example/b"),
    ("https://a.example/?a[]=1&b", "https://a.example/?a[]=1&b"),
    ("https://a.example/b] c", "https://a.example/b"),
    ("https://a.example/b|c", "https://a.example/b"),
    ("https://a.example/b{target=_blank}", "https://a.example/b"),
    ("https://a.example/b,https://c.example", "https://a.example/b"),
    (
        "https://web.archive.org/web/2021/https://a.example/b",
        "https://web.archive.org/web/2021/https://a.example/b",
    ),
    ("https://[::1]:8080/b", "https://[::1]:8080/b"),
    ("https://a.example/苹果（甲（乙）", "https://a.example/苹果"),
    ("https://a.example/苹b果（公司）", "https://a.example/苹b果（公司）"),
]


@pytest.mark.parametrize(
    ("text", "url"), URLS_IN_CJK_TEXT + URLS_AS_IN_GFM + URLS_BETWEEN_PUNCTUATION
)
def test_a_bare_url_ends_before_the_text_around_it(text: str, url: str) -> None:
    assert text[: bare_url_length(text)] == url
    assert extract(f"见 {text}", path="a.md").citations[0].url == url


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("www.a.example/b 与 WWW.c.example", ["http://www.a.example/b"]),
        ("awww.a.example xhttp://a.example/ mailto:www.a.example", []),
        ("www. www.a www.-", []),
        ("（https://a.example）与“http://b.example”", ["https://a.example", "http://b.example"]),
        ("**https://a.example** _https://b.example_", ["https://a.example", "https://b.example"]),
        ("HTTPS://A.example", ["HTTPS://A.example"]),
        ("https:// http://", []),
        (
            r"https://a.example/b\_c https://a.example/?d&amp;e",
            ["https://a.example/b_c", "https://a.example/?d&e"],
        ),
        (
            "| https://a.example | b |\n|--|--|\n| c | https://d.example |",
            ["https://a.example", "https://d.example"],
        ),
        (
            "{{< figure src=\"https://a.example/i.png\" >}} {% include v.html url='https://b.example/v' %}",
            ["https://a.example/i.png", "https://b.example/v"],
        ),
        ("[[https://a.example/b]]", ["https://a.example/b"]),
    ],
)
def test_bare_urls_are_found_in_markup_and_lists(text: str, urls: list[str]) -> None:
    page = extract(text, path="a.md")
    assert [citation.url for citation in page.citations] == urls
    assert not page.warnings


def test_a_url_begins_at_its_scheme_or_at_www_and_not_inside_a_word() -> None:
    data = b"http://a.example (https://b.example) xhttp://c.example /www.d.example -www.e.example www.f.example"
    assert [data[start : start + 9] for start in find_url_starts(data)] == [
        b"http://a.",
        b"https://b",
        b"www.f.exa",
    ]


def test_entities_without_a_semicolon_are_not_resolved() -> None:
    assert unescape_text("?a&copy=1&lt;&#65;") == "?a&copy=1<A"


@settings(deadline=None)
@given(st.text(alphabet='a/。）（微 (|)[]*&;.,\\"http:s%', max_size=60))
@example("\\s*")
@example("\\s)")
def test_a_bare_url_has_no_space_or_quotation_mark(tail: str) -> None:
    text = f"https://a.example/{tail}"
    url = text[: bare_url_length(text)]
    assert url.startswith("https://a.example")
    assert not set(url) & set(' "|。')
    assert bare_url_length(url) == len(url)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_every_start_that_is_found_is_a_scheme_or_www(data: bytes) -> None:
    for start in find_url_starts(data + b" https://a.example www.a.example"):
        assert (
            (data + b" https://a.example www.a.example")[start:]
            .lower()
            .startswith((b"http://", b"https://", b"www."))
        )


def test_one_search_finds_the_stop_behind_many_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search for each bracket takes half a second for a URL of 8,000 brackets."""
    searches: list[int] = []

    class CountedPattern:
        def search(self, text: str, start: int) -> re.Match[str] | None:
            searches.append(start)
            return re.compile(r"\s").search(text, start)

    monkeypatch.setattr("crawler.pages.source.bare_urls._STOP", CountedPattern())
    url = "https://a.example/" + "[" * 100 + "]" * 100
    assert bare_url_length(f"{url} b") == len(url)
    assert len(searches) == 1


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (
            "https://doi.org/10.1175/1520-0469(1972)029&lt;0011:A&gt;2.0.CO;2, and",
            "https://doi.org/10.1175/1520-0469(1972)029<0011:A>2.0.CO;2",
        ),
        ("a | b\n--|--\nhttps://a.example/b?c=d\\|e | f", "https://a.example/b?c=d|e"),
        ("a | b\n--|--\n<https://a.example/b?c=d\\|e> | f", "https://a.example/b?c=d|e"),
    ],
)
def test_escaped_angles_and_bars_are_part_of_a_url(text: str, url: str) -> None:
    assert [each.url for each in extract(text, path="a.md").citations] == [url]


@pytest.mark.parametrize(
    "text",
    ["https://a.example/long…/b", "<https://a.example/long…/b>", "[c](https://a.example/…/b)"],
)
def test_an_abbreviated_url_is_no_citation(text: str) -> None:
    page = extract(text, path="a.md")
    assert (page.citations, dict(page.skipped)) == ((), {"placeholder": 1})
