"""Link reference definitions: the used, the unused, and the duplicates the parser passes over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyromark

from crawler.pages.bare_urls import unescape_text
from crawler.pages.intervals import UncoveredOffsets
from crawler.pages.markdown import OPTIONS
from crawler.pages.source_text import SourceText

_MAX_LABEL_BYTES = 4200  # bytes: 999 characters, as CommonMark has it, and what may stand before them
_TITLE = re.compile(rb">?[ \t]+(\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\))[ \t\r]*$", re.MULTILINE)
_COLON = re.compile(rb"\]:")
_CANDIDATE = re.compile(
    rb"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(\[(?!\^)((?:[^\[\]\\\n]|\\.){1,999})\]:[ \t]*(?:\n[ \t>]*)?(?:<(?P<angled>[^<>\n]+)>|(?P<plain>[^\s<]\S*)))"
)


class ReferenceDefinition(NamedTuple):
    """`[label]: url "title"`; `start` and `end` are the span of the URL, `span` that of the whole definition."""

    label: str
    start: int
    end: int
    url: str
    title: str
    span: tuple[int, int]


def normalise_label(label: str) -> str:
    """What makes two labels the same (CommonMark 4.7): case and runs of white space do not count."""
    return " ".join(label.split()).casefold()


def read_definitions(
    source: SourceText, text: str, leaves: Sequence[tuple[int, int]]
) -> list[ReferenceDefinition]:
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
    gaps = UncoveredOffsets(leaves)
    definitions = []
    for match in candidates:
        at, label = match.start(1), match[2].decode(errors="replace")
        start, end = match.span("angled" if match["angled"] else "plain")
        if entry := known.get(at):
            span = entry["span"]["start"], entry["span"]["end"]
            definitions.append(
                ReferenceDefinition(label, start, end, entry["dest"], entry["title"] or "", span)
            )
            defined.add(normalise_label(label))
        elif normalise_label(label) in defined and gaps.contains(at):
            url = unescape_text(source.text_between(start, end))
            line_end = source.line_start(source.line_at(end) + 1)
            definitions.append(
                ReferenceDefinition(label, start, end, url, _title(data, end), (at, line_end))
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
        start = data.rfind(b"\n", max(0, colon.start() - _MAX_LABEL_BYTES), colon.start()) + 1
        if start == 0 and colon.start() > _MAX_LABEL_BYTES:
            continue
        if start != line_start and (match := _CANDIDATE.match(data, start)):
            line_start = start
            yield match
