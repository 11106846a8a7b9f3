"""How alike two pages are, once what stands on every page of their site is taken away from both.

Texts are compared as sets of shingles of three words, or five ideographs or syllables (Broder 1997, "On the resemblance and containment of
documents", https://doi.org/10.1109/SEQUEN.1997.666900). Pages of one site share more than their frame: templates, product texts, notices. So a page
that certainly is another one serves as the control, and only what is not on it counts as evidence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

# Scripts written without spaces give one word a character, all others one a word.
_WORD = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\W\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
# Of such scripts more characters make a shingle: three of them are often but an ending.
_SYLLABLE: Final = "\u2e80"
_SHINGLE: Final = 5  # half words
_MOST_WORDS: Final = 20_000
# Below so many shingles of its own a page says too little to be told from another one by them.
MIN_SHINGLES: Final = 20
# A page of which less than this is the text looked for is a list that holds it among others.
_SHARE_OF_A_PAGE: Final = 0.2

Shingles = frozenset[str]


@dataclass(frozen=True, slots=True)
class TextSimilarity:
    """How much of one page's own text the other one has, 0 to 1; `own` is how many shingles there were to tell by, `found` which are there.

    None: there were too few, which says nothing.
    """

    share: float | None
    distinct: int
    shared: Shingles = frozenset()


def split_words(text: str) -> list[str]:
    """The words of a text, half-width and in lower case.

    >>> words_of("Ｔｈｅ reef: 珊瑚")
    ['the', 'reef', '珊', '瑚']
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())[:_MOST_WORDS]


def shingles(text: str) -> Shingles:
    """Every three words, or five ideographs, of a text that follow one another.

    >>> sorted(shingles("the reef is a reef")), sorted(shingles("珊瑚是活的石头"))
    (['is a reef', 'reef is a', 'the reef is'], ['是 活 的 石 头', '珊 瑚 是 活 的', '瑚 是 活 的 石'])
    """
    words = words(text)
    sizes = [1 if len(word) == 1 and word >= _SYLLABLE else 2 for word in words]
    found, end, size = set[str](), 0, 0
    for start in range(len(words)):
        while end < len(words) and size < _SHINGLE:
            size += sizes[end]
            end += 1
        if size < _SHINGLE:
            break
        found.add(" ".join(words[start:end]))
        size -= sizes[start]
    return frozenset(found)


def containment(
    wanted: Shingles, page: Shingles, main: Shingles, *, controls: Collection[Shingles]
) -> TextSimilarity:
    """Say how much of the text `wanted` stands on a page, of which `main` is the main text; `controls` are other pages of its site.

    >>> frame = "Subscribe to the harbour paper and read all of it every day of the year for nothing"
    >>> lights, boats, other = (shingles(f"{text} {frame}") for text in (
    ...     "The council voted on Tuesday to keep all twelve of the old lights burning until sunrise, and the fishermen who had asked for "
    ...     "it since spring were glad to hear so", "Two boats", "A new school was opened by the mayor"))
    >>> liken(lights, lights, lights, controls=[other]).share, liken(lights, other, other, controls=[boats]).share
    (1.0, 0.0)
    >>> liken(boats, boats, boats, controls=[other]).share is None
    True
    """
    common = frozenset[str]().union(*controls)
    own = wanted - common
    if len(own) < MIN_SHINGLES:
        return TextSimilarity(None, len(own))
    found = own & page
    of_page = len(own & main) / max(1, len(main - common))
    return TextSimilarity(
        len(found) / len(own) * min(1.0, of_page / _SHARE_OF_A_PAGE), len(own), found
    )
