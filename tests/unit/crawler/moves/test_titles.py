"""Titles that mean the same page, and those that do not."""

from __future__ import annotations

import pytest

from crawler.moves.titles import alike, name_of, numbers_of, words_in_name

SAME = [
    ("Harbour lights to burn all night again", "Harbour Lights to burn all night again | The Paper"),
    ("The Paper » News » Harbour lights to burn all night", "Harbour lights to burn all night - The Paper"),
    ("青石镇恢复夜间轮渡，票价不变_新闻中心_青石网", "青石镇恢复夜间轮渡，票价不变"),
    ("老戲院修復完成，週末開放參觀 - 晚報", "老戲院修復完成，週末開放參觀｜生活"),
    ("港町の灯台、百年ぶりに公開へ：港新聞", "港町の灯台、百年ぶりに公開へ"),
    ("강변 도서관, 새벽까지 문 연다 :: 강변일보", "강변 도서관, 새벽까지 문 연다"),
]
OTHER = [
    ("Home - The Paper", "Home | The Paper"),
    ("The Daily Harbour Paper - Two boats", "The Daily Harbour Paper - A lamp"),
    ("Harbour lights to burn all night again", "Two boats touch the breakwater"),
    ("青石镇恢复夜间轮渡，票价不变_青石网", "青石镇图书馆闭馆整修_青石网"),
    ("", ""),
    ("新闻", "新闻"),
]


@pytest.mark.parametrize(("title", "other"), SAME)
def test_titles_of_one_page_are_alike(title: str, other: str) -> None:
    assert alike(title, other) >= 0.75
    assert alike(title, other) == alike(other, title)


@pytest.mark.parametrize(("title", "other"), OTHER)
def test_titles_of_two_pages_are_not(title: str, other: str) -> None:
    assert alike(title, other) < 0.75


@pytest.mark.parametrize(
    ("url", "name", "numbers"),
    [
        ("http://a.example/2019/05/Harbour_Lights.html", "harbour-lights", set()),
        ("http://a.example/news/12345.htm", "", {"12345"}),
        ("http://a.example/viewthread.php?tid=110003&page=1", "", {"110003"}),
        ("http://a.example/2019/index.html", "", set()),
        ("http://a.example/%E6%B8%A1%E8%88%B9%E6%97%B6%E5%88%BB%E8%A1%A8.html", "渡船时刻表", set()),
        ("http://a.example/渡船.html", "", set()),  # too short to tell
        ("http://a.example/", "", set()),
    ],
)
def test_names_and_numbers_of_addresses(url: str, name: str, numbers: set[str]) -> None:
    assert (name_of(url), set(numbers_of(url))) == (name if len(name) >= 6 else "", numbers)


def test_words_in_a_name() -> None:
    assert words_in_name("http://a.example/x/harbour-lights_to+burn.html") == ["harbour", "lights", "to", "burn"]
