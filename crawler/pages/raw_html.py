"""Raw HTML inside Markdown: what its attributes point to, what its text hides, and the Markdown between its tags."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.pages.dialect import Dialect
from crawler.pages.found import Found, Places
from crawler.pages.markdown import Reading, flatten, read_markdown
from crawler.pages.source import Source
from crawler.pages.tags import Tag, hidden, tags
from store.vocabulary import CitationKind

_REACH = 4096  # bytes in which a tag's closing tag is looked for
_MARKUP = re.compile(r"<[^<>]*>|[*_`]+")
_OPAQUE = frozenset(["code", "pre", "script", "style", "kbd", "samp", "textarea"])


class RawHtml:
    """The raw HTML of one page: `found` in its attributes, `covered` where no URL is to be read, `anchors` it defines."""

    def __init__(self, source: Source, places: Places) -> None:
        self.source, self.places = source, places
        self.found: list[Found] = []
        self.covered: list[tuple[int, int]] = []
        self.anchors: list[str] = []

    def read_inline(self, spans: Iterable[tuple[int, int]]) -> None:
        """Read tags and comments that stand in running text, one to a span."""
        for start, end in spans:
            self.covered.append((start, end))
            for tag in tags(self.source.data, start, end):
                self._read_tag(tag, self.places.block_end(start))

    def read_block(self, start: int, end: int, dialect: Dialect) -> Reading | None:
        """Read one block of raw HTML; what Markdown says inside it is returned where the dialect reads that too."""
        data = self.source.data
        silent = list(hidden(data, start, end))
        self.covered += silent
        masked = bytearray(data[start:end])
        for first, last in silent:
            _blank(masked, first - start, last - start)
        for tag in tags(bytes(masked), 0, end - start):
            self.covered.append((tag.start + start, tag.end + start))
            _blank(masked, tag.start, tag.end)
        for tag in tags(data, start, end):
            if not any(first <= tag.start < last for first, last in silent) or tag.name == "pre":
                self._read_tag(tag, end)
        if dialect is Dialect.COMMONMARK:
            self.covered.append((start, end))
            return None
        return read_markdown(self.source, flatten(bytes(masked)), start, self.places.at(start))

    def _read_tag(self, tag: Tag, limit: int) -> None:
        self.anchors += tag.anchors
        data, end, text = self.source.data, tag.end, ""
        if not tag.closing and (tag.name == "a" or tag.name in _OPAQUE):
            closing = data.find(f"</{tag.name}".encode(), tag.end, min(limit, tag.end + _REACH))
            if closing >= 0 and (tag.pointers or tag.name in _OPAQUE):
                text = _MARKUP.sub("", self.source.slice(tag.end, closing)).strip()
                self.covered.append((tag.start, closing))
                end = closing
        for start, stop, value in tag.pointers:
            self.found.append(
                Found(
                    start,
                    stop,
                    value,
                    CitationKind.HTML,
                    self.places.at(tag.start),
                    (tag.start, end),
                    text or tag.title,
                    tag.title if text else "",
                )
            )


def _blank(masked: bytearray, start: int, end: int) -> None:
    """Overwrite a tag so that the parser sees the words around it: one full stop, so that nothing becomes indented, and spaces."""
    masked[start:end] = b"." + b" " * (end - start - 1)
