"""Read the text between two offsets of an HTML page."""

from __future__ import annotations

import re
from html import unescape

_MARKUP = re.compile(rb"<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)", re.DOTALL)
# The rest of a tag, if the text begins within the tag
_CUT_TAG = re.compile(rb"\A[^<>]*>")


def text_between(data: bytes, start: int, end: int) -> str:
    """Return the text between two offsets, without markup, on one line.

    >>> text_between(b'<p class="a">Lamps &amp; <b>boats</b></p>', 3, 41)
    'Lamps & boats'
    """
    written = _CUT_TAG.sub(b"", data[start:end]) if start < end else b""
    text = _MARKUP.sub(b"", written).decode(errors="ignore")
    return " ".join(unescape(text).split()) if "&" in text else " ".join(text.split())
