"""Find the pieces of an old URL that make one part of the new one.

`crawler.moves.url_templates` puts the parts together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final
from urllib.parse import unquote, unquote_plus

from crawler.moves.template_parts import (
    ENCODED_SPELLINGS,
    PLAIN_SPELLINGS,
    PieceSpelling,
    TemplatePart,
    fill,
    numbers_in,
    words_in_case,
)
from crawler.moves.url_parts import TITLE, Source, UrlParts

# Characters of the shortest piece that identifies a page, or is searched inside a part of the URL.
MIN_PIECE: Final = 3
_MAX_WAYS: Final = 2  # to express one part by pieces
_MIN_EMBEDDED_SLUG: Final = 6
_MAX_DROPPED_WORDS: Final = 4  # at each end of a piece
# The characters between the parts of a URL, also before an extension.
SEPARATORS_OF_PARTS = re.compile(r"([/?&=]+|\.(?=[A-Za-z][A-Za-z0-9]{1,4}(?:$|\?)))")
_WORD_SEPARATORS: Final = ("", "-", "_", "+", ".", " ")
_WORD_BREAK = re.compile(r"[\W_]+")


def ways_to_express(text: str, old: UrlParts) -> Sequence[Sequence[TemplatePart]]:
    """Return the ways to express a part of a new URL, the likeliest first, a constant last."""
    constant = [TemplatePart(text)]
    if not text or SEPARATORS_OF_PARTS.fullmatch(text):
        return [constant]
    if len(text) == 1:
        return [*([part] for part in _piece_with_initial(text, old)), constant]
    whole = [[part] for part in _whole_pieces(text, old)]
    if whole:
        return [*whole[:_MAX_WAYS], constant]
    embedded = _embedded_piece(text, old, depth=2)
    return [embedded, constant] if embedded else [constant]


def _piece_with_initial(text: str, old: UrlParts) -> Sequence[TemplatePart]:
    """Return the first piece that begins with the given letter, as a list of one part or none.

    Args:
        text: The letter, in lower case.
        old: The old URL.
    """
    spelling = PieceSpelling.FIRST_LETTER
    parts = [TemplatePart(source=source, spelling=spelling) for source in old.pieces]
    return [part for part in parts if part.source != TITLE and fill(part, old) == text][:1]


def _whole_pieces(text: str, old: UrlParts) -> Iterator[TemplatePart]:
    """Yield the pieces of the old URL that are a part of the new one, in some spelling."""
    sources = list(old.pieces)
    found = False
    for source in sources:
        if source != TITLE and (part := _same_piece(text, source, old)):
            found = True
            yield part
    if found:
        return
    for source in sources:
        if source.kind != "date":
            yield from _same_words(text, source, old)
            yield from _with_other_separators(text, source, old)


def _same_piece(text: str, source: Source, old: UrlParts) -> TemplatePart | None:
    """Return a part if a piece equals a text except for case and percent-escapes; else None."""
    has_escapes = "%" in text or "%" in old.pieces[source] or "+" in old.pieces[source]
    for spelling in ENCODED_SPELLINGS if has_escapes else PLAIN_SPELLINGS:
        part = TemplatePart(source=source, spelling=spelling)
        if fill(part, old) == text:
            return part
    return None


def _same_words(text: str, source: Source, old: UrlParts) -> Iterator[TemplatePart]:
    """Yield a part that makes a text of the new URL from the words of a piece, if there is one."""
    decoded = unquote(text)
    separators = set(_WORD_BREAK.findall(decoded))
    separator = separators.pop() if separators else ""
    if separators or separator not in _WORD_SEPARATORS:
        return
    wanted = decoded.split(separator) if separator else [decoded]
    spellings = [PieceSpelling.WORDS, PieceSpelling.CAPITALIZED_WORDS]
    if decoded == decoded.lower():
        spellings = [PieceSpelling.LOWER_WORDS]
    # A piece can be split into words in several ways, for example with or without words like "the".
    for (word_split, written), spelling in product(old.distinct_word_splits(source), spellings):
        words = words_in_case(written, spelling)
        if not separator and len(words) > 1 and "".join(words) == decoded:
            part = TemplatePart(
                source=source, spelling=spelling, separator="", word_split=word_split
            )
        elif found := _count_words_around(wanted, words):
            skip_first, skip_last = found
            part = TemplatePart(
                source=source,
                spelling=spelling,
                separator=separator or "-",
                word_split=word_split,
                skip_first=skip_first,
                skip_last=skip_last,
            )
        else:
            continue
        if fill(part, old) == text:
            yield part
            return


def _with_other_separators(text: str, source: Source, old: UrlParts) -> Iterator[TemplatePart]:
    """Yield a part if a piece equals a text except for the characters between its letters."""
    if len(unquote(text)) != len(unquote_plus(old.pieces[source])):
        return
    for separator in ("-", "_"):
        for spelling in (PieceSpelling.REPLACED, PieceSpelling.LOWER_REPLACED):
            part = TemplatePart(source=source, spelling=spelling, separator=separator)
            if fill(part, old) == text:
                yield part
                return


def _count_words_around(wanted: Sequence[str], words: Sequence[str]) -> tuple[int, int] | None:
    """Return how many words come before and after the wanted ones; None if they are not found."""
    surplus = len(words) - len(wanted)
    if not all(wanted) or (surplus and sum(map(len, wanted)) < MIN_PIECE):
        return None
    for first in range(min(surplus, _MAX_DROPPED_WORDS) + 1):
        last = surplus - first
        if last <= _MAX_DROPPED_WORDS and list(words[first : first + len(wanted)]) == wanted:
            return first, last
    return None


def _embedded_piece(text: str, old: UrlParts, depth: int) -> list[TemplatePart]:
    """Return a part of the new URL as pieces with constant text around; [] if it has no piece.

    A number must not be part of a longer number, nor a slug part of a longer word.

    Args:
        text: The part of the new URL.
        old: The old URL.
        depth: 1 for one piece; with 2, the texts before and after it may contain one each.
    """
    first = next(_pieces_inside(text, old), None)
    if first is None:
        return []
    piece, begin, end = first
    parts = [piece]
    if before := text[:begin]:
        parts = [*_express_rest(before, old, depth), *parts]
    if after := text[end:]:
        parts += _express_rest(after, old, depth)
    return parts


def _express_rest(text: str, old: UrlParts, depth: int) -> list[TemplatePart]:
    """Return the parts of the text before or after a piece: a further piece, or a constant."""
    embedded = _embedded_piece(text, old, depth - 1) if depth > 1 else []
    return embedded or [TemplatePart(text)]


def _pieces_inside(text: str, old: UrlParts) -> Iterator[tuple[TemplatePart, int, int]]:
    """Yield each piece of the old URL inside a part of the new one, with its start and end."""
    sources = [source for source in old.pieces if source.kind != "date"]
    for source in sources:
        piece = old.pieces[source]
        if piece.isdigit() and len(piece) >= MIN_PIECE:
            yield from _find_piece(text, piece, TemplatePart(source=source), r"\d")
    for source in sources:
        numbers = numbers_in(source, old)
        if numbers:
            first = TemplatePart(source=source, spelling=PieceSpelling.FIRST_NUMBER)
            last = TemplatePart(source=source, spelling=PieceSpelling.LAST_NUMBER)
            yield from _find_piece(text, numbers[0], first, r"\d")
            yield from _find_piece(text, numbers[-1], last, r"\d")
    for source in sources:
        if len(old.words(source)) < 2:
            continue
        for separator in ("-", "_"):
            for spelling in (PieceSpelling.WORDS, PieceSpelling.LOWER_WORDS):
                part = TemplatePart(source=source, spelling=spelling, separator=separator)
                slug = fill(part, old)
                if len(slug) >= _MIN_EMBEDDED_SLUG:
                    yield from _find_piece(text, slug, part, r"[^\W_]")


def _find_piece(
    text: str, wanted: str, part: TemplatePart, continuation: str
) -> Iterator[tuple[TemplatePart, int, int]]:
    """Yield a part with the start and end of its text, if that is found on its own.

    Args:
        text: The text in which it is searched.
        wanted: The part's text.
        part: The part.
        continuation: A pattern for characters that must not be next to the part's text.
    """
    begin = text.find(wanted)
    end = begin + len(wanted)
    if begin < 0:
        return
    before, after = text[begin - 1 : begin], text[end:]
    if not re.match(continuation, before) and not re.match(continuation, after):
        yield part, begin, end
