"""Find the blocks of an AsciiDoc page, and read the links in them.

Open blocks are kept on a stack with the line at which each ends, so that nested blocks need no
recursion, and each line is read once. A table cell that contains blocks has its own reader.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from crawler.pages.formats.asciidoc import block_patterns as patterns
from crawler.pages.formats.asciidoc.block_attributes import BlockAttributes
from crawler.pages.formats.asciidoc.block_patterns import is_comment
from crawler.pages.formats.asciidoc.content import AdocContent
from crawler.pages.formats.asciidoc.lines import Line
from crawler.pages.formats.asciidoc.link_text import heading_text
from crawler.pages.formats.asciidoc.media import add_attribute_links, add_media
from crawler.pages.formats.asciidoc.tables import table_cells
from crawler.pages.formats.asciidoc.text_blocks import AdocTextBlocks, OpenBlock

_MAX_DEPTH = 100  # blocks within each other
_MAX_TABLES = 3  # tables within each other whose cells are read as blocks
_UNDERLINES = "=-~^+"  # the characters that underline headings, from level 1 on
_TITLE_PROBLEM = "it is in a heading, whose id would change: edit it by hand"
# The kinds of blocks by the first character of their delimiters; those of other tables are `,:!`.
_CODE_KINDS = {"-": "listing", ".": "literal", "`": "listing", "+": "pass", "/": "comment"}
_KINDS = {"=": "example", "*": "sidebar", "_": "quote", "~": "open", "|": "table"}


class AdocBlockReader(AdocTextBlocks):
    """Read the blocks of one page, or of one cell of a table.

    The base class `AdocTextBlocks` has the stack of open blocks, and reads text: paragraphs, code
    and lines (`_read_paragraph`, `_read_verbatim`, `_read_line`, `_read_text`). `is_unit` marks a
    list item, a term or a cell: a date in it applies to all of its links. A `place` (`AdocPlace`)
    has what the links in a text have in common: the structure around them, why they cannot be
    fixed, and whether text can be added.

    Args:
        content: The page, to which the links are added.
        lines: Its lines, or those of a cell.
        problem: Why links in it cannot be fixed, "" if they can.
        depth: Number of tables around it.
    """

    def __init__(
        self, content: AdocContent, lines: Sequence[Line], *, problem: str = "", depth: int = 0
    ) -> None:
        super().__init__(content, lines, problem)
        self._depth = depth
        self._is_in_header = False  # between the page's title and the first blank line
        self._needs_text = False  # the text of a term of a description list follows
        # The indexes of the lines that are delimiters, by their text
        self._closers: dict[str, list[int]] = defaultdict(list)
        for index, line in enumerate(lines):
            if patterns.is_delimiter(line.text):
                self._closers[line.text].append(index)

    def read(self) -> None:
        """Read all lines."""
        index = 0
        while index < len(self._lines):
            top = self._stack[-1]
            if len(self._stack) > 1 and index >= top.end:
                self._stack.pop()
                if top.is_closed:
                    index += 1  # skips the closing delimiter
                self._is_in_list = False
                continue
            index = self._read_block(index)

    def _read_block(self, index: int) -> int:
        """Read what begins on a line, and return the line that follows it."""
        line = self._lines[index]
        text = line.text
        if not text:
            self._is_in_header = False
            return index + 1
        if is_comment(text):
            return index + 1
        if text[-1] == "]" and self._directives.read(line):  # the line is a directive
            if (rest := self._directives.conditional_text(line)) is not None:
                self._read_line(rest)
            return index + 1
        if text[0] == ":" and (entry := patterns.ATTRIBUTE_ENTRY.match(text)):
            return self._read_attribute(index, entry)
        if self._is_in_header:
            self._read_line(line)
            return index + 1
        return self._read_content(index, text)

    def _read_content(self, index: int, text: str) -> int:
        """Read what begins on a line of the body, and return the line that follows it."""
        if text[0] == "[" and patterns.BLOCK_ATTRIBUTES.match(text):
            self._read_attributes(self._lines[index])
            return index + 1
        if patterns.is_delimiter(text) and len(self._stack) < _MAX_DEPTH:
            return self._read_delimited(index)
        if text[0] == "." and patterns.BLOCK_TITLE.match(text):
            self._read_line(self._lines[index].cut(1))
            return index + 1
        if (following := self._read_heading(index, text)) is not None:
            return following
        if patterns.BREAK.match(text) or text == "+":
            self._needs_text = False
            return index + 1
        if macro := patterns.BLOCK_MACRO.match(text):
            attributes = self._take_attributes()
            place = self._place(self._lines[index], can_add=False)
            add_media(self._content, self._lines[index], macro, place, attributes)
            return index + 1
        return self._read_list_or_paragraph(index, text)

    def _read_list_or_paragraph(self, index: int, text: str) -> int:
        """Read a list item, a term or a paragraph, and return the line that follows it."""
        item = patterns.ITEM.match(text)
        if item:
            self._needs_text = False
            self._is_in_list = True
            self._attributes = BlockAttributes()
            return self._read_paragraph(index, cut=item.end(), is_unit=True)
        if term := patterns.term_of(text):
            self._is_in_list = True
            self._attributes = BlockAttributes()
            line = self._lines[index]
            self._read_line(Line(line.start, text[: term.end(1)]))
            if term[2] is None:
                self._needs_text = True
                return index + 1
            return self._read_paragraph(index, cut=term.end(), is_unit=True)
        style = self._attributes.style
        is_literal = text[0] in " \t" and style != "normal" and not self._needs_text
        self._needs_text = False
        return self._read_paragraph(index, is_literal=is_literal)

    # --- attributes and headings

    def _read_attribute(self, index: int, entry: re.Match[str]) -> int:
        r"""Read `:name: value`; a line that ends with ` \` or ` +` continues on the next one."""
        value, end = entry[2] or "", index + 1
        while value.endswith((" \\", " +")) and end < len(self._lines):
            value = f"{value[:-2].rstrip()} {self._lines[end].text.strip()}"
            end += 1
        self._content.attributes.define(entry[1], value.strip())
        return end

    def _read_attributes(self, line: Line) -> None:
        """Read a line of attributes for the block below it."""
        self._attributes.add(self._content.attributes.resolve(line.text[1:-1]))
        if "://" in line.text or "link=" in line.text:
            place = self._place(line, can_add=False)
            add_attribute_links(self._content, line.start, line.text, place)
            if self._attributes.style in {"quote", "verse"}:
                self._read_text(((line.start, line.text),), place)

    def _read_heading(self, index: int, text: str) -> int | None:
        """Read a heading, and return the line that follows it; None if there is no heading."""
        section = patterns.SECTION.match(text)
        following = self._lines[index + 1].text if index + 1 < self._stack[-1].end else ""
        if not section and not (following and patterns.is_underlined(text, following)):
            return None
        line, end = self._lines[index], index + 1
        if section:
            level = len(section[1])
            title = Line(line.start + section.start(2), section[2])
        else:
            level = _UNDERLINES.index(following[0]) + 1
            title, end = line, index + 2
        attributes = self._take_attributes()
        self._is_in_list = False
        plain = heading_text(self._content.attributes.resolve(title.text))
        is_first = level == 1 and not self._content.block
        if is_first and not section:  # an underlined title: the page has the older syntax
            self._content.attributes.define("compat-mode", "")
        self._content.add_heading(plain, level, attributes.ident)
        self._is_in_header = is_first
        place = self._place(title, problem=_TITLE_PROBLEM)
        self._read_text(((title.start, title.text),), place)
        return end

    # --- blocks with delimiters

    def _read_delimited(self, index: int) -> int:
        """Read the delimiter that opens a block, and the lines of one without blocks inside.

        Returns:
            The line to read next.
        """
        text, top = self._lines[index].text, self._stack[-1]
        attributes, mark = self._take_attributes(), text[0]
        closers = self._closers["```" if mark == "`" else text]
        number = bisect_right(closers, index)  # of the next delimiter of this kind
        is_closed = number < len(closers) and closers[number] < top.end
        end = closers[number] if is_closed else top.end
        following = end + 1 if is_closed else end
        kind = _CODE_KINDS.get(mark) or _KINDS.get(mark, "table")
        if text == "--":
            kind = "open"
        if not is_closed:
            self._content.unclosed.append(
                (self._content.offsets.at(self._lines[index].start), kind)
            )
        if kind == "table":
            self._read_table(index + 1, end, mark, attributes)
            return following
        if attributes.has_code_style or kind in _CODE_KINDS.values():
            self._read_verbatim(index, end, kind, attributes)
            return following
        if attributes.style == "verse":
            self._read_lines(index + 1, end, is_quoted=True)
            return following
        is_quoted = top.is_quoted or kind == "quote" or attributes.style == "quote"
        self._stack.append(OpenBlock(end, is_closed=is_closed, is_quoted=is_quoted))
        self._is_in_list = False
        return index + 1

    def _read_table(self, index: int, end: int, mark: str, attributes: BlockAttributes) -> None:
        """Read the cells of a table."""
        lines = self._without_directives(index, end)
        for cell in table_cells(lines, mark, attributes, self._content.limit):
            if not cell.lines:
                continue
            if cell.style == "a" and self._depth < _MAX_TABLES:
                reader = AdocBlockReader(
                    self._content, cell.lines, problem=self._problem, depth=self._depth + 1
                )
                reader.read()
            elif cell.style == "l":
                self._content.add_code(cell.lines[0].start, cell.lines[-1].end)
            else:
                start, stop = cell.lines[0].start, cell.lines[-1].end
                place = self._content.add_place(
                    start, stop, is_unit=True, problem=self._problem, can_add=cell.can_add
                )
                self._read_text(cell.lines, place)
