"""Define the links of a reStructuredText page, with what a fix needs to know."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from crawler.pages.json_text import ByteOffsets
from crawler.pages.raw_links import RawLink


class RstForm(StrEnum):
    """The syntax in which an address is written."""

    EMBEDDED = "embedded"  # `text <url>`_
    BARE = "bare"
    TARGET = "target"  # .. _name: url
    ARGUMENT = "argument"  # of a directive or one of its options
    ATTRIBUTE = "attribute"  # of raw HTML


@dataclass(slots=True)
class RstLink:
    """A link with the place of its address.

    Attributes:
        link: The link.
        form: How its address is written.
        problem: Why it cannot be fixed, "" if it can.
        can_add: Text can be added behind it.
    """

    link: RawLink
    form: RstForm
    problem: str = ""
    can_add: bool = False


class Fragment:
    """A text that may be made of several pieces of the page, as a cell of a table is.

    Attributes:
        text: The text.
    """

    def __init__(self, pieces: Sequence[tuple[int, str]], offsets: ByteOffsets) -> None:
        self.text = "\n".join(text for _, text in pieces)
        self._pieces, self._offsets = pieces, offsets
        lengths = (len(text) + 1 for _, text in pieces[:-1])
        self._begins = [*accumulate(lengths, initial=0)]  # where each piece begins in the text

    def offset(self, index: int) -> int:
        """Return the byte offset of a character of the text, or of the end of a piece."""
        number = bisect_right(self._begins, index) - 1
        start, text = self._pieces[number]
        return self._offsets.at(start + min(len(text), index - self._begins[number]))

    def is_whole(self, start: int, end: int) -> bool:
        """Return whether a part of the text is in one piece."""
        return len(self._pieces) == 1 or "\n" not in self.text[start:end]
