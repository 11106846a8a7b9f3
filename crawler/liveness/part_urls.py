"""List the parts of an archived page that readers would miss: style sheets, frames and images.

The list is of the page as it was captured, or as an archive replays it with the addresses of its
parts rewritten. Nothing is requested. Trackers, counters, advertisements, buttons of social
networks, spacers, icons, fonts, scripts and media are no parts. The list is a sample, because it is
stored with each probe of a copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.archives.mirror_urls import is_archive_host, outermost_original, parse_mirror
from crawler.http.charsets import decode_text
from crawler.http.fetch import BODY_LIMIT
from crawler.http.html_text import first_attribute, srcset_spans
from crawler.http.url_privacy import may_publish
from crawler.http.urls import InvalidUrl, absolute_url, host_of, request_url, split_url
from crawler.liveness.tracker_urls import TRACKER_DOMAINS, TRACKER_URLS

MAX_PARTS: Final = 10
_MAX_STYLE_SHEETS: Final = 3
_MAX_FRAMES: Final = 2
_MAX_DEPTH: Final = 200  # elements around one that are looked at
_MAX_ELEMENTS: Final = 2_000  # of one kind; no page has more that a reader sees
_MAX_URL: Final = 2_000

# Pages that load their images late have the URL in an attribute of their own.
_IMAGE_ATTRIBUTES: Final = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "src")
_SRCSET_ATTRIBUTES: Final = ("data-srcset", "srcset")
_IMPORT = re.compile(r"""@import\s+(?:url\(\s*)?["']?([^"')\s;]+)""", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_TINY = re.compile(r"\s*[01](?:\.\d+)?\s*(?:px)?\s*", re.IGNORECASE)
_HIDING_STYLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?:width|height)\s*:\s*[01](?:\.\d+)?(?:px)?\s*(?:!important\s*)?(?:;|$))",
    re.IGNORECASE,
)


class PageParts(Struct, frozen=True, kw_only=True):
    """A sample of a page's parts, by the URLs under which the page loaded them.

    Attributes:
        style_sheets: Style sheets for the screen.
        frames: Pages in frames that readers see.
        images: Images that readers see.
    """

    style_sheets: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


def page_parts(body: bytes, headers: Mapping[str, str], url: str) -> PageParts:
    """Return a sample of the parts of an archived page, at most `MAX_PARTS`.

    Args:
        body: The page, decompressed; bytes over the limit of probes are ignored.
        headers: Of the response, by lower-case name.
        url: The URL of the response: of a raw memento (`id_`), or of a page that an archive
            replays with rewritten addresses.

    Returns:
        The sample; empty if the URL is of no archived page, or the page is not HTML.

    >>> page = b'<link rel=stylesheet href="/c.css"><img src=a.png><img src=p.gif width=1>'
    >>> html = {"content-type": "text/html"}
    >>> url = "https://web.archive.org/web/20210805000000id_/http://a.example/x/y"
    >>> page_parts(page, html, url).style_sheets, page_parts(page, html, url).images
    (('http://a.example/c.css',), ('http://a.example/x/a.png',))
    """
    original = replayed_url(url)
    content_type = headers.get("content-type", "")
    if not original or "html" not in content_type.lower():
        return PageParts()
    tree = LexborHTMLParser(decode_text(body[:BODY_LIMIT], content_type))
    if is_raw(url):
        resolve = _resolver(original, first_attribute(tree, "base[href]", "href"))
    else:
        resolve = _rewritten_resolver(url, first_attribute(tree, "base[href]", "href"))
    styles = _urls(_style_sheets(tree), resolve)
    frames = _urls(_frames(tree), resolve)
    images = _urls(_images(tree), resolve)
    shown_styles = _sample(styles, _MAX_STYLE_SHEETS)
    shown_frames = _sample(frames, _MAX_FRAMES)
    remaining = MAX_PARTS - len(shown_styles) - len(shown_frames)
    shown_images = _sample(images, remaining)
    return PageParts(style_sheets=shown_styles, frames=shown_frames, images=shown_images)


def replayed_url(url: str) -> str | None:
    """Return the URL whose capture a replay URL shows, also on an archive with an unknown host.

    For a copy of a copy this is the URL of the inner copy, which the archive has captured.

    >>> replayed_url("http://127.0.0.1:8000/web/20210805000000im_/http://a.example/a.png?v=2")
    'http://a.example/a.png?v=2'
    """
    return outermost_original(url) or outermost_original(_as_wayback(url))


def is_raw(url: str) -> bool:
    """Return whether a replay URL is of a capture as it was made, without rewritten addresses."""
    address = parse_mirror(url) or parse_mirror(_as_wayback(url))
    return address is not None and address.modifier == "id_"


def _as_wayback(url: str) -> str:
    """Return a URL with the host of the Wayback Machine, so that its path can be parsed."""
    parts = split_url(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"https://web.archive.org{parts.path}{query}"


def _resolver(original: str, base: str) -> Callable[[str], str]:
    """Return the function that resolves the addresses of a raw memento."""
    page = absolute_url(base, original) or original
    return lambda address: absolute_url(address, page)


def _rewritten_resolver(url: str, base: str) -> Callable[[str], str]:
    """Return the function that resolves the addresses of a page with rewritten addresses.

    An address that is no replay URL belongs to the archive itself, for example to its toolbar, and
    is dropped; or it was not rewritten, as in attributes that only scripts read.
    """
    page = absolute_url(base, url) or url
    own_host = host_of(url)

    def resolve(address: str) -> str:
        resolved = absolute_url(address, page)
        original = replayed_url(resolved) if resolved else None
        if original:
            return original
        host = host_of(resolved) if resolved else ""
        return "" if host == own_host or is_archive_host(host) else resolved

    return resolve


def _style_sheets(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("link[rel~='stylesheet' i][href]")[:_MAX_ELEMENTS]:
        is_alternate = "alternate" in (node.attributes.get("rel") or "").lower().split()
        if not is_alternate and _is_for_screens(node.attributes.get("media")):
            yield node.attributes.get("href") or ""
    for node in tree.css("style")[:_MAX_ELEMENTS]:
        if _is_for_screens(node.attributes.get("media")):
            yield from _IMPORT.findall(_CSS_COMMENT.sub(" ", node.text()))


def _is_for_screens(media: str | None) -> bool:
    """Return whether a style sheet for some media changes what readers see on a screen."""
    query = (media or "all").lower()
    return not query.strip() or "all" in query or "screen" in query or "(" in query


def _frames(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("frame[src], iframe")[:_MAX_ELEMENTS]:
        if not _is_hidden(node):
            yield node.attributes.get("data-src") or node.attributes.get("src") or ""


def _images(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("img, amp-img, input[type='image' i]")[:_MAX_ELEMENTS]:
        if _is_hidden(node) or _is_inside_noscript(node):
            continue
        values = (node.attributes.get(name) or "" for name in _IMAGE_ATTRIBUTES)
        # A placeholder is mostly a data URL.
        named = [value for value in values if value and not _is_data(value)]
        if named:
            yield named[0]
            continue
        sets = (node.attributes.get(name) or "" for name in _SRCSET_ATTRIBUTES)
        for srcset in filter(None, sets):
            yield from (srcset[start:end] for start, end in list(srcset_spans(srcset))[:1])
            break


def _is_hidden(node: LexborNode) -> bool:
    """Return whether readers do not see an element, or only as a dot.

    What is in a hidden element is hidden, too. A hidden body is shown by a script.
    """
    sizes = (node.attributes.get("width") or "", node.attributes.get("height") or "")
    if any(_TINY.fullmatch(size) for size in sizes):
        return True
    for element in _element_and_ancestors(node):
        if element.tag in {"body", "html"}:
            return False
        attributes = element.attributes
        if "hidden" in attributes or _HIDING_STYLE.search(attributes.get("style") or ""):
            return True
    return False


def _is_inside_noscript(node: LexborNode) -> bool:
    return any(element.tag == "noscript" for element in _element_and_ancestors(node))


def _element_and_ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """Yield an element and those around it, from the inside out, at most `_MAX_DEPTH`."""
    element: LexborNode | None = node
    for _ in range(_MAX_DEPTH):
        if element is None:
            return
        yield element
        element = element.parent


def _is_data(address: str) -> bool:
    return address.lstrip()[:5].lower() == "data:"


def _urls(addresses: Iterable[str], resolve: Callable[[str], str]) -> Sequence[str]:
    """Return the URLs to look for, as they are requested, each once."""
    urls: dict[str, None] = {}
    for address in addresses:
        written = address.strip()
        if not written or len(written) > _MAX_URL or written.startswith("#") or _is_data(written):
            continue
        try:
            url = request_url(resolve(written))
        except InvalidUrl:
            continue
        if not _is_tracker(url) and len(url) <= _MAX_URL and may_publish(url):
            urls[url] = None
    return list(urls)


def _is_tracker(url: str) -> bool:
    """Return whether a URL is of a tracker, a counter, an advertisement or a spacer."""
    labels = host_of(url).lower().split(".")
    domains = {".".join(labels[start:]) for start in range(len(labels) - 1)}
    return not domains.isdisjoint(TRACKER_DOMAINS) or bool(TRACKER_URLS.search(url))


def _sample(urls: Sequence[str], number: int) -> tuple[str, ...]:
    """Return at most `number` URLs, spread evenly over the page."""
    if len(urls) <= number:
        return tuple(urls)
    return tuple(urls[index * len(urls) // number] for index in range(number))
