"""Read the blocks of text on a reStructuredText page: paragraphs, headings, lists and tables.

Open lists, quotations, footnotes and directives are kept on a stack with the columns at which
their content begins. Nested blocks need no recursion, and each line is read once.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date

from crawler.pages.anchors import Heading
from crawler.pages.formats.rst import block_patterns as patterns
from crawler.pages.formats.rst.inline import RstPlace, read_inline
from crawler.pages.formats.rst.inline_patterns import heading_id, normalise_address, unescape
from crawler.pages.formats.rst.lines import Lines
from crawler.pages.formats.rst.links import RstForm, RstLink
from crawler.pages.formats.rst.references import NamedTarget, References
from crawler.pages.formats.rst.tables import grid_cells, simple_cells, table_end
from crawler.pages.raw_links import Location, LocationIndex, RawLink
from crawler.pages.source.dates import first_date
from crawler.pages.source.joined_text import JoinedText
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind

_TABLE_PROBLEM = "a change would move the columns of its table: edit it by hand"
TITLE_PROBLEM = "it is in a heading, which would become longer than its underline: edit it by hand"
MAX_DEPTH = 500  # nested lists and footnotes; one line may begin any number


@dataclass(slots=True)
class _Container:
    """A block that contains others.

    Attributes:
        indent: The column of its content.
        block: Its number, None if each paragraph has its own.
        footnote: Its label, if it is a footnote.
        is_quoted: It is a quotation.
        problem: Why links in it cannot be fixed.
    """

    indent: int
    block: int | None = None
    footnote: str | None = None
    is_quoted: bool = False
    problem: str = ""


class TextBlocks(ABC):
    """Read the blocks of text of one page; `BlockReader` decides the kind of each block.

    Attributes:
        references: Its links.
        locations: Its structure.
        headings: Its headings.
        code_spans: Bytes of code.
        names: The names of places on the page.
        duplicates: Names with two targets: the name, the offset of the second target, and that of
            the first.
        dated: The page's own date.
    """

    def __init__(self, source: SourceText) -> None:
        self._lines = Lines.of(source)
        self._stack = [_Container(0)]
        # The styles of headings in the order of first use: the character, and if it is overlined
        self._styles: list[tuple[str, bool]] = []
        self._section: tuple[str, ...] = ()
        self._block = 0
        self._has_unclosed_table = False  # no simple table at the margin ends on the lines left
        self._pending: list[str] = []  # names without an address, directly above the current line
        self.references = References()
        self.locations = LocationIndex(0, Location())
        self.headings: list[Heading] = []
        self.code_spans: list[tuple[int, int]] = []
        self.names: list[str] = []
        self.duplicates: list[tuple[str, int, int]] = []
        self.dated: date | None = None

    def read(self) -> None:
        """Read the page."""
        lines, index, is_after_blank = self._lines, 0, True
        while index < len(lines):
            indent = lines.indents[index]
            if indent < 0:
                index, is_after_blank = index + 1, True
                continue
            while len(self._stack) > 1 and self._stack[-1].indent > indent:
                self._stack.pop()
            if indent > self._stack[-1].indent:
                self._push(indent, is_quoted=is_after_blank)
            count = len(self._pending)
            index, is_after_blank = self._read_block(index), False
            if count == len(self._pending):
                self._pending = []  # a block follows the names, and no target

    @abstractmethod
    def _read_block(self, index: int) -> int:
        """Read the block that begins on a line, and return the line that follows it."""

    def _push(self, indent: int, *, is_quoted: bool = False, problem: str = "") -> None:
        """Begin a block whose content is at a column, in the block that is open."""
        top = self._stack[-1]
        quoted = top.is_quoted or is_quoted
        problem = top.problem or problem
        self._stack.append(_Container(indent, top.block, top.footnote, quoted, problem))

    def _push_item(self, indent: int, footnote: str | None = None) -> None:
        """Begin a list item or a footnote, whose dates apply to all of its links."""
        self._block += 1
        top = self._stack[-1]
        label = top.footnote if footnote is None else footnote
        self._stack.append(_Container(indent, self._block, label, top.is_quoted, top.problem))

    def _read_marked(self, index: int, text: str) -> int | None:
        """Read a table, a field or a line of punctuation, if a line begins one, else None."""
        if patterns.GRID_BORDER.match(text):
            return self._read_table(index, is_grid=True)
        if patterns.DOCTEST.match(text):
            return self._skip_code(index, self._lines.paragraph_end(index, -1))
        field = patterns.FIELD.match(text)
        if field and len(self._stack) < MAX_DEPTH:
            return self._read_field(index, field)
        if patterns.ADORNMENT.match(text):
            return self._read_adornment(index, text)
        if text[0] == "=" and patterns.SIMPLE_BORDER.match(text):
            return self._read_table(index, is_grid=False)
        return None

    def _read_item(self, index: int, item: re.Match[str]) -> int:
        """Begin a list item, and return the line of its text: the same one without the marker."""
        lines = self._lines
        if item.end() == len(item.string):
            lines.indents[index] = -1
            self._push_item(self._stack[-1].indent + len(item[0].rstrip()) + 1)
            return index + 1
        lines.cut(index, item.end())
        self._push_item(lines.indents[index])
        return index

    def _read_paragraph(self, index: int) -> int:
        """Read a paragraph, a heading, or a term of a definition list."""
        lines, indent = self._lines, self._lines.indents[index]
        end = index + 1
        while end < len(lines) and lines.indents[end] == indent:
            if end == index + 1 and self._is_underline(index, lines.texts[end]):
                self._add_heading(index, lines.texts[end][0], is_overlined=False)
                return end + 1
            end += 1
        if end < len(lines) and lines.indents[end] > indent and end == index + 1:
            self._push(lines.indents[end])  # the definition of a term
        self._read_text(index, end)
        if lines.texts[end - 1].endswith("::"):
            return self._skip_literal(end, indent)
        return end

    def _is_underline(self, index: int, text: str) -> bool:
        """Return whether `text` underlines a line: by docutils, with as many or four characters."""
        if self._stack[-1].indent or not patterns.ADORNMENT.match(text):
            return False
        return len(text) >= min(4, len(self._lines.texts[index]))

    def _read_adornment(self, index: int, text: str) -> int:
        """Read a line of punctuation: the overline of a heading, or a transition."""
        rest = self._lines.texts[index + 1 : index + 3]
        is_overline = len(rest) == 2 and rest[0] and rest[1][:1] == text[0]
        if is_overline and not self._stack[-1].indent and patterns.ADORNMENT.match(rest[1]):
            self._add_heading(index + 1, text[0], is_overlined=True)
            return index + 3
        is_alone = not rest or not rest[0]
        if is_alone and len(text) >= 4:
            return index + 1
        return self._read_paragraph(index)

    def _add_heading(self, index: int, char: str, *, is_overlined: bool) -> None:
        """Add a heading, whose level is the order in which its style was first used."""
        style = char, is_overlined
        if style not in self._styles:
            self._styles.append(style)
        level = self._styles.index(style) + 1
        self._read_text(index, index + 1, problem=TITLE_PROBLEM)
        text = unescape(re.sub(r"[`*]|:[\w.+-]+:(?=`)", "", self._lines.texts[index]))
        self._section = (*self._section[: level - 1], text)
        self.headings.append(Heading(text, level, heading_id(text) or None))

    def _read_text(self, index: int, end: int, *, problem: str = "") -> None:
        """Read the links in the text of the given lines."""
        lines = self._lines
        start, stop = lines.starts[index], lines.end(end - 1)
        text = lines.text[start:stop]
        if "`" in text or "_" in text or "://" in text:
            place = self._place(start, stop, problem)
            read_inline(JoinedText([(start, text)], lines.offsets), place, self.references)

    def _place(self, start: int, stop: int, problem: str = "") -> RstPlace:
        """Add the location of a text to the page, and return the properties of its links."""
        top, offsets = self._stack[-1], self._lines.offsets
        if top.block is None:
            self._block += 1
        block = self._block if top.block is None else top.block
        is_unit, first = top.block is not None, offsets.at(start)
        location = Location(
            self._section, top.is_quoted, top.footnote, block, is_unit, offsets.at(stop)
        )
        self.locations.add(first, location)
        problem = top.problem or problem
        return RstPlace(location, problem, not problem)

    def _skip_literal(self, index: int, indent: int) -> int:
        """Skip the literal block after a paragraph that ends with `::`."""
        lines, first = self._lines, index
        index = lines.next_text(index)
        if index == len(lines) or index == first:
            return index
        if lines.indents[index] > indent:
            return self._skip_code(index, lines.block_end(index, indent))
        mark = lines.texts[index][0]
        if lines.indents[index] < indent or mark.isalnum() or mark.isspace():
            return index
        end = index
        while end < len(lines) and lines.texts[end][:1] == mark:
            end += 1
        return self._skip_code(index, end)

    def _skip_code(self, index: int, end: int) -> int:
        """Add lines to the code of the page, and return the line behind them."""
        if end > index:
            offsets, lines = self._lines.offsets, self._lines
            start = lines.text.rfind("\n", 0, lines.starts[index]) + 1
            self.code_spans.append((offsets.at(start), offsets.at(lines.end(end - 1))))
        return max(end, index + 1)

    def _read_field(self, index: int, field: re.Match[str]) -> int:
        """Begin the body of a field (`:name: body`), and return its first line."""
        lines, indent = self._lines, self._lines.indents[index]
        if field[1].lower() == "date" and self.dated is None and not self._section[1:]:
            self.dated = first_date(field.string[field.end() :])
        self._push_item(self._body_indent(index, indent))
        lines.cut(index, field.end())
        if lines.indents[index] >= 0:
            lines.indents[index] = self._stack[-1].indent
            return index
        return index + 1

    def _body_indent(self, index: int, indent: int) -> int:
        """Return the column of a body that begins behind its marker: that of its second line."""
        following = self._lines.next_text(index + 1)
        if following < len(self._lines) and self._lines.indents[following] > indent:
            return self._lines.indents[following]
        return indent + 1

    def _read_table(self, index: int, *, is_grid: bool) -> int:
        """Read a table, or a paragraph if the table does not end."""
        lines, indent = self._lines, self._lines.indents[index]
        is_simple_at_margin = not is_grid and not indent
        is_unclosed = is_simple_at_margin and self._has_unclosed_table
        end = None if is_unclosed else table_end(lines, index, is_grid=is_grid)
        if end is None:
            if is_simple_at_margin:
                self._has_unclosed_table = True
            return self._read_paragraph(index)
        cells = grid_cells(lines, index, end) if is_grid else simple_cells(lines, index, end)
        for pieces, can_grow in cells:
            start = pieces[0][0]
            place = self._place(start, pieces[-1][0] + len(pieces[-1][1]), _TABLE_PROBLEM)
            if can_grow and len(pieces) == 1:
                place = RstPlace(place.location, self._stack[-1].problem)
            joined = JoinedText(pieces, lines.offsets)
            if directive := re.match(r"\.\. +(?:\|.+?\| +)?(?:image|figure):: +", joined.text):
                rest = joined.text[directive.end() :].split("\n")[0]
                first = start + directive.end()
                self._add_address(first, first + len(rest), CitationKind.IMAGE, place)
            elif target := re.match(r"\.\. +_([^:`]+): +(\S+)\Z", joined.text):
                span = joined.page_offset(target.start(2)), joined.page_offset(target.end())
                defined = NamedTarget(*span, normalise_address(target[2]), problem=_TABLE_PROBLEM)
                defined.location = place.location
                self.references.define(unescape(target[1]), defined)
            else:
                read_inline(joined, place, self.references)
        return end

    def _add_address(self, start: int, stop: int, kind: CitationKind, place: RstPlace) -> None:
        """Add the link whose address is between two character indexes of the page."""
        url = normalise_address(self._lines.text[start:stop])
        link = self._new_link(start, stop, url, kind, place)
        self.references.add(link)

    def _new_link(
        self, start: int, stop: int, url: str, kind: CitationKind, place: RstPlace
    ) -> RstLink:
        """Return the link whose address is between two character indexes of the page."""
        offsets = self._lines.offsets
        span = offsets.at(start), offsets.at(stop)
        link = RawLink(*span, url, kind, place.location, span)
        return RstLink(link, RstForm.ARGUMENT, place.problem)
