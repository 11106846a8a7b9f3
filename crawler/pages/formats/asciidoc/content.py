"""Collect the links, headings and code of one AsciiDoc page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.pages.anchors import Heading
from crawler.pages.formats.asciidoc.attributes import Attributes
from crawler.pages.formats.asciidoc.links import AdocForm, AdocLink, AdocPlace
from crawler.pages.raw_links import Location, LocationIndex, RawLink
from crawler.pages.reading_limit import ReadingLimit
from crawler.pages.source.html_attributes import linked_addresses
from crawler.pages.source.source_text import ByteOffsets, SourceText
from store.vocabulary import CitationKind

ReadText = Callable[[str], str | None]


@dataclass
class AdocContent:
    """The content of one page.

    Attributes:
        source: The page.
        path: Its path.
        read_included: Returns the text of a file of the wiki by its path from the page; None if no
            file can be read.
        attributes: The attributes that it defines.
        links: Its links, internal ones included.
        headings: Its headings.
        code_spans: Code, as byte offsets of its beginning and end.
        footnotes: The labels of footnotes by the byte at which their macros begin.
        unclosed: Blocks that are never closed: the byte offset of the delimiter, and the kind.
        placeholders: The number of targets with an attribute that is not defined.
        has_included_attributes: Some attributes are defined by other files.
        offsets: Converts character indexes to byte offsets.
        limit: Limits how much is read.
        locations: The structure of the page.
        block: The number of the last block.
    """

    source: SourceText
    path: str
    read_included: ReadText | None = None
    attributes: Attributes = field(default_factory=Attributes)
    links: list[AdocLink] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    code_spans: list[tuple[int, int]] = field(default_factory=list)
    footnotes: dict[int, str] = field(default_factory=dict)
    unclosed: list[tuple[int, str]] = field(default_factory=list)
    placeholders: int = 0
    has_included_attributes: bool = False

    def __post_init__(self) -> None:
        self.offsets = ByteOffsets(self.source)
        self.limit = ReadingLimit(len(self.source.text))
        self.locations = LocationIndex(0, Location())
        self._section: tuple[str, ...] = ()
        self._levels: list[int] = []
        self.block = 0

    def add_place(
        self,
        start: int,
        stop: int,
        *,
        is_quoted: bool = False,
        is_unit: bool = False,
        problem: str = "",
        can_add: bool = True,
        is_code: bool = False,
    ) -> AdocPlace:
        """Add the location of a text to the page, and return what its links have in common.

        Args:
            start: The character index at which the text begins.
            stop: The character index at which it ends.
            is_quoted: It is in a quotation.
            is_unit: It is a list item or table cell, whose dates apply to all of its links.
            problem: Why its links cannot be fixed, "" if they can.
            can_add: Text can be added behind its links.
            is_code: It is code in which macros are replaced.

        Returns:
            The location, whether links in the text can be fixed, and how.
        """
        self.block += 1
        end = self.offsets.at(stop)
        location = Location(
            self._section, is_quoted, block=self.block, is_single_unit=is_unit, end=end
        )
        self.locations.add(self.offsets.at(start), location)
        return AdocPlace(location, problem, can_add and not problem, is_code)

    def add_heading(self, text: str, level: int, ident: str | None) -> None:
        """Add a heading; the text below it belongs to its section."""
        while self._levels and self._levels[-1] >= level:
            self._levels.pop()
            self._section = self._section[:-1]
        self._levels.append(level)
        self._section = (*self._section, text)
        self.headings.append(Heading(text, level, ident))

    def add_code(self, start: int, stop: int) -> None:
        """Add code between two indexes, in which nothing is read."""
        self.code_spans.append((self.offsets.at(start), self.offsets.at(stop)))

    def add_address(
        self,
        start: int,
        stop: int,
        url: str,
        place: AdocPlace,
        *,
        kind: CitationKind = CitationKind.INLINE,
        form: AdocForm = AdocForm.MACRO_ATTRIBUTE,
    ) -> None:
        """Add the link of an attribute or macro whose value is only an address.

        An address with an undefined attribute is counted as a placeholder.

        Args:
            start: The character index at which the address is written.
            stop: The character index at which it ends.
            url: The address, with its attributes resolved.
            place: The properties of the text around it.
            kind: The kind of citation.
            form: How the address is written.
        """
        has_reference = "}" in url.partition("{")[2]
        is_undefined = has_reference and self.attributes.resolve(url) == url
        if is_undefined and "://" not in url:
            self.placeholders += 1
            return
        span = self.offsets.at(start), self.offsets.at(stop)
        link = RawLink(*span, url, kind, place.location, span)
        self.links.append(AdocLink(link, form, problem=place.problem))

    def add_html(self, start: int, stop: int, place: AdocPlace) -> None:
        """Add the links in the attributes of raw HTML between two indexes."""
        for first, last, url in linked_addresses(self.source.text, start, stop):
            self.add_address(first, last, url, place, form=AdocForm.HTML_ATTRIBUTE)
