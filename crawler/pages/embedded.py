"""Read and fix pages that are embedded in the strings of another format, such as JSON.

The embedded text is read by its own reader, and everything found in it is moved to its place in
the file.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from crawler.pages.fix_edits import NOT_FOUND
from crawler.pages.interface import FormatReader, ReadOptions
from crawler.pages.json_text import ByteOffsets, JsonText, json_escaped
from crawler.pages.page_builder import PageBuilder
from crawler.pages.source_text import SourceText
from crawler.pages.string_literals import ESCAPE
from store.vocabulary import Citation, Page
from store.vocabulary.fixes import (
    CitationFix,
    FixWriter,
    MirrorStyle,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)

_ON_LINE = re.compile(r"\bline (\d+)\Z")


class EmbeddedText:
    """The text of one or several JSON strings, with the place of each byte in the file.

    Attributes:
        text: The strings joined.
        is_list: They are the lines of one text.
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
        # Runs of bytes: where each begins in the text, where in the file, where it ends there,
        # and whether it is written as it is, or is an escape.
        self._starts: list[int] = []
        self._written: list[tuple[int, int, bool]] = []
        length = 0
        for string in strings:
            length = self._add_string(source.text, string, offsets, length)
        self.length = length

    def _add_string(self, page: str, string: JsonText, offsets: ByteOffsets, length: int) -> int:
        """Add the runs of a string. Returns: the length of the text so far, in bytes."""
        at = string.start
        if len(string) != string.end - string.start:
            for escape in ESCAPE.finditer(page, at, string.end):
                length = self._add_plain(offsets.at(at), offsets.at(escape.start()), length)
                # Of surrogates alone and in pairs, only the pair is one character.
                size = 4 if escape[1] else len(_unescaped(escape).encode("utf-8", "replace"))
                self._starts.append(length)
                self._written.append((offsets.at(escape.start()), offsets.at(escape.end()), False))
                length += size
                at = escape.end()
        return self._add_plain(offsets.at(at), offsets.at(string.end), length)

    def _add_plain(self, start: int, end: int, length: int) -> int:
        if end > start:
            self._starts.append(length)
            self._written.append((start, end, True))
        return length + end - start

    def file_start(self, offset: int) -> int:
        """Return where in the file something begins that begins at an offset of the text."""
        number = max(0, bisect_right(self._starts, offset) - 1)
        start, end, is_plain = self._written[number]
        return min(end, start + offset - self._starts[number]) if is_plain else start

    def file_end(self, offset: int) -> int:
        """Return where in the file something ends that ends at an offset of the text."""
        number = bisect_left(self._starts, offset) - 1
        if number < 0:
            return self.file_start(0)
        start, end, is_plain = self._written[number]
        return min(end, start + offset - self._starts[number]) if is_plain else end


def _unescaped(escape: re.Match[str]) -> str:
    if digits := escape[3]:
        code = int(digits, 16)
        return chr(code) if not 0xD800 <= code < 0xE000 else "?"
    return "\n"  # any other escape of JSON is one byte


@dataclass(frozen=True, slots=True)
class EmbeddedPage:
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


def read_embedded(
    reader: FormatReader, text: EmbeddedText, path: str, options: ReadOptions
) -> EmbeddedPage:
    """Read a page that is embedded in a file.

    Args:
        reader: The reader of its format.
        text: Its text.
        path: The name of the file in records.
        options: The wiki's settings.

    Returns:
        The page as read.
    """
    builder = PageBuilder(SourceText(text.text), path, sha256="", encoding="utf-8")
    return EmbeddedPage(text, reader.build(builder, options), builder, reader)


def add_embedded(
    builder: PageBuilder, embedded: EmbeddedPage, section: Callable[[Citation], tuple[str, ...]]
) -> None:
    """Add what an embedded page has to the record of its file.

    Args:
        builder: The record of the file.
        embedded: The embedded page.
        section: Returns the headings above a citation, those of the file included.
    """
    page, text, source = embedded.page, embedded.text, builder.source
    for citation in page.citations:
        start, end = text.file_start(citation.start), text.file_end(citation.end)
        line, column = source.position(start)
        builder.citations.append(
            replace(
                citation,
                start=start,
                end=end,
                line=line,
                column=column,
                section=section(citation),
                block=builder.block_count + citation.block,
            )
        )
    builder.block_count += 1 + max((each.block for each in page.citations), default=0)
    for link in page.internal_links:
        start, end = text.file_start(link.start), text.file_end(link.end)
        line, column = source.position(start)
        moved = replace(link, start=start, end=end, line=line, column=column)
        builder.internal_links.append(moved)
    builder.skipped.update(page.skipped)
    builder.anchors = (*builder.anchors, *page.anchors)
    builder.headings += embedded.builder.headings

    def file_line(line: int) -> int:
        start = embedded.builder.source.line_start(line) if line else 0
        return source.line_at(text.file_start(start))

    for warning in page.warnings:
        message = _ON_LINE.sub(lambda found: f"line {file_line(int(found[1]))}", warning.message)
        builder.warn(file_line(warning.line), warning.code, message)


class EmbeddedFixWriter:
    """Write fixes on the pages that are embedded in a file, each by the writer of its format."""

    def __init__(self, file: bytes, pages: Sequence[EmbeddedPage], word: str) -> None:
        self._file = file
        self._ascii_only = file.isascii() and b"\\u" in file
        self._word = word
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
        embedded, citation = place
        writer = self._writers.get(id(embedded))
        if writer is None:
            data = embedded.builder.source.data
            writer = embedded.reader.fix_writer(data, embedded.page, self._word)
            self._writers[id(embedded)] = writer
        fix = writer.write(self._within(planned, citation), style)
        edits = tuple(self._in_file(edit, embedded.text) for edit in fix.edits)
        return replace(fix, planned=planned, edits=edits)

    def _within(self, planned: PlannedFix, citation: Citation) -> PlannedFix:
        """Return a fix with the citation as it is in the embedded page."""
        outer = planned.citation
        own = replace(citation, archive=outer.archive, original=outer.original)
        copy = planned.archive_copy
        return replace(
            planned,
            citation=own,
            archive_copy=replace(copy, citation=own) if copy else None,
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
        """Return what is between two lines of a text that is written as a list of strings.

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
