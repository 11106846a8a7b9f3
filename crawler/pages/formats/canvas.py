"""Read and fix Obsidian canvases: JSON in which text cards contain Markdown.

Link cards contain a URL, file cards the path of a file. Labels are plain text and cite nothing.
The format is https://jsoncanvas.org/spec/1.0/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from crawler.pages.dialect import Dialect
from crawler.pages.embedded.fix_writer import EmbeddedFixWriter
from crawler.pages.embedded.pages import (
    EmbeddedPage,
    EmbeddedPageReader,
    add_embedded,
    read_json,
)
from crawler.pages.fixes.basic_fix_writer import BasicFixWriter
from crawler.pages.formats.markdown import MarkdownReader
from crawler.pages.interface import FormatReader, PageSyntaxError, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import Location, RawLink
from crawler.pages.source.json_strings import JsonString, json_escaped
from crawler.pages.source.source_text import ByteOffsets, SourceText
from store.vocabulary import Citation, CitationKind, Page
from store.vocabulary.fixes import CitationFix, FixWriter, MirrorStyle, PlannedFix

_OPTIONS = ReadOptions(dialect=Dialect.OBSIDIAN)  # as Obsidian reads its notes


class CanvasReader(FormatReader):
    """Read Obsidian canvases."""

    name: ClassVar[str] = "canvas"
    title: ClassVar[str] = "Canvas"
    suffixes: ClassVar[frozenset[str]] = frozenset([".canvas"])
    ignore_mark: ClassVar[None] = None  # each card has its own

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add the links and warnings of a canvas to its record.

        Raises:
            PageSyntaxError: The file is not a canvas.
        """
        del options
        nodes, offsets = _nodes(source), ByteOffsets(source)
        for card in _text_cards(source, nodes, builder.path, offsets):
            # A card has no headings above it: a citation keeps the section within its card.
            add_embedded(builder, card, lambda citation: citation.section)
        builder.anchors = ()  # links cannot point to a heading in a card
        for node in nodes:
            builder.add_links(_node_links(node, offsets))

    def fix_writer(self, text: bytes, page: Page, link_text: str) -> FixWriter:
        """Return the writer of one page's fixes."""
        source = SourceText(text.decode(errors="replace"))
        cards = list(_text_cards(source, _nodes(source), page.path, ByteOffsets(source)))
        return _CanvasFixWriter(EmbeddedFixWriter(text, cards, link_text))


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
        PageSyntaxError: The file is not a canvas.
    """
    if not source.text.strip("\ufeff \t\r\n"):
        return []
    canvas = read_json(source)
    if not isinstance(canvas, dict):
        raise PageSyntaxError("it is not a canvas: its JSON is not an object", 1)
    nodes = canvas.get("nodes", [])
    if not isinstance(nodes, list):
        raise PageSyntaxError("it is not a canvas: its nodes are not a list", 1)
    return [node for node in nodes if isinstance(node, dict)]


def _text_cards(
    source: SourceText, nodes: list[dict[str, Any]], path: str, offsets: ByteOffsets
) -> Iterator[EmbeddedPage]:
    """Yield the text cards as read."""
    cards = EmbeddedPageReader(source, path, MarkdownReader(), _OPTIONS, offsets)
    for node in nodes:
        if node.get("type") == "text" and (card := cards.read(node.get("text"))):
            yield card


def _node_links(node: dict[str, Any], offsets: ByteOffsets) -> Iterator[RawLink]:
    """Yield the URL of a link card, the file of a file card, the background of a group."""
    url, file, background = node.get("url"), node.get("file"), node.get("background")
    if isinstance(url, JsonString):
        yield _link(url, str(url).strip(), offsets)
    if isinstance(file, JsonString):
        subpath = node.get("subpath")  # `#` and a heading
        yield _file_link(file, subpath if isinstance(subpath, str) else "", offsets)
    if isinstance(background, JsonString):
        yield _file_link(background, "", offsets)


def _file_link(path: JsonString, subpath: str, offsets: ByteOffsets) -> RawLink:
    """Return the link to a file of the vault, whose text is the path without its subpath."""
    link = _link(path, f"{path}{subpath}", offsets)
    link.is_wikilink, link.text = True, str(path)
    return link


def _link(written: JsonString, target: str, offsets: ByteOffsets) -> RawLink:
    """Return the link to a target that is written as a JSON string."""
    span = offsets.at(written.start), offsets.at(written.end)
    return RawLink(*span, target, CitationKind.INLINE, Location(block=span[0]), span)
