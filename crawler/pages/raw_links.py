"""What the readers hand to each other: a URL found on a page, and the place it stands in."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from store.vocabulary import CitationKind


class Location(NamedTuple):
    """Where on the page something stands.

    `block` numbers the footnote, list item or paragraph; `whole` says that the block is one unit whatever its lines (a paragraph is as
    many units as it has lines); `end` is the offset at which the block ends.
    """

    section: tuple[str, ...] = ()
    quoted: bool = False
    footnote: str | None = None
    block: int = 0
    whole: bool = False
    end: int = 0


class Locations:
    """The places of a page, in page order: each holds from its offset to the next one's."""

    def __init__(self, offset: int, place: Location) -> None:
        self._offsets, self._locations = [offset], [place]

    def add(self, offset: int, location: Location) -> None:
        """Add the place that holds from `offset` on, which is none before the last one's."""
        self._offsets.append(offset)
        self._locations.append(location)

    def at(self, offset: int) -> Location:
        """The place an offset stands in."""
        return self._locations[bisect_right(self._offsets, offset) - 1]

    def block_end(self, offset: int) -> int:
        """Where the block that `offset` stands in ends, or gives way to a block inside it (an item of a nested list)."""
        index = bisect_right(self._offsets, offset)
        place = self._locations[index - 1]
        while index < len(self._locations) and self._locations[index].block == place.block:
            index += 1
        return min(place.end, self._offsets[index]) if index < len(self._offsets) else place.end


@dataclass(slots=True)
class RawLink:
    """A URL or path that the page points to; `start` and `end` are the bytes it stands on, `markup` those of the whole link."""

    start: int
    end: int
    url: str
    kind: CitationKind
    location: Location
    markup: tuple[int, int]
    text: str = ""
    title: str = ""
    problem: str = ""  # what was wrong with it, for a person
    is_wikilink: bool = False  # written [[so]]
    surrounding_text: tuple[str, str, int] | None = (
        None  # before it, behind it, and how far behind the next link begins; None: read them from the source
    )
