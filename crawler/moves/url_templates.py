"""Express the new URL of a page as constant text and pieces of the old one.

A piece is a segment of the path, the name of the page, a value of the query, a part of the date, or
the page's title (`url_parts`). Its `Source` says which of them it is. Templates apply to old URLs
of the same `UrlShape`: host, number of segments, extension and names in the query.

A move can be expressed in several ways: a folder "2019" of the new URL may be that of the old one,
or a constant. All of them are returned; other moves of the site show which one is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from crawler.moves.piece_matching import MIN_PIECE, SEPARATORS_OF_PARTS, ways_to_express
from crawler.moves.template_parts import RESPELT, TemplatePart, fill
from crawler.moves.url_parts import Source, UrlParts, UrlShape

_MAX_TEMPLATES: Final = 24  # of one move
_MAX_PARTS: Final = 48  # of a new URL: folders, names, values, and the separators between them
_YEAR = re.compile(r"(?:19|20)\d\d")


class UrlTemplate(NamedTuple):
    """A new URL as constant text and pieces of old URLs of one shape.

    Attributes:
        shape: The shape of the old URLs.
        parts: The parts of the new URL, from its scheme on.
    """

    shape: UrlShape
    parts: tuple[TemplatePart, ...]

    def apply(self, old: UrlParts) -> str | None:
        """Return the new URL of a page; None if its old URL has another shape or lacks a piece."""
        if old.shape != self.shape:
            return None
        texts = [fill(part, old) for part in self.parts]
        return "".join(texts) if all(texts) else None

    @property
    def constant_start(self) -> str:
        """The constant text with which all new URLs begin."""
        return self.parts[0].text

    @property
    def sources(self) -> frozenset[Source]:
        """The pieces of the old URL that are in the new one."""
        return frozenset(part.source for part in self.parts if part.source)

    @property
    def respelt_pieces(self) -> int:
        """The number of pieces that are made from words or numbers of the old URL."""
        return sum(part.spelling in RESPELT for part in self.parts)

    def identifies_page(self, old: UrlParts) -> bool:
        """Return whether a piece of the old URL that could identify a page is in the new one."""
        return any(_identifies(part, old) for part in self.parts)


def templates_of(old: UrlParts, new: UrlParts) -> Iterator[UrlTemplate]:
    """Yield the ways to express a new URL by the pieces of the old one."""
    # A variant has one of the ways to express each part read so far.
    variants: list[list[TemplatePart]] = [[TemplatePart(f"{new.scheme}://{new.netloc}")]]
    ways_by_text: dict[str, Sequence[Sequence[TemplatePart]]] = {}
    texts = SEPARATORS_OF_PARTS.split(new.path_and_query)
    if len(texts) > _MAX_PARTS:
        return
    for text in texts:
        if text not in ways_by_text:
            ways_by_text[text] = ways_to_express(text, old)
        ways = ways_by_text[text]
        if len(variants) * len(ways) > _MAX_TEMPLATES:
            ways = ways[:1]
        variants = [[*variant, *way] for variant in variants for way in ways]
    for variant in variants:
        template = UrlTemplate(old.shape, tuple(_join_constants(variant)))
        if template.identifies_page(old):
            yield template


def _identifies(part: TemplatePart, old: UrlParts) -> bool:
    """Return whether a part is a piece that can identify a page: the name, or a longer text.

    Years and other parts of dates cannot.
    """
    if part.source is None or part.source.kind == "date":
        return False
    text = fill(part, old)
    if _YEAR.fullmatch(text):
        return False
    return len(text) >= MIN_PIECE or part.source == Source("segment", old.shape.segments - 1)


def _join_constants(parts: Iterable[TemplatePart]) -> Iterator[TemplatePart]:
    """Join constant texts that follow one another."""
    text = ""
    for part in parts:
        if part.source is None:
            text += part.text
            continue
        if text:
            yield TemplatePart(text)
            text = ""
        yield part
    if text:
        yield TemplatePart(text)
