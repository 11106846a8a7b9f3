"""Compare a served page with the page that a memento of it shows.

A memento is evidence only if its text can be read: empty pages, error pages, unfinished
applications and texts in a wrongly guessed encoding are none.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from crawler.http.html_text import count_letters
from crawler.liveness.phrases.languages import language_of, words_of_meaning
from crawler.liveness.phrases.soft404_phrases import normalise
from crawler.liveness.phrases.soft404_text import is_missing_phrase
from crawler.page_text.simhash import FAR_DISTANCE, is_near, simhash_distance
from crawler.page_text.similarity import MIN_SHINGLES, Shingles, shingles
from store.vocabulary import OWN_CAPTURE, OWN_PROBE, PageEvidence

_STORED_TEXT: Final = 2_000  # characters of a page's text that are stored
_MIN_ARCHIVED_LETTERS: Final = 200
_MIN_SERVED_LETTERS: Final = 40
# Shares of the memento's shingles that the served page has.
_SAME_SHARE: Final = 0.8
_OTHER_SHARE: Final = 0.3  # pages of one site have menus and notices in common
# A page in another language with this number of the memento's words may be its translation.
_TRANSLATED_WORDS: Final = 3
_SAME_SUBJECT_SHARE: Final = 0.2  # of the memento's words
# Signs of a wrongly guessed encoding: replaced bytes and control characters, and more accented
# Latin letters than any language has.
_REPLACED = re.compile("[\ufffd\x80-\x9f]")
_ACCENTED = re.compile("[\u00a1-\u00ff]")
_MAX_REPLACED_SHARE: Final = 0.01
_MAX_ACCENTED_SHARE: Final = 0.35


class Likeness(Enum):
    """The result of comparing a served page with a memento."""

    SAME = auto()
    OTHER = auto()
    UNKNOWN = auto()


def compare_with_memento(
    archived: PageEvidence | None, page: PageEvidence, control: PageEvidence | None = None
) -> Likeness:
    """Return whether a page is certainly the archived one, certainly another one, or neither.

    Args:
        archived: What the memento showed; None if there is none.
        page: What the site serves.
        control: What the site serves at a random URL. Text that both pages have is no evidence.

    >>> then = PageEvidence(text="The council kept all twelve harbour lights burning. " * 6)
    >>> compare_with_memento(then, then)
    <Likeness.SAME: 1>
    >>> compare_with_memento(PageEvidence(), then)
    <Likeness.UNKNOWN: 3>
    """
    # The page is checked first: after a HEAD it is empty, which takes no time to see.
    if archived is None or not is_readable(page) or not is_readable(archived):
        return Likeness.UNKNOWN
    if is_missing_phrase(archived.title):
        return Likeness.UNKNOWN
    if _is_same(archived, page, control):
        # Our own captures and probes may have shown another page than the cited one already.
        is_own = not {OWN_CAPTURE, OWN_PROBE}.isdisjoint(archived.html_markers)
        return Likeness.UNKNOWN if is_own else Likeness.SAME
    if _is_other(archived, page, control):
        return Likeness.OTHER
    return Likeness.UNKNOWN


def is_readable(page: PageEvidence) -> bool:
    """Return whether a page shows text that can be compared."""
    if (page.simhash is None and not page.text) or "app-shell" in page.html_markers:
        return False
    if page.text.isascii():
        return True
    length = len(page.text)
    return (
        len(_REPLACED.findall(page.text)) <= _MAX_REPLACED_SHARE * length
        and len(_ACCENTED.findall(page.text)) <= _MAX_ACCENTED_SHARE * length
    )


def has_text(archived: PageEvidence) -> bool:
    """Return whether a memento shows a text that can be compared, and no error page."""
    return (
        is_readable(archived)
        and not is_missing_phrase(archived.title)
        and count_letters(archived.text) >= _MIN_ARCHIVED_LETTERS
    )


def titles_agree(one: str, other: str) -> bool:
    """Return whether two titles are the same, or share most words of the shorter one."""
    if normalise(one) == normalise(other):
        return True
    words, other_words = words_of_meaning(one), words_of_meaning(other)
    shared, shorter = words & other_words, min(words, other_words, key=len)
    return len(shorter) >= 2 and len(shared) > len(shorter) / 2


def language_vanished(archived: PageEvidence, page: PageEvidence) -> bool:
    """Return whether a page is in another language than its memento, and is no translation of it.

    A translation keeps names; sites choose it by the address of the visitor.
    """
    before = language_of(f"{archived.title} {archived.text}")
    after = language_of(f"{page.title} {page.text}")
    if not before or not after or before == after:
        return False
    shared = words_of_meaning(f"{archived.title} {archived.text}") & words_of_meaning(
        f"{page.title} {page.text}"
    )
    return len(shared) < _TRANSLATED_WORDS


def subject_vanished(archived: PageEvidence, page: PageEvidence) -> bool:
    """Return whether a page has neither the title nor the words of its memento."""
    if not titles_differ(archived, page):
        return False
    archived_words = words_of_meaning(archived.text)
    shared = archived_words & words_of_meaning(page.text)
    return bool(archived_words) and len(shared) < _SAME_SUBJECT_SHARE * len(archived_words)


def titles_differ(archived: PageEvidence, page: PageEvidence) -> bool:
    """Return whether both pages have titles, and these have little in common."""
    return bool(archived.title and page.title) and not titles_agree(archived.title, page.title)


@lru_cache(maxsize=64)  # the same texts are compared by several rules, one after the other
def _shingles(text: str) -> Shingles:
    return shingles(text)


def _is_same(archived: PageEvidence, page: PageEvidence, control: PageEvidence | None) -> bool:
    """Return whether a page shows the text of its memento, apart from what its control shows."""
    agree = titles_agree(archived.title, page.title)
    is_equal = bool(archived.text) and archived.text == page.text
    if is_equal or is_near(archived, page):
        # Long menus make all pages of a site alike as far as their text is stored.
        return agree or max(len(archived.text), len(page.text)) < _STORED_TEXT
    # Without a page at a random URL, the text that all pages of the site have is not known.
    if is_missing_phrase(page.title) or not (agree or control):
        return False
    distinct = _shingles(archived.text)
    if control is not None:
        distinct -= _shingles(control.text)
    if len(distinct) < MIN_SHINGLES:
        return False
    return len(distinct & _shingles(page.text)) >= _SAME_SHARE * len(distinct)


def _is_other(archived: PageEvidence, page: PageEvidence, control: PageEvidence | None) -> bool:
    """Return whether a page evidently shows another text than its memento."""
    if archived.text and count_letters(archived.text) < _MIN_ARCHIVED_LETTERS:
        return False
    if page.text and count_letters(page.text) < _MIN_SERVED_LETTERS:
        return False
    if archived.simhash is None or page.simhash is None:
        return False
    archived_shingles, page_shingles = _shingles(archived.text), _shingles(page.text)
    if control is not None:
        distinct = archived_shingles - _shingles(control.text)
        if len(distinct) >= MIN_SHINGLES:
            return len(distinct & page_shingles) <= _OTHER_SHARE * len(distinct)
    distance = simhash_distance(archived, page)
    is_far = distance is not None and distance >= FAR_DISTANCE
    shared = archived_shingles & page_shingles
    return is_far and len(shared) <= _OTHER_SHARE * len(archived_shingles)
