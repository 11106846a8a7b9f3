"""Recognise captures that show nothing, or an error page that was served with a success status.

Less evidence is needed here than in `soft404`. If a good capture is rejected, another one is tried;
but a reader who is sent to an error page has lost the source.
"""

from __future__ import annotations

import re
from typing import Final

from crawler.liveness.case import SHORT_PAGE, TINY_PAGE, Case, make_judgement
from crawler.liveness.phrases.address_names import MISSING_STATUSES, names_error
from crawler.liveness.phrases.soft404_phrases import FILLER_WORDS
from crawler.liveness.phrases.soft404_text import (
    find_missing_sentence,
    has_missing_phrase,
    is_missing_phrase,
    words_of,
)
from crawler.liveness.rules.soft404 import CLUES
from store.vocabulary import Judgement, Reason

# The clues of `soft404` that count for captures. Not `robots`: archives add `noindex` to replays.
_CLUES: Final = ("title", "text", "size", "canonical")
_MIN_POINTS: Final = 3
_MAX_LEADING_WORDS: Final = 12  # of a heading
_MAX_LETTERS_WITH_HEADING: Final = 150
_MAX_LETTERS_WITH_NUMBER: Final = 100  # the number alone is a weaker sign than its words
# The number of the status before its words, as the default pages of servers have it.
_STATUS_WORDS: Final = re.compile(r"\b(?:404|410)\W{1,5}(?:\w+\W+){0,2}?(?=not found\b|gone\b)")
_MAX_GAP: Final = 40  # characters from the start of such a heading to its sentence
_STATUS_NUMBERS: Final = frozenset({"404", "410"})


def is_blank_capture(case: Case) -> bool:
    """Return whether a reader of the capture sees nothing."""
    if not case.served or case.last.method != "GET" or case.status == 304:
        return False
    if case.header("content-length").strip() == "0" or "no-content" in case.page.html_markers:
        return True
    is_plain = case.header("content-type").lower().startswith("text/plain")
    return is_plain and case.page.length > 0 and not case.page.text


def error_text(case: Case) -> Judgement | None:
    """Judge a capture of a short page that mainly says that a page is missing.

    Returns:
        SOFT_404, or None if the page may be what was cited.
    """
    if not case.served or case.text_length > SHORT_PAGE or "app-shell" in case.page.html_markers:
        return None
    is_error = (
        _has_error_heading(case)
        or _has_error_sentence(case)
        or sum(CLUES[name](case) for name in _CLUES) >= _MIN_POINTS
    )
    if not is_error:
        return None
    titles = [case.page.title] if has_missing_phrase(case.page.title) else ()
    if names_error(case.url, MISSING_STATUSES, titles):
        return None  # the page is about that
    return make_judgement(Reason.SOFT_404, "the capture is an error page")


def _has_error_heading(case: Case) -> bool:
    """Return whether the first words are those of an error page, with little after them."""
    if case.text_length > _MAX_LETTERS_WITH_HEADING:
        return False
    words = words_of(case.text)[:_MAX_LEADING_WORDS]
    if not words and case.page.title:
        return is_missing_phrase(case.page.title)
    leading = 0
    while leading < len(words) and words[leading] in FILLER_WORDS:
        leading += 1
    if any(is_missing_phrase(" ".join(words[:end])) for end in range(1, len(words) + 1)):
        return True
    title = set(words_of(case.page.title))
    if title <= FILLER_WORDS and not _STATUS_NUMBERS.isdisjoint(title):
        return True
    is_number_first = not _STATUS_NUMBERS.isdisjoint(words[:leading])
    return is_number_first and case.text_length <= _MAX_LETTERS_WITH_NUMBER


def _has_error_sentence(case: Case) -> bool:
    """Return whether a sentence says that a page is missing.

    The page is tiny, or the sentence follows the heading of an error page.
    """
    sentence = find_missing_sentence(case.text)
    if sentence is None:
        return _STATUS_WORDS.search(case.text) is not None and case.text_length <= TINY_PAGE
    if case.text_length <= TINY_PAGE:
        return True
    before = case.text[max(0, sentence.start() - _MAX_GAP) : sentence.start()]
    return has_missing_phrase(before) or not _STATUS_NUMBERS.isdisjoint(words_of(before))
