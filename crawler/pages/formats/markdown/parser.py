"""Read Markdown with pyromark (pulldown-cmark): links, images, headings and page structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import pyromark

from crawler.pages.anchors import Heading
from crawler.pages.formats.markdown.content import MarkdownContent
from crawler.pages.formats.markdown.link_destination import locate_destination
from crawler.pages.raw_links import Location, LocationIndex, RawLink
from crawler.pages.source.bare_urls import unescape_entities
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind

OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
)
_REFERENCES = frozenset(["Reference", "Collapsed", "Shortcut"])


def read_markdown(
    source: SourceText, text: str, offset: int = 0, location: Location | None = None
) -> MarkdownContent:
    """Return the content of a Markdown text.

    Args:
        source: The page.
        text: The page from `offset` on; parts may be replaced by other text of the same length.
        offset: The byte offset at which the text begins on the page.
        location: The structure around a text within the page (a block of raw HTML). None: the text
            is the page.
    """
    reader = _EventReader(source, offset, location or Location(end=len(source.data)))
    if location is not None:
        # Numbers that no block of the page has: a page has fewer blocks than bytes.
        reader.blocks = len(source.data) + offset
    reader.read(pyromark.events_with_range(text, options=OPTIONS))
    return reader.content


@dataclass(slots=True)
class _Open:
    """A heading, link or image whose text is being read.

    Attributes:
        tag: `Heading`, `Link` or `Image`.
        detail: What the parser reports of it, such as `dest_url` or `level`.
        first_piece: The index of its text's first piece in `_EventReader.pieces`.
    """

    tag: str
    detail: dict[str, Any]
    first_piece: int


# A method that handles one kind of event. It gets the reader, the detail of the event, and the
# byte offsets of its start and end.
_Handler: TypeAlias = "Callable[[_EventReader, Any, int, int], None]"


class _EventReader:
    """Read the events of the parser in one pass.

    Attributes:
        location: The structure around the current event.
        content: What was read so far.
        open: The heading, links and images being read, the outermost first.
        pieces: The pieces of their text. Those of one that is in another are kept only once:
            thousands of images may be within each other.
        inner_end: The offset at which the text of the innermost one ends so far.
        outer: The locations around the current one, the outermost first.
        above: The headings that the current event is under, the outermost first.
        blocks: Number of the latest block.
    """

    def __init__(self, source: SourceText, offset: int, location: Location) -> None:
        self.data, self.offset, self.location = source.data, offset, location
        self.content = MarkdownContent(LocationIndex(offset, location))
        self.open: list[_Open] = []
        self.pieces: list[str] = []
        self.inner_end = 0
        self.outer: list[Location] = []
        self.above: list[Heading] = []
        self.blocks = 0

    def read(self, events: Any) -> None:
        """Read every event. Text outside links and headings is most common and tested first."""
        starts, ends, offset, opened = self.STARTS, self.ENDS, self.offset, self.open
        for event, span in events:
            if event.__class__ is str:
                if opened:
                    self.add_text(" ", span["end"] + offset)  # a break separates words
            elif "Text" in event:
                if opened:
                    self.add_text(event["Text"], span["end"] + offset)
            else:
                handlers, tag, detail = starts, event.get("Start"), None
                if tag is None:
                    handlers, tag = ends, event.get("End")
                if tag is None:  # neither: code or inline HTML
                    ((tag, detail),) = event.items()
                    handlers = starts
                elif tag.__class__ is dict:
                    ((tag, detail),) = tag.items()
                if tag in handlers:
                    handlers[tag](self, detail, span["start"] + offset, span["end"] + offset)

    def add_text(self, text: str, end: int) -> None:
        """Add a piece of text to the headings, links and images being read."""
        if self.open:
            self.pieces.append(text)
            self.inner_end = end

    def begin_text(self, tag: str, detail: dict[str, Any], start: int) -> None:
        """Begin a heading, link or image, whose text begins at an offset."""
        if not self.open:
            self.pieces = []
        self.open.append(_Open(tag, detail, len(self.pieces)))
        self.inner_end = start

    def text_of(self, opened: _Open) -> str:
        """Return the text of a heading, link or image up to the current event."""
        return "".join(self.pieces[opened.first_piece :]).strip()

    def read_code(self, text: str, start: int, end: int) -> None:
        """Read code in running text."""
        self.content.code_spans.append((start, end))
        self.add_text(text, end)

    def read_html(self, _tag: str, start: int, end: int) -> None:
        """Read a tag or comment in running text."""
        self.content.inline_html_spans.append((start, end))
        self.add_text("", end)

    def enter(self, location: Location, start: int) -> None:
        """Begin a structure that has a location of its own."""
        self.outer.append(self.location)
        self.location = location
        self.content.locations.add(start, location)

    def leave(self, _detail: Any, _start: int, end: int) -> None:
        """End a structure that has a location of its own."""
        section = self.location.section
        self.location = self.outer.pop()
        if section is not self.location.section:  # a heading in a quotation applies after it too
            self.location = self.location._replace(section=section)
        self.content.locations.add(end, self.location)

    def start_leaf(self, detail: Any, start: int, end: int) -> None:
        """Begin a block that contains text only."""
        self.content.leaf_spans.append((start, end))
        self.start_block(detail, start, end)

    def start_block(self, _detail: Any, start: int, end: int) -> None:
        """Begin a block, which gets a number unless it is inside a list item or footnote."""
        location = self.location
        if not location.is_single_unit:
            self.blocks += 1
            self.location = Location(
                location.section,
                location.quoted,
                location.footnote,
                block=self.blocks,
                is_single_unit=False,
                end=end,
            )
            self.content.locations.add(start, self.location)

    def start_item(self, _detail: Any, start: int, end: int) -> None:
        """Begin a list item."""
        self.blocks += 1
        location = self.location
        # `mark_indented_blocks` turned admonitions into list items for the parser.
        quoted = location.quoted or self.data.startswith((b"!!!", b"???"), start)
        item = Location(
            location.section,
            quoted,
            location.footnote,
            block=self.blocks,
            is_single_unit=True,
            end=end,
        )
        self.enter(item, start)

    def start_footnote(self, label: Any, start: int, end: int) -> None:
        """Begin a footnote definition."""
        self.blocks += 1
        self.content.footnotes.append((label, start))
        self.enter(
            self.location._replace(block=self.blocks, is_single_unit=True, end=end, footnote=label),
            start,
        )

    def start_quote(self, _detail: Any, start: int, end: int) -> None:
        """Begin a quotation."""
        if self.location.is_single_unit:
            end = min(end, self.location.end)
        self.enter(self.location._replace(quoted=True, end=end), start)

    def start_heading(self, detail: Any, start: int, end: int) -> None:
        """Begin a heading, whose text is read."""
        self.begin_text("Heading", detail, start)
        self.start_leaf(None, start, end)

    def end_heading(self, _detail: Any, _start: int, end: int) -> None:
        """End a heading; what follows belongs to its section."""
        opened = self.open.pop()
        heading = Heading(self.text_of(opened), int(opened.detail["level"][1]), opened.detail["id"])
        self.content.headings.append(heading)
        outer = [each for each in self.above if each.level < heading.level]
        self.above = [*outer, heading]
        self.location = self.location._replace(section=tuple(each.text for each in self.above))
        self.content.locations.add(end, self.location)

    def start_code(self, detail: Any, start: int, end: int) -> None:
        """Read a block of code."""
        if detail == "Indented":
            around = (*self.outer, self.location)
            items = {location.block for location in around if location.is_single_unit}
            self.content.indented_code.append((start, end, len(items)))
        else:
            self.content.code_spans.append((start, end))

    def start_html(self, _detail: Any, start: int, end: int) -> None:
        """Begin a block of raw HTML."""
        self.content.html_spans.append((start, end))
        self.start_leaf(None, start, end)

    def start_link(self, detail: Any, start: int, _end: int) -> None:
        """Begin a link, whose text is read."""
        self.begin_text("Link", detail, start + 1)

    def start_image(self, detail: Any, start: int, _end: int) -> None:
        """Begin an image, whose description is read."""
        self.begin_text("Image", detail, start + 1)

    def end_link(self, _detail: Any, start: int, end: int) -> None:
        """Add the link that ends."""
        self.close_link(start, end, CitationKind.INLINE)

    def end_image(self, _detail: Any, start: int, end: int) -> None:
        """Add the image that ends."""
        self.close_link(start, end, CitationKind.IMAGE)

    def close_link(self, start: int, end: int, kind: CitationKind) -> None:
        """Add the link or image that ends."""
        link = self.open.pop()
        text_end, self.inner_end = self.inner_end, end
        self.content.link_spans.append((start, end))
        if any(outer.tag == "Image" for outer in self.open):
            return  # links in the description of an image are text
        url, link_type = link.detail["dest_url"], link.detail["link_type"]
        text, title = self.text_of(link), link.detail["title"]
        found = RawLink(start, end, url, kind, self.location, (start, end), text, title)
        if link_type in _REFERENCES:
            if kind is not CitationKind.IMAGE:
                found.kind = CitationKind.REFERENCE
            self.content.reference_uses.append((link.detail["id"], found))
            return
        if link_type in {"Autolink", "Email"}:
            found.kind, found.text = CitationKind.AUTOLINK, ""
            found.start, found.end = start + 1, end - 1
            # The parser leaves entities, which CommonMark resolves here too (6.5, 2.5), and bars
            # that are escaped because they are in a table (GFM 4.10).
            url = url.replace("\\|", "|")
            found.url = f"mailto:{url}" if link_type == "Email" else unescape_entities(url)
        else:
            found.start, found.end = locate_destination(self.data, text_end, end, url)
        self.content.raw_links.append(found)

    # The handlers of events, by the name of the event's tag
    STARTS: ClassVar[dict[str, _Handler]] = {
        "Code": read_code,
        "InlineHtml": read_html,
        "Paragraph": start_leaf,
        "Table": start_leaf,
        "TableHead": start_block,
        "TableRow": start_block,
        "Heading": start_heading,
        "Item": start_item,
        "FootnoteDefinition": start_footnote,
        "BlockQuote": start_quote,
        "CodeBlock": start_code,
        "HtmlBlock": start_html,
        "Link": start_link,
        "Image": start_image,
    }
    ENDS: ClassVar[dict[str, _Handler]] = {
        "Heading": end_heading,
        "Item": leave,
        "FootnoteDefinition": leave,
        "BlockQuote": leave,
        "Link": end_link,
        "Image": end_image,
    }
