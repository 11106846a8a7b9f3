"""Find the place in a file of each byte of a text that is embedded in its JSON strings."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from crawler.pages.source.json_strings import (
    JsonString,
)
from crawler.pages.source.source_text import ByteOffsets, SourceText
from crawler.pages.source.string_literals import ESCAPE


class EmbeddedText:
    """The text of one or several JSON strings, with the place of each byte in the file.

    Attributes:
        text: The strings joined.
        is_list: They are the lines of a list, else one string.
        length: The length of the text in bytes.
    """

    def __init__(
        self,
        source: SourceText,
        strings: Sequence[JsonString],
        offsets: ByteOffsets,
        *,
        is_list: bool,
    ) -> None:
        self.text, self.is_list = "".join(strings), is_list
        # The text consists of runs of bytes, each without an escape or one escape.
        self._starts: list[int] = []  # the offset of each run in the text
        # The start and end of each run in the file, and whether it is the same there (no escape)
        self._written: list[tuple[int, int, bool]] = []
        length = 0
        for string in strings:
            length = self._add_string(source.text, string, offsets, length)
        self.length = length

    def _add_string(self, page: str, string: JsonString, offsets: ByteOffsets, length: int) -> int:
        """Add the runs of a string, and return the length of the text so far, in bytes."""
        at = string.start
        if len(string) != string.end - string.start:
            for escape in ESCAPE.finditer(page, at, string.end):
                length = self._add_plain(offsets.at(at), offsets.at(escape.start()), length)
                # A pair of surrogates is one character of four bytes; a lone one is replaced.
                size = 4 if escape[1] else len(_unescaped(escape).encode("utf-8", "replace"))
                self._starts.append(length)
                self._written.append((offsets.at(escape.start()), offsets.at(escape.end()), False))
                length += size
                at = escape.end()
        return self._add_plain(offsets.at(at), offsets.at(string.end), length)

    def _add_plain(self, start: int, end: int, length: int) -> int:
        """Add a run of bytes without escapes.

        Args:
            start: The offset in the file at which the run begins.
            end: The offset in the file at which it ends.
            length: The length of the text before it, in bytes.

        Returns:
            The length of the text with it, in bytes.
        """
        if end > start:
            self._starts.append(length)
            self._written.append((start, end, True))
        return length + end - start

    def file_start(self, offset: int) -> int:
        """Return the offset in the file at which a span begins, from its start in the text."""
        number = max(0, bisect_right(self._starts, offset) - 1)
        start, end, is_plain = self._written[number]
        return min(end, start + offset - self._starts[number]) if is_plain else start

    def file_end(self, offset: int) -> int:
        """Return the offset in the file at which a span ends, from its end in the text."""
        number = bisect_left(self._starts, offset) - 1
        if number < 0:
            return self.file_start(0)
        start, end, is_plain = self._written[number]
        return min(end, start + offset - self._starts[number]) if is_plain else end


def _unescaped(escape: re.Match[str]) -> str:
    """Return text of the length that an escape of JSON has in UTF-8; not of a surrogate pair."""
    if digits := escape[3]:
        code = int(digits, 16)
        return chr(code) if not 0xD800 <= code < 0xE000 else "?"
    return "\n"  # any other escape of JSON is one byte
