"""URLs in running text: everything that looks like one and stands in nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crawler.pages.bare_urls import MAX_URL_BYTES, bare_url_length, unescape_text, find_url_starts
from crawler.pages.intervals import UncoveredOffsets
from crawler.pages.link_repair import repair_link
from crawler.pages.raw_links import Locations, RawLink
from crawler.pages.source_text import SourceText
from store.vocabulary import CitationKind

_LOOK_BACK = 1200  # bytes
_WIKILINK = re.compile(rb"\[\[([^\[\]|\n]{1,400})(?:\|([^\[\]\n]{0,400}))?\]\](?![(\[:])")


def find_bare_urls(
    source: SourceText, covered: Iterable[tuple[int, int]], places: Locations
) -> Iterator[RawLink]:
    """The URLs outside the covered spans; those a broken link was built around are marked as salvaged."""
    data = source.data
    text = UncoveredOffsets(covered)
    read_up_to = 0
    for at in find_url_starts(data):
        if at < read_up_to or not text.contains(at):
            continue
        found = _read_url(source, at, places)
        if found is not None:
            read_up_to = found.markup[1]
            yield found


def find_wikilinks(
    source: SourceText, covered: Iterable[tuple[int, int]], places: Locations
) -> Iterator[RawLink]:
    """`[[Page]]`, `[[Page#Heading|text]]` and `![[Page]]` outside the covered spans."""
    running = UncoveredOffsets(covered)
    for match in _WIKILINK.finditer(source.data):
        if running.contains(match.start()) and b"://" not in match[1]:
            start, end = match.span(1)
            text = source.text_between(*match.span(2)) if match[2] else source.text_between(start, end)
            yield RawLink(
                start,
                end,
                source.text_between(start, end).strip(),
                CitationKind.INLINE,
                places.at(start),
                match.span(),
                text,
                is_wikilink=True,
            )


def _read_url(source: SourceText, at: int, places: Locations) -> RawLink | None:
    data = source.data
    line_end = data.find(b"\n", at, at + MAX_URL_BYTES)
    line_start = data.rfind(b"\n", max(0, at - _LOOK_BACK), at) + 1
    after = source.text_between(at, line_end if line_end >= 0 else at + MAX_URL_BYTES).rstrip("\r")
    broken = repair_link(source.text_between(max(line_start, at - _LOOK_BACK), at), after)
    length = broken.url_length if broken else bare_url_length(after)
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
        if broken.is_image
        else CitationKind.INLINE
        if broken.text
        else CitationKind.BARE
    )
    markup = at, at + len(after[: broken.markup_length].encode())
    return RawLink(
        at, end, url, kind, place, markup, broken.text, broken.title, problem=broken.problem
    )
