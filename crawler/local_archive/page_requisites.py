"""List the page requisites of a page or style sheet: images, style sheets, fonts and icons.

The module makes no requests.

Scripts, frames and media are left out: only a browser finds out what they load. Sources: the HTML
standard's `img`, `source`, `link` and `srcset`, and its obsolete attribute `background`; CSS Syntax
Level 3 for `url()` and `@import`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote_from_bytes

from ada_url import URL
from lxml import etree

from crawler.http.html_text import srcset_spans
from crawler.http.urls import InvalidUrl, is_web_url, request_url

_MAX_CHARACTERS = 5 * 1024 * 1024  # no page or style sheet written by a person is longer
_MAX_URL = 4_000  # characters
# Pages that load images lazily have the URL in a `data-` attribute.
_IMAGE_ATTRIBUTES = ("src", "data-src", "data-original", "data-lazy-src", "data-actualsrc")
_SRCSET_ATTRIBUTES = ("srcset", "data-srcset")
_LINK_RELATIONS = frozenset(
    {"stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon"}
)
_PRELOAD_KINDS = frozenset({"image", "style", "font"})  # values of `as`
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_CSS_STRING = r"""(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')"""
_CSS_REFERENCE = re.compile(
    rf"""url\(\s*(?:{_CSS_STRING}|([^"'()\s]+))\s*\)|@import\s+{_CSS_STRING}""", re.IGNORECASE
)
_CSS_ESCAPE = re.compile(r"\\(?P<hex>[0-9a-fA-F]{1,6})[ \t\n]?|\\(?P<character>.)")


def page_requisites(html: str, url: str, *, encoding: str = "utf-8") -> list[str]:
    """Return the requisites of an HTML page.

    Args:
        html: The markup; only the first 5 million characters are read.
        url: The page's URL, against which relative URLs are resolved.
        encoding: The page's encoding. By the URL standard it encodes the queries of its links.

    Returns:
        URLs as they are requested, without duplicates: style sheets first, then in page order.

    >>> image = '<base href="/x/"><img src="a.png" srcset="b.png 2x">'
    >>> page_requisites(f'{image}<link rel=stylesheet href="/c.css">', "https://example.org/")
    ['https://example.org/c.css', 'https://example.org/x/a.png', 'https://example.org/x/b.png']
    """
    collector = _ReferenceCollector()
    parser = etree.HTMLParser(target=collector, encoding="utf-8")
    try:
        parser.feed(html[:_MAX_CHARACTERS].encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:
        pass  # the references before the error are kept
    base = _resolve_reference(collector.base, url, encoding) or url
    return _resolve_references((*collector.styles, *collector.others), base, encoding)


def css_requisites(css: str, url: str) -> list[str]:
    """Return the requisites of a style sheet: images, fonts, other style sheets.

    Args:
        css: The style sheet; only the first 5 million characters are read.
        url: Its URL, against which relative URLs are resolved.

    >>> css = '@import "b.css"; @font-face { src: url(f.woff2) } /* url(no.png) */'
    >>> css_requisites(css, "https://example.org/a/")
    ['https://example.org/a/b.css', 'https://example.org/a/f.woff2']
    """
    return _resolve_references(css_references(css), url)


def css_references(css: str) -> Iterator[str]:
    """Yield the URLs in a style sheet as they are written."""
    for found in _CSS_REFERENCE.finditer(_CSS_COMMENT.sub(" ", css[:_MAX_CHARACTERS])):
        reference = next(filter(None, found.groups()), "")  # one group at most has matched
        yield _CSS_ESCAPE.sub(_unescape, reference)


class _ReferenceCollector:
    """A parser target that collects the URLs of requisites.

    It builds no tree, so that deeply nested elements take no longer than others.

    Attributes:
        base: The URL of the first `base` element.
        styles: The URLs of style sheets, and those in the page's own styles.
        others: The URLs of all other requisites.
    """

    def __init__(self) -> None:
        self.base = ""
        self.styles: list[str] = []
        self.others: list[str] = []
        self._style_text: list[str] | None = None  # of the open style element

    # The methods lxml calls, in the order of the markup.

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Collect the URLs in the attributes of an element."""
        if tag == "base":
            self.base = self.base or attributes.get("href", "")
        elif tag == "link":
            relations = set(attributes.get("rel", "").lower().split())
            is_style = "stylesheet" in relations
            references = self.styles if is_style else self.others
            references.extend(_link_references(relations, attributes))
        elif tag == "style":
            self._style_text = []
        else:
            self.others.extend(_element_references(tag, attributes))

    def end(self, tag: str) -> None:
        """Collect the URLs in a style element that ends."""
        if tag == "style" and self._style_text is not None:
            self.styles.extend(css_references("".join(self._style_text)))
            self._style_text = None

    def data(self, text: str) -> None:
        """Keep the text of the open style element."""
        if self._style_text is not None:
            self._style_text.append(text)

    def close(self) -> None:
        """Collect the URLs in a style element that was not closed."""
        self.end("style")


def _link_references(relations: set[str], attributes: Mapping[str, str]) -> Iterator[str]:
    """Yield the URLs of a `link` element that loads a requisite."""
    preloads = "preload" in relations and attributes.get("as", "").lower() in _PRELOAD_KINDS
    if preloads or relations & _LINK_RELATIONS:
        yield attributes.get("href", "")
        yield from _srcset_urls(attributes.get("imagesrcset", ""))


def _element_references(tag: str, attributes: Mapping[str, str]) -> Iterator[str]:
    """Yield the URLs of images and styles in the attributes of an element."""
    is_image_button = tag == "input" and attributes.get("type", "").lower() == "image"
    if tag == "image":  # of SVG
        yield attributes.get("href") or attributes.get("xlink:href", "")
    elif tag == "video":
        yield attributes.get("poster", "")
    elif tag == "img" or is_image_button:
        for name in _IMAGE_ATTRIBUTES:
            yield attributes.get(name, "")
    elif "background" in attributes:
        yield attributes["background"]
    if tag in {"img", "source"}:
        for name in _SRCSET_ATTRIBUTES:
            yield from _srcset_urls(attributes.get(name, ""))
    if "style" in attributes:
        yield from css_references(attributes["style"])


def _srcset_urls(srcset: str) -> Iterator[str]:
    """Yield the URLs in a `srcset` attribute."""
    return (srcset[start:end] for start, end in srcset_spans(srcset))


def _resolve_references(references: Iterable[str], base: str, encoding: str = "utf-8") -> list[str]:
    """Return the URLs to be requested for references, each once, without those that have none."""
    distinct = dict.fromkeys(references)
    urls = [_resolve_reference(reference, base, encoding) for reference in distinct]
    return list(dict.fromkeys(filter(None, urls)))


def _resolve_reference(reference: str, base: str, encoding: str) -> str:
    """Return the URL to be requested for a reference; "" if it is no web address.

    Args:
        reference: The URL as it is written in a page or style sheet.
        base: The URL against which it is resolved.
        encoding: The encoding in which its query is sent.
    """
    reference = reference.strip()
    is_data = reference[:5].lower() == "data:"
    if not reference or len(reference) > _MAX_URL or reference.startswith("#") or is_data:
        return ""
    path, mark, query = reference.partition("?")
    try:
        url = URL(path + mark + _encode_query(query, encoding), base).href
        return request_url(url) if is_web_url(url) else ""
    except (ValueError, InvalidUrl, LookupError):
        return ""


def _encode_query(query: str, encoding: str) -> str:
    """Percent-encode the non-ASCII characters of a query in the page's encoding."""
    if query.isascii():
        return query
    return "".join(_encode_character(char, encoding) for char in query)


def _encode_character(char: str, encoding: str) -> str:
    """Percent-encode a character outside ASCII; one that the encoding lacks as `&#NUMBER;`."""
    if char.isascii():
        return char
    return quote_from_bytes(char.encode(encoding, "xmlcharrefreplace"))


def _unescape(found: re.Match[str]) -> str:
    """Return the character that a CSS escape stands for."""
    if found["character"]:
        return found["character"]
    code = int(found["hex"], 16)
    is_surrogate = 0xD800 <= code < 0xE000
    is_valid = 0 < code < 0x110000 and not is_surrogate
    return chr(code) if is_valid else "\N{REPLACEMENT CHARACTER}"
