"""Link reference definitions: the used, the unused, and the duplicates the parser passes over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyromark

from crawler.pages.bare_urls import unescape_text
from crawler.pages.intervals import Uncovered
from crawler.pages.markdown import OPTIONS
from crawler.pages.source_text import Source

_LONGEST_LABEL = 4200  # bytes: 999 characters, as CommonMark has it, and what may stand before them
_TITLE = re.compile(rb">?[ \t]+(\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\))[ \t\r]*$", re.MULTILINE)
_COLON = re.compile(rb"\]:")
_CANDIDATE = re.compile(
    rb"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(\[(?!\^)((?:[^\[\]\\\n]|\\.){1,999})\]:[ \t]*(?:\n[ \t>]*)?(?:<(?P<angled>[^<>\n]+)>|(?P<plain>[^\s<]\S*)))"
)


class Definition(NamedTuple):
    """`[label]: url "title"`; `start` and `end` are the span of the URL, `span` that of the whole definition."""

    label: str
    start: int
    end: int
    url: str
    title: str
    span: tuple[int, int]


def label_key(label: str) -> str:
    """What makes two labels the same (CommonMark 4.7): case and runs of white space do not count."""
    return " ".join(label.split()).casefold()


def read_definitions(
    source: Source, text: str, leaves: Sequence[tuple[int, int]]
) -> list[Definition]:
    """Every definition of the page in page order; `leaves` are the spans of text and code, where none can stand."""
    data = source.data
    candidates = list(_candidates(data))
    if not candidates:
        return []
    known = {
        entry["span"]["start"]: entry
        for entry in pyromark.reference_definitions(text, options=OPTIONS).values()
    }
    defined: set[str] = set()
    gaps = Uncovered(leaves)
    definitions = []
    for match in candidates:
        at, label = match.start(1), match[2].decode(errors="replace")
        start, end = match.span("angled" if match["angled"] else "plain")
        if entry := known.get(at):
            span = entry["span"]["start"], entry["span"]["end"]
            definitions.append(
                Definition(label, start, end, entry["dest"], entry["title"] or "", span)
            )
            defined.add(label_key(label))
        elif label_key(label) in defined and gaps.holds(at):
            url = unescape_text(source.slice(start, end))
            line_end = source.line_start(source.line(end) + 1)
            definitions.append(
                Definition(label, start, end, url, _title(data, end), (at, line_end))
            )
    return definitions


def _title(data: bytes, end: int) -> str:
    """The title behind a definition's destination, if one stands on its line."""
    match = _TITLE.match(data, end)
    return unescape_text(match[1][1:-1].decode(errors="replace")) if match else ""


def _candidates(data: bytes) -> Iterator[re.Match[bytes]]:
    """What looks like a definition: tried only on lines that hold `]:`."""
    line_start = -1
    for colon in _COLON.finditer(data):
        start = data.rfind(b"\n", max(0, colon.start() - _LONGEST_LABEL), colon.start()) + 1
        if start == 0 and colon.start() > _LONGEST_LABEL:
            continue
        if start != line_start and (match := _CANDIDATE.match(data, start)):
            line_start = start
            yield match
