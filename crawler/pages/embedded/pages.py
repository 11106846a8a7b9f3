"""Read pages that are embedded in the JSON strings of a file, such as the cells of a notebook.

The reader of its format reads the embedded text. The positions of what it finds are converted to
positions in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from msgspec import Struct

from crawler.pages.embedded.text import EmbeddedText
from crawler.pages.interface import FormatReader, PageSyntaxError, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.source.json_strings import (
    JsonSyntaxError,
    parse_json,
    strings_of,
)
from crawler.pages.source.source_text import ByteOffsets, SourceText
from store.vocabulary import Citation, InternalLink, Page

_Found = TypeVar("_Found", Citation, InternalLink)
_ON_LINE = re.compile(r"\bline (\d+)\Z")


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
            self.source, strings_of(value), self.offsets, is_list=isinstance(value, list)
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
