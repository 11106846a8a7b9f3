"""Read raw HTML inside Markdown: its URLs, and the Markdown between its tags."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.pages.dialect import Dialect, mask_indentation
from crawler.pages.formats.markdown.content import MarkdownContent
from crawler.pages.formats.markdown.html_tags import (
    Tag,
    excluded_spans,
    find_closing_tag,
    iter_tags,
)
from crawler.pages.formats.markdown.parser import read_markdown
from crawler.pages.raw_links import LocationIndex, RawLink
from crawler.pages.source.intervals import UncoveredOffsets
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind

_MAX_ELEMENT_BYTES = 4096  # searched for a tag's end tag
_MARKUP = re.compile(r"<[^<>]*>|[*_`]+")
# Elements whose text is code
_CODE_ELEMENTS = frozenset(["code", "pre", "script", "style", "kbd", "samp", "textarea"])


class RawHtmlReader:
    """Collect the links of a page's raw HTML.

    Attributes:
        raw_links: The URLs in attributes.
        covered_spans: Spans in which no bare URL may be read.
        anchors: The fragments that elements define.
    """

    def __init__(self, source: SourceText, locations: LocationIndex) -> None:
        self.source, self.locations = source, locations
        self.raw_links: list[RawLink] = []
        self.covered_spans: list[tuple[int, int]] = []
        self.anchors: list[str] = []
        self._code_until = 0  # the offset at which the latest element with code ends

    def read_inline(self, spans: Iterable[tuple[int, int]]) -> None:
        """Read tags and comments in running text, one in each span."""
        for start, end in spans:
            self.covered_spans.append((start, end))
            is_tag = not self.source.data.startswith((b"<!", b"<?"), start)
            if is_tag and start >= self._code_until:
                for tag in iter_tags(self.source.data, start, end):
                    self._read_tag(tag, self.locations.block_end(start))

    def read_block(self, start: int, end: int, dialect: Dialect) -> MarkdownContent | None:
        """Read one block of raw HTML.

        Returns:
            The Markdown inside the block, or None if the dialect reads none there.
        """
        data = self.source.data
        unread = list(excluded_spans(data, start, end))
        visible = UncoveredOffsets(unread)
        for tag in iter_tags(data, start, end):
            if visible.contains(tag.start):
                self._read_tag(tag, end)
                unread.append((tag.start, tag.end))
        self.covered_spans += unread
        if dialect is not Dialect.MKDOCS:
            self.covered_spans.append((start, end))
            return None
        masked = bytearray(data[start:end])
        # With a full stop, text behind a tag is not indented; with spaces, words stay separate.
        for first, last in unread:
            masked[first - start : last - start] = b"." + b" " * (last - first - 1)
        return read_markdown(
            self.source, mask_indentation(bytes(masked)), start, self.locations.at(start)
        )

    def _read_tag(self, tag: Tag, limit: int) -> None:
        """Add the links and anchors of a tag.

        Args:
            tag: The tag.
            limit: The offset up to which its end tag is searched for.
        """
        self.anchors += tag.anchors
        end, text = tag.end, ""
        has_code = tag.name in _CODE_ELEMENTS
        is_link = tag.name == "a" and bool(tag.urls)
        if not tag.is_closing and (has_code or is_link):
            search_end = min(limit, tag.end + _MAX_ELEMENT_BYTES)
            closing = find_closing_tag(self.source.data, tag, search_end)
            if closing >= 0:
                self.covered_spans.append((tag.start, closing))
                end = closing
                if has_code:
                    self._code_until = closing
                else:
                    text = _MARKUP.sub("", self.source.text_between(tag.end, closing)).strip()
        location, markup = self.locations.at(tag.start), (tag.start, end)
        for start, stop, value in tag.urls:
            link = RawLink(start, stop, value, CitationKind.HTML, location, markup)
            link.text, link.title = text, tag.title
            if not text:  # the title stands for the text
                link.text, link.title = tag.title, ""
            if tag.name == "a":
                link.named_original = tag.original
            self.raw_links.append(link)
        for start, stop, value in tag.copies:
            link = RawLink(start, stop, value, CitationKind.HTML, location, markup)
            self.raw_links.append(link)
