"""Read the tags of raw HTML in Markdown: their URLs, anchors and titles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from crawler.http.html_text import srcset_spans
from crawler.pages.source.html_attributes import is_text, unescape_attribute
from crawler.pages.source.html_vocabulary import COPY_ATTRIBUTE, ORIGINAL_ATTRIBUTE

_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9-]*)(?=[\s/>])((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(rb"""([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))""")
# Readers do not see the text of these elements, or see it as code. A tag without an end extends to
# the end of the text.
_EXCLUDED = re.compile(
    rb"(?is)<!--.*?(?:-->|\Z)"
    rb"|<(script|style|pre|code|textarea|template|svg)\b[^>]*(?:\Z|>.*?(?:</\1\s*>|\Z))"
)
_URL_ATTRIBUTES = frozenset(
    [
        b"href", b"src", b"srcset", b"cite", b"poster", b"data", b"longdesc", b"imagesrcset",
        b"data-src", b"data-srcset", b"data-href", b"data-original", b"xlink:href",
        b"data-lazy-src", b"data-lazy-srcset",
    ]
)  # fmt: skip
# Attributes whose value is JavaScript in Vue: `:href`, `v-bind:href`. It is read if it is a string.
_BOUND_ATTRIBUTE = re.compile(rb"(?::|v-bind:)([a-z:-]+)\Z")
_STRING = re.compile(rb"""\s*(["'`])(https?://[^"'`\s$]+)\1\s*\Z""")
_COMPONENT_URL = re.compile(rb"https?://[^\s{}]+\Z")
_COMPONENT_ATTRIBUTES = frozenset([b"to", b"link", b"url"])  # of components that render a link
_SRCSETS = frozenset([b"srcset", b"imagesrcset", b"data-srcset", b"data-lazy-srcset"])


class Tag(NamedTuple):
    """One tag of raw HTML.

    Attributes:
        name: In lower case.
        is_closing: It is an end tag.
        start: The offset of its `<`.
        end: The offset after its `>`.
        urls: Start, end and value of each attribute that holds a URL.
        title: The value of `title`, `aria-label` or `alt`.
        anchors: The values of `id` and `name`.
        copies: Start, end and value of the attribute that names the archive copy of its link.
        original: The value of the attribute that names the original of its link.
    """

    name: str
    is_closing: bool
    start: int
    end: int
    urls: tuple[tuple[int, int, str], ...]
    title: str
    anchors: tuple[str, ...]
    copies: tuple[tuple[int, int, str], ...] = ()
    original: str = ""


def iter_tags(data: bytes, start: int, end: int) -> Iterator[Tag]:
    """Yield the tags between two offsets."""
    return (_read_tag(data, match) for match in _TAG.finditer(data, start, end))


def _read_tag(data: bytes, tag: re.Match[bytes]) -> Tag:
    """Return a tag, from a match of `_TAG`."""
    name = tag[2].decode().lower()
    urls: list[tuple[int, int, str]] = []
    copies: list[tuple[int, int, str]] = []
    title, original, anchors = "", "", []
    for key, value_start, value_end in _attributes(data, tag):
        written = data[value_start:value_end]
        value = unescape_attribute(written.decode(errors="replace"))
        if key in _URL_ATTRIBUTES and not is_text(key.decode(), value):
            urls += _split_urls(data, key, value_start, value_end, value.strip())
        elif key == COPY_ATTRIBUTE:
            copies += _split_urls(data, key, value_start, value_end, value.strip())
        elif key == ORIGINAL_ATTRIBUTE:
            original = original or value.strip()
        elif found := _component_url(tag[2], key, written):
            offset, url = found
            first = value_start + offset
            text = unescape_attribute(url.decode(errors="replace"))
            urls.append((first, first + len(url), text))
        elif key in {b"title", b"aria-label", b"alt"}:
            title = title or value
        elif key in {b"id", b"name"}:
            anchors.append(value)
    return Tag(
        name=name,
        is_closing=bool(tag[1]),
        start=tag.start(),
        end=tag.end(),
        urls=() if name == "base" else tuple(urls),  # `base` only resolves other links
        title=title,
        anchors=tuple(anchors),
        copies=tuple(copies),
        original=original,
    )


def _attributes(data: bytes, tag: re.Match[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name in lower case, and the value's start and end, of a tag's attributes."""
    if b"=" not in tag[3]:
        return
    for attribute in _ATTRIBUTE.finditer(data, tag.start(3), tag.end(3)):
        value_group = attribute.lastindex or 4
        yield attribute[1].lower(), attribute.start(value_group), attribute.end(value_group)


def _component_url(name: bytes, key: bytes, value: bytes) -> tuple[int, bytes] | None:
    """Return the URL in an attribute of a Vue or JSX component, with its offset in the value.

    Args:
        name: The tag's name as written; those of components begin with a capital letter.
        key: The attribute's name.
        value: Its value as written.
    """
    is_component = name[:1].isupper() and not name.isupper()
    bound = _BOUND_ATTRIBUTE.match(key)
    plain = bound[1] if bound else key
    is_link = plain in _COMPONENT_ATTRIBUTES and (is_component or bound is not None)
    if bound and (is_link or plain in _URL_ATTRIBUTES - _SRCSETS):
        string = _STRING.match(value)
        return (string.start(2), string[2]) if string else None
    return (0, value) if is_link and _COMPONENT_URL.match(value) else None


def find_closing_tag(data: bytes, tag: Tag, end: int) -> int:
    """Return the offset of a tag's end tag, searched for up to `end`, or -1."""
    match = _closing_tag_pattern(tag.name).search(data, tag.end, end)
    return match.start() if match else -1


@cache
def _closing_tag_pattern(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"</" + name.encode() + rb"[\s>]", re.IGNORECASE)


def excluded_spans(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of comments, scripts, styles and code, in which no link is read."""
    return (match.span() for match in _EXCLUDED.finditer(data, start, end))


def _split_urls(
    data: bytes, key: bytes, start: int, end: int, value: str
) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and value of each URL in an attribute; `srcset` has several."""
    if key in _SRCSETS:
        yield from _srcset_urls(data, start, end)
        return
    raw = data[start:end]
    start += len(raw) - len(raw.lstrip())
    yield start, start + len(raw.strip()), value


def _srcset_urls(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and value of each URL in a `srcset` between two offsets."""
    characters = data[start:end].decode("latin-1")  # one for each byte
    for url_start, url_end in srcset_spans(characters):
        url = data[start + url_start : start + url_end]
        yield start + url_start, start + url_end, unescape_attribute(url.decode(errors="replace"))
