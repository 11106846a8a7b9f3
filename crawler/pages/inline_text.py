"""URLs in running text: everything that looks like one and stands in nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crawler.pages.bare_urls import LONGEST, bare_length, unescape_text, url_starts
from crawler.pages.intervals import Uncovered
from crawler.pages.link_repair import repair_links
from crawler.pages.raw_links import Locations, RawLink
from crawler.pages.source_text import Source
from store.vocabulary import CitationKind

_LOOK_BACK = 1200  # bytes
_WIKILINK = re.compile(rb"\[\[([^\[\]|\n]{1,400})(?:\|([^\[\]\n]{0,400}))?\]\](?![(\[:])")


def bare_urls(
    source: Source, covered: Iterable[tuple[int, int]], places: Locations
) -> Iterator[RawLink]:
    """The URLs outside the covered spans; those a broken link was built around are marked as salvaged."""
    data = source.data
    text = Uncovered(covered)
    read_up_to = 0
    for at in url_starts(data):
        if at < read_up_to or not text.holds(at):
            continue
        found = _read(source, at, places)
        if found is not None:
            read_up_to = found.markup[1]
            yield found


def wikilinks(
    source: Source, covered: Iterable[tuple[int, int]], places: Locations
) -> Iterator[RawLink]:
    """`[[Page]]`, `[[Page#Heading|text]]` and `![[Page]]` outside the covered spans."""
    running = Uncovered(covered)
    for match in _WIKILINK.finditer(source.data):
        if running.holds(match.start()) and b"://" not in match[1]:
            start, end = match.span(1)
            text = source.slice(*match.span(2)) if match[2] else source.slice(start, end)
            yield RawLink(
                start,
                end,
                source.slice(start, end).strip(),
                CitationKind.INLINE,
                places.at(start),
                match.span(),
                text,
                wiki=True,
            )


def _read(source: Source, at: int, places: Locations) -> RawLink | None:
    data = source.data
    line_end = data.find(b"\n", at, at + LONGEST)
    line_start = data.rfind(b"\n", max(0, at - _LOOK_BACK), at) + 1
    after = source.slice(at, line_end if line_end >= 0 else at + LONGEST).rstrip("\r")
    broken = repair_links(source.slice(max(line_start, at - _LOOK_BACK), at), after)
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
        return RawLink(at, end, url, CitationKind.BARE, place, (at, end))
    if broken.footnote:
        place = place._replace(footnote=broken.footnote)
    kind = (
        CitationKind.IMAGE
        if broken.image
        else CitationKind.INLINE
        if broken.text
        else CitationKind.BARE
    )
    markup = at, at + len(after[: broken.markup].encode())
    return RawLink(
        at, end, url, kind, place, markup, broken.text, broken.title, salvaged=broken.wrong
    )
