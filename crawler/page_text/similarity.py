"""Measure how much of one page's own text another page contains.

Texts are compared as sets of shingles: three words, or five CJK characters, in a row
(Broder 1997, "On the resemblance and containment of documents",
https://doi.org/10.1109/SEQUEN.1997.666900). Pages of one site share boilerplate: menus,
product texts, notices. So other pages of the same site serve as controls, and only shingles that no
control contains count as evidence.

This module does not fetch pages and does not decide whether a page moved (see `crawler.moves`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from msgspec import Struct

# Each CJK character (ideograph, kana or hangul syllable) counts as a word.
_WORD = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\W\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_FIRST_CJK_CHARACTER: Final = "\u2e80"
# The length of a shingle in half words: a word counts for two, a CJK character for one.
# Three CJK characters in a row are often a common ending, so five of them make a shingle.
_SHINGLE_LENGTH: Final = 5
_MAX_WORDS: Final = 20_000  # of one text
# With fewer distinct shingles a page has too little text to be recognised by them.
MIN_SHINGLES: Final = 20
# If the text is less than this share of a page, the page is rather a list that contains it.
_MIN_SHARE_OF_PAGE: Final = 0.2

Shingles = frozenset[str]


class TextSimilarity(Struct, frozen=True):
    """The result of looking for one page's text on another page.

    Attributes:
        score: The share of the wanted page's own shingles that the other page contains, reduced if
            they are only a small part of that page; 0 to 1. None: too few shingles to compare.
        compared_count: The number of shingles compared, those on the controls left out.
        shared: The shingles that both pages have.
    """

    score: float | None
    compared_count: int
    shared: Shingles = frozenset()


def half_words(word: str) -> int:
    """Return the length of a word in half words: 1 for a CJK character, 2 for any other word.

    >>> half_words("灯"), half_words("harbour")
    (1, 2)
    """
    is_cjk_character = len(word) == 1 and word >= _FIRST_CJK_CHARACTER
    return 1 if is_cjk_character else 2


def split_words(text: str) -> list[str]:
    """Return the words of a text, normalised to half width and lower case.

    >>> split_words("Ｔｈｅ reef: 珊瑚")
    ['the', 'reef', '珊', '瑚']
    """
    normalised = unicodedata.normalize("NFKC", text).lower()
    return _WORD.findall(normalised)[:_MAX_WORDS]


def mask_numbers(text: str) -> str:
    """Return a text with each number replaced by 0, so that dates and counters do not differ.

    >>> mask_numbers("12 boats on 2026-05-04, 1,200 tons")
    '0 boats on 0, 0 tons'
    """
    return _NUMBER.sub("0", text)


def shingles(text: str) -> Shingles:
    """Return every run of three words, or five CJK characters, in a text.

    >>> sorted(shingles("the reef is a reef"))
    ['is a reef', 'reef is a', 'the reef is']
    >>> sorted(shingles("珊瑚是活的石头"))
    ['是 活 的 石 头', '珊 瑚 是 活 的', '瑚 是 活 的 石']
    """
    words = split_words(text)
    lengths = [half_words(word) for word in words]
    found, end, length = set[str](), 0, 0
    for start in range(len(words)):
        while end < len(words) and length < _SHINGLE_LENGTH:
            length += lengths[end]
            end += 1
        if length < _SHINGLE_LENGTH:
            break
        found.add(" ".join(words[start:end]))
        length -= lengths[start]
    return frozenset(found)


def containment(
    wanted: Shingles, page: Shingles, main: Shingles, *, controls: Collection[Shingles]
) -> TextSimilarity:
    """Measure how much of a text another page contains.

    Args:
        wanted: The shingles of the text looked for.
        page: The shingles of everything the page shows.
        main: The shingles of the page's main text.
        controls: The shingles of other pages of the same site, which do not count.

    Returns:
        The similarity.

    >>> boilerplate = "Subscribe to the harbour paper and read it every day of the year for nothing"
    >>> vote = (
    ...     "The council voted on Tuesday to keep all twelve of the old lights burning until "
    ...     "sunrise, and the fishermen who had asked for it since spring were glad to hear so"
    ... )
    >>> texts = (vote, "Two boats", "A new school was opened by the mayor")
    >>> lights, boats, other = (shingles(f"{text} {boilerplate}") for text in texts)
    >>> containment(lights, lights, lights, controls=[other]).score
    1.0
    >>> containment(lights, other, other, controls=[boats]).score
    0.0
    >>> containment(boats, boats, boats, controls=[other]).score is None
    True
    """
    common = frozenset[str]().union(*controls)
    distinct = wanted - common
    if len(distinct) < MIN_SHINGLES:
        return TextSimilarity(None, len(distinct))
    shared = distinct & page
    share_of_text = len(shared) / len(distinct)
    share_of_page = len(distinct & main) / max(1, len(main - common))
    score = share_of_text * min(1.0, share_of_page / _MIN_SHARE_OF_PAGE)
    return TextSimilarity(score, len(distinct), shared)
