"""Raw HTML inside Markdown: what its attributes point to, what its text hides, and the Markdown between its tags."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.pages.dialect import Dialect
from crawler.pages.html_tags import Tag, find_closing_tag, hidden_spans, iter_tags
from crawler.pages.intervals import UncoveredOffsets
from crawler.pages.markdown import MarkdownContent, mask_indentation, read_markdown
from crawler.pages.raw_links import Locations, RawLink
from crawler.pages.source_text import SourceText
from store.vocabulary import CitationKind

_REACH = 4096  # bytes in which a tag's closing tag is looked for
_MARKUP = re.compile(r"<[^<>]*>|[*_`]+")
_OPAQUE = frozenset(["code", "pre", "script", "style", "kbd", "samp", "textarea"])


class RawHtmlReader:
    """The raw HTML of one page: `found` in its attributes, `covered` where no URL is to be read, `anchors` it defines."""

    def __init__(self, source: SourceText, places: Locations) -> None:
        self.source, self.locations = source, places
        self.raw_links: list[RawLink] = []
        self.covered_spans: list[tuple[int, int]] = []
        self.anchors: list[str] = []
        self._silent_until = 0

    def read_inline(self, spans: Iterable[tuple[int, int]]) -> None:
        """Read tags and comments that stand in running text, one to a span."""
        for start, end in spans:
            self.covered_spans.append((start, end))
            if start >= self._silent_until and not self.source.data.startswith(
                (b"<!", b"<?"), start
            ):
                for tag in iter_tags(self.source.data, start, end):
                    self._read_tag(tag, self.locations.block_end(start))

    def read_block(self, start: int, end: int, dialect: Dialect) -> MarkdownContent | None:
        """Read one block of raw HTML; what Markdown says inside it is returned where the dialect reads that too."""
        data = self.source.data
        unread = list(hidden_spans(data, start, end))
        visible = UncoveredOffsets(unread)
        for tag in iter_tags(data, start, end):
            if visible.contains(tag.start):
                self._read_tag(tag, end)
                unread.append((tag.start, tag.end))
        self.covered_spans += unread
        if dialect is Dialect.COMMONMARK:
            self.covered_spans.append((start, end))
            return None
        masked = bytearray(data[start:end])
        for (
            first,
            last,
        ) in unread:  # one full stop, so that nothing becomes indented, and spaces: the words around stay what they are
            masked[first - start : last - start] = b"." + b" " * (last - first - 1)
        return read_markdown(self.source, mask_indentation(bytes(masked)), start, self.locations.at(start))

    def _read_tag(self, tag: Tag, limit: int) -> None:
        self.anchors += tag.anchors
        end, text = tag.end, ""
        if not tag.is_closing and (tag.name in _OPAQUE or (tag.name == "a" and tag.urls)):
            closing = find_closing_tag(self.source.data, tag, min(limit, tag.end + _REACH))
            if closing >= 0:
                self.covered_spans.append((tag.start, closing))
                end = closing
                if tag.name in _OPAQUE:
                    self._silent_until = closing
                else:
                    text = _MARKUP.sub("", self.source.text_between(tag.end, closing)).strip()
        place = self.locations.at(tag.start)
        for start, stop, value in tag.urls:
            title = tag.title if text else ""
            self.raw_links.append(
                RawLink(
                    start,
                    stop,
                    value,
                    CitationKind.HTML,
                    place,
                    (tag.start, end),
                    text or tag.title,
                    title,
                )
            )
