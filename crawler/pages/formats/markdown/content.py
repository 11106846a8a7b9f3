"""Define the content of a Markdown text: links, headings, and spans of code, HTML and text."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.pages.anchors import Heading
from crawler.pages.raw_links import LocationIndex, RawLink


@dataclass(slots=True)
class MarkdownContent:
    """The content of a Markdown text. Spans are pairs of offsets: first byte, byte after.

    Attributes:
        locations: The structure of the text.
        raw_links: Links and images, except those by reference.
        reference_uses: Labels as written, each with the link that uses it. The link's offsets are
            those of the use, not of the definition.
        code_spans: Code, except indented code.
        indented_code: Spans of indented code, with the number of lists and footnotes around each.
        link_spans: Whole links and images.
        html_spans: Blocks of raw HTML.
        inline_html_spans: Tags and comments in running text.
        leaf_spans: Paragraphs, tables, headings and blocks of HTML.
        footnotes: Labels of footnote definitions with their offsets.
        headings: In page order.
    """

    locations: LocationIndex
    raw_links: list[RawLink] = field(default_factory=list)
    reference_uses: list[tuple[str, RawLink]] = field(default_factory=list)
    code_spans: list[tuple[int, int]] = field(default_factory=list)
    indented_code: list[tuple[int, int, int]] = field(default_factory=list)
    link_spans: list[tuple[int, int]] = field(default_factory=list)
    html_spans: list[tuple[int, int]] = field(default_factory=list)
    inline_html_spans: list[tuple[int, int]] = field(default_factory=list)
    leaf_spans: list[tuple[int, int]] = field(default_factory=list)
    footnotes: list[tuple[str, int]] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)

    def merge(self, nested: MarkdownContent) -> None:
        """Add the links, code and headings of a text that is part of this one."""
        self.raw_links += nested.raw_links
        self.reference_uses += nested.reference_uses
        self.code_spans += nested.code_spans
        self.link_spans += nested.link_spans
        self.headings += nested.headings
