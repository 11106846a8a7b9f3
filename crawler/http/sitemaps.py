"""Read sitemaps within bounds (https://www.sitemaps.org/protocol.html).

The protocol allows RSS and Atom feeds as sitemaps, too. They are read without an XML parser, so
that expanding entities, undeclared namespaces and truncated files do no harm. This module requests
nothing and does not read robots.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Final

from msgspec import Struct

from crawler.http.charsets import decode_text
from crawler.http.content_encoding import decode_body
from crawler.http.urls import absolute_url

SITEMAP_LIMIT: Final = 2 * 1024 * 1024  # bytes requested of one sitemap
_DECODED_LIMIT: Final = 16 * 1024 * 1024  # bytes after gzip is undone
_MAX_PAGES: Final = 50_000  # the protocol's own limit
_MAX_CHILDREN: Final = 1_000  # further sitemaps of an index
_MAX_URL: Final = 2_048  # characters; the protocol's own limit
_MAX_TITLE: Final = 300  # characters
_GZIP_MAGIC: Final = b"\x1f\x8b"

# Every quantifier is bounded, so that a hostile file is scanned once only.
_ENTRY = re.compile(
    r"<(?:([a-z][\w.-]{0,30}):)?(url|sitemap|item|entry)\b[^<>]{0,2200}>", re.IGNORECASE
)
# A URL ends before a tag. Without one the file was cut, and the URL is not complete.
_ADDRESS = r"\s{0,99}+(?:<!\[CDATA\[)?\s{0,99}+([^<\]]{1,2100}+)(?=[<\]])"
_LOC = re.compile(rf"<loc\b[^<>]{{0,200}}>{_ADDRESS}", re.IGNORECASE)
_RSS_LINK = re.compile(rf"<link\s{{0,99}}>{_ADDRESS}", re.IGNORECASE)
_ATOM_LINK = re.compile(r"<link\b([^<>]{1,2400})>", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s{0,9}=\s{0,9}[\"']([^\"']{1,2100})", re.IGNORECASE)
_OTHER_RELATION = re.compile(r"\brel\s{0,9}=\s{0,9}[\"'](?!alternate[\"'])", re.IGNORECASE)
_TITLE = re.compile(
    r"<(?:news:|video:)?title\b[^<>]{0,200}>\s{0,99}(?:<!\[CDATA\[)?\s{0,99}([^<\]]{1,500})",
    re.IGNORECASE,
)
_MAX_ENTRY: Final = 8_000  # characters of an entry that are searched


class SitePage(Struct, frozen=True):
    """A page that a site lists.

    Attributes:
        url: The page's absolute URL.
        title: The title in the list; "" without one.
        named_by: The URL of the sitemap or page that lists it.
    """

    url: str
    title: str
    named_by: str


class Sitemap(Struct, frozen=True):
    """The content of one sitemap: pages, and the URLs of further sitemaps."""

    pages: tuple[SitePage, ...] = ()
    children: tuple[str, ...] = ()


def read_sitemap(body: bytes, headers: Mapping[str, str], url: str) -> Sitemap:
    """Return the content of a sitemap: XML, a feed or plain text, gzipped or not, or an index.

    Args:
        body: The body, which may be truncated.
        headers: The response headers, with lower-case names.
        url: The sitemap's URL, against which relative URLs are resolved.

    Returns:
        Its pages and further sitemaps, at most `_MAX_PAGES` and `_MAX_CHILDREN`.

    >>> body = b"<urlset><url><loc>/a?x=1&amp;y=2</loc></url></urlset>"
    >>> read_sitemap(body, {}, "https://a.example/sitemap.xml").pages[0].url
    'https://a.example/a?x=1&y=2'
    """
    if body.startswith(_GZIP_MAGIC):
        body = decode_body(body, "gzip", limit=_DECODED_LIMIT)
    text = decode_text(body, headers.get("content-type", ""))
    if "<" not in text[:1_000]:
        return _read_plain_list(text, url)
    pages, children = list[SitePage](), list[str]()
    for kind, address, title in _entries(_without_comments(text), url):
        if kind == "sitemap" and len(children) < _MAX_CHILDREN:
            children.append(address)
        elif kind != "sitemap" and len(pages) < _MAX_PAGES:
            pages.append(SitePage(address, title, url))
    return Sitemap(tuple(pages), tuple(children))


def _read_plain_list(text: str, url: str) -> Sitemap:
    """Read a sitemap that is plain text, one URL per line."""
    addresses = [_absolute(line, url) for line in text.splitlines()[:_MAX_PAGES]]
    pages = [SitePage(address, "", url) for address in addresses if address]
    return Sitemap(pages=tuple(pages))


def _without_comments(text: str) -> str:
    """Return XML without its comments; one that does not end takes the text up to the next."""
    first, *others = text.split("<!--")
    return first + "".join(part.partition("-->")[2] for part in others)


def _entries(text: str, base: str) -> Iterator[tuple[str, str, str]]:
    """Yield the kind (`url`, `sitemap`, `item` or `entry`), URL and title of each entry."""
    # The text before the first entry, then for each entry its two groups and the text after its tag
    pieces = _ENTRY.split(text)
    for prefix, kind, piece in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        entry = piece.replace(f"<{prefix}:", "<") if prefix else piece
        address = _absolute(unescape(_address_of(kind.lower(), entry).strip()), base)
        if address:
            match = _TITLE.search(entry, 0, _MAX_ENTRY)
            title = unescape(match[1].strip())[:_MAX_TITLE] if match else ""
            yield kind.lower(), address, title


def _address_of(kind: str, entry: str) -> str:
    """Return the address of an entry as written; an empty string if it has none."""
    if kind == "item":
        link = _RSS_LINK.search(entry, 0, _MAX_ENTRY)
        return link[1] if link else ""
    if kind == "entry":
        for link in _ATOM_LINK.finditer(entry, 0, _MAX_ENTRY):
            href = _HREF.search(link[1])
            if href and not _OTHER_RELATION.search(link[1]):
                return href[1]
        return ""
    loc = _LOC.search(entry, 0, _MAX_ENTRY)
    return loc[1] if loc else ""


def _absolute(address: str, base: str) -> str:
    """Resolve a URL against the sitemap's; an empty string if it is empty or too long."""
    if not address.strip() or len(address) > _MAX_URL:
        return ""
    return absolute_url(address, base)
