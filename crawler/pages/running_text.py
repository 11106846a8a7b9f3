"""URLs in running text: everything that looks like one and stands in nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crawler.pages.bare import LONGEST, START, bare_length, unescape_text
from crawler.pages.found import Found, Places
from crawler.pages.salvage import salvage
from crawler.pages.source import Source
from store.vocabulary import CitationKind

_LOOK_BACK = 1200  # bytes
_WIKILINK = re.compile(rb"\[\[([^\[\]|\n]{1,400})(?:\|([^\[\]\n]{0,400}))?\]\](?![(\[:])")


def bare_urls(source: Source, covered: Iterable[tuple[int, int]], places: Places) -> Iterator[Found]:
    """The URLs outside the covered spans; those a broken link was built around are marked as salvaged."""
    data = source.data
    free = _Free(covered)
    read_up_to = 0
    for candidate in START.finditer(data):
        at = candidate.start()
        if at < read_up_to or not free.is_free(at):
            continue
        found = _read(source, at, places)
        if found is not None:
            read_up_to = found.end
            yield found


def wikilinks(source: Source, covered: Iterable[tuple[int, int]], places: Places) -> Iterator[Found]:
    """`[[Page]]`, `[[Page#Heading|text]]` and `![[Page]]` outside the covered spans."""
    free = _Free(covered)
    for match in _WIKILINK.finditer(source.data):
        if free.is_free(match.start()) and not START.match(match[1]):
            start, end = match.span(1)
            text = source.slice(*match.span(2)) if match[2] else source.slice(start, end)
            yield Found(start, end, source.slice(start, end).strip(), CitationKind.INLINE, places.at(start), match.span(), text, wiki=True)


class _Free:
    """Answers, for offsets that only grow, whether they stand outside all the spans."""

    def __init__(self, covered: Iterable[tuple[int, int]]) -> None:
        self._spans = sorted(covered)
        self._next = 0
        self._end = 0

    def is_free(self, offset: int) -> bool:
        while self._next < len(self._spans) and self._spans[self._next][0] <= offset:
            self._end = max(self._end, self._spans[self._next][1])
            self._next += 1
        return offset >= self._end


def _read(source: Source, at: int, places: Places) -> Found | None:
    data = source.data
    line_end = data.find(b"\n", at, at + LONGEST)
    line_start = data.rfind(b"\n", max(0, at - _LOOK_BACK), at) + 1
    after = source.slice(at, line_end if line_end >= 0 else at + LONGEST).rstrip("\r")
    broken = salvage(source.slice(max(line_start, at - _LOOK_BACK), at), after)
    length = broken.length if broken else bare_length(after)
    written = after[:length]
    end = at + len(written.encode())
    url = unescape_text(written)
    if url[:4].lower() == "www.":
        url = f"http://{url}"
    if len(url) <= len("https://"):
        return None
    place = places.at(at)
    if broken is None:
        return Found(at, end, url, CitationKind.BARE, place, (at, end))
    return Found(
        at,
        end,
        url,
        CitationKind.INLINE if broken.text else CitationKind.BARE,
        place,
        (at, end),
        broken.text,
        broken.title,
        salvaged=broken.wrong,
    )
