"""Compare titles of pages, and the names and numbers in their URLs.

They are used to find the page of a site that has the title, or the file name, of a lost page. This
module makes no requests.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote

from crawler.http.urls import split_url
from crawler.page_text.similarity import half_words, split_words

# What separates a title's own words from the name of the site.
_SEPARATOR = re.compile(r"\s+[-–—|•·/~»›]+\s+|[|_｜»›]+|\s*[-–—]{2,}\s*|::")
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_NUMBER = re.compile(r"(?<!\d)\d{4,}(?!\d)")
# Well-formed numerals up to 399: "ill", "civil" and "livid" are words. Use it with `fullmatch`.
_ROMAN_NUMERAL = r"(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_ANY_NUMERAL = re.compile(
    rf"\d+(?:st|nd|rd|th)?|{_ROMAN_NUMERAL}|[〇零一二三四五六七八九十百千两兩壹贰叁肆伍陆柒捌玖拾]"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
# A title of fewer words is shared by many pages; a CJK character counts for half a word.
_MIN_TITLE_WORDS: Final = 3
_MAX_SITE_NAME_WORDS: Final = 4  # few sites have a longer name
_MIN_NAME_LENGTH: Final = 6  # characters of a page's name in its URL
# Names in URLs that many pages share.
_GENERIC_NAMES: Final = frozenset(
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

_Part = tuple[str, ...]  # the words of one part of a title


def word_weight(words: Collection[str]) -> float:
    """Return the number of words, each CJK character counted as half a word.

    >>> word_weight(["harbour", "lights"]), word_weight(["青", "石", "镇"])
    (2.0, 1.5)
    """
    return sum(map(half_words, words)) / 2


def title_parts(title: str) -> list[list[str]]:
    """Return the words of a title, and of its longest part if a separator divides it.

    Returns:
        One or two lists of words; none if even the longest part is too short to identify a page.

    >>> parts = title_parts("Harbour lights to burn all night - The Paper")
    >>> [" ".join(words) for words in parts]
    ['harbour lights to burn all night the paper', 'harbour lights to burn all night']
    >>> title_parts("Home - The Paper")
    []
    """
    whole = split_words(title)
    parts = [split_words(part) for part in _SEPARATOR.split(title)]
    longest = max(parts, key=word_weight, default=[])
    if word_weight(longest) < _MIN_TITLE_WORDS:
        return []
    return [whole] if longest == whole else [whole, longest]


def title_similarity(title: str, other: str) -> float:
    """Return how similar two titles are, 0 to 1, without the site's name if a separator shows it.

    >>> title_similarity("青石镇恢复夜间轮渡 - 青石晚报", "青石镇恢复夜间轮渡_新闻_青石网")
    1.0
    >>> title_similarity("Two boats - The Old Harbour Paper", "A lamp - The Old Harbour Paper")
    0.0
    """
    parts, other_parts = _distinct_parts(title), _distinct_parts(other)
    shared = parts & other_parts
    if shared and _is_site_name(shared, parts, other_parts):
        return _dice_coefficient(_all_words(parts - shared), _all_words(other_parts - shared))
    overlaps = [
        _dice_coefficient(set(one), set(two))
        for one in title_parts(title)
        for two in title_parts(other)
    ]
    return max(overlaps, default=0.0)


def differ_only_in_numbers(title: str, other: str) -> bool:
    """Return whether two titles differ only in numbers, as titles of pages of a series do.

    >>> differ_only_in_numbers("Harbour report No. 4", "Harbour report No. 5")
    True
    >>> differ_only_in_numbers("灯下（八十七）", "灯下（八十八）")
    True
    >>> differ_only_in_numbers("Harbour report, part IX", "Harbour report, part XIV")
    True
    >>> differ_only_in_numbers("The ill harbour report", "The civil harbour report")
    False
    >>> differ_only_in_numbers("Harbour report", "Harbour report")
    False
    >>> differ_only_in_numbers("Harbour report 4", "Boats 5")
    False
    """
    words, other_words = split_words(title), split_words(other)
    rest = [word for word in words if not _ANY_NUMERAL.fullmatch(word)]
    other_rest = [word for word in other_words if not _ANY_NUMERAL.fullmatch(word)]
    return words != other_words and bool(rest) and rest == other_rest


def page_name(url: str) -> str:
    """Return the name of a page in its URL, in lower case and without extension.

    Returns:
        The name; "" if it is too short or too common to identify a page.

    >>> page_name("http://a.example/2019/Harbour_Lights.html")
    'harbour-lights'
    >>> page_name("http://a.example/index.php"), page_name("http://a.example/")
    ('', '')
    """
    segment = split_url(url).path.strip("/").rpartition("/")[2]
    name = _EXTENSION.sub("", unquote(segment)).lower().replace("_", "-")
    if len(name) < _MIN_NAME_LENGTH or name in _GENERIC_NAMES or name.isdigit():
        return ""
    return name


def page_numbers(url: str) -> frozenset[str]:
    """Return the numbers in a URL that may identify a page: four digits or more, and no year.

    >>> sorted(page_numbers("http://a.example/2019/12345.html?page=2&id=9876"))
    ['12345', '9876']
    """
    parts = split_url(url)
    numbers = _NUMBER.findall(f"{parts.path}?{parts.query}")
    return frozenset(number for number in numbers if not _YEAR.fullmatch(number))


def page_name_words(url: str) -> list[str]:
    """Return the words of a page's name in its URL.

    >>> page_name_words("http://a.example/news/harbour-lights-to-burn.html")
    ['harbour', 'lights', 'to', 'burn']
    """
    return split_words(page_name(url))


def _distinct_parts(title: str) -> set[_Part]:
    """Return the parts into which separators divide a title, without empty ones."""
    return {tuple(split_words(part)) for part in _SEPARATOR.split(title)} - {()}


def _is_site_name(shared: set[_Part], parts: set[_Part], other_parts: set[_Part]) -> bool:
    """Return whether the parts that two titles share are their site's name, not their subject."""
    rest, other_rest = parts - shared, other_parts - shared
    if not rest or not other_rest:
        return False
    longer = max(word_weight(_words_of(rest)), word_weight(_words_of(other_rest)))
    return word_weight(_words_of(shared)) <= max(_MAX_SITE_NAME_WORDS, 1.5 * longer)


def _words_of(parts: set[_Part]) -> list[str]:
    return [word for part in parts for word in part]


def _all_words(parts: set[_Part]) -> set[str]:
    return set(_words_of(parts))


def _dice_coefficient(words: set[str], other: set[str]) -> float:
    """Return how similar two sets of words are, 0 to 1 (Dice 1945). One has at least one word."""
    return 2 * len(words & other) / (len(words) + len(other))
