"""Write fixes in formats whose readers record, for each link, whether it can be fixed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from crawler.pages.fixes.basic_fix_writer import BasicFixWriter
from crawler.pages.fixes.edits import NOT_FOUND
from crawler.pages.fixes.embedded_media import Embed, embed_at
from crawler.pages.raw_links import RawLink
from store.vocabulary import Citation
from store.vocabulary.fixes import (
    CitationFix,
    MirrorStyle,
    PlannedFix,
    UnsupportedMarkupError,
)


class FixableLink(Protocol):
    """A link of a page, as a reader found it.

    Attributes:
        link: The link.
        problem: Why it cannot be fixed, "" if it can.
        can_add: Text can be added behind it.
    """

    link: RawLink
    problem: str
    can_add: bool


_Link = TypeVar("_Link", bound=FixableLink)


class LinkFixWriter(BasicFixWriter, Generic[_Link]):
    """Write the fixes of one page, whose links are found by the spans of their URLs."""

    def __init__(self, data: bytes, links: Iterable[_Link], link_text: str) -> None:
        """Create the writer.

        Args:
            data: The page in UTF-8.
            links: Its links. Of several links with the same span, the first is used.
            link_text: The text of an archive link.
        """
        self._data, self._link_text = data, link_text
        self._links: dict[tuple[int, int], _Link] = {}
        for fixable in links:
            self._links.setdefault((fixable.link.start, fixable.link.end), fixable)

    def write(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return a fix written in a style, or in the nearest one that there is room for.

        Raises:
            UnsupportedMarkupError: The fix cannot be written there.
        """
        if problem := self._link_of(planned.citation).problem:
            raise UnsupportedMarkupError(problem)
        return super().write(planned, style)

    def _link_of(self, citation: Citation) -> _Link:
        """Return the link of a citation.

        Raises:
            UnsupportedMarkupError: It was not found again.
        """
        link = self._links.get((citation.start, citation.end))
        if link is None:
            raise UnsupportedMarkupError(NOT_FOUND)
        return link

    def embed_kind(self, citation: Citation) -> Embed | None:
        """Return the kind of content that the page embeds at a citation, or None."""
        return embed_at(self._data, citation.start, citation.url, citation.kind)

    def page_data(self) -> bytes:
        """Return the page in UTF-8."""
        return self._data

    def archive_link_end(self, citation: Citation) -> int | None:
        """Return the offset in `page_data` behind an archive link, where its date may be.

        None if the link does not have the text of archive links.
        """
        link = self._link_of(citation).link
        return link.markup[1] if citation.text == self._link_text else None

    def can_add(self, citation: Citation) -> bool:
        """Return whether text can be added behind the link."""
        return self._link_of(citation).can_add
