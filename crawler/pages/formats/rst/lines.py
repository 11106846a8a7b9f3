"""Split a reStructuredText page into lines, and find the ends of its blocks."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.pages.reading_limit import ReadingLimit
from crawler.pages.source.source_text import ByteOffsets, SourceText

TAB = 8  # columns (docutils' default)
_LINE_UNITS = 4  # of the reading limit, for one line that is looked at
_COPIED = 32  # characters copied for one unit of the reading limit


@dataclass(slots=True)
class Lines:
    """The lines of a page.

    Attributes:
        text: The text of the page.
        offsets: Converts its character indexes to byte offsets.
        limit: Limits how often lines are looked at.
        starts: The character index of each line's text, behind the indentation.
        indents: The column of each line's text, from 0; -1 for a blank line.
        texts: The text of each line without the white space around it.
    """

    text: str
    offsets: ByteOffsets
    limit: ReadingLimit
    starts: list[int] = field(default_factory=list)
    indents: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, source: SourceText) -> Lines:
        """Return the lines of a page."""
        lines = cls(source.text, ByteOffsets(source), ReadingLimit(len(source.text)))
        at = 0
        for number, line in enumerate(source.text.split("\n")):
            has_byte_order_mark = number == 0 and line.startswith("\ufeff")
            unmarked = line.lstrip("\ufeff") if number == 0 else line
            text = unmarked.lstrip()
            margin = len(line) - len(text)
            indent = margin
            if has_byte_order_mark:
                indent -= 1
            elif margin and "\t" in line[:margin]:
                indent = len(line[:margin].expandtabs(TAB))
            lines.starts.append(at + margin)
            lines.indents.append(indent if text else -1)
            lines.texts.append(text.rstrip())
            at += len(line) + 1
        return lines

    def __len__(self) -> int:
        return len(self.starts)

    def end(self, index: int) -> int:
        """Return the index of the character behind a line's text."""
        return self.starts[index] + len(self.texts[index])

    def cut(self, index: int, length: int) -> None:
        """Remove characters from the beginning of a line; the rest keeps its column."""
        rest = self.texts[index][length:]
        self.limit.spend(len(rest) // _COPIED)
        text = rest.lstrip()
        length += len(rest) - len(text)
        self.starts[index] += length
        self.indents[index] = self.indents[index] + length if text else -1
        self.texts[index] = text

    def block_end(self, index: int, indent: int) -> int:
        """Return the line behind the block from `index` on.

        All its lines are blank, or indented deeper than `indent`; blank ones at its end are left
        out.
        """
        first = last = index
        while index < len(self) and (self.indents[index] < 0 or self.indents[index] > indent):
            index += 1
            if self.indents[index - 1] >= 0:
                last = index
        self.spend_lines(index - first)
        return last

    def paragraph_end(self, index: int, indent: int) -> int:
        """Return the line behind those from `index` on that are indented deeper than `indent`."""
        first = index
        while index < len(self) and self.indents[index] > indent:
            index += 1
        self.spend_lines(index - first)
        return index

    def next_text(self, index: int) -> int:
        """Return the first line from `index` on that is not blank, or the number of lines."""
        first = index
        while index < len(self) and self.indents[index] < 0:
            index += 1
        self.spend_lines(index - first)
        return index

    def spend_lines(self, count: int) -> None:
        """Count lines that were looked at.

        Raises:
            PageSyntaxError: It is more than any ordinary page needs.
        """
        self.limit.spend(count * _LINE_UNITS)
