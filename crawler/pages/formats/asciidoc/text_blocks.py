"""Read the text of blocks on an AsciiDoc page: paragraphs, verbatim blocks and single lines.

`crawler.pages.formats.asciidoc.blocks` decides the kind of each block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from crawler.pages.formats.asciidoc import block_patterns as patterns
from crawler.pages.formats.asciidoc.block_attributes import BlockAttributes
from crawler.pages.formats.asciidoc.block_patterns import is_comment
from crawler.pages.formats.asciidoc.content import AdocContent
from crawler.pages.formats.asciidoc.directives import Directives
from crawler.pages.formats.asciidoc.inline import read_inline
from crawler.pages.formats.asciidoc.lines import Line
from crawler.pages.formats.asciidoc.links import AdocPlace
from crawler.pages.source.joined_text import JoinedText

_LINE_UNITS = 2  # of the reading limit, for each line that is tested for the end of a paragraph


class OpenBlock(NamedTuple):
    """A block whose lines are being read.

    Attributes:
        end: The index of its last line: the closing delimiter, if there is one.
        is_closed: Whether a delimiter closes it.
        is_quoted: Whether it is in a quotation.
    """

    end: int
    is_closed: bool
    is_quoted: bool


class AdocTextBlocks:
    """Read the text of blocks: the part of `AdocBlockReader` that adds links.

    The indexes that its methods take are those of lines.

    Args:
        content: The page, to which the links are added.
        lines: Its lines, or those of a cell.
        problem: Why links in it cannot be fixed, "" if they can.
    """

    def __init__(self, content: AdocContent, lines: Sequence[Line], problem: str = "") -> None:
        self._content, self._lines, self._problem = content, lines, problem
        self._directives = Directives(content)
        self._stack = [OpenBlock(len(lines), is_closed=False, is_quoted=False)]
        self._attributes = BlockAttributes()
        self._is_in_list = False

    def _read_verbatim(self, index: int, end: int, kind: str, attributes: BlockAttributes) -> None:
        """Read a block whose lines are code, raw HTML or a comment.

        Args:
            index: The line above the first one, which is the opening delimiter.
            end: The line behind the last one.
            kind: What the delimiter makes of it: `listing`, `literal`, `pass` or `comment`.
            attributes: Its attributes, whose style overrides the kind.
        """
        if index + 1 >= end:
            return
        start, stop = self._lines[index + 1].start, self._lines[end - 1].end
        kind = attributes.code_kind or kind
        if kind == "comment":
            self._content.add_code(start, stop)
            return
        for line in self._lines[index + 1 : end]:
            self._directives.read_in_code(line)
        if attributes.reads_macros(is_text=False):
            self._read_lines(index + 1, end, is_code=True)
            return
        self._content.add_code(start, stop)
        if kind == "pass":
            place = self._content.add_place(start, stop, problem=self._problem, can_add=False)
            self._content.add_html(start, stop, place)

    def _without_directives(self, index: int, end: int) -> list[Line]:
        """Return lines without comments and directives; the directives are read."""
        kept = []
        for line in self._lines[index:end]:
            if is_comment(line.text):
                continue
            if line.text[-1:] == "]" and self._directives.read(line):
                rest = self._directives.conditional_text(line)
                if rest is not None:
                    kept.append(rest)
                continue
            kept.append(line)
        return kept

    def _read_paragraph(
        self, index: int, *, cut: int = 0, is_unit: bool = False, is_literal: bool = False
    ) -> int:
        """Read a paragraph, which ends before the next blank line or block.

        Args:
            index: Its first line.
            cut: Characters to leave out at its beginning, such as the mark of a list item.
            is_unit: It is a list item or term, whose dates apply to all of its links.
            is_literal: It is indented, and therefore code.

        Returns:
            The line behind it.
        """
        attributes, end = self._take_attributes(), index + 1
        block_end = self._stack[-1].end
        while end < block_end and not self._ends_paragraph(self._lines[end].text):
            end += 1
        self._content.limit.spend((end - index) * _LINE_UNITS)
        is_code = is_literal or attributes.has_code_style
        if is_code:
            self._read_verbatim(index - 1, end, "literal", attributes)
            return end
        if not attributes.reads_macros(is_text=True):
            return end
        self._read_lines(index, end, cut=cut, is_unit=is_unit)
        return end

    def _ends_paragraph(self, text: str) -> bool:
        """Return whether a line is not part of the paragraph above it."""
        if not text:
            return True
        if text[0] == "[" and patterns.BLOCK_ATTRIBUTES.match(text):
            return True
        if patterns.is_delimiter(text):
            return True
        if not self._is_in_list:
            return False
        return text == "+" or bool(patterns.ITEM.match(text) or patterns.term_of(text))

    def _read_lines(
        self,
        index: int,
        end: int,
        *,
        cut: int = 0,
        is_unit: bool = False,
        is_quoted: bool = False,
        is_code: bool = False,
    ) -> None:
        """Read the links in the text of the given lines.

        Args:
            index: The first line.
            end: The line behind the last one.
            cut: Characters to leave out at the beginning of the first line.
            is_unit: They are a list item or term, whose dates apply to all of its links.
            is_quoted: They are a quotation.
            is_code: They are code in which macros are replaced.
        """
        if index >= end:
            return
        first = self._lines[index].cut(cut)
        if is_code:
            kept = [first, *self._lines[index + 1 : end]]
        else:
            kept = self._without_directives(index, end)
            if cut and kept and kept[0].start == self._lines[index].start:
                kept[0] = first
        if not kept:
            return
        quoted = self._stack[-1].is_quoted or is_quoted or first.text.startswith("> ")
        place = self._content.add_place(
            kept[0].start,
            kept[-1].end,
            is_quoted=quoted,
            is_unit=is_unit,
            problem=self._problem,
            can_add=not is_code,
            is_code=is_code,
        )
        self._read_text(kept, place)

    def _read_line(self, line: Line) -> None:
        """Read the links in one line."""
        if entry := patterns.ATTRIBUTE_ENTRY.match(line.text):
            self._content.attributes.define(entry[1], entry[2] or "")
            return
        self._read_text(((line.start, line.text),), self._place(line))

    def _read_text(self, pieces: Sequence[tuple[int, str]], place: AdocPlace) -> None:
        """Read the links in pieces of text, each with the index of its first character."""
        read_inline(JoinedText(pieces, self._content.offsets), place, self._content)

    def _place(self, line: Line, *, problem: str = "", can_add: bool = True) -> AdocPlace:
        """Return the structure around the text of one line."""
        return self._content.add_place(
            line.start,
            line.end,
            is_quoted=self._stack[-1].is_quoted,
            problem=self._problem or problem,
            can_add=can_add,
        )

    def _take_attributes(self) -> BlockAttributes:
        """Return the attributes of the block that begins; the next block has none."""
        taken, self._attributes = self._attributes, BlockAttributes()
        return taken
