"""Read and fix Obsidian canvases: JSON with Markdown in text cards, URLs and files in others.

The format is https://jsoncanvas.org/spec/1.0/. Labels are plain text and cite nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from crawler.pages.dialect import Dialect
from crawler.pages.embedded import (
    EmbeddedFixWriter,
    EmbeddedPage,
    EmbeddedText,
    add_embedded,
    read_embedded,
)
from crawler.pages.fix_edits import BasicFixWriter
from crawler.pages.formats.markdown import MarkdownReader
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
from crawler.pages.raw_links import Location, RawLink
from crawler.pages.source_text import SourceText
from store.vocabulary import Citation, CitationKind, Page
from store.vocabulary.fixes import CitationFix, FixWriter, MirrorStyle, PlannedFix

_OPTIONS = ReadOptions(dialect=Dialect.COMMONMARK)  # as Obsidian reads its notes


class CanvasReader(FormatReader):
    """Read Obsidian canvases."""

    name: ClassVar[str] = "canvas"
    title: ClassVar[str] = "Canvas"
    suffixes: ClassVar[frozenset[str]] = frozenset([".canvas"])
    ignore_mark: ClassVar[None] = None  # each card has its own

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add what a canvas has to its record.

        Raises:
            PageSyntaxError: It is no canvas.
        """
        del options
        nodes, offsets = _nodes(source), ByteOffsets(source)
        for card in _text_cards(source, nodes, builder.path, offsets):
            add_embedded(builder, card, lambda citation: citation.section)
        builder.anchors = ()  # no link leads into a card
        for node in nodes:
            builder.add_links(_node_links(node, offsets))

    def fix_writer(self, text: bytes, page: Page, word: str) -> FixWriter:
        """Return what writes the fixes of one page."""
        source = SourceText(text.decode(errors="replace"))
        cards = list(_text_cards(source, _nodes(source), page.path, ByteOffsets(source)))
        return _CanvasFixWriter(EmbeddedFixWriter(text, cards, word))


class _CanvasFixWriter(BasicFixWriter):
    """Write fixes on a canvas: in text cards as in Markdown, elsewhere in place of the URL."""

    def __init__(self, cards: EmbeddedFixWriter) -> None:
        self._cards = cards

    def write(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return a fix written in a style, or in the nearest one that the format has.

        Raises:
            UnsupportedMarkupError: The fix cannot be written there.
        """
        if self._cards.contains(planned.citation):
            return self._cards.write(planned, style)
        return super().write(planned, style)

    def written_url(self, url: str, citation: Citation) -> str:
        """Return a URL as it is written in a JSON string."""
        del citation
        return json_escaped(url)


def _nodes(source: SourceText) -> list[dict[str, Any]]:
    """Return the nodes of a canvas. An empty file is a canvas without nodes.

    Raises:
        PageSyntaxError: It is no canvas.
    """
    if not source.text.strip("\ufeff \t\r\n"):
        return []
    try:
        canvas = parse_json(source.text)
    except JsonSyntaxError as error:
        line = source.text.count("\n", 0, error.index) + 1
        raise PageSyntaxError(str(error), line) from error
    if not isinstance(canvas, dict):
        raise PageSyntaxError("it is no canvas: its JSON is no object", 1)
    nodes = canvas.get("nodes", [])
    if not isinstance(nodes, list):
        raise PageSyntaxError("it is no canvas: its nodes are no list", 1)
    return [node for node in nodes if isinstance(node, dict)]


def _text_cards(
    source: SourceText, nodes: list[dict[str, Any]], path: str, offsets: ByteOffsets
) -> Iterator[EmbeddedPage]:
    reader = MarkdownReader()
    for node in nodes:
        strings = texts_of(node.get("text")) if node.get("type") == "text" else ()
        text = EmbeddedText(source, strings, offsets, is_list=False)
        if text.length:
            yield read_embedded(reader, text, path, _OPTIONS)


def _node_links(node: dict[str, Any], offsets: ByteOffsets) -> Iterator[RawLink]:
    """Yield the URL of a link card, the file of a file card, the background of a group."""
    url, file, background = (node.get(key) for key in ("url", "file", "background"))
    if isinstance(url, JsonText):
        yield _link(url, str(url).strip(), offsets)
    for each in (file, background):
        if isinstance(each, JsonText):
            subpath = node.get("subpath") if each is file else None
            link = _link(each, each + subpath if isinstance(subpath, str) else str(each), offsets)
            link.is_wikilink, link.text = True, str(each)
            yield link


def _link(written: JsonText, target: str, offsets: ByteOffsets) -> RawLink:
    span = offsets.at(written.start), offsets.at(written.end)
    return RawLink(*span, target, CitationKind.INLINE, Location(block=span[0]), span)
