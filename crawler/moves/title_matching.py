"""Titles and names: which page of a site a title, or the name in an address, may mean."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from crawler.http.urls import split_url
from crawler.page_text.similarity import split_words

# A title's own words and the site's name are set apart by these.
_BREAK = re.compile(r"\s+[-–—|•·/~»›]+\s+|[|_｜»›]+|\s*[-–—]{2,}\s*|::")
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_NUMBER = re.compile(r"(?<!\d)\d{4,}(?!\d)")
_NUMERAL = re.compile(
    r"\d+(?:st|nd|rd|th)?|[ivxlc]+|[〇零一二三四五六七八九十百千两兩壹贰叁肆伍陆柒捌玖拾]"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_TELLING_WORDS: Final = (
    3  # a title of fewer words is that of many pages; an ideograph is half a word
)
_MORE_THAN_A_NAME: Final = 4  # words: few sites have a longer one
_TELLING_NAME: Final = 6  # characters of a name in an address
_IDLE_NAMES: Final = frozenset(
    {
        "index",
        "default",
        "article",
        "archive",
        "archives",
        "detail",
        "details",
        "content",
        "print",
        "viewthread",
    }
)


def word_weight(words: list[str]) -> float:
    """How much words tell: an ideograph half of what a word does.

    >>> weight_of(["harbour", "lights"]), weight_of(["青", "石", "镇"])
    (2, 1.5)
    """
    return sum(0.5 if len(word) == 1 and word > "\u2e7f" else 1 for word in words)


def title_parts(title: str) -> list[list[str]]:
    """The words of a title, and of its most telling part, where the site's name is set apart; none where no part tells.

    >>> [" ".join(words) for words in parts_of("Harbour lights to burn all night - The Paper")]
    ['harbour lights to burn all night the paper', 'harbour lights to burn all night']
    >>> parts_of("Home - The Paper")
    []
    """
    whole, longest = (
        split_words(title),
        max(map(split_words, _BREAK.split(title)), key=word_weight, default=[]),
    )
    if word_weight(longest) < _TELLING_WORDS:
        return []
    return [whole] if longest == whole else [whole, longest]


def title_similarity(title: str, other: str) -> float:
    """How alike two titles are, 0 to 1, the site's name in either left out where it is set apart.

    >>> alike("青石镇恢复夜间轮渡 - 青石晚报", "青石镇恢复夜间轮渡_新闻_青石网"), alike("Two boats - The Old Harbour Paper", "A lamp - The Old Harbour Paper")
    (1.0, 0.0)
    """
    ours, theirs = (
        {tuple(split_words(part)) for part in _BREAK.split(each)} - {()} for each in (title, other)
    )
    shared = ours & theirs
    if shared and (ours - shared) and (theirs - shared):
        rest = max(_weight_of_all(ours - shared), _weight_of_all(theirs - shared))
        if _weight_of_all(shared) <= max(
            _MORE_THAN_A_NAME, 1.5 * rest
        ):  # what they share is the site's name
            return _overlap(
                *({word for part in parts - shared for word in part} for parts in (ours, theirs))
            )
    return max(
        (_overlap(set(one), set(two)) for one in title_parts(title) for two in title_parts(other)),
        default=0.0,
    )


def differ_only_in_numbers(title: str, other: str) -> bool:
    """Tell whether two titles differ in their numbers and in nothing else: then they are of two pages, however alike these are.

    >>> are_of_a_series("Harbour report No. 4", "Harbour report No. 5"), are_of_a_series("灯下（八十七）", "灯下（八十八）")
    (True, True)
    >>> are_of_a_series("Harbour report", "Harbour report"), are_of_a_series("Harbour report 4", "Boats 5")
    (False, False)
    """
    ours, theirs = words(title), words(other)
    words, others = (
        [word for word in each if not _NUMERAL.fullmatch(word)] for each in (ours, theirs)
    )
    return ours != theirs and bool(words) and words == others


def _weight_of_all(parts: set[tuple[str, ...]]) -> float:
    return sum(word_weight(list(part)) for part in parts)


def _overlap(ours: set[str], theirs: set[str]) -> float:
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


def page_name(url: str) -> str:
    """The name of a page in its address, without extension, in lower case; empty where it tells nothing.

    >>> name_of("http://a.example/2019/Harbour_Lights.html"), name_of("http://a.example/index.php"), name_of("http://a.example/")
    ('harbour-lights', '', '')
    """
    path = split_url(url).path.strip("/")
    name = _EXTENSION.sub("", unquote(path.rpartition("/")[2])).lower().replace("_", "-")
    return (
        name
        if len(name) >= _TELLING_NAME and name not in _IDLE_NAMES and not name.isdigit()
        else ""
    )


def page_numbers(url: str) -> frozenset[str]:
    """The numbers of an address that may be a page's own: four digits or more, and no year.

    >>> sorted(numbers_of("http://a.example/2019/12345.html?page=2&id=9876"))
    ['12345', '9876']
    """
    parts = split_url(url)
    return frozenset(
        number
        for number in _NUMBER.findall(f"{parts.path}?{parts.query}")
        if not _YEAR.fullmatch(number)
    )


def page_name_words(url: str) -> list[str]:
    """The words of a page's name in its address.

    >>> words_in_name("http://a.example/news/harbour-lights-to-burn.html")
    ['harbour', 'lights', 'to', 'burn']
    """
    return split_words(page_name(url))
