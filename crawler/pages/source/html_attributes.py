"""Read the value of an HTML attribute, and find the whole attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.entities import html5

_REFERENCE = re.compile(r"&(?:#(?:[0-9]+|[xX][0-9a-fA-F]+);?|([A-Za-z][A-Za-z0-9]*;?))(=?)")

# A comment, in which nothing is read, or an attribute with a quoted address (group 1 or 2)
_COMMENT_OR_ADDRESS = re.compile(
    r"<!--.*?(?:-->|\Z)|\s(?:href|src)\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')",
    re.IGNORECASE | re.DOTALL,
)
MAYBE_TEXT = frozenset(["cite", "longdesc"])  # attributes in which authors write texts, too
# What a path looks like: it has a slash, a suffix or a fragment, and no spaces.
_ADDRESS = re.compile(r"\s*(?:https?://|[^\s]*(?:[/#?]|\.[a-z0-9]{2,5}\s*\Z))", re.IGNORECASE)
_SPACE_WITHIN = re.compile(r"\S\s+\S")
_BEFORE_VALUE = re.compile(rb"\s*[^\s\"'<>/=]+\s*=\s*(?P<quote>[\"']?)\Z")
_MAX_BYTES_BEFORE = 200  # of an attribute's value: its name, and white space


def attribute_extent(data: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Return the byte span of an attribute, with the white space before it.

    Args:
        data: The page's text in UTF-8.
        start: Start of the attribute's value, without quotes.
        end: End of the value.

    Returns:
        The start and the end, or None if there is no attribute.

    >>> attribute_extent(b'<a href="b" title="c">', 19, 20)
    (11, 21)
    """
    before = _BEFORE_VALUE.search(data, max(0, start - _MAX_BYTES_BEFORE), start)
    return (before.start(), end + len(before["quote"])) if before else None


def unescape_attribute(value: str) -> str:
    """Return an attribute's value with its character references resolved.

    A named reference without a semicolon stays as written before a letter, a digit or `=` (HTML
    Standard, 13.2.5.73, "consumed as part of an attribute").

    >>> unescape_attribute("?a=1&region=eu&copy=2&amp;b=3&lt")
    '?a=1&region=eu&copy=2&b=3<'
    """
    return _REFERENCE.sub(_resolve, value) if "&" in value else value


def linked_addresses(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield the addresses in `href` and `src` attributes of raw HTML, without those in comments.

    Args:
        text: A page that has raw HTML.
        start: The index at which the HTML begins.
        end: The index at which it ends.

    Yields:
        The start and the end of each attribute's value, and the address that it stands for.

    >>> list(linked_addresses("<a href='b?c&amp;d'> <!-- <a href='e'> -->", 0, 42))
    [(9, 18, 'b?c&d')]
    """
    for found in _COMMENT_OR_ADDRESS.finditer(text, start, end):
        for group in (1, 2):
            if found[group] is not None:
                yield *found.span(group), unescape_attribute(found[group].strip())


def is_text(name: str, value: str) -> bool:
    """Return whether authors wrote a text in an attribute that is for a URL.

    Browsers follow neither `cite` nor `longdesc`, so that names and descriptions in them go
    unnoticed.

    Args:
        name: The attribute, in lower case.
        value: Its value.

    >>> [is_text("cite", value) for value in ("Smith 2020, p. 3", "Wikipedia", "a.html", "/a")]
    [True, True, False, False]
    >>> is_text("href", "Wikipedia")
    False
    """
    if name not in MAYBE_TEXT:
        return False
    is_path = _ADDRESS.match(value) is not None
    has_spaces = _SPACE_WITHIN.search(value) is not None
    return not is_path or (has_spaces and "://" not in value)


def footnote_label(anchor: str) -> str | None:
    """Return the label of the footnote whose element has an id, or None if it is no footnote.

    Python-Markdown uses ids like `fn:a`, pulldown-cmark `fn-a`, GitHub `user-content-fn-a`.
    """
    name = anchor.removeprefix("user-content-")
    return name[3:] if name.startswith(("fn:", "fn-")) else None


def _resolve(reference: re.Match[str]) -> str:
    """Return the text of a character reference, which stays as written if it is not valid."""
    name, equals = reference[1], reference[2]
    if name is None:
        return unescape(reference[0].removesuffix(equals)) + equals
    is_whole = name in html5 and (name.endswith(";") or not equals)
    return html5[name] + equals if is_whole else reference[0]
