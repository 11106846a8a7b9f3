"""Test which titles name the same page."""

from __future__ import annotations

import pytest

from crawler.moves.title_matching import (
    differ_only_in_numbers,
    page_name,
    page_name_words,
    page_numbers,
    title_parts,
    title_similarity,
    word_weight,
)

SAME_PAGE = [
    (
        "Harbour lights to burn all night again",
        "Harbour Lights to burn all night again | The Paper",
    ),
    (
        "The Paper » News » Harbour lights to burn all night",
        "Harbour lights to burn all night - The Paper",
    ),
    ("青石镇恢复夜间轮渡，票价不变_新闻中心_青石网", "青石镇恢复夜间轮渡，票价不变"),
    ("老戲院修復完成，週末開放參觀 - 晚報", "老戲院修復完成，週末開放參觀｜生活"),
    ("港町の灯台、百年ぶりに公開へ：港新聞", "港町の灯台、百年ぶりに公開へ"),
    ("강변 도서관, 새벽까지 문 연다 :: 강변일보", "강변 도서관, 새벽까지 문 연다"),
]
OTHER_PAGE = [
    ("Home - The Paper", "Home | The Paper"),
    ("The Daily Harbour Paper - Two boats", "The Daily Harbour Paper - A lamp"),
    ("Harbour lights to burn all night again", "Two boats touch the breakwater"),
    ("青石镇恢复夜间轮渡，票价不变_青石网", "青石镇图书馆闭馆整修_青石网"),
    ("", ""),
    ("新闻", "新闻"),
]


@pytest.mark.parametrize(("title", "other"), SAME_PAGE)
def test_titles_of_one_page_are_similar(title: str, other: str) -> None:
    assert title_similarity(title, other) >= 0.75
    assert title_similarity(title, other) == title_similarity(other, title)


@pytest.mark.parametrize(("title", "other"), OTHER_PAGE)
def test_titles_of_different_pages_are_not_similar(title: str, other: str) -> None:
    assert title_similarity(title, other) < 0.75


@pytest.mark.parametrize(
    ("url", "name", "numbers"),
    [
        ("http://a.example/2019/05/Harbour_Lights.html", "harbour-lights", set()),
        ("http://a.example/news/12345.htm", "", {"12345"}),
        ("http://a.example/viewthread.php?tid=110003&page=1", "", {"110003"}),
        ("http://a.example/2019/index.html", "", set()),
        (
            "http://a.example/%E6%B8%A1%E8%88%B9%E6%97%B6%E5%88%BB%E8%A1%A8.html",
            "渡船时刻表",
            set(),
        ),
        ("http://a.example/渡船.html", "", set()),  # too short to identify a page
        ("http://a.example/", "", set()),
    ],
)
def test_names_and_numbers_of_addresses(url: str, name: str, numbers: set[str]) -> None:
    assert (page_name(url), set(page_numbers(url))) == (name if len(name) >= 6 else "", numbers)


def test_words_of_a_page_name() -> None:
    assert page_name_words("http://a.example/x/harbour-lights_to+burn.all.html") == [
        "harbour",
        "lights",
        "to",
        "burn",
        "all",
    ]


@pytest.mark.parametrize(
    ("words", "weight"),
    [
        ([], 0),
        (["a"], 1),
        (["a", "reef"], 2),
        (["青"], 0.5),
        (["青", "石", "reef"], 2),
        (["강"], 0.5),
        (["7"], 1),
        (["渡船"], 1),
    ],
)
def test_an_ideograph_counts_as_half_a_word(words: list[str], weight: float) -> None:
    assert word_weight(words) == weight


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("", []),
        ("Harbour lights", []),
        ("Vitamin C", []),
        ("Plan B it is", ["plan b it is"]),
        ("Harbour lights burn", ["harbour lights burn"]),
        ("Harbour lights burn | Paper", ["harbour lights burn paper", "harbour lights burn"]),
        ("Paper » Harbour lights burn", ["paper harbour lights burn", "harbour lights burn"]),
        ("青石镇恢复", []),
        ("青石镇恢复夜", ["青 石 镇 恢 复 夜"]),
    ],
)
def test_title_parts_that_identify_a_page(title: str, parts: list[str]) -> None:
    assert [" ".join(words) for words in title_parts(title)] == parts


@pytest.mark.parametrize(
    ("title", "other", "similarity"),
    [
        ("Harbour lights burn", "Harbour lights burn", 1.0),
        ("Harbour lights burn", "Harbour lights sink", 2 / 3),
        ("Harbour lights burn", "Harbour lights", 0.0),  # too few words to identify a page
        (
            "Harbour lights burn all night - The Paper",
            "Harbour lights burn all night | Other News",
            1.0,
        ),
        # the common part is the site's name if it has four words at most, or is short
        ("Harbour lights burn - The Paper", "Harbour lights burn | Other News", 0.0),
        (
            "Harbour lights burn - One Two Three Four",
            "Harbour boats sink - One Two Three Four",
            1 / 3,
        ),
        (
            "Harbour lights - One Two Three Four Five",
            "Harbour boats - One Two Three Four Five",
            1.0,
        ),
        (
            "Old harbour lights burn - One Two Three Four Five Six",
            "Old harbour boats sink - One Two Three Four Five Six",
            0.5,
        ),
        (
            "Old harbour lights burn - A One Two Three Four Five Six",
            "Old harbour boats sink - A One Two Three Four Five Six",
            1.0,
        ),
    ],
)
def test_similarity_of_titles(title: str, other: str, similarity: float) -> None:
    assert title_similarity(title, other) == pytest.approx(similarity)
    assert title_similarity(other, title) == pytest.approx(similarity)


@pytest.mark.parametrize(
    ("title", "other", "series"),
    [
        ("Chapter iv", "Chapter v", True),
        ("Chapter 4", "Chapter 4", False),
        ("Chapter 4", "Part 5", False),
        ("4", "5", False),  # nothing but numbers
        ("The 3rd boat", "The 4th boat", True),
        ("The 3rd boat", "The boat", True),
        ("第三回", "第四回", True),
        ("第三回", "第三章", False),
    ],
)
def test_titles_of_a_series_differ_in_their_numbers(
    title: str, other: str, *, series: bool
) -> None:
    assert differ_only_in_numbers(title, other) is series


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("lights", "lights"),
        ("light", ""),
        ("a/lights/", "lights"),
        ("lights.html5", "lights"),
        ("lights.7z", "lights.7z"),
        ("archives.html", ""),
        ("123456", ""),
        ("LIGHTS_out", "lights-out"),
    ],
)
def test_an_identifying_name_has_six_characters_and_is_no_number(path: str, name: str) -> None:
    assert page_name(f"http://a.example/{path}") == name


@pytest.mark.parametrize(
    ("rest", "numbers"),
    [
        ("123", set()),
        ("1234", {"1234"}),
        ("1899", {"1899"}),
        ("1900", set()),
        ("2099", set()),
        ("2100", {"2100"}),
        ("a?b=20191234", {"20191234"}),
    ],
)
def test_number_of_a_page_has_four_digits_and_is_no_year(rest: str, numbers: set[str]) -> None:
    assert page_numbers(f"http://a.example/{rest}") == numbers
