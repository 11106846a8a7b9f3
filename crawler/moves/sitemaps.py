"""Sitemaps, read within bounds (https://www.sitemaps.org/protocol.html): what pages a site says it has.

They are read without an XML parser: entities that unfold, namespaces nobody declared and files that end in the middle cost nothing so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final

from crawler.http import decode_text
from crawler.http.content_encoding import decode_body
from crawler.http.urls import absolute_url

SITEMAP_LIMIT: Final = 2 * 1024 * 1024  # bytes asked for
_UNPACKED_LIMIT: Final = 16 * 1024 * 1024
_MOST_PAGES: Final = 50_000  # as the protocol has it
_MOST_CHILDREN: Final = 1_000
_LONGEST_ADDRESS: Final = 2_048
_GZIP: Final = b"\x1f\x8b"

# None of these looks far ahead: what a hostile file repeats without end is gone through once.
_ENTRY = re.compile(r"<(url|sitemap)\b[^<>]{0,200}>", re.IGNORECASE)
_LOC = re.compile(
    r"<loc\b[^<>]{0,200}>\s{0,99}(?:<!\[CDATA\[)?\s{0,99}([^<\]]{1,2100})", re.IGNORECASE
)
_TITLE = re.compile(
    r"<(?:news:|video:)?title\b[^<>]{0,200}>\s{0,99}(?:<!\[CDATA\[)?\s{0,99}([^<\]]{1,500})",
    re.IGNORECASE,
)
_LONGEST_ENTRY: Final = 8_000


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page a site itself names, the title it gives it, if any, and where it does so."""

    url: str
    title: str
    named_by: str


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What stands in one sitemap: pages, and further sitemaps."""

    pages: tuple[SitePage, ...] = ()
    children: tuple[str, ...] = ()


def read_sitemap(body: bytes, headers: Mapping[str, str], url: str) -> Sitemap:
    """Read a sitemap: XML, gzipped or not, an index of sitemaps, or a list of addresses as plain text. What is cut off ends there.

    >>> read_sitemap(b"<urlset><url><loc>/a?x=1&amp;y=2</loc></url></urlset>", {}, "https://a.example/sitemap.xml").pages[0].url
    'https://a.example/a?x=1&y=2'
    """
    if body.startswith(_GZIP):
        body = decode_body(body, "gzip", limit=_UNPACKED_LIMIT)
    text = decode_text(body, headers.get("content-type", ""))
    if "<" not in text[:1_000]:
        lines = (_absolute(line, url) for line in text.splitlines()[:_MOST_PAGES])
        return Sitemap(pages=tuple(SitePage(line, "", url) for line in lines if line))
    pages, children = list[SitePage](), list[str]()
    for kind, address, title in _entries(text, url):
        if kind == "sitemap" and len(children) < _MOST_CHILDREN:
            children.append(address)
        elif kind == "url" and len(pages) < _MOST_PAGES:
            pages.append(SitePage(address, title, url))
    return Sitemap(tuple(pages), tuple(children))


def _entries(text: str, base: str) -> Iterator[tuple[str, str, str]]:
    """The kind (`url` or `sitemap`), address and title of each entry."""
    cut = _ENTRY.split(text)
    for kind, entry in zip(cut[1::2], cut[2::2], strict=True):
        loc = _LOC.search(entry, 0, _LONGEST_ENTRY)
        address = _absolute(unescape(loc[1].strip()), base) if loc else ""
        if address:
            title = _TITLE.search(entry, 0, _LONGEST_ENTRY)
            yield kind.lower(), address, unescape(title[1].strip())[:300] if title else ""


def _absolute(address: str, base: str) -> str:
    return (
        absolute_url(address, base) if address.strip() and len(address) <= _LONGEST_ADDRESS else ""
    )
