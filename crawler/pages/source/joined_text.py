"""Join pieces of a page into one text, and find the place of each character on the page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from crawler.pages.source.source_text import ByteOffsets


class JoinedText:
    """A text that is joined from pieces of a page, such as the lines of a table cell.

    Attributes:
        text: The text; pieces are joined by line breaks.

    Args:
        pieces: The character index on the page and the text of each piece, at least one.
        offsets: Converts character indexes of the page to byte offsets.
    """

    def __init__(self, pieces: Sequence[tuple[int, str]], offsets: ByteOffsets) -> None:
        self._pieces, self._offsets = pieces, offsets
        if len(pieces) == 1:
            self.text, self._begins = pieces[0][1], [0]
            return
        self.text = "\n".join([text for _, text in pieces])
        lengths = [len(text) + 1 for _, text in pieces[:-1]]
        self._begins = [*accumulate(lengths, initial=0)]  # where each piece begins in the text

    def page_index(self, text_index: int) -> int:
        """Return the character index on the page for a character index in the text."""
        number = bisect_right(self._begins, text_index) - 1
        start, text = self._pieces[number]
        return start + min(len(text), text_index - self._begins[number])

    def page_offset(self, text_index: int) -> int:
        """Return the byte offset on the page for a character index in the text."""
        return self._offsets.at(self.page_index(text_index))

    def is_in_one_piece(self, start: int, end: int) -> bool:
        """Return whether a part of the text, between two indexes, is in one piece."""
        return len(self._pieces) == 1 or "\n" not in self.text[start:end]
