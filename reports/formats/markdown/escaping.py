"""Escape untrusted texts for Markdown, so that they cannot change the structure around them."""

from __future__ import annotations

import re

from reports.source_links import source_link
from reports.wording.sanitize import plain, plain_url

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_ENTITY = re.compile(r"&(#?\w+);")
# A URL within a sentence, without the punctuation after it, which may be Chinese or Japanese.
_URL_IN_TEXT = re.compile(
    r"(https?://[^\s<>\"`，。；：、（）「」『』《》【】“”]*"
    r"[^\s<>\"`，。；：、（）「」『』《》【】“”:;,.!?)\]…])"
)


def escape(text: str, limit: int = 200) -> str:
    r"""Return a text that Markdown shows as it is, with its URLs as links.

    GitHub makes a link of a URL in a text, and takes a backslash that escapes one of its characters
    for a part of it. So URLs become autolinks, which need no backslashes.

    Args:
        text: Any text.
        limit: Maximum length in code points before escaping.

    >>> escape("[a](javascript:x) *b* <img>\n# c")
    '\\[a\\](javascript:x) \\*b\\* \\<img\\> \\# c'
    >>> escape("*x* is missing (https://example.org/a_b#c): see")
    '\\*x\\* is missing (<https://example.org/a_b#c>): see'
    """
    pieces = _URL_IN_TEXT.split(plain(text, limit))
    pieces[::2] = [_SPECIAL.sub(r"\\\1", words) for words in pieces[::2]]
    pieces[1::2] = [autolink(url) for url in pieces[1::2]]
    return "".join(pieces)


def code(text: str, limit: int = 1_000) -> str:
    """Return a text as a code span.

    Args:
        text: Any text.
        limit: Maximum length in code points.

    >>> code("notes/河.md:3"), code("a`b"), code("`")
    ('`notes/河.md:3`', '``a`b``', '`` ` ``')
    """
    line = plain(text, limit) or " "
    longest = max((len(ticks) for ticks in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def autolink(url: str) -> str:
    """Return a URL as a link, or as a code span if it is not an HTTP or HTTPS URL.

    >>> autolink("https://example.org/?a=1&copy;=<b>"), autolink("javascript:alert(1)")
    ('<https://example.org/?a=1&copy%3B=%3Cb%3E>', '`javascript:alert(1)`')
    """
    if not re.match(r"https?:/", url, re.IGNORECASE):
        return code(url)
    # Some parsers decode entities in an autolink and some do not: the semicolon is escaped.
    return "<" + _ENTITY.sub(r"&\1%3B", plain_url(url)) + ">"


def in_brackets(text: str) -> str:
    """Return an escaped text in brackets after a space, nothing for an empty text."""
    return f" ({escape(text)})" if text else ""


def place_link(source_url: str, page: str, line: int) -> str:
    """Return the place of a citation as a code span, which is a link if the page has an address.

    Args:
        source_url: Template of the address of a page's source (`reports.source_links`).
        page: Path of the page, or its URL.
        line: Line number from 1.

    >>> place_link("", "a.md", 3)
    '`a.md:3`'
    >>> place_link("https://git.example/{path}#L{line}", "a.md", 3)
    '[`a.md:3`](<https://git.example/a.md#L3>)'
    """
    place = code(f"{page}:{line}")
    source = source_link(source_url, page, line)
    if source is None or any(char in source for char in "<>\n"):  # they would end the link
        return place
    return f"[{place}](<{source}>)"
