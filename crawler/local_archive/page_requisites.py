"""What a page shows beside its own text: the images, style sheets and fonts its markup and its styles name. Pure.

Scripts, frames and media are left alone: what they would ask for only a browser knows. Sources: the HTML standard's `img`, `source`, `link`
and `srcset`, CSS Syntax Level 3 for `url()` and `@import`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote_from_bytes

from ada_url import URL
from lxml import etree

from crawler.http.urls import InvalidUrl, is_external, request_url

_LOOKED_AT = 5 * 1024 * 1024  # characters of markup or styles; no page a person wrote has more
_LONGEST_URL = 4_000
# Pages that load their images late keep the address aside.
_IMAGES = ("src", "data-src", "data-original", "data-lazy-src", "data-actualsrc")
_SETS = ("srcset", "data-srcset")
_RELATIONS = frozenset(
    {"stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon"}
)
_PRELOADED = frozenset({"image", "style", "font"})
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_IN_CSS = re.compile(
    r"""url\(\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|([^"'()\s]+))\s*\)|@import\s+(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')""",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"[^\s,]\S*")
_CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\n]?|\\(.)")


def page_requisites(html: str, url: str, *, encoding: str = "utf-8") -> list[str]:
    """List what an HTML page shows, as URLs to be requested, each once, in the order they are named; styles come first.

    `encoding` is the page's own: by the URL standard the queries of its links are written in it.

    >>> page_embeds('<base href="/x/"><img src="a.png" srcset="b.png 2x"><link rel=stylesheet href="/c.css">', "https://example.org/")
    ['https://example.org/c.css', 'https://example.org/x/a.png', 'https://example.org/x/b.png']
    """
    tags = _Tags()
    parser = etree.HTMLParser(target=tags, encoding="utf-8")
    try:
        parser.feed(html[:_LOOKED_AT].encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:
        pass  # what was found until then counts
    base = _absolute(tags.base, url, encoding) or url
    named = dict.fromkeys((*tags.styles, *tags.shown))
    return list(
        dict.fromkeys(found for name in named if (found := _absolute(name, base, encoding)))
    )


class _Tags:
    """Takes in a page's tags one after another, without a tree: however deep somebody nests them, it takes no longer."""

    def __init__(self) -> None:
        self.base = ""
        self.styles: list[str] = []
        self.shown: list[str] = []
        self._style: list[str] | None = None  # the text of the style element we are in

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "base":
            self.base = self.base or attributes.get("href", "")
        elif tag == "link":
            relations = set(attributes.get("rel", "").lower().split())
            (self.styles if "stylesheet" in relations else self.shown).extend(
                _linked(relations, attributes)
            )
        elif tag == "style":
            self._style = []
        else:
            self.shown.extend(_named_by(tag, attributes))

    def end(self, tag: str) -> None:
        if tag == "style" and self._style is not None:
            self.styles.extend(css_references("".join(self._style)))
            self._style = None

    def data(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)

    def close(self) -> None:
        self.end("style")


def css_requisites(css: str, url: str) -> list[str]:
    """List what a style sheet names: images, fonts, other style sheets.

    >>> css_embeds('@import "b.css"; @font-face { src: url(f.woff2) } /* url(no.png) */', "https://example.org/a/")
    ['https://example.org/a/b.css', 'https://example.org/a/f.woff2']
    """
    return list(
        dict.fromkeys(found for name in css_references(css) if (found := _absolute(name, url)))
    )


def css_references(css: str) -> Iterator[str]:
    """Give the addresses a style sheet names, as they are written."""
    for found in _IN_CSS.finditer(_COMMENT.sub(" ", css[:_LOOKED_AT])):
        yield _CSS_ESCAPE.sub(_unescaped, next(filter(None, found.groups()), ""))


def _linked(relations: set[str], attributes: Mapping[str, str]) -> Iterator[str]:
    if relations & _RELATIONS or (
        "preload" in relations and attributes.get("as", "").lower() in _PRELOADED
    ):
        yield attributes.get("href", "")
        yield from _candidates(attributes.get("imagesrcset", ""))


def _named_by(tag: str, attributes: Mapping[str, str]) -> Iterator[str]:
    if tag == "image":  # of SVG
        yield attributes.get("href") or attributes.get("xlink:href", "")
    elif tag == "video":
        yield attributes.get("poster", "")
    elif tag == "img" or (tag == "input" and attributes.get("type", "").lower() == "image"):
        yield from (value for name in _IMAGES if (value := attributes.get(name)))
    elif "background" in attributes:
        yield attributes["background"]
    if tag in {"img", "source"}:
        for name in _SETS:
            yield from _candidates(attributes.get(name, ""))
    if "style" in attributes:
        yield from css_references(attributes["style"])


def _candidates(srcset: str) -> Iterator[str]:
    """Give the addresses of a `srcset`: what stands before a space, or before a comma at its end."""
    place = 0
    while found := _CANDIDATE.search(srcset, place):
        yield found[0].rstrip(",")
        place = found.end() if found[0].endswith(",") else srcset.find(",", found.end())
        if place < 0:
            return


def _absolute(name: str, base: str, encoding: str = "utf-8") -> str:
    """Make an address whole; empty where it is none of the web's."""
    name = name.strip()
    if not name or len(name) > _LONGEST_URL or name.startswith("#") or name[:5].lower() == "data:":
        return ""
    path, mark, query = name.partition("?")
    try:
        if mark and not query.isascii():
            query = "".join(
                char
                if char.isascii()
                else quote_from_bytes(char.encode(encoding, "xmlcharrefreplace"))
                for char in query
            )
        url = URL(path + mark + query, base).href
        return request_url(url) if is_external(url) else ""
    except (ValueError, InvalidUrl, LookupError):
        return ""


def _unescaped(found: re.Match[str]) -> str:
    if found[2]:
        return found[2]
    code = int(found[1], 16)
    return (
        chr(code)
        if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
        else "\N{REPLACEMENT CHARACTER}"
    )
