"""Compare the text of a page with random URLs of its site, whose texts vary by themselves.

Texts are compared as sets of shingles. Shingles that all random URLs share are *fixed*; a page
without them is another page. The rest of a page either varies as theirs does (headlines in a
margin) or is its own content (an inventory number, a quotation). Requesting the page again shows
which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crawler.page_text.similarity import half_words

# In half words: a word counts for two, an ideograph for one. So a shingle is three words or five
# ideographs.
_SHINGLE_LENGTH: Final = 5
_MIN_FIXED: Final = 12  # shingles that random URLs have in common
_MIN_FIXED_SHARE: Final = 0.3  # of a page's words
_MAX_MISSING_SHARE: Final = 0.15  # of the fixed shingles: some are only fixed by chance
# A page may lack this share of the fixed shingles in all readings: they may be fixed by chance.
_MAX_CHANCE_SHARE: Final = 0.05
_MAX_GROWTH: Final = 1.5  # of the varying text, from one URL to the next
_MAX_GROWTH_WORDS: Final = 12
# This number of consecutive shingles in all readings is the page's own text, even if one random URL
# has them as well: for example a proverb, on a site that shows a random one elsewhere.
_MIN_OWN_RUN: Final = 5

_Shingle = tuple[str, ...]  # a few words in a row


def is_like_random_pages(
    page: Sequence[str],
    at_random: Sequence[Sequence[str]],
    *,
    is_cut: bool,
    may_all_vary: bool = False,
) -> bool:
    """Return whether a page has the text that random URLs share, and about as much other text.

    This is a first test; `has_own_text` decides after the page was requested again.

    Args:
        page: The words of the page.
        at_random: The words of two or more random URLs of its site.
        is_cut: Whether the texts are longer than what is stored.
        may_all_vary: Whether random URLs may share little or no text.

    >>> menu = "home news about the harbour and all of its boats contact us by mail or by post"
    >>> pages = [f"{menu} today {news} read more".split() for news in ("a b c d", "e f g h")]
    >>> is_like_random_pages(f"{menu} today i j k l read more".split(), pages, is_cut=False)
    True
    >>> is_like_random_pages("i j k l read more about the reef".split(), pages, is_cut=False)
    False
    """
    if len(at_random) < 2:
        return False
    random_shingles = [_shingles(words) for words in at_random]
    fixed = _common(random_shingles)
    page_shingles = _shingles(page)
    missing = fixed.difference(page_shingles)
    if is_cut:
        missing -= _near_the_end(at_random[0], len(page))
    if len(missing) > _MAX_MISSING_SHARE * len(fixed):
        return False
    varying = _count_uncovered(page, page_shingles, fixed)
    is_mostly_fixed = len(page) - varying >= _MIN_FIXED_SHARE * len(page)
    if not may_all_vary and (len(fixed) < _MIN_FIXED or not is_mostly_fixed):
        return False
    longest_varying = max(
        _count_uncovered(words, own, fixed)
        for words, own in zip(at_random, random_shingles, strict=True)
    )
    return 0 < varying <= _max_varying(longest_varying)


def _max_varying(varying: int) -> float:
    """Return how many words of a page may vary, given how many vary on random URLs."""
    return _MAX_GROWTH * varying + min(varying, _MAX_GROWTH_WORDS)


def has_own_text(
    readings: Sequence[Sequence[str]],
    at_random: Sequence[Sequence[str]],
    of_the_day: Sequence[Sequence[str]],
    *,
    is_cut: bool,
    may_miss: bool = False,
) -> bool:
    """Return whether a page, read more than once, differs from random URLs of its site.

    It differs if some text is in every reading and on no random URL, if a long text is in every
    reading and not on every random URL of the day, or if no reading has all text that random URLs
    share.

    Args:
        readings: The words of the page, each time it was read.
        at_random: The words of two or more random URLs of its site.
        of_the_day: The words of those that were read at about the same time as the page.
        is_cut: Whether the texts are longer than what is stored.
        may_miss: Whether the page may lack a few of the shared shingles and still not differ:
            random URLs may share some only by chance.
    """
    random_shingles = [_shingles(words) for words in at_random]
    read_shingles = [_shingles(words) for words in readings]
    fixed, kept = _common(random_shingles), _common(read_shingles)
    missing = fixed.difference(*read_shingles)
    if is_cut:
        missing -= _near_the_end(at_random[0], min(map(len, readings)))
    chance = _MAX_CHANCE_SHARE * len(fixed) if may_miss else 0
    if len(missing) > chance or kept.difference(*random_shingles):
        return True
    own = kept - _common([_shingles(words) for words in of_the_day])
    return len(readings) > 2 and _longest_run(read_shingles[0], own) >= _MIN_OWN_RUN


def _longest_run(shingles: Sequence[_Shingle], wanted: set[_Shingle]) -> int:
    """Return the largest number of consecutive shingles of a text that are among the wanted."""
    longest = run = 0
    for each in shingles:
        run = run + 1 if each in wanted else 0
        longest = max(longest, run)
    return longest


def common_share(words: Sequence[str], others: Sequence[str]) -> float:
    """Return the share of a text's words, 0 to 1, that are in shingles which both texts have.

    The share is computed for each of the two texts, and the smaller one is returned.
    """
    if not words or not others:
        return 0
    own_shingles, other_shingles = _shingles(words), _shingles(others)
    fixed = _common([own_shingles, other_shingles])
    own_share = 1 - _count_uncovered(words, own_shingles, fixed) / len(words)
    other_share = 1 - _count_uncovered(others, other_shingles, fixed) / len(others)
    return min(own_share, other_share)


def _common(texts: Sequence[Sequence[_Shingle]]) -> set[_Shingle]:
    """Return the shingles that all texts have in common."""
    first, *others = texts
    return set(first).intersection(*others)


def _shingles(words: Sequence[str]) -> Sequence[_Shingle]:
    """Return the run of three words, or five ideographs, that starts at each word of a text.

    At its last words, which are too few for one, no run starts.
    """
    lengths = [half_words(word) for word in words]
    found = list[_Shingle]()
    end, length = 0, 0
    for start, first in enumerate(lengths):
        while end < len(words) and length < _SHINGLE_LENGTH:
            length += lengths[end]
            end += 1
        if length < _SHINGLE_LENGTH:
            break
        found.append(tuple(words[start:end]))
        length -= first
    return found


def _count_uncovered(words: Sequence[str], own: Sequence[_Shingle], fixed: set[_Shingle]) -> int:
    """Return the number of a text's words that are in no fixed shingle."""
    uncovered = covered_to = 0
    for start, each in enumerate(own):
        if each in fixed:
            uncovered += max(0, start - covered_to)
            covered_to = start + len(each)
    return uncovered + len(words) - covered_to


def _near_the_end(words: Sequence[str], length: int) -> set[_Shingle]:
    """Return the shingles of a text behind two thirds of `length` words.

    Of a text that is cut off, another page of `length` words may lack them.
    """
    return set(_shingles(words)[length * 2 // 3 + 1 :])
