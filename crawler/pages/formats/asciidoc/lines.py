"""Split an AsciiDoc page into lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Line(NamedTuple):
    """A line of a page, or a part of one.

    Attributes:
        start: The index of its first character.
        text: Its text, without white space at the end.
    """

    start: int
    text: str

    @property
    def end(self) -> int:
        """Return the index of the character behind the text."""
        return self.start + len(self.text)

    def cut(self, length: int) -> Line:
        """Return the line without its first characters."""
        return Line(self.start + length, self.text[length:])


def page_lines(text: str, first: int) -> Iterator[Line]:
    """Yield the lines of a page, from a character index on."""
    for number, line in enumerate(text[first:].split("\n")):
        mark = 1 if not number and line.startswith("\ufeff") else 0
        yield Line(first + mark, line[mark:].rstrip())
        first += len(line) + 1
