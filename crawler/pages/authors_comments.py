"""Find comments that are neither HTML nor shown: notes that authors leave in a page's source."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.pages.raw_links import RawLink

# A definition without a destination, whose title is the note: [//]: # (note), [comment]: <> "note"
_EMPTY = re.compile(rb"[ \t]*(?:<>|#|-)[ \t]*(?:\r?\n[ \t>]*)?(?=[(\"'])")
_FIRST = frozenset([b"#", b"<", b"-", b""])
_LABEL = re.compile(rb"[ \t>]{0,12}\[[^\[\]\n]{0,99}\Z")
_NOTE = re.compile(
    rb"(?:\([^\n]*\)|\"[^\n]*\"|'[^\n]*'"
    rb"|\((?:[^()\n]|\n(?![ \t>]*\r?\n))*\)|\"(?:[^\"\n]|\n(?![ \t>]*\r?\n))*\")[ \t]*\r?$",
    re.MULTILINE,
)
# Comments of Liquid, Hugo, Jinja and MDX
_TEMPLATE = re.compile(
    rb"\{%-?\s*comment\b.*?\{%-?\s*endcomment\s*-?%\}|\{\{-?\s*/\*.*?\*/\s*-?\}\}"
    rb"|\{/\*.*?\*/\}|\{#-?\s[^\n]*?\s-?#\}",
    re.DOTALL,
)


def comment_spans(data: bytes, colons: Sequence[int]) -> Sequence[tuple[int, int]]:
    r"""Return the spans of a page's comments.

    Args:
        data: The page.
        colons: The offsets after each `]:`.

    >>> comment_spans(b"[//]: # (see https://a.example/)\n", [5])
    [(0, 32)]
    """
    spans: list[tuple[int, int]] = []
    for colon in colons:
        if data[colon : colon + 2].lstrip()[:1] in _FIRST and (empty := _EMPTY.match(data, colon)):
            line = data.rfind(b"\n", 0, colon) + 1
            note = _NOTE.match(data, empty.end())
            if note and _LABEL.match(data[max(line, colon - 200) : colon - 2]):
                spans.append((line, note.end()))
    if b"{" in data and (b"{%" in data or b"*/" in data or b"{#" in data):
        spans += (found.span() for found in _TEMPLATE.finditer(data))
    return spans


def outside(comments: Sequence[tuple[int, int]], links: Sequence[RawLink]) -> Sequence[RawLink]:
    """Return the links that are in no comment."""
    if not comments:
        return links
    return [
        link for link in links if not any(start <= link.markup[0] < end for start, end in comments)
    ]
