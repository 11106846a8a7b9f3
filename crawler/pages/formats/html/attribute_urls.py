"""Find the URLs in the values of HTML attributes, with their bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from crawler.http.html_text import srcset_spans
from crawler.pages.formats.html.link_attributes import (
    SRCSETS,
    holds_url,
    is_citing_link,
    is_citing_meta,
    is_media_parameter,
)
from crawler.pages.formats.html.tokens import HtmlAttribute, HtmlTag
from crawler.pages.source.html_attributes import MAYBE_TEXT, is_text, unescape_attribute

# The `content` of a refresh up to its URL: seconds, a separator, `url=` and a quotation mark. The
# rule is in the HTML Standard ("shared declarative refresh steps").
_REFRESH = re.compile(rb"\s*\d[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?[\"']?", re.IGNORECASE)
_REMOVED = re.compile(r"[\t\n\r]+")  # characters that URL parsers remove


def attribute_value(data: bytes, attribute: HtmlAttribute) -> str:
    """Return the value of an attribute, with its character references resolved."""
    return unescape_attribute(data[attribute.start : attribute.end].decode(errors="replace"))


def url_spans(data: bytes, attribute: HtmlAttribute) -> list[tuple[int, int]]:
    """Return the byte offsets of each URL's start and end in an attribute.

    A `srcset` has several URLs, every other attribute one, or none if its value is blank or a text.
    """
    start, end = attribute.start, attribute.end
    if attribute.name in SRCSETS:
        written = data[start:end].decode("latin-1")  # one character for each byte
        return [(start + first, start + last) for first, last in srcset_spans(written)]
    raw = data[start:end]
    stripped = raw.strip(b"\t\n\f\r ")
    first = start + raw.find(stripped)
    name = attribute.name.decode("latin-1")
    if not stripped or (name in MAYBE_TEXT and is_text(name, attribute_value(data, attribute))):
        return []
    return [(first, first + len(stripped))]


def url_at(data: bytes, start: int, end: int) -> str:
    """Return the URL that is written between two offsets of an attribute's value."""
    url = unescape_attribute(data[start:end].decode(errors="replace"))
    return _REMOVED.sub("", url) if "\n" in url or "\t" in url or "\r" in url else url


def _refresh_url(data: bytes, content: HtmlAttribute) -> HtmlAttribute | None:
    """Return the `content` of a `meta` refresh, narrowed to its URL; None if it is no refresh."""
    prefix = _REFRESH.match(data, content.start, content.end)
    if prefix is None:
        return None
    end, quote = content.end, data[prefix.end() - 1 : prefix.end()]
    if quote in {b'"', b"'"}:
        closing = data.find(quote, prefix.end(), end)
        if closing >= 0:
            end = closing
    return content._replace(start=prefix.end(), end=end)


def citing_attributes(
    data: bytes, tag: HtmlTag, attributes: Sequence[HtmlAttribute], values: Mapping[str, str]
) -> Sequence[HtmlAttribute]:
    """Return the attributes of a `link`, `meta` or `param` element whose URLs are citations.

    Other attributes of the element decide whether they are.

    Args:
        data: The page.
        tag: The tag of the element.
        attributes: Its attributes.
        values: The values of attributes such as `rel` and `http-equiv`, by name.
    """
    by_name = {attribute.name: attribute for attribute in attributes}
    with_url = [each for each in attributes if holds_url(tag.name, each.name)]
    if tag.name == b"link":
        return with_url if is_citing_link(values) else []
    if tag.name == b"param":
        value = by_name.get(b"value")
        return [value] if value and is_media_parameter(values) else []
    content = by_name.get(b"content")
    if content and values.get("http-equiv", "").lower() == "refresh":
        url = _refresh_url(data, content)
        return [url] if url else []
    if content and is_citing_meta(values):
        return [content]
    return with_url
