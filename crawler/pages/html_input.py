"""Prepare a fetched HTML page for the parser: decode it, and recognise too deeply nested pages."""

from __future__ import annotations

import re

from crawler.http.charsets import codec_of
from crawler.pages.source.decode import Decoded, decode

MAX_DEPTH = 15_000  # of nested elements; parsing these takes half a second
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([A-Za-z0-9_:.-]+)", re.IGNORECASE)
_XML = re.compile(rb"\A\s*<\?xml[^>]+encoding\s*=\s*[\"']([A-Za-z0-9_:.-]+)")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)", re.IGNORECASE)
# Elements that end an SVG image, in which `/>` does not close them (HTML Standard, 13.2.6.5).
_NOT_OF_SVG = (
    "b|big|blockquote|body|br|center|code|dd|div|dl|dt|em|embed|font|h[1-6]|head|hr|i|img|li|"
    "listing|menu|meta|nobr|ol|p|pre|ruby|s|small|span|strong|strike|sub|sup|table|tt|u|ul|var"
)
_EMPTY_SVG_ELEMENT = re.compile(rf"<(?!(?:{_NOT_OF_SVG})[\s/>])[^<>]*/>", re.IGNORECASE)
# An image without an end extends to the end of the page.
_SVG = re.compile(r"<svg\b.*?(?:</svg>|\Z)", re.IGNORECASE | re.DOTALL)
# Elements that have no content, or end where the next of their kind begins.
_NOT_NESTING_TAGS = frozenset(
    [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr", "p", "li", "dt", "dd", "option", "tr", "td", "th", "thead",
        "tbody", "tfoot", "colgroup", "rp", "rt",
    ]
)  # fmt: skip


def is_nested_too_deeply(text: str) -> bool:
    """Return whether elements are nested too deeply for the parser.

    The parser's time grows with the square of the depth, and it cannot be interrupted.
    """
    if text.count("<") <= MAX_DEPTH:
        return False
    depth = 0
    without_leaves = _SVG.sub(lambda svg: _EMPTY_SVG_ELEMENT.sub("", svg[0]), text)
    for tag in _TAG.finditer(without_leaves):
        if tag[2].lower() in _NOT_NESTING_TAGS:
            continue
        depth = max(0, depth + (-1 if tag[1] else 1))
        if depth > MAX_DEPTH:
            return True
    return False


def declared_charset(data: bytes) -> str | None:
    """Return the encoding that a page declares in a `meta` element or as XML, or None."""
    declared = _CHARSET.search(data[:2048]) or _XML.match(data[:2048])
    return declared[1].decode() if declared else None


def decode_html(data: bytes, encoding: str | None) -> Decoded:
    """Decode a page by its header, else byte order mark, UTF-8, own declaration, or by guessing.

    Args:
        data: The page.
        encoding: From the response's Content-Type header.

    Returns:
        The text and its encoding.

    Raises:
        NotText: The bytes are no text.
    """
    decoded = None if encoding else decode(data)
    if decoded is not None and not decoded.guessed:
        return decoded
    for name in (encoding, declared_charset(data)):
        if name and (codec := codec_of(name)):
            return Decoded(data.decode(codec, "replace"), name.lower())
    return decoded or decode(data)
