"""Find the links of an HTML page in one pass over its tags, with the text around them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crawler.pages.citation_context import BYTES_AFTER, BYTES_BEFORE
from crawler.pages.formats.html.attribute_urls import (
    attribute_value,
    citing_attributes,
    url_at,
    url_spans,
)
from crawler.pages.formats.html.element_text import text_between
from crawler.pages.formats.html.elements import BLOCK_ELEMENTS, HEADING_LEVELS
from crawler.pages.formats.html.link_attributes import holds_url
from crawler.pages.formats.html.links import HtmlLink
from crawler.pages.formats.html.structured_data import cited_in_json
from crawler.pages.formats.html.tokens import HtmlAttribute, HtmlTag, attributes_of, html_tags
from crawler.pages.raw_links import Location, RawLink, SurroundingText
from crawler.pages.source.bare_urls import MAX_URL_BYTES
from crawler.pages.source.html_attributes import footnote_label
from crawler.pages.source.html_vocabulary import (
    COPY_ATTRIBUTE,
    COPY_DATE_ATTRIBUTE,
    ORIGINAL_ATTRIBUTE,
)
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind

# Attributes that name the copy or the original of a link: https://robustlinks.mementoweb.org/spec/
_ROBUST_LINK = frozenset([COPY_ATTRIBUTE, ORIGINAL_ATTRIBUTE])
# Attributes that describe the link of their element
_DESCRIPTIONS = _ROBUST_LINK | {COPY_DATE_ATTRIBUTE, b"title", b"alt", b"aria-label"}
# Tags without one of these words have no attribute that is read.
_READ = re.compile(
    rb"href|src|cite|poster|longdesc|data|background|content|value|ld\+json"
    rb"|(?<![\w-])(?:id|name)\b",
    re.IGNORECASE,
)
_TEXT_FACTOR = 4  # bytes of the page that are searched for each byte of text around a link


@dataclass(slots=True)
class LinkFinder:
    """Collect the links, anchors and headings of one page.

    Attributes:
        source: The page.
        links: Its links, in page order.
        anchors: The fragments that elements define.
        code_spans: Text in which a comment is no ignore mark.
        title: The text of its `title` element.
        base: The address of its first `base` element.
    """

    source: SourceText
    links: list[HtmlLink] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    code_spans: list[tuple[int, int]] = field(default_factory=list)
    title: str = ""
    base: str = ""
    _headings: tuple[tuple[int, str], ...] = ()  # levels and texts of those above, outermost first
    _heading_start: int = -1  # the offset of the open heading's text, -1 if none is open
    _quotes: int = 0  # open `blockquote` elements
    _templates: int = 0  # open `template` elements
    _footnote: str | None = None  # the label of the footnote around the current tag
    # The current block, which is the text between two block tags: its number (`Location.block`),
    # the offset of its beginning, and the links in it so far
    _block: int = 0
    _block_start: int = 0
    _block_links: list[HtmlLink] = field(default_factory=list)
    _open_links: list[HtmlLink] = field(default_factory=list)  # those of the open `a` element

    def read(self) -> None:
        """Read the page."""
        data, links = self.source.data, self.links
        for tag, content_end in html_tags(data):
            name = tag.name
            if tag.is_end:
                self._end(tag)
                continue
            if name in BLOCK_ELEMENTS:
                self._start_block(tag)
            elif name == b"a":
                self._close_link(tag.start, 0)
            elif name == b"template":
                self._templates += 1
            if _READ.search(data, *tag.attributes) and not self._templates:
                count = len(links)
                self._read_attributes(tag, content_end)
                self._block_links += links[count:]
            if content_end > tag.end:
                self._read_raw_text(tag, content_end)
        self._end_block(len(data))

    # --- structure

    def _end(self, tag: HtmlTag) -> None:
        """Close the structure that an end tag closes."""
        name = tag.name
        if name == b"a":
            self._close_link(tag.start, tag.end)
        elif name in BLOCK_ELEMENTS:
            if name in HEADING_LEVELS and self._heading_start >= 0:
                self._end_heading(tag)
            elif name == b"blockquote":
                self._quotes = max(0, self._quotes - 1)
            elif name in {b"li", b"ul", b"ol"}:
                self._footnote = None
            self._end_block(tag.start)
        elif name == b"template":
            self._templates = max(0, self._templates - 1)

    def _start_block(self, tag: HtmlTag) -> None:
        """Begin a block at the start tag of a block element."""
        name = tag.name
        self._end_block(tag.start)
        if name in HEADING_LEVELS:
            self._heading_start = tag.end
        elif name == b"blockquote":
            self._quotes += 1
        elif name == b"li":
            self._footnote = None

    def _end_heading(self, tag: HtmlTag) -> None:
        """Add a heading at its end tag."""
        text = text_between(self.source.data, self._heading_start, tag.start)
        text = text.removesuffix("¶").strip()  # the link that Sphinx and MkDocs add to a heading
        level = HEADING_LEVELS[tag.name]
        outer = (heading for heading in self._headings if heading[0] < level)
        self._headings = (*outer, (level, text))
        self._heading_start = -1

    def _end_block(self, end: int) -> None:
        """End the current block, and set the text around each link in it.

        Args:
            end: The offset at which the block ends.
        """
        data, links, start = self.source.data, self._block_links, self._block_start
        for number, found in enumerate(links):
            if "//" not in found.link.url and "www." not in found.link.url and not self.base:
                continue  # most links are internal, and need no text around them
            first, last = found.link.markup
            following = links[number + 1].link.markup[0] if number + 1 < len(links) else end
            before = max(start, first - BYTES_BEFORE * _TEXT_FACTOR)
            after = max(last, min(end, last + BYTES_AFTER * _TEXT_FACTOR))
            text = text_between(data, last, after)
            until_next = len(text)
            if last < following < after:
                until_next = len(text_between(data, last, following))
            found.link.surrounding_text = SurroundingText(
                before=text_between(data, before, first)[-BYTES_BEFORE:],
                after=text[:BYTES_AFTER],
                next_link_at=min(until_next, BYTES_AFTER),
            )
        self._block_links = []
        self._block += 1
        self._block_start = end

    def _close_link(self, end: int, element_end: int) -> None:
        """End the open `a` element, if any, and set the text of its links.

        Args:
            end: The offset at which its text ends.
            element_end: The offset behind its end tag, 0 if it has none.
        """
        for found in self._open_links:
            link = found.link
            text = text_between(self.source.data, link.markup[1], end)
            link.markup = link.markup[0], element_end or end
            link.text, found.element_end = text or link.text, element_end
            found.has_block = link.location.block != self._block  # a block began in the element
            if not text:
                link.title = ""
        self._open_links = []

    # --- attributes

    def _read_attributes(self, tag: HtmlTag, content_end: int) -> None:
        """Add the links and anchors in the attributes of a tag, or in the JSON of a script."""
        data = self.source.data
        attributes = list(attributes_of(data, tag))
        values: dict[str, str] = {}
        described: dict[bytes, HtmlAttribute] = {}
        found: list[HtmlLink] = []
        for attribute in attributes:
            name = attribute.name
            if name in {b"id", b"name"}:
                values[name.decode()] = attribute_value(data, attribute)
                self._add_anchor(tag, name, values[name.decode()])
            elif name in _DESCRIPTIONS:
                described[name] = attribute
            elif name in {b"rel", b"itemprop", b"type", b"http-equiv", b"content"}:
                values[name.decode()] = attribute_value(data, attribute)
            if holds_url(tag.name, name):
                found += self._links_of(tag, attribute)
        if tag.name == b"base":
            found = []
            self._set_base(attributes)
        elif tag.name in {b"link", b"meta", b"param"}:
            citing = citing_attributes(data, tag, attributes, values)
            found = []
            for attribute in citing:
                found += self._links_of(tag, attribute)
        if tag.name == b"script" and "ld+json" in values.get("type", "").lower():
            found += self._json_links(tag, content_end)
        self._add(tag, found, described)

    def _add_anchor(self, tag: HtmlTag, name: bytes, value: str) -> None:
        """Add the fragment that an `id` or `name` defines; a list item may be a footnote."""
        if name == b"id" or tag.name == b"a":
            self.anchors.append(value)
        if name == b"id" and tag.name == b"li":
            self._footnote = footnote_label(value)

    def _add(
        self, tag: HtmlTag, found: list[HtmlLink], described: Mapping[bytes, HtmlAttribute]
    ) -> None:
        """Add the links of a tag.

        Args:
            tag: The tag.
            found: The links of its attributes.
            described: Its attributes of `_DESCRIPTIONS`, by name.
        """
        data = self.source.data
        title, original = described.get(b"title"), described.get(ORIGINAL_ATTRIBUTE)
        date = described.get(COPY_DATE_ATTRIBUTE)
        # The date is that of the copy which an attribute names, else of the one in `href`.
        dated_attribute = COPY_ATTRIBUTE if COPY_ATTRIBUTE in described else b"href"
        for each in found:
            each.is_robust = not _ROBUST_LINK.isdisjoint(described)
            if date and each.attribute == dated_attribute:
                each.date_span = date.start, date.end
            if title:
                each.title_span, each.title_quote = (title.start, title.end), title.quote
                each.link.title = attribute_value(data, title)
            if each.attribute == COPY_ATTRIBUTE:
                continue  # the element's text is that of `href`
            label = title or described.get(b"alt") or described.get(b"aria-label")
            each.link.text = attribute_value(data, label) if label else ""
            if tag.name == b"a" and each.attribute in {b"href", b"xlink:href"}:
                self._open_links.append(each)
                if original:
                    each.link.named_original = attribute_value(data, original).strip()
            else:
                each.link.title = ""
        self.links += found

    def _set_base(self, attributes: Sequence[HtmlAttribute]) -> None:
        """Set the base address from a `base` element; the first one counts."""
        href = next((each for each in attributes if each.name == b"href"), None)
        base = attribute_value(self.source.data, href).strip() if href else ""
        if not self.base and len(base) <= MAX_URL_BYTES:  # every link gets a copy of it
            self.base = base

    def _links_of(self, tag: HtmlTag, attribute: HtmlAttribute) -> list[HtmlLink]:
        """Return the links of an attribute; a `srcset` has several."""
        spans = url_spans(self.source.data, attribute)
        return [self._make_link(tag, attribute, span) for span in spans]

    def _make_link(self, tag: HtmlTag, attribute: HtmlAttribute, span: tuple[int, int]) -> HtmlLink:
        """Return the link whose URL is between two offsets of an attribute's value."""
        url = url_at(self.source.data, *span)
        kind = CitationKind.IMAGE if tag.name == b"img" else CitationKind.HTML
        link = RawLink(*span, url, kind, self._location(), (tag.start, tag.end))
        value_end = attribute.end + len(attribute.quote)
        return HtmlLink(link, tag.name, attribute.name, attribute.quote, value_end=value_end)

    def _location(self) -> Location:
        """Return the structure around the current tag."""
        return Location(
            section=tuple(text for _, text in self._headings),
            quoted=self._quotes > 0,
            footnote=self._footnote,
            block=self._block,
            is_single_unit=True,
        )

    def _json_links(self, tag: HtmlTag, end: int) -> list[HtmlLink]:
        """Return the links in the JSON-LD between a tag and an offset, each in its own block."""
        # The number of such a block is negative, so that it is never that of another block.
        found = []
        for first, last, url in cited_in_json(self.source.data, tag.end, end):
            location = self._location()._replace(block=-first)
            link = RawLink(first, last, url, CitationKind.HTML, location, (first, last))
            found.append(HtmlLink(link, tag.name, b"", is_json=True))
        return found

    def _read_raw_text(self, tag: HtmlTag, end: int) -> None:
        """Add raw text between a tag and an offset to the code; it may be the page's title."""
        self.code_spans.append((tag.end, end))
        if tag.name == b"title" and not self.title:
            self.title = text_between(self.source.data, tag.end, end)
