"""Read what is around the links of a MediaWiki page: headings, references, quotations and code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.pages.anchors import Heading
from crawler.pages.formats.wikitext import patterns
from crawler.pages.formats.wikitext.templates import Template
from crawler.pages.raw_links import Location, LocationIndex
from crawler.pages.source.source_text import ByteOffsets, SourceText

_LINE_CHARACTERS = 10_000  # that are searched for the beginning and the end of a line
_UNNAMED = "ref"  # the label of references without a name


@dataclass(slots=True)
class _Reference:
    """An open reference: its label, and the indexes at which it begins and its text ends."""

    label: str
    start: int
    end: int


class WikitextStructure:
    """The structure of one page: the part of `WikitextScanner` that knows no links.

    Attributes:
        headings: Its headings.
        code_spans: Bytes of code and comments.
    """

    def __init__(self, source: SourceText) -> None:
        self._text, self._offsets = source.text, ByteOffsets(source)
        # What is open, outermost first: a template, "[[" for a link, "{{{" for an argument
        self._stack: list[Template | str] = []
        self._reference: _Reference | None = None
        self._ref_end = 0  # the index of the latest `</ref>` found; -1: none follows
        self._unclosed_tags: set[str] = set()  # of code that is never closed from here on
        self._quotes = 0  # open quotations
        self._heading_end = 0  # the index at which the latest heading's text ends
        self._section: list[tuple[int, str]] = []  # levels and texts of the headings above
        self._locations: list[tuple[int, Location]] = []  # of the links, by byte offset
        self.headings: list[Heading] = []
        self.code_spans: list[tuple[int, int]] = []

    @property
    def locations(self) -> LocationIndex:
        """Return the blocks, sections and references around the links of the page."""
        index, previous = LocationIndex(0, Location()), 0
        for offset, location in sorted(self._locations, key=lambda place: place[0]):
            if location.block != previous:
                index.add(offset, location)
                previous = location.block
        return index

    def _location(self, index: int) -> Location:
        """Return the structure around an index: the reference, or the line."""
        section = tuple(text for _, text in self._section)
        reference, quoted = self._reference, self._quotes > 0
        if reference:
            end = self._offsets.at(reference.end)
            return Location(
                section,
                quoted,
                footnote=reference.label,
                block=reference.start,
                is_single_unit=True,
                end=end,
            )
        text = self._text
        start = text.rfind("\n", max(0, index - _LINE_CHARACTERS), index) + 1
        stop = text.find("\n", index, index + _LINE_CHARACTERS)
        end = self._offsets.at(min(len(text), index + _LINE_CHARACTERS) if stop < 0 else stop)
        # Negative, so that the block of a line is never that of a reference.
        block = -1 - start
        is_list_item = self._text[start] in "*#:;"
        return Location(section, quoted, block=block, is_single_unit=is_list_item, end=end)

    def _count_quotation(self, *, is_open: bool) -> None:
        """Count a quotation that begins, or one that ends."""
        self._quotes = self._quotes + 1 if is_open else max(0, self._quotes - 1)

    def _skip_code(self, token: re.Match[str]) -> int:
        """Skip a comment or an element with code, and return the index behind it."""
        start, tag = token.start(), token["code"]
        if tag is None:
            closing = self._text.find("-->", token.end())
            return len(self._text) if closing < 0 else closing + 3
        if token[0].endswith("/>"):
            return token.end()
        if tag.lower() in self._unclosed_tags:
            return token.end()
        found = re.compile(rf"</{tag}\s*>", re.IGNORECASE).search(self._text, token.end())
        if found is None:
            self._unclosed_tags.add(tag.lower())
            return token.end()
        self.code_spans.append((self._offsets.at(start), self._offsets.at(found.end())))
        return found.end()

    def _read_reference(self, token: re.Match[str], kind: str) -> None:
        """Begin or end a reference; one that is never closed is ignored."""
        if kind == "refend":
            self._reference = None
            return
        if token[0].endswith("/>") or self._ref_end < 0:
            return
        if self._ref_end < token.end():  # else many open references share one end
            closing = patterns.REF_END.search(self._text, token.end())
            self._ref_end = closing.start() if closing else -1
        if self._ref_end >= 0:
            label = patterns.reference_label(token[0]) or _UNNAMED
            self._reference = _Reference(label, token.start(), self._ref_end)

    def _read_heading(self, token: re.Match[str]) -> int:
        """Read a heading, and return the index behind its opening `=`: links in it are read."""
        line, signs = token[0].rstrip(), len(token["heading"])
        level = min(signs, len(line) - len(line.rstrip("=")))
        if not level or self._stack or len(line) < 2 * level + 1:
            return token.end("heading")
        self._heading_end = token.start() + len(line) - level
        title = patterns.MARKUP.sub(lambda markup: markup[1] or "", line[level:-level]).strip()
        outer = [heading for heading in self._section if heading[0] < level]
        self._section = [*outer, (level, title)]
        self.headings.append(Heading(title, level, title.replace(" ", "_")))
        return token.end("heading")
