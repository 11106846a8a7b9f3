"""The text of a page as bytes with places: offsets, lines, columns."""

from __future__ import annotations

from bisect import bisect_right
from io import BytesIO
from itertools import accumulate


class SourceText:
    """A page's text in UTF-8. Offsets are bytes, as the parser counts them; lines and columns are for people."""

    def __init__(self, text: str) -> None:
        try:
            self.data, self.text = text.encode(), text
        except UnicodeEncodeError:  # half a surrogate pair: it becomes one question mark
            self.data = text.encode("utf-8", "replace")
            self.text = self.data.decode()
        self._line_starts = [*accumulate(map(len, BytesIO(self.data)), initial=0)]
        self._last_position = (
            0,
            1,
        )  # an offset and its column: on a line of a megabyte each column is counted from the one before

    def line_at(self, offset: int) -> int:
        """The 1-based line an offset stands on."""
        return bisect_right(self._line_starts, offset)

    def line_start(self, line: int) -> int:
        """The offset at which a 1-based line begins; the end of the page for a line beyond the last."""
        return min(self._line_starts[min(line, len(self._line_starts)) - 1], len(self.data))

    def position(self, offset: int) -> tuple[int, int]:
        r"""The 1-based line and the column in code points of an offset.

        >>> Source("微信\n来 https://example.org/").position(11)
        (2, 3)
        """
        line = bisect_right(self._line_starts, offset)
        start, column = self._line_starts[line - 1], 1
        if start <= self._last_position[0] <= offset:
            start, column = self._last_position
        column += len(self.data[start:offset].decode(errors="replace"))
        self._last_position = offset, column
        return line, column

    def text_between(self, start: int, end: int) -> str:
        """The text between two offsets; a character cut in half at either end is left out."""
        return self.data[start:end].decode(errors="ignore")

    def byte_offset(self, index: int) -> int:
        """The byte offset of a character index."""
        return len(self.text[:index].encode())
