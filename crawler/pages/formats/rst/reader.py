"""Read reStructuredText pages."""

from __future__ import annotations

import re
from typing import ClassVar

from crawler.pages.anchors import heading_anchors
from crawler.pages.formats.rst.blocks import BlockReader
from crawler.pages.formats.rst.fix_writer import RstFixWriter
from crawler.pages.formats.rst.inline_patterns import FOOTNOTE_MARKS
from crawler.pages.ignore_marks import ignore_mark
from crawler.pages.interface import FormatReader, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.source.source_text import SourceText
from store.vocabulary import Page
from store.vocabulary.fixes import FixWriter

_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
_LABEL = re.compile(r"\[#?([^\]]*)\]_")
_MAX_MARKS_BYTES = 400  # of the footnote marks directly after a link


class RstReader(FormatReader):
    """Read reStructuredText pages."""

    name: ClassVar[str] = "rst"
    title: ClassVar[str] = "reStructuredText"
    suffixes: ClassVar[frozenset[str]] = frozenset([".rst", ".rest"])
    ignore_mark = ignore_mark(r"^[ \t]*\.\.[ \t]+", skips_blank_lines=True)

    def declared_encoding(self, data: bytes) -> str | None:
        """Return the encoding that a comment in the first two lines names, as in Python files."""
        declared = _CODING.search(b"\n".join(data[:1024].split(b"\n")[:2]))
        return declared[1].decode() if declared else None

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add the links, headings and warnings of a page to its record."""
        del options
        page = BlockReader(source)
        page.read()
        builder.footnotes_after = _footnotes_after
        builder.locations, builder.code_spans = page.locations, page.code_spans
        builder.add_links(each.link for each in page.references.links())
        builder.outline, builder.dated = page.headings, page.dated
        builder.top_headings = [each.text for each in page.headings if each.level == 1]
        names = [re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in page.names]
        anchors = [*heading_anchors(page.headings), *names, *page.names]
        builder.anchors = tuple(dict.fromkeys(anchors))
        for name, offset, other in page.duplicates:
            message = f"_{name} is already defined on line {source.line_at(other)}"
            builder.warn(source.line_at(offset), "duplicate-definition", message)

    def fix_writer(self, text: bytes, page: Page, link_text: str) -> FixWriter:
        """Return the writer of one page's fixes."""
        del page
        blocks = BlockReader(SourceText(text.decode(errors="replace")))
        blocks.read()
        return RstFixWriter(text, blocks.references.links(), link_text)


def _footnotes_after(data: bytes, end: int) -> tuple[str, ...]:
    r"""Return the labels of the footnotes marked directly after a link that ends at a byte.

    >>> _footnotes_after(b"`a <b>`_ [#archived-1]_\\ [2]_.", 8)
    ('archived-1', '2')
    """
    marks = FOOTNOTE_MARKS.match(data, end, end + _MAX_MARKS_BYTES)
    return tuple(_LABEL.findall(marks[1].decode(errors="replace"))) if marks else ()
