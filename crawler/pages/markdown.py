"""Reads Markdown with pyromark (pulldown-cmark): every link and image, and what else the page is made of.

The parser gives the range of a whole link; the range of its destination is found here, inside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyromark

from crawler.pages.raw_links import Location, Locations, RawLink
from crawler.pages.source_text import SourceText
from store.vocabulary import CitationKind

OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
)
_DESTINATION = re.compile(rb"\]\(\s*(?:>\s*)*(?:<([^>\n]*)>|([^\s)][^\s]*))")
_INDENT = re.compile(rb"^[ \t]+", re.MULTILINE)
_REFERENCES = frozenset(["Reference", "Collapsed", "Shortcut"])


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its text without markup and the id its author gave it."""

    text: str
    level: int
    id: str | None


@dataclass(slots=True)
class MarkdownContent:
    """What the parser saw. Spans are pairs of offsets."""

    locations: Locations
    raw_links: list[RawLink] = field(default_factory=list)
    reference_uses: list[tuple[str, RawLink]] = field(
        default_factory=list
    )  # label as written, and the use; its offsets are those of the use
    code_spans: list[tuple[int, int]] = field(default_factory=list)
    indented_code: list[tuple[int, int, int]] = field(
        default_factory=list
    )  # with the number of lists and footnotes around it
    link_spans: list[tuple[int, int]] = field(default_factory=list)
    html_spans: list[tuple[int, int]] = field(default_factory=list)
    inline_html_spans: list[tuple[int, int]] = field(default_factory=list)
    leaf_spans: list[tuple[int, int]] = field(default_factory=list)
    footnotes: list[tuple[str, int]] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)

    def merge(self, nested: MarkdownContent) -> None:
        """Add what was read of a text within the page."""
        self.raw_links += nested.raw_links
        self.reference_uses += nested.reference_uses
        self.code_spans += nested.code_spans
        self.link_spans += nested.link_spans
        self.headings += nested.headings


def read_markdown(
    source: SourceText, text: str, offset: int = 0, location: Location | None = None
) -> MarkdownContent:
    """Read `text`, which stands at `offset` in `source` byte for byte (but for what was masked).

    `place` is where it stands if it is a text within the page: a block of raw HTML, say.
    """
    walk = _EventReader(source, offset, location or Location(end=len(source.data)))
    if (
        location is not None
    ):  # a text within the page counts its blocks where no other can: a page has fewer blocks than bytes
        walk.blocks = len(source.data) + offset
    walk.through(pyromark.events_with_range(text, options=OPTIONS))
    return walk.reading


def mask_indentation(data: bytes) -> str:
    r"""Text without indentation: a full stop begins each indented line, so that none is taken for code. Its length stays.

    >>> flatten(b"a\n    b")
    'a\n.   b'
    """
    return _INDENT.sub(lambda indent: b"." + b" " * (len(indent[0]) - 1), data).decode(
        errors="replace"
    )


@dataclass(slots=True)
class _Open:
    """A heading, link or image whose text is being read."""

    tag: str
    detail: dict[str, Any]
    inner_end: int
    parts: list[str] = field(default_factory=list)


class _EventReader:
    """One pass over the parser's events, keeping track of where on the page we are."""

    def __init__(self, source: SourceText, offset: int, place: Location) -> None:
        self.data, self.offset, self.place = source.data, offset, place
        self.reading = MarkdownContent(Locations(offset, place))
        self.open: list[_Open] = []  # the heading, links and images being read, the outermost first
        self.outer: list[Location] = []
        self.above: list[
            Heading
        ] = []  # the headings that what is read stands under, the widest first
        self.blocks = 0

    def through(self, events: Any) -> None:
        """Visit every event; what the page has most of, text outside links and headings, comes first and costs least."""
        starts, ends, offset, opened = self.STARTS, self.ENDS, self.offset, self.open
        for event, span in events:
            if event.__class__ is str:
                if opened:
                    self.add_text(" ", span["end"] + offset)  # a break separates words
            elif "Text" in event:
                if opened:
                    self.add_text(event["Text"], span["end"] + offset)
            else:
                handlers, tag = starts, event.get("Start")
                if tag is None:
                    handlers, tag = ends, event.get("End")
                if tag is None:
                    ((tag, detail),) = event.items()
                    handlers = starts
                elif tag.__class__ is dict:
                    ((tag, detail),) = tag.items()
                else:
                    detail = None
                if tag in handlers:
                    handlers[tag](self, detail, span["start"] + offset, span["end"] + offset)

    def add_text(self, text: str, end: int) -> None:
        for each in self.open:
            each.parts.append(text)
            each.inner_end = end

    def read_code(self, text: str, start: int, end: int) -> None:
        self.reading.code_spans.append((start, end))
        self.add_text(text, end)

    def read_html(self, _tag: str, start: int, end: int) -> None:
        self.reading.inline_html_spans.append((start, end))
        self.add_text("", end)

    def enter(self, place: Location, start: int) -> None:
        self.outer.append(self.place)
        self.place = place
        self.reading.locations.add(start, place)

    def leave(self, _detail: Any, _start: int, end: int) -> None:
        section = self.place.section
        self.place = self.outer.pop()
        if section is not self.place.section:  # a heading inside a quotation goes on behind it
            self.place = self.place._replace(section=section)
        self.reading.locations.add(end, self.place)

    def start_leaf(self, detail: Any, start: int, end: int) -> None:
        self.reading.leaf_spans.append((start, end))
        self.start_block(detail, start, end)

    def start_block(self, _detail: Any, start: int, end: int) -> None:
        place = self.place
        if not place.whole:
            self.blocks += 1
            self.place = Location(
                place.section, place.quoted, place.footnote, self.blocks, False, end
            )
            self.reading.locations.add(start, self.place)

    def start_item(self, _detail: Any, start: int, end: int) -> None:
        self.blocks += 1
        place = self.place
        quoted = place.quoted or self.data.startswith(
            (b"!!!", b"???"), start
        )  # an admonition, marked as an item for the parser
        self.enter(Location(place.section, quoted, place.footnote, self.blocks, True, end), start)

    def start_footnote(self, label: Any, start: int, end: int) -> None:
        self.blocks += 1
        self.reading.footnotes.append((label, start))
        self.enter(
            self.place._replace(block=self.blocks, whole=True, end=end, footnote=label), start
        )

    def start_quote(self, _detail: Any, start: int, end: int) -> None:
        self.enter(
            self.place._replace(
                quoted=True, end=min(end, self.place.end) if self.place.whole else end
            ),
            start,
        )

    def start_heading(self, detail: Any, start: int, end: int) -> None:
        self.open.append(_Open("Heading", detail, start))
        self.start_leaf(None, start, end)

    def end_heading(self, _detail: Any, _start: int, end: int) -> None:
        opened = self.open.pop()
        heading = Heading(
            "".join(opened.parts).strip(), int(opened.detail["level"][1]), opened.detail["id"]
        )
        self.reading.headings.append(heading)
        self.above = [*(each for each in self.above if each.level < heading.level), heading]
        self.place = self.place._replace(section=tuple(each.text for each in self.above))
        self.reading.locations.add(end, self.place)

    def start_code(self, detail: Any, start: int, end: int) -> None:
        if detail == "Indented":
            depth = len({place.block for place in (*self.outer, self.place) if place.whole})
            self.reading.indented_code.append((start, end, depth))
        else:
            self.reading.code_spans.append((start, end))

    def start_html(self, _detail: Any, start: int, end: int) -> None:
        self.reading.html_spans.append((start, end))
        self.start_leaf(None, start, end)

    def start_link(self, detail: Any, start: int, _end: int) -> None:
        self.open.append(_Open("Link", detail, start + 1))

    def start_image(self, detail: Any, start: int, _end: int) -> None:
        self.open.append(_Open("Image", detail, start + 1))

    def end_link(self, _detail: Any, start: int, end: int) -> None:
        self.close_link(start, end, CitationKind.INLINE)

    def end_image(self, _detail: Any, start: int, end: int) -> None:
        self.close_link(start, end, CitationKind.IMAGE)

    def close_link(self, start: int, end: int, kind: CitationKind) -> None:
        link = self.open.pop()
        self.reading.link_spans.append((start, end))
        for outer in self.open:
            outer.inner_end = end
        if any(outer.tag == "Image" for outer in self.open):
            return  # an image's description is text, whatever is written in it
        url, link_type = link.detail["dest_url"], link.detail["link_type"]
        found = RawLink(
            start,
            end,
            url,
            kind,
            self.place,
            (start, end),
            "".join(link.parts).strip(),
            link.detail["title"],
        )
        if link_type in _REFERENCES:
            found.kind = kind if kind is CitationKind.IMAGE else CitationKind.REFERENCE
            self.reading.reference_uses.append((link.detail["id"], found))
            return
        if link_type in {"Autolink", "Email"}:
            found.kind, found.text = CitationKind.AUTOLINK, ""
            found.start, found.end = start + 1, end - 1
            found.url = f"mailto:{url}" if link_type == "Email" else url
        else:
            found.start, found.end = locate_destination(self.data, link.inner_end, end, url)
        self.reading.raw_links.append(found)

    STARTS: ClassVar[dict[str, Callable[[_EventReader, Any, int, int], None]]] = {
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
    ENDS: ClassVar[dict[str, Callable[[_EventReader, Any, int, int], None]]] = {
        "Heading": end_heading,
        "Item": leave,
        "FootnoteDefinition": leave,
        "BlockQuote": leave,
        "Link": end_link,
        "Image": end_image,
    }


def locate_destination(data: bytes, inner_end: int, end: int, url: str) -> tuple[int, int]:
    """The span of an inline link's destination; `inner_end` is where its text ends, `end` where the whole link does."""
    if match := _DESTINATION.search(data, max(0, inner_end - 1), end):
        start = match.start(1) if match.lastindex == 1 else match.start(2)
        if match.lastindex == 1:
            return match.span(1)
        written = url.encode("utf-8", "replace")
        if data.startswith(written, start):
            return start, start + len(written)
        return start, _raw_destination_end(data, start, end)
    return inner_end, inner_end


def _raw_destination_end(data: bytes, start: int, end: int) -> int:
    """Where a destination without angle brackets ends: at a space, or at the `)` that closes the link (CommonMark 6.3)."""
    depth, at = 0, start
    while at < end:
        byte = data[at]
        if byte == 0x5C:
            at += 1
        elif byte <= 0x20 or (byte == 0x29 and depth == 0):
            break
        elif byte == 0x28:
            depth += 1
        elif byte == 0x29:
            depth -= 1
        at += 1
    return min(at, end)
