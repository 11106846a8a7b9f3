"""Small helpers to read text out of parsed HTML and to measure it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

# From CJK radicals on: ideographs, kana, hangul and everything above them.
_IDEOGRAPHS = re.compile("[\u2e80-\U0010ffff]+")


def collapse_whitespace(text: str) -> str:
    r"""Return a text on one line, each run of white space replaced by a single space.

    >>> collapse_whitespace(" a\n\tb ")
    'a b'
    """
    return " ".join(text.replace("\0", "").split())


def count_letters(text: str) -> int:
    """Return the length of a text in letters; an ideograph or a syllable counts as two letters.

    >>> count_letters("reef"), count_letters("珊瑚")
    (4, 4)
    """
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
