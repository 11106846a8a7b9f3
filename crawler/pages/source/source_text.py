"""Convert between byte offsets, characters, lines and columns of a page."""

from __future__ import annotations

from bisect import bisect_right
from io import BytesIO
from itertools import accumulate

_CHUNK = 1024  # characters for which `ByteOffsets` stores one byte offset


class SourceText:
    """The text of a page in UTF-8.

    Offsets are bytes, as the parser counts them; lines and columns are for people and start at 1.
    """

    def __init__(self, text: str) -> None:
        try:
            self.data, self.text = text.encode(), text
        except UnicodeEncodeError:  # half a surrogate pair becomes one question mark
            self.data = text.encode("utf-8", "replace")
            self.text = self.data.decode()
        self._line_starts = [*accumulate(map(len, BytesIO(self.data)), initial=0)]
        # The latest offset and its column, from which the next column on a long line is counted.
        self._last_position = (0, 1)
        # The latest character and its offset, from which the next one is counted.
        self._last_character = (0, 0)

    def line_at(self, offset: int) -> int:
        """Return the line of an offset."""
        return bisect_right(self._line_starts, offset)

    def line_start(self, line: int) -> int:
        """Return the offset at which a line begins; after the last line, the end of the page."""
        return min(self._line_starts[min(line, len(self._line_starts)) - 1], len(self.data))

    def position(self, offset: int) -> tuple[int, int]:
        r"""Return the line of an offset, and its column in code points.

        >>> SourceText("微信\n来 https://example.org/").position(11)
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
        """Return the text between two offsets, without a character cut in half at either end."""
        return self.data[start:end].decode(errors="ignore")

    def byte_offset(self, index: int) -> int:
        """Return the byte offset of a character index; fast if called for increasing indexes."""
        first, offset = self._last_character if index >= self._last_character[0] else (0, 0)
        offset += len(self.text[first:index].encode())
        self._last_character = index, offset
        return offset


class ByteOffsets:
    """Convert character indexes of a page to byte offsets, in any order."""

    def __init__(self, source: SourceText) -> None:
        self._text = source.text
        self._chunk_starts: list[int] = []  # the offset of each chunk; empty if the page is ASCII
        if len(source.text) != len(source.data):
            chunks = range(0, len(source.text), _CHUNK)
            sizes = (len(source.text[at : at + _CHUNK].encode()) for at in chunks)
            self._chunk_starts = [*accumulate(sizes, initial=0)]

    def at(self, index: int) -> int:
        """Return the byte offset of a character index."""
        if not self._chunk_starts:
            return index
        number = index // _CHUNK
        return self._chunk_starts[number] + len(self._text[number * _CHUNK : index].encode())
