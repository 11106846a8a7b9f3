"""Read and fix pages that are embedded in the strings of another format, such as JSON.

The reader of its format reads the embedded text. The positions of what it finds are converted to
positions in the file.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from msgspec import Struct

from crawler.pages.fix_edits import NOT_FOUND
from crawler.pages.interface import FormatReader, PageSyntaxError, ReadOptions
from crawler.pages.json_text import (
    ByteOffsets,
    JsonSyntaxError,
    JsonText,
    json_escaped,
    parse_json,
    texts_of,
)
from crawler.pages.page_builder import PageBuilder
from crawler.pages.source_text import SourceText
from crawler.pages.string_literals import ESCAPE
from store.vocabulary import Citation, InternalLink, Page
from store.vocabulary.fixes import (
    CitationFix,
    FixWriter,
    MirrorStyle,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)

_Found = TypeVar("_Found", Citation, InternalLink)
_ON_LINE = re.compile(r"\bline (\d+)\Z")


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
        strings: Sequence[JsonText],
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

    def _add_string(self, page: str, string: JsonText, offsets: ByteOffsets, length: int) -> int:
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


class EmbeddedPage(Struct, frozen=True):
    """A page in the strings of a file.

    Attributes:
        text: Its text, with the place of each byte.
        page: The page as read; its offsets are those of its own text.
        builder: The record from which it was built.
        reader: The reader of its format.
    """

    text: EmbeddedText
    page: Page
    builder: PageBuilder
    reader: FormatReader


def read_json(source: SourceText) -> Any:
    """Return the JSON value of a file, with the place of each string.

    Raises:
        PageSyntaxError: The file is not valid JSON.
    """
    try:
        return parse_json(source.text)
    except JsonSyntaxError as error:
        line = source.text.count("\n", 0, error.index) + 1
        raise PageSyntaxError(str(error), line) from error


class EmbeddedPageReader(Struct, frozen=True):
    """Read the pages that are embedded in the JSON of one file.

    Attributes:
        source: The file.
        path: The path of the file.
        reader: The reader of their format.
        options: How they are read.
        offsets: Converts character indexes of the file to byte offsets.
    """

    source: SourceText
    path: str
    reader: FormatReader
    options: ReadOptions
    offsets: ByteOffsets

    def read(self, value: Any) -> EmbeddedPage | None:
        """Return the page that a JSON value contains, or None if the value has no text.

        Args:
            value: A string, or a list of the page's lines.
        """
        text = EmbeddedText(
            self.source, texts_of(value), self.offsets, is_list=isinstance(value, list)
        )
        if not text.length:
            return None
        builder = PageBuilder(SourceText(text.text), self.path, sha256="", encoding="utf-8")
        return EmbeddedPage(text, self.reader.build(builder, self.options), builder, self.reader)


def add_embedded(
    builder: PageBuilder, embedded: EmbeddedPage, section: Callable[[Citation], tuple[str, ...]]
) -> None:
    """Add the citations, links, headings and warnings of an embedded page to its file's record.

    Args:
        builder: The record of the file.
        embedded: The embedded page.
        section: Returns the headings above a citation, those of the file included.
    """
    page = embedded.page
    for citation in page.citations:
        moved = _moved_to_file(citation, embedded.text, builder.source)
        block = builder.block_count + citation.block
        builder.citations.append(replace(moved, section=section(citation), block=block))
    builder.block_count += 1 + max((each.block for each in page.citations), default=0)
    builder.internal_links += [
        _moved_to_file(link, embedded.text, builder.source) for link in page.internal_links
    ]
    builder.skipped.update(page.skipped)
    builder.anchors = (*builder.anchors, *page.anchors)
    builder.top_headings += embedded.builder.top_headings
    _add_warnings(builder, embedded)


def _moved_to_file(found: _Found, text: EmbeddedText, source: SourceText) -> _Found:
    """Return a citation or link of an embedded page with its place in the file."""
    start, end = text.file_start(found.start), text.file_end(found.end)
    line, column = source.position(start)
    return replace(found, start=start, end=end, line=line, column=column)


def _add_warnings(builder: PageBuilder, embedded: EmbeddedPage) -> None:
    """Add the warnings of an embedded page, with the line numbers of the file."""

    def file_line(line: int) -> int:
        start = embedded.builder.source.line_start(line) if line else 0
        return builder.source.line_at(embedded.text.file_start(start))

    for warning in embedded.page.warnings:
        message = _ON_LINE.sub(lambda found: f"line {file_line(int(found[1]))}", warning.message)
        builder.warn(file_line(warning.line), warning.code, message)


class EmbeddedFixWriter:
    """Write fixes on the pages that are embedded in a file, each by the writer of its format."""

    def __init__(self, file: bytes, pages: Sequence[EmbeddedPage], link_text: str) -> None:
        self._file = file
        self._ascii_only = file.isascii() and b"\\u" in file
        self._link_text = link_text
        self._places: dict[tuple[int, int], tuple[EmbeddedPage, Citation]] = {}
        self._writers: dict[int, FixWriter] = {}
        for embedded in pages:
            for citation in embedded.page.citations:
                start = embedded.text.file_start(citation.start)
                end = embedded.text.file_end(citation.end)
                self._places[start, end] = embedded, citation

    def contains(self, citation: Citation) -> bool:
        """Return whether a citation of the file is in one of the pages."""
        return (citation.start, citation.end) in self._places

    def write(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return a fix written in a style.

        Raises:
            UnsupportedMarkupError: The fix cannot be written there.
        """
        place = self._places.get((planned.citation.start, planned.citation.end))
        if place is None:
            raise UnsupportedMarkupError(NOT_FOUND)
        embedded, citation = place  # the citation has the offsets of the embedded page
        writer = self._writers.get(id(embedded))
        if writer is None:
            data = embedded.builder.source.data
            writer = embedded.reader.fix_writer(data, embedded.page, self._link_text)
            self._writers[id(embedded)] = writer
        fix = writer.write(self._with_citation(planned, citation), style)
        edits = tuple(self._in_file(edit, embedded.text) for edit in fix.edits)
        return replace(fix, planned=planned, edits=edits, shared=None)

    def _with_citation(self, planned: PlannedFix, citation: Citation) -> PlannedFix:
        """Return a fix with the citation as it is in the embedded page."""
        in_file = planned.citation
        embedded = replace(citation, archive=in_file.archive, original=in_file.original)
        copy = planned.archive_copy
        return replace(
            planned,
            citation=embedded,
            archive_copy=replace(copy, citation=embedded) if copy else None,
        )

    def _in_file(self, edit: TextEdit, text: EmbeddedText) -> TextEdit:
        """Return an edit of an embedded page as an edit of the file.

        Raises:
            UnsupportedMarkupError: It covers more than one string.
        """
        end = text.file_end(edit.end)
        start = end if edit.start == edit.end else text.file_start(edit.start)
        if b'"' in self._file[start:end].replace(b'\\"', b""):
            raise UnsupportedMarkupError("it is in several strings: edit this link by hand")
        lines = [edit.text]
        separator = self._line_separator(start) if text.is_list and "\n" in edit.text else ""
        if separator:
            lines = edit.text.splitlines(keepends=True)
        written = [json_escaped(line, ascii_only=self._ascii_only) for line in lines]
        return TextEdit(start, end, separator.join(written))

    def _line_separator(self, offset: int) -> str:
        """Return the JSON between two strings of a list, such as `",` and an indented `"`.

        Returns:
            The text, or "" if the strings are not on lines of their own.
        """
        line_start = self._file.rfind(b"\n", 0, offset) + 1
        line = self._file[line_start:offset]
        indent = line[: len(line) - len(line.lstrip())]
        if not line_start or not line.startswith(indent + b'"'):
            return ""
        newline = "\r\n" if self._file[:line_start].endswith(b"\r\n") else "\n"
        return f'",{newline}{indent.decode()}"'
