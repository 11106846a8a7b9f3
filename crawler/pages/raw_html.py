"""Raw HTML inside Markdown: what its attributes point to, what its text hides, and the Markdown between its tags."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.pages.dialect import Dialect
from crawler.pages.html_tags import Tag, closing_tag, hidden, tags
from crawler.pages.intervals import Uncovered
from crawler.pages.markdown import MarkdownContent, flatten, read_markdown
from crawler.pages.raw_links import Locations, RawLink
from crawler.pages.source_text import Source
from store.vocabulary import CitationKind

_REACH = 4096  # bytes in which a tag's closing tag is looked for
_MARKUP = re.compile(r"<[^<>]*>|[*_`]+")
_OPAQUE = frozenset(["code", "pre", "script", "style", "kbd", "samp", "textarea"])


class RawHtml:
    """The raw HTML of one page: `found` in its attributes, `covered` where no URL is to be read, `anchors` it defines."""

    def __init__(self, source: Source, places: Locations) -> None:
        self.source, self.places = source, places
        self.found: list[RawLink] = []
        self.covered: list[tuple[int, int]] = []
        self.anchors: list[str] = []
        self._silent_until = 0

    def read_inline(self, spans: Iterable[tuple[int, int]]) -> None:
        """Read tags and comments that stand in running text, one to a span."""
        for start, end in spans:
            self.covered.append((start, end))
            if start >= self._silent_until and not self.source.data.startswith(
                (b"<!", b"<?"), start
            ):
                for tag in tags(self.source.data, start, end):
                    self._read_tag(tag, self.places.block_end(start))

    def read_block(self, start: int, end: int, dialect: Dialect) -> MarkdownContent | None:
        """Read one block of raw HTML; what Markdown says inside it is returned where the dialect reads that too."""
        data = self.source.data
        unread = list(hidden(data, start, end))
        visible = Uncovered(unread)
        for tag in tags(data, start, end):
            if visible.holds(tag.start):
                self._read_tag(tag, end)
                unread.append((tag.start, tag.end))
        self.covered += unread
        if dialect is Dialect.COMMONMARK:
            self.covered.append((start, end))
            return None
        masked = bytearray(data[start:end])
        for (
            first,
            last,
        ) in unread:  # one full stop, so that nothing becomes indented, and spaces: the words around stay what they are
            masked[first - start : last - start] = b"." + b" " * (last - first - 1)
        return read_markdown(self.source, flatten(bytes(masked)), start, self.places.at(start))

    def _read_tag(self, tag: Tag, limit: int) -> None:
        self.anchors += tag.anchors
        end, text = tag.end, ""
        if not tag.closing and (tag.name in _OPAQUE or (tag.name == "a" and tag.pointers)):
            closing = closing_tag(self.source.data, tag, min(limit, tag.end + _REACH))
            if closing >= 0:
                self.covered.append((tag.start, closing))
                end = closing
                if tag.name in _OPAQUE:
                    self._silent_until = closing
                else:
                    text = _MARKUP.sub("", self.source.slice(tag.end, closing)).strip()
        place = self.places.at(tag.start)
        for start, stop, value in tag.pointers:
            title = tag.title if text else ""
            self.found.append(
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
