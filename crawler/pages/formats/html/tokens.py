"""Split HTML into tags, as the tokenizer of the HTML Standard does (13.2.5), with their bytes.

No tree is built: links need none, and any depth is read in linear time. A quotation mark that is
never closed ends with its tag, so that the rest of the page is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_SPACE = rb"[\t\n\f\r ]"
_ATTRIBUTE_TEXT = (
    rb"[^\t\n\f\r />][^\t\n\f\r />=]*+(?:"
    + _SPACE
    + rb"*+="
    + _SPACE
    + rb"*+(?:\"[^\"]*+\"|'[^']*+'|[^\t\n\f\r >\"'][^\t\n\f\r >]*+)?+)?+"
)
_TOKEN = re.compile(
    rb"<(?:!--(?:-?>|.*?(?:--!?>|\Z))"
    rb"|(/?)([A-Za-z][^\t\n\f\r />]*+)((?:[\t\n\f\r /]++|" + _ATTRIBUTE_TEXT + rb")*+)(?:>|\Z)"
    rb"|[!?/][^>]*+>?+)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    rb"([^\t\n\f\r />][^\t\n\f\r />=]*+)(?:"
    + _SPACE
    + rb"*+="
    + _SPACE
    + rb"*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\t\n\f\r >\"'][^\t\n\f\r >]*+))?+)?+"
)
_QUOTES = {2: b'"', 3: b"'", 4: b""}  # by the group of `_ATTRIBUTE` with the value
# Elements whose content is text. `noscript` is left out, as pages are read without scripts.
RAW_TEXT = frozenset(
    [b"script", b"style", b"textarea", b"title", b"xmp", b"iframe", b"noembed", b"noframes"]
)
# In foreign content (SVG and MathML), the content of only these elements is text.
_RAW_IN_FOREIGN = frozenset([b"script", b"style"])
_FOREIGN = frozenset([b"svg", b"math"])
# Elements that end foreign content, or have HTML in it (13.2.6.5)
_HTML_AGAIN = frozenset(
    [
        b"b", b"big", b"blockquote", b"body", b"br", b"center", b"code", b"dd", b"desc", b"div",
        b"dl", b"dt", b"em", b"embed", b"foreignobject", b"h1", b"h2", b"h3", b"h4", b"h5", b"h6",
        b"head", b"hr", b"i", b"img", b"li", b"listing", b"menu", b"meta", b"nobr", b"ol", b"p",
        b"pre", b"ruby", b"s", b"small", b"span", b"strong", b"strike", b"sub", b"sup", b"table",
        b"title", b"tt", b"u", b"ul", b"var", b"annotation-xml", b"mi", b"mo", b"mn", b"ms",
        b"mtext",
    ]
)  # fmt: skip
_RAW_TEXT_ENDS = {
    name: re.compile(rb"</" + name + rb"(?=[\t\n\f\r />])", re.IGNORECASE) for name in RAW_TEXT
}


class HtmlTag(NamedTuple):
    """A tag.

    Attributes:
        name: In lower case.
        is_end: It is an end tag.
        start: The offset of its `<`.
        end: The offset after its `>`.
        attributes: The span of its attributes.
    """

    name: bytes
    is_end: bool
    start: int
    end: int
    attributes: tuple[int, int]


class HtmlAttribute(NamedTuple):
    """An attribute with a value.

    Attributes:
        name: In lower case.
        start: The first byte of its value, without quotation marks.
        end: The byte after it.
        quote: The quotation mark, or b"".
    """

    name: bytes
    start: int
    end: int
    quote: bytes


def html_tags(data: bytes) -> Iterator[tuple[HtmlTag, int]]:
    """Yield the tags of a page, each with the offset at which its raw text content ends.

    For elements that contain no raw text, this is the end of the tag. Comments are left out.

    Args:
        data: The page.
    """
    at, is_foreign = 0, False
    while token := _TOKEN.search(data, at):
        at = token.end()
        if token[2] is None:
            continue
        name = token[2].lower()
        tag = HtmlTag(name, bool(token[1]), token.start(), at, token.span(3))
        if is_foreign:
            ends_foreign = _FOREIGN if tag.is_end else _HTML_AGAIN
            is_foreign = name not in ends_foreign
        elif name in _FOREIGN and not tag.is_end:
            is_foreign = not data.endswith(b"/>", tag.start, at)
        is_text = name in RAW_TEXT and (not is_foreign or name in _RAW_IN_FOREIGN)
        if is_text and not tag.is_end:
            closing = _RAW_TEXT_ENDS[name].search(data, at)
            at = closing.start() if closing else len(data)
        elif name == b"plaintext" and not tag.is_end:
            at = len(data)
        yield tag, at


def attributes_of(data: bytes, tag: HtmlTag) -> Iterator[HtmlAttribute]:
    """Yield the attributes of a tag that have a value; of two with the same name, the first."""
    seen: set[bytes] = set()
    for attribute in _ATTRIBUTE.finditer(data, *tag.attributes):
        name = attribute[1].lower()
        if name in seen:
            continue
        seen.add(name)
        group = attribute.lastindex
        if group in _QUOTES:
            yield HtmlAttribute(name, *attribute.span(group), _QUOTES[group])
