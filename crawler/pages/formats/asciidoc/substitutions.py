"""Resolve attributes and passthroughs in a text, keeping where each character was written.

Asciidoctor extracts passthroughs first, and replaces attributes by their values before it finds
macros. Both may therefore be parts of a link.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from crawler.pages.formats.asciidoc.attributes import Attributes
from crawler.pages.reading_limit import ReadingLimit

PASSTHROUGH_MARK = "\ufdd0"  # replaces a passthrough, in which nothing is markup
_TOKEN = re.compile(
    r"""
    (?P<escape>\\{1,2})(?=\+\+|\$\$|pass:|[`+{]|(?:stem|latexmath|asciimath):)
    | (?P<raw>\+\+\+|\$\$|\+\+)
    | (?P<macro>(?:(?P<pass>pass)|stem|latexmath|asciimath):(?P<subs>[a-z,-]*)\[)
    | (?<![\w;:}`+\\])(?P<code>`\+)(?=\S)
    | (?<![\w;:}`+\\])(?P<plus>\+)(?=[^\s+])
    | \{(?P<name>\w[\w-]*)\}
    """,
    re.VERBOSE,
)
# In the older syntax of AsciiDoc.py (`compat-mode`), backticks are passthroughs and single plus
# signs are not: the group `plus` never matches.
_OLD_TOKEN = re.compile(
    r"""
    (?P<escape>\\{1,2})(?=\$\$|pass:|[`{]|(?:stem|latexmath|asciimath):)
    | (?P<raw>\+\+\+|\$\$)
    | (?P<macro>(?:(?P<pass>pass)|stem|latexmath|asciimath):(?P<subs>[a-z,-]*)\[)
    | (?<![\w;:}`\\])(?P<code>`)(?=[^\s`])
    | (?P<plus>\Z\+)
    | \{(?P<name>\w[\w-]*)\}
    """,
    re.VERBOSE,
)
# A text without one of these has no attribute and no passthrough.
_MARKS = ("{", "+", "$$", "pass:", "stem:", "math:", "\\", "`")
_CODE_END = re.compile(r"(?<=\S)`(?![\w`'\"])")
_PLUS_END = re.compile(r"(?<=\S)\+(?![\w+])")
_BRACKET_END = re.compile(r"(?<!\\)\]")


class Piece(NamedTuple):
    """A part of the resolved text: text as written, an attribute's value or a passthrough.

    Attributes:
        start: The index of its first character in the resolved text.
        written: The start and end of its source in the text as written.
        is_literal: It is the same text as written.
        content: The start and end of a passthrough's content as written; None for other pieces.
        is_html: It is a passthrough of raw HTML.
    """

    start: int
    written: tuple[int, int]
    is_literal: bool
    content: tuple[int, int] | None = None
    is_html: bool = False


class _Replacement(NamedTuple):
    """A replacement in the resolved text: of an attribute reference or of a passthrough.

    Attributes:
        shown: The text that stands there.
        span: The start and end of what it replaces, as indexes of characters as written.
        content: The start and end of a passthrough's content; None for an attribute.
        is_html: It is a passthrough of raw HTML.
    """

    shown: str
    span: tuple[int, int]
    content: tuple[int, int] | None = None
    is_html: bool = False


class ResolvedText:
    """A text in which attributes have their values, and passthroughs are hidden.

    Attributes:
        text: The text.
        pieces: Its parts.
    """

    def __init__(self, written: str, attributes: Attributes, limit: ReadingLimit) -> None:
        self._written, self._attributes, self._limit = written, attributes, limit
        self._shown: list[str] = []  # the texts of the pieces
        self._length = 0  # of these texts together
        self._missing: set[str] = set()  # closing marks that the rest of the text does not have
        self.pieces: list[Piece] = []
        self._resolve()
        self.text = "".join(self._shown)
        self._starts = [piece.start for piece in self.pieces]

    def _resolve(self) -> None:
        """Split the text into pieces."""
        written, at, read_up_to = self._written, 0, 0
        if not any(mark in written for mark in _MARKS):
            self._add(written, (0, len(written)), is_literal=True)
            return
        is_old = self._attributes.get("compat-mode") is not None
        pattern = _OLD_TOKEN if is_old else _TOKEN
        while found := pattern.search(written, at):
            at = found.end()
            if found["escape"]:
                at += 1
                continue
            replace = self._resolve_attribute if found["name"] else self._find_passthrough
            new = replace(found)
            if new is None:
                continue
            start, end = new.span
            self._add(written[read_up_to:start], (read_up_to, start), is_literal=True)
            self._add(
                new.shown, new.span, is_literal=False, content=new.content, is_html=new.is_html
            )
            at = read_up_to = end
        self._add(written[read_up_to:], (read_up_to, len(written)), is_literal=True)

    def _resolve_attribute(self, reference: re.Match[str]) -> _Replacement | None:
        """Return the value that replaces an attribute reference, None if it is not set."""
        value = self._attributes.get(reference["name"])
        if value is None:
            return None
        self._limit.spend(len(value))
        return _Replacement(value, reference.span())

    def _find_passthrough(self, found: re.Match[str]) -> _Replacement | None:
        """Return what replaces the passthrough that begins at a mark, None if it does not end."""
        first, is_html = found.end(), found["raw"] == "+++"
        end: tuple[int, int] | None
        if raw := found["raw"]:
            end = self._closing_text(raw, first)
        elif found["macro"]:
            if found["pass"] and _reads_macros(found["subs"]):
                return None
            is_html = bool(found["pass"]) and not found["subs"]
            end = self._closing("]", _BRACKET_END, first)
        elif found["code"] == "`":
            end = self._closing("`", _CODE_END, first + 1)
        elif found["code"]:
            end = self._closing_text("+`", first)
        else:
            end = self._closing("+", _PLUS_END, first + 1)
        if end is None:
            return None
        span, content = (found.start(), end[1]), (first, end[0])
        return _Replacement(PASSTHROUGH_MARK, span, content, is_html)

    def _closing_text(self, mark: str, at: int) -> tuple[int, int] | None:
        """Return start and end of the next closing mark; None if there is none."""
        if mark in self._missing:
            return None
        end = self._written.find(mark, at)
        if end < 0:
            self._missing.add(mark)
            return None
        return end, end + len(mark)

    def _closing(self, kind: str, pattern: re.Pattern[str], at: int) -> tuple[int, int] | None:
        """Return start and end of the next match of a pattern that closes a kind of passthrough."""
        if kind in self._missing:
            return None
        end = pattern.search(self._written, at)
        if end is None:
            self._missing.add(kind)
            return None
        return end.span()

    def _add(
        self,
        shown: str,
        written: tuple[int, int],
        *,
        is_literal: bool,
        content: tuple[int, int] | None = None,
        is_html: bool = False,
    ) -> None:
        """Add a piece, with the attributes of `Piece`; `shown` is its text."""
        if not shown:
            return
        self.pieces.append(Piece(self._length, written, is_literal, content, is_html))
        self._shown.append(shown)
        self._length += len(shown)

    def _piece_at(self, index: int) -> Piece:
        """Return the piece that contains the character at an index of the resolved text."""
        return self.pieces[max(0, bisect_right(self._starts, index) - 1)]

    def written_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and end of a part of the text, as indexes of characters as written."""
        if not self.pieces:
            return 0, 0
        first, last = self._piece_at(start), self._piece_at(max(start, end - 1))
        begin = first.written[0] + (start - first.start if first.is_literal else 0)
        if end <= start:
            return begin, begin
        stop = last.written[0] + end - last.start if last.is_literal else last.written[1]
        return begin, stop

    def is_separate(self, start: int, end: int) -> bool:
        """Return whether a part of the text neither begins nor ends within an attribute's value."""
        if not self.pieces:
            return True
        first, last = self._piece_at(start), self._piece_at(max(start, end - 1))
        begins = first.is_literal or first.start == start
        ends = last.is_literal or self._piece_at(end).start == end or end == self._length
        return begins and ends

    def is_literal(self, start: int, end: int) -> bool:
        """Return whether a part of the text is the same as written."""
        first, last = self._piece_at(start), self._piece_at(max(start, end - 1))
        return first is last and first.is_literal

    def passthrough_at(self, index: int) -> Piece | None:
        """Return the passthrough that the character at an index replaces, or None."""
        piece = self._piece_at(index)
        return piece if piece.content else None

    def shown(self, start: int, end: int) -> str:
        """Return a part of the text with the content of its passthroughs."""
        text = self.text[start:end]
        if PASSTHROUGH_MARK not in text:
            return text
        parts = []
        for index, char in enumerate(text, start):
            piece = self.passthrough_at(index) if char == PASSTHROUGH_MARK else None
            content = piece.content if piece else None
            parts.append(self._written[slice(*content)] if content else char)
        return "".join(parts)


def _reads_macros(substitutions: str) -> bool:
    """Return whether `pass:…[]` replaces macros in its text."""
    return not {"n", "m", "normal", "macros"}.isdisjoint(substitutions.split(","))
