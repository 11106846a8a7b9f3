"""Digest what a page shows beside its text: pictures, frames, media, drawings, fields and files.

Two pages of a gallery may have the same text and different photographs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode
from xxhash import xxh3_64_hexdigest

from crawler.http.html_text import collapse_whitespace, srcset_spans
from crawler.http.urls import split_url

_MAX_ELEMENTS: Final = 100  # of one kind
_MAX_VALUE: Final = 4_000  # characters of one element
_MAX_DRAWN: Final = 131_072
# Pages that load their images late have the URL in an attribute of their own.
_SOURCES: Final = ("data-src", "data-original", "data-lazy-src", "src", "data", "poster")
_EMBEDDED: Final = (
    "img, iframe, frame, embed, object, video, audio, source, track, input[type=image i]"
)
_FIELDS: Final = (
    "input:not([type=hidden i]):not([type=password i]):not([type=submit i]):not([type=button i])"
)
_STYLE_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)", re.IGNORECASE)
_FILE = re.compile(
    r"\.(?:zip|gz|bz2|xz|7z|rar|tar|exe|msi|dmg|deb|rpm|apk|jar|iso|bin|pdf|epub|djvu|docx?|xlsx?|"
    r"pptx?|od[tsp]|csv|mp3|m4a|ogg|flac|wav|mp4|webm|mov|avi|mkv|svg|png|jpe?g|gif|webp|tiff?|ttf)"
    r"(?:[?#]|$)",
    re.IGNORECASE,
)
# Times and random numbers in URLs, by which browsers are kept from using old copies.
_CHANGING = re.compile(r"\d{6,}|[0-9a-f]{16,}", re.IGNORECASE)
_MIN_NAME: Final = 4  # letters; a shorter name in an address may be in others by chance
_TINY: Final = frozenset({"0", "1", "0px", "1px"})


def digest_parts(tree: LexborHTMLParser, url: str) -> str:
    """Return a digest of what a page shows beside its text; the same if it shows nothing.

    Numbers that change with each request, and what repeats the page's own address, are left out.

    Args:
        tree: The page, with its hidden elements.
        url: The URL of the page.

    >>> tree = LexborHTMLParser("<img src=/a.png>"), LexborHTMLParser("<img src=/b.png>")
    >>> len({digest_parts(each, "https://example.org/") for each in tree})
    2
    """
    names = _names(url)
    masked = {_mask(value[:_MAX_VALUE], names) for value in _values(tree)}
    return xxh3_64_hexdigest("\n".join(sorted(masked)).encode("utf-8", "surrogatepass"))


def _values(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield a text for each part that a page shows."""
    for node in tree.css(_EMBEDDED)[:_MAX_ELEMENTS]:
        if not _is_tiny(node) and not _is_inside_noscript(node):
            yield f"{node.tag} {_source(node)}"
    drawn = 0  # characters of drawings; nested ones would be read again and again
    for node in tree.css("svg")[:_MAX_ELEMENTS]:
        drawing = node.html or ""
        drawn += len(drawing)
        if drawn > _MAX_DRAWN:
            break
        yield drawing
    for node in tree.css("[style*='url(' i]")[:_MAX_ELEMENTS]:
        yield from _STYLE_URL.findall(node.attributes.get("style") or "")
    for node in tree.css("a[href]"):
        address = node.attributes.get("href") or ""
        if _FILE.search(address):
            yield address
    for node in tree.css(_FIELDS)[:_MAX_ELEMENTS]:
        yield f"field {node.attributes.get('value') or ''}"
    for node in tree.css("textarea, option")[:_MAX_ELEMENTS]:
        yield f"field {collapse_whitespace(node.text())}"


def _source(node: LexborNode) -> str:
    """Return the URL of what an element shows; "" if it names none."""
    attributes = node.attributes
    for name in _SOURCES:
        if value := attributes.get(name):
            return value
    srcset = attributes.get("srcset") or attributes.get("data-srcset") or ""
    start, end = next(srcset_spans(srcset), (0, 0))
    return srcset[start:end]


def _is_tiny(node: LexborNode) -> bool:
    """Return whether an element is a pixel that counts visits."""
    sizes = (node.attributes.get("width") or "", node.attributes.get("height") or "")
    return any(size.strip() in _TINY for size in sizes)


def _is_inside_noscript(node: LexborNode) -> bool:
    parent = node.parent
    return parent is not None and parent.tag == "noscript"


def _names(url: str) -> Sequence[str]:
    """Return the spellings of the last part of a URL's path that pages may repeat."""
    path = split_url(url).path.rstrip("/")
    name = path.rpartition("/")[2]
    spellings = dict.fromkeys((path, unquote(path), name, unquote(name)))
    return [each.lower() for each in spellings if len(each) >= _MIN_NAME]


def _mask(value: str, names: Sequence[str]) -> str:
    """Return a value without what changes with the request or the address."""
    masked = value.lower()
    for name in names:
        masked = masked.replace(name, "\0")
    return _CHANGING.sub("0", masked)
