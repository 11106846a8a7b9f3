"""Find what a page cites in JSON-LD.

Most URLs of JSON-LD describe the page itself, its publisher or its breadcrumbs. Only those in
schema.org's properties for citations (`CITING_PROPERTIES`) are read: a URL as text, or the `url`,
`@id`, `sameAs` or `contentUrl` of an object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crawler.http.urls import is_web_url
from crawler.pages.formats.html.link_attributes import CITING_PROPERTIES
from crawler.pages.source.json_strings import JsonString, JsonSyntaxError, parse_json
from crawler.pages.source.source_text import ByteOffsets, SourceText

_ADDRESS_KEYS = frozenset(["url", "@id", "sameas", "contenturl"])
_MAX_DEPTH = 100


def cited_in_json(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and value of each URL that JSON-LD cites; none if it is no JSON.

    Args:
        data: The page.
        start: The offset at which the JSON begins.
        end: The offset at which it ends.
    """
    source = SourceText(data[start:end].decode(errors="replace"))
    try:
        value = parse_json(source.text)
    except JsonSyntaxError:
        return
    offsets = ByteOffsets(source)
    found = sorted(_cited(value, key="", is_cited=False, depth=0), key=lambda text: text.start)
    for text in found:
        yield start + offsets.at(text.start), start + offsets.at(text.end), str(text)


def _cited(value: Any, *, key: str, is_cited: bool, depth: int) -> Iterator[JsonString]:
    """Yield the URLs that a JSON value cites.

    Args:
        value: The value.
        key: Its key in lower case, without a prefix; "" if it has none.
        is_cited: A property for citations contains the value.
        depth: The number of values around it.
    """
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, JsonString):
        if is_cited and (key in CITING_PROPERTIES or key in _ADDRESS_KEYS) and is_web_url(value):
            yield value
    elif isinstance(value, list):
        for each in value:
            yield from _cited(each, key=key, is_cited=is_cited, depth=depth + 1)
    elif isinstance(value, dict):
        for name, each in value.items():
            word = name.lower().rpartition("/")[2].rpartition(":")[2]
            # The address of a cited object is cited, but not the address of its author.
            cites = word in CITING_PROPERTIES or (is_cited and word in _ADDRESS_KEYS)
            yield from _cited(each, key=word, is_cited=cites, depth=depth + 1)
