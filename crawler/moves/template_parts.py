"""Spell the parts of a new URL: constant text, and pieces of the old one.

`crawler.moves.url_templates` puts the parts together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, unquote_plus

from crawler.moves.url_parts import Source, UrlParts, WordSplit

_MIN_DIGITS: Final = 4  # of a number among the words of a piece
_SAFE: Final = "!$&'()*+,;:@=-._~"  # characters that a path or query need not escape
_NOT_ALPHANUMERIC = re.compile(r"[\W_]")


class PieceSpelling(StrEnum):
    """The spelling that a piece of the old URL has in the new one."""

    AS_IS = "as it is"
    LOWER = "in lower case"
    UPPER = "in upper case"
    ENCODED = "with other percent-escapes"
    ENCODED_LOWER = "with other percent-escapes, in lower case"
    WORDS = "its words"
    LOWER_WORDS = "its words in lower case"
    CAPITALIZED_WORDS = "its words with a capital each"
    REPLACED = "with another character for each that is no letter or digit"
    LOWER_REPLACED = "the same in lower case"
    FIRST_LETTER = "its first letter"
    FIRST_NUMBER = "the first number in it"
    LAST_NUMBER = "the last number in it"


PLAIN_SPELLINGS: Final = (PieceSpelling.AS_IS, PieceSpelling.LOWER, PieceSpelling.UPPER)
ENCODED_SPELLINGS: Final = (*PLAIN_SPELLINGS, PieceSpelling.ENCODED, PieceSpelling.ENCODED_LOWER)
RESPELT: Final = frozenset(PieceSpelling) - set(PLAIN_SPELLINGS)


class TemplatePart(NamedTuple):
    """A part of a new URL: constant text, or a piece of the old URL, possibly respelt.

    Attributes:
        text: The constant text.
        source: The piece of the old URL; None for constant text.
        spelling: How the piece is spelt.
        separator: The text between its words.
        word_split: The options for splitting it into words.
        skip_first: The number of words left out at its beginning.
        skip_last: The number of words left out at its end.
    """

    text: str = ""
    source: Source | None = None
    spelling: PieceSpelling = PieceSpelling.AS_IS
    separator: str = "-"
    word_split: WordSplit = WordSplit()
    skip_first: int = 0
    skip_last: int = 0


def fill(part: TemplatePart, old: UrlParts) -> str:
    """Return the text of a template's part for an old URL; "" if the URL lacks the piece."""
    if part.source is None:
        return part.text
    raw = old.pieces.get(part.source, "")
    match part.spelling:
        case PieceSpelling.AS_IS:
            return raw
        case PieceSpelling.LOWER:
            return _in_case(raw, upper=False)
        case PieceSpelling.UPPER:
            return _in_case(raw, upper=True)
        case PieceSpelling.ENCODED:
            return quote(unquote_plus(raw), safe=_SAFE)
        case PieceSpelling.ENCODED_LOWER:
            return quote(unquote_plus(raw).lower(), safe=_SAFE)
        case PieceSpelling.FIRST_NUMBER | PieceSpelling.LAST_NUMBER:
            numbers = numbers_in(part.source, old)
            position = 0 if part.spelling is PieceSpelling.FIRST_NUMBER else -1
            return numbers[position] if numbers else ""
        case PieceSpelling.REPLACED | PieceSpelling.LOWER_REPLACED:
            text = _NOT_ALPHANUMERIC.sub(part.separator, unquote_plus(raw))
            text = text.lower() if part.spelling is PieceSpelling.LOWER_REPLACED else text
            return quote(text, safe=_SAFE)
        case PieceSpelling.FIRST_LETTER:
            return raw[:1].lower() if raw[:1].isalnum() else ""
    words = old.words(part.source, part.word_split)
    words = words[part.skip_first : len(words) - part.skip_last]
    return quote(part.separator.join(words_in_case(words, part.spelling)), safe=_SAFE)


def _in_case(text: str, *, upper: bool) -> str:
    """Return encoded text in another case; the escapes stay as they are."""
    if "%" not in text:
        return text.upper() if upper else text.lower()
    decoded = unquote(text)
    return quote(decoded.upper() if upper else decoded.lower(), safe=_SAFE)


def words_in_case(words: Sequence[str], spelling: PieceSpelling) -> list[str]:
    """Return words as a spelling has them: in lower case, with a capital each, or unchanged."""
    if spelling is PieceSpelling.LOWER_WORDS:
        return [word.lower() for word in words]
    if spelling is PieceSpelling.CAPITALIZED_WORDS:
        return [word[:1].upper() + word[1:] for word in words]
    return list(words)


def numbers_in(source: Source, old: UrlParts) -> list[str]:
    """Return the numbers of four digits or more among the words of a piece."""
    words = old.words(source)
    return [word for word in words if len(word) >= _MIN_DIGITS and word.isdigit()]
