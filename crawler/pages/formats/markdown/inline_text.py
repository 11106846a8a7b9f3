"""Find bare URLs and wikilinks in running text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crawler.pages.raw_links import LocationIndex, RawLink
from crawler.pages.source.bare_urls import (
    MAX_URL_BYTES,
    bare_url_length,
    find_url_starts,
    unescape_text,
)
from crawler.pages.source.intervals import UncoveredOffsets
from crawler.pages.source.link_repair import repair_link
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind

_BYTES_BEFORE = 1200  # before a URL, in which a broken link may begin
_WIKILINK = re.compile(rb"\[\[([^\[\]|\n]{1,400})(?:\|([^\[\]\n]{0,400}))?\]\](?![(\[:])")
_TABLE_OF_CONTENTS = b"_TOC_"  # where GitLab, Gollum and Azure insert a table of contents


def find_bare_urls(
    source: SourceText,
    covered: Iterable[tuple[int, int]],
    locations: LocationIndex,
    *,
    links_hosts: bool = False,
) -> Iterator[RawLink]:
    """Yield the URLs outside the covered spans.

    URLs inside a broken link are repaired, and their `problem` says what was wrong.

    Args:
        source: The page.
        covered: Spans in which no bare URL is read.
        locations: The structure of the page.
        links_hosts: The renderer makes links of hosts that begin with `www.`. Otherwise such a
            host is read only if a path follows.
    """
    data = source.data
    uncovered = UncoveredOffsets(covered)
    read_up_to = 0
    for at in find_url_starts(data):
        if at < read_up_to or not uncovered.contains(at):
            continue
        link = _read_url(source, at, locations)
        if link is not None and (links_hosts or not _is_site_name(link, data)):
            read_up_to = link.markup[1]
            yield link


def find_wikilinks(
    source: SourceText, covered: Iterable[tuple[int, int]], locations: LocationIndex
) -> Iterator[RawLink]:
    """Yield `[[Page]]`, `[[Page#Heading|text]]` and `![[Page]]` outside the covered spans."""
    uncovered = UncoveredOffsets(covered)
    for match in _WIKILINK.finditer(source.data):
        is_link = b"://" not in match[1] and match[1].strip() != _TABLE_OF_CONTENTS
        if uncovered.contains(match.start()) and is_link:
            start, end = match.span(1)
            if match[2] and match[1].endswith(b"\\"):
                end -= 1  # in a table, the vertical bar before the text is escaped
            text_span = match.span(2) if match[2] else (start, end)
            text = source.text_between(*text_span)
            yield RawLink(
                start,
                end,
                source.text_between(start, end).strip(),
                CitationKind.INLINE,
                locations.at(start),
                match.span(),
                text,
                is_wikilink=True,
            )


def _is_site_name(link: RawLink, data: bytes) -> bool:
    """Return whether a bare `www.host.org` is the name of a site, rather than its address."""
    has_path = "/" in link.url.removeprefix("http://")
    is_host = link.kind is CitationKind.BARE and not link.problem and not has_path
    is_marked = data.startswith(b"<", link.start - 1) and data.startswith(b">", link.end)
    return is_host and not is_marked and data[link.start : link.start + 4].lower() == b"www."


def _read_url(source: SourceText, at: int, locations: LocationIndex) -> RawLink | None:
    """Return the link of the URL at an offset, repaired if its markup is broken.

    Returns:
        The link, None if only a scheme is there.
    """
    data = source.data
    line_end = data.find(b"\n", at, at + MAX_URL_BYTES)
    if line_end < 0:
        line_end = at + MAX_URL_BYTES
    line_start = data.rfind(b"\n", max(0, at - _BYTES_BEFORE), at) + 1
    after = source.text_between(at, line_end).rstrip("\r")
    before = source.text_between(max(line_start, at - _BYTES_BEFORE), at)
    broken = repair_link(before, after)
    length = broken.url_length if broken else bare_url_length(after, before)
    written = after[:length]
    end = at + len(written.encode())
    url = unescape_text(written)
    if url[:4].lower() == "www.":
        url = f"http://{url}"
    if len(url) <= len("https://"):
        return None
    location = locations.at(at)
    if broken is None:
        return RawLink(at, end, url, CitationKind.BARE, location, (at, end))
    if broken.footnote:
        location = location._replace(footnote=broken.footnote)
    kind = CitationKind.INLINE if broken.text else CitationKind.BARE
    if broken.is_image:
        kind = CitationKind.IMAGE
    markup = at, at + len(after[: broken.markup_length].encode())
    return RawLink(
        at, end, url, kind, location, markup, broken.text, broken.title, problem=broken.problem
    )
