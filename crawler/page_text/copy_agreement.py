"""Judge whether two copies show the same page, by what our own probes recorded.

This is stricter than `crawler.preservation.copy_confirmation`: one copy replaces another in a
citation only if both are proven to show the same page. Numbers, and so dates, are ignored. Text
that is also on other pages of the site (its menu) or on other copies of the archive (its banner)
is not evidence. This module reads and requests nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Final

from crawler.page_text.simhash import FAR_DISTANCE, simhash_distance
from crawler.page_text.similarity import (
    MIN_SHINGLES,
    Shingles,
    half_words,
    mask_numbers,
    shingles,
    split_words,
)
from store.vocabulary import PageEvidence

_MIN_SHARED: Final = 0.8  # share of the shorter text's own shingles that the other must have
_MIN_LENGTH_SHARE: Final = 0.5  # of the longer text that the shorter one must reach
_DIFFERENT_BELOW: Final = 0.4  # share of the shorter text's own shingles that the other has
_MIN_TITLE_SHARED: Final = 0.75  # share of the words of one title that the other must have
_MIN_TITLE_HALF_WORDS: Final = 6  # of a title or link text that identifies a page: three words


def same_text(
    one: PageEvidence | None, other: PageEvidence | None, controls: Collection[PageEvidence] = ()
) -> bool | None:
    """Return whether two copies show the same text.

    Args:
        one: What the one copy shows; None if it could not be read.
        other: What the other copy shows; None if it could not be read.
        controls: What other pages of the same site, or other copies of the same archives, show.

    Returns:
        True if they show the same text, False if they show different pages. None if that is not
        known: one was not read, has too little distinctive text, or they agree only partly.
    """
    if one is None or other is None:
        return None
    common = [_masked_shingles(page.text) for page in controls]
    one_shingles = _masked_shingles(one.text).difference(*common)
    other_shingles = _masked_shingles(other.text).difference(*common)
    shorter, longer = sorted((len(one_shingles), len(other_shingles)))
    if shorter < MIN_SHINGLES:
        return _same_title(one, other, controls)
    share = len(one_shingles & other_shingles) / shorter
    if share >= _MIN_SHARED:
        distance = simhash_distance(one, other)
        is_near = distance is None or distance <= FAR_DISTANCE
        # The shorter text may be only a part of a much longer one.
        is_whole = shorter >= _MIN_LENGTH_SHARE * longer
        return True if is_near and is_whole and _titles_agree(one, other) else None
    return False if share < _DIFFERENT_BELOW else None


def has_words_of(
    page: PageEvidence | None, texts: Iterable[str], controls: Collection[PageEvidence] = ()
) -> bool:
    """Return whether a copy contains the text of a link to the page, and no control page does.

    Args:
        page: What the copy shows; None if it could not be read.
        texts: The texts of the links that cite the page.
        controls: What other pages of the same site show.
    """
    if page is None:
        return False
    shown, title = _words(f"{page.title} {page.text}"), _words(page.title)
    others = [_words(f"{control.title} {control.text}") for control in controls]
    for text in texts:
        words = split_words(text)
        if "://" in text or sum(map(half_words, words)) < _MIN_TITLE_HALF_WORDS:
            continue
        wanted = f" {' '.join(words)} "
        # Without control pages, words in the text may be the slogan of the site.
        is_shown = wanted in (shown if others else title)
        if is_shown and not any(wanted in other for other in others):
            return True
    return False


def _same_title(
    one: PageEvidence, other: PageEvidence, controls: Collection[PageEvidence]
) -> bool | None:
    """Return True if two short pages share a title that no control page has, else None."""
    title, other_title = _masked_words(one.title), _masked_words(other.title)
    is_specific = sum(map(half_words, title)) >= _MIN_TITLE_HALF_WORDS
    is_unique = bool(controls) and all(_masked_words(page.title) != title for page in controls)
    return True if is_specific and is_unique and title == other_title else None


def _titles_agree(one: PageEvidence, other: PageEvidence) -> bool:
    """Return whether two titles share most words, or one is missing."""
    words, other_words = set(_masked_words(one.title)), set(_masked_words(other.title))
    if not words or not other_words:
        return True
    longer = max(len(words), len(other_words))
    return len(words & other_words) >= _MIN_TITLE_SHARED * longer


@lru_cache(maxsize=4_096)
def _masked_shingles(text: str) -> Shingles:
    """Return the shingles of a text with each number replaced by 0.

    The same texts are compared often.
    """
    return shingles(mask_numbers(text))


def _masked_words(text: str) -> Sequence[str]:
    """Return the words of a text with each number replaced by 0."""
    return split_words(mask_numbers(text))


@lru_cache(maxsize=4_096)
def _words(text: str) -> str:
    """Return the words of a text, with a space before and after each."""
    return f" {' '.join(split_words(text))} "
