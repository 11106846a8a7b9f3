"""Small helpers to read text out of parsed HTML and to measure it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

# From CJK radicals on: ideographs, kana, hangul and everything above them. Python compiles a long
# range slowly, so the characters below are excluded.
_IDEOGRAPHS = re.compile("[^\0-\u2e7f]+")

# White space as HTML defines it; a URL may contain other characters that Unicode calls white space.
_SRCSET_URL = re.compile(r"[^ \t\n\f\r,][^ \t\n\f\r]*")
_SRCSET_DESCRIPTORS = re.compile(r"(?:[^,(]|\([^)]*(?:\)|\Z))*+")


def srcset_spans(srcset: str) -> Iterator[tuple[int, int]]:
    r"""Yield the start and end of each URL in a `srcset` attribute.

    The rules are those of the HTML standard, "parse a srcset attribute": a URL ends before white
    space or before commas at its end, and the descriptors after it end before a comma outside
    parentheses.

    >>> text = "a.jpg 1x,\n b,c.jpg 2x, d.jpg"
    >>> [text[start:end] for start, end in srcset_spans(text)]
    ['a.jpg', 'b,c.jpg', 'd.jpg']
    """
    position = 0
    while match := _SRCSET_URL.search(srcset, position):
        url = match[0].rstrip(",")
        yield match.start(), match.start() + len(url)
        position = match.end()
        if len(url) == len(match[0]):
            descriptors = _SRCSET_DESCRIPTORS.match(srcset, position)
            position = descriptors.end() if descriptors else position


def collapse_whitespace(text: str) -> str:
    r"""Return a text on one line, each run of white space replaced by a single space.

    >>> collapse_whitespace(" a\n\tb ")
    'a b'
    """
    return " ".join(text.replace("\0", "").split())


def collapse_start(text: str, length: int) -> str:
    r"""Return a text with collapsed white space, of a long text only the beginning.

    >>> collapse_start("a\n b c d e f g", 3)
    'a b c'

    Args:
        text: Any text.
        length: How many characters of the result are needed at least.
    """
    start = collapse_whitespace(text[: 2 * length])
    return start if len(start) >= length else collapse_whitespace(text)


def count_letters(text: str) -> int:
    """Return the length of a text in letters; an ideograph or a syllable counts as two letters.

    >>> count_letters("reef"), count_letters("珊瑚")
    (4, 4)
    """
    if text.isascii():
        return len(text)  # known without a search
    return len(text) + sum(map(len, _IDEOGRAPHS.findall(text)))


def first_attribute(tree: LexborHTMLParser, selector: str, name: str) -> str:
    """Return an attribute of the first element that a CSS selector matches, on one line.

    Args:
        tree: The parsed page.
        selector: A CSS selector.
        name: The attribute's name.

    Returns:
        The attribute's value; empty if there is no such element or attribute.
    """
    node = tree.css_first(selector)
    return collapse_whitespace(node.attributes.get(name) or "") if node else ""
