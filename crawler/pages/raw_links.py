"""Define the links that the readers of this package find, and their locations on a page."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from store.vocabulary import CitationKind


class Location(NamedTuple):
    """The structure around an offset of a page.

    Attributes:
        section: The headings above it, the outermost first.
        quoted: It is in a quotation.
        footnote: The label of the footnote it is in; None outside of footnotes.
        block: Number of the footnote, list item or paragraph.
        is_single_unit: A date or remark in the block may apply to all of its links. Otherwise, as
            in a paragraph, it may apply to those on its line.
        end: The offset at which the block ends.
    """

    section: tuple[str, ...] = ()
    quoted: bool = False
    footnote: str | None = None
    block: int = 0
    is_single_unit: bool = False
    end: int = 0


class LocationIndex:
    """Find the location of an offset; each location applies until the next one."""

    def __init__(self, offset: int, location: Location) -> None:
        """Create an index with one location, which applies from `offset` on."""
        self._offsets, self._locations = [offset], [location]
        self._block_changes = [offset]  # the offsets at which another block begins or continues

    def add(self, offset: int, location: Location) -> None:
        """Add the location that applies from `offset` on; offsets must not decrease."""
        if location.block != self._locations[-1].block:
            self._block_changes.append(offset)
        self._offsets.append(offset)
        self._locations.append(location)

    def at(self, offset: int) -> Location:
        """Return the location of an offset."""
        return self._locations[bisect_right(self._offsets, offset) - 1]

    def block_end(self, offset: int) -> int:
        """Return the offset at which the block around `offset` ends, or a block inside it begins.

        An item of a nested list is such a block inside another.
        """
        end = self.at(offset).end
        following = bisect_right(self._block_changes, offset)
        if following == len(self._block_changes):
            return end
        return min(end, self._block_changes[following])


class SurroundingText(NamedTuple):
    """The text around a link, in which an author may write a date or that the link is dead.

    Attributes:
        before: The text before it.
        after: The text after it.
        next_link_at: The number of characters of `after` before the next link.
    """

    before: str
    after: str
    next_link_at: int


@dataclass(slots=True)
class RawLink:
    """A URL or path on a page, before it is classified.

    Attributes:
        start: The first byte of the URL.
        end: The byte after the URL.
        url: With escapes resolved.
        kind: How it is written.
        location: The structure around it.
        markup: The first byte of the whole link, and the byte after it.
        text: The link text.
        title: The link title.
        problem: What is wrong with its markup, in words for a person.
        is_reported: A warning about a larger part of the page reports the problem.
        is_wikilink: It is written `[[like this]]`.
        named_original: The original that an attribute names, if the URL is a copy's.
        surrounding_text: The text around it. None: read it from the source.
    """

    start: int
    end: int
    url: str
    kind: CitationKind
    location: Location
    markup: tuple[int, int]
    text: str = ""
    title: str = ""
    problem: str = ""
    is_reported: bool = False
    is_wikilink: bool = False
    named_original: str = ""
    surrounding_text: SurroundingText | None = None


def split_off_title(link: RawLink, *, in_brackets: bool) -> None:
    """Remove a title that follows its destination without a space: [text](url"title").

    A quotation mark elsewhere is part of the URL.

    Args:
        link: A link with a quotation mark in its URL.
        in_brackets: The URL is in angle brackets.
    """
    url, _, title = link.url.partition('"')
    can_have_title = link.kind in (CitationKind.INLINE, CitationKind.IMAGE)
    is_in_query = "?" in url and title.isascii() and "://" not in title
    has_other_title = bool(link.title) or not title.endswith('"')
    has_no_title = not can_have_title or in_brackets or is_in_query or has_other_title
    if has_no_title and not link.problem:
        return
    link.url = url
    link.title = link.title or title.rstrip('"')
    link.end = link.start + len(url.encode())
    link.problem = link.problem or "there is no space between a destination and its title"
