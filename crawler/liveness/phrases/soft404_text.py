"""Recognise phrases and sentences that say that a page is missing.

The phrases themselves are data in `soft404_phrases`.
"""

from __future__ import annotations

import re
from typing import Final

from crawler.liveness.phrases.soft404_phrases import (
    FILLER_WORDS,
    MISSING_PHRASES,
    find_missing_sentences,
    normalise,
)

# Opening quotation marks with all that may close them: German and Polish open alike.
_QUOTES: Final = (("“", "”"), ("「", "」"), ("『", "』"), ("«", "»"), ("„", "“”"))
_PUNCTUATION = re.compile(r"[^\w']+")
_NORMALISED_PHRASES: Final = frozenset(
    _PUNCTUATION.sub(" ", normalise(phrase)).strip()
    for phrases in MISSING_PHRASES.values()
    for phrase in phrases
)
_WORD = re.compile(r"[\w']+")
_FIRST_WORDS: Final = FILLER_WORDS | {phrase.split()[0] for phrase in _NORMALISED_PHRASES}
_LAST_WORDS: Final = FILLER_WORDS | {phrase.split()[-1] for phrase in _NORMALISED_PHRASES}


def is_missing_phrase(segment: str) -> bool:
    """Return whether a phrase says only that something is missing.

    Args:
        segment: A title, a part of one, or a whole page.

    Returns:
        True for a phrase of `MISSING_PHRASES` with filler words around it.

    >>> segments = ("404 - Page Not Found!", "404 Not Found: what it means", "404")
    >>> [is_missing_phrase(segment) for segment in segments]
    [True, False, False]
    """
    if not _may_be_missing_phrase(segment):
        return False
    words = words_of(segment)
    while words and (words[0] in FILLER_WORDS or words[-1] in FILLER_WORDS):
        words = words[1:] if words[0] in FILLER_WORDS else words[:-1]
    return " ".join(words) in _NORMALISED_PHRASES


def _may_be_missing_phrase(segment: str) -> bool:
    """Return whether a phrase begins and ends like a missing phrase; a fast test, seldom true."""
    normal = normalise(segment)
    first = _WORD.search(normal)
    if first is None or first[0] not in _FIRST_WORDS:
        return False
    last = _WORD.search(normal[::-1])
    return last is not None and last[0][::-1] in _LAST_WORDS


def words_of(phrase: str) -> list[str]:
    """Return the normalised words of a phrase."""
    return _PUNCTUATION.sub(" ", normalise(phrase)).split()


def find_missing_sentence(text: str) -> re.Match[str] | None:
    """Return the first sentence outside quotations that tells visitors that a page is missing."""
    for match in find_missing_sentences(text):
        if not _is_quoted(text[: match.start()]):
            return match
    return None


def _is_quoted(before: str) -> bool:
    """Return whether a quotation is open at the end of a text."""
    # The mark that opens a quotation in English closes one in German.
    pairs = _QUOTES[1:] if "„" in before else _QUOTES
    return before.count('"') % 2 == 1 or any(
        before.rfind(opening) > max(map(before.rfind, closing)) for opening, closing in pairs
    )


def is_missing_sentence(segment: str) -> bool:
    """Return whether a title is a "not found" sentence; a longer title may quote one."""
    normal = normalise(segment)
    sentence = find_missing_sentence(normal)
    return sentence is not None and len(sentence[0]) >= 0.85 * len(normal)


def has_missing_phrase(text: str) -> bool:
    """Return whether a normalised text contains a phrase of `MISSING_PHRASES`."""
    words = _PUNCTUATION.sub(" ", text)
    return any(phrase in words for phrase in _NORMALISED_PHRASES)
