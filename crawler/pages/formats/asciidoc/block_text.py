"""Create the records of links in the text of a block, with their positions on the page.

`crawler.pages.formats.asciidoc.inline` finds the links in the text.
"""

from __future__ import annotations

from crawler.pages.formats.asciidoc.content import AdocContent
from crawler.pages.formats.asciidoc.inline_patterns import ESCAPE
from crawler.pages.formats.asciidoc.links import AdocForm, AdocLink, AdocPlace
from crawler.pages.formats.asciidoc.substitutions import ResolvedText
from crawler.pages.raw_links import RawLink
from crawler.pages.source.bare_urls import unescape_entities
from crawler.pages.source.joined_text import JoinedText
from store.vocabulary import CitationKind


class BlockText:
    """The text of one block, and where each part of it is on the page.

    The methods take character indexes of the resolved text.

    Attributes:
        joined: The text as written.
        resolved: The text with the values of its attributes.
        place: The properties of the block.
    """

    def __init__(self, joined: JoinedText, place: AdocPlace, content: AdocContent) -> None:
        self.joined, self.place = joined, place
        self.resolved = ResolvedText(joined.text, content.attributes, content.limit)

    def new_link(
        self, span: tuple[int, int], markup: tuple[int, int], footnote: str | None
    ) -> AdocLink:
        """Return a link of the text.

        Args:
            span: The indexes of its URL.
            markup: The indexes of its whole markup.
            footnote: The label of the footnote that it is in. None: the block's footnote, if any.
        """
        first, last = self.byte_span(*span)
        location = self.place.location
        if footnote is not None:
            location = location._replace(footnote=footnote)
        url = unescape_entities(ESCAPE.sub("", self.resolved.shown(*span)))
        whole = self.byte_span(*markup)
        link = RawLink(first, last, url, CitationKind.INLINE, location, whole)
        problem = self.place.problem or self._problem_of(span)
        can_add = self.place.can_add and self.resolved.is_separate(*markup)
        return AdocLink(link, AdocForm.MACRO, problem=problem, can_add=can_add)

    def place_of(self, start: int, end: int) -> AdocPlace:
        """Return the block's properties for a part of the text, with why it cannot be fixed."""
        problem = self._problem_of((start, end))
        return self.place._replace(problem=self.place.problem or problem)

    def _problem_of(self, span: tuple[int, int]) -> str:
        """Return why the URL in a span cannot be fixed, "" if it can."""
        if not self.resolved.is_separate(*span):
            return "its URL is a part of an attribute's value: edit it by hand"
        if not self.joined.is_in_one_piece(*self.resolved.written_span(*span)):
            return "it is written over several lines: edit it by hand"
        return ""

    def page_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the character indexes on the page of a part of the text."""
        first, last = self.resolved.written_span(start, end)
        return self.joined.page_index(first), self.joined.page_index(last)

    def byte_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the byte offsets on the page of a part of the text."""
        first, last = self.resolved.written_span(start, end)
        return self.joined.page_offset(first), self.joined.page_offset(last)
