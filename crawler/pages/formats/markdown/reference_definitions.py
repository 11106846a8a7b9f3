"""Read link reference definitions, including unused ones and the duplicates that parsers drop."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyromark

from crawler.pages.formats.markdown.parser import OPTIONS
from crawler.pages.source.bare_urls import unescape_text
from crawler.pages.source.intervals import UncoveredOffsets
from crawler.pages.source.source_text import SourceText

_MAX_LABEL_BYTES = 4200  # 999 characters (CommonMark 4.7), and what may precede them
_TITLE = re.compile(rb">?[ \t]+(\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\))[ \t\r]*$", re.MULTILINE)
_COLON = re.compile(rb"\]:")
_CANDIDATE = re.compile(
    rb"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*"
    rb"(\[(?!\^)((?:[^\[\]\\\n]|\\.){1,999})\]:[ \t]*(?:\n[ \t>]*)?"
    rb"(?:<(?P<angled>[^<>\n]+)>|(?P<plain>[^\s<]\S*)))"
)


class ReferenceDefinition(NamedTuple):
    """A definition `[label]: url "title"`.

    Attributes:
        label: As written.
        start: The first byte of the URL.
        end: The byte after the URL.
        url: With escapes resolved.
        title: With escapes resolved.
        span: The first byte of the whole definition, and the byte after it.
    """

    label: str
    start: int
    end: int
    url: str
    title: str
    span: tuple[int, int]


def normalise_label(label: str) -> str:
    """Return a label without differences of case and white space (CommonMark 4.7)."""
    return " ".join(label.split()).casefold()


def find_label_ends(data: bytes) -> Sequence[int]:
    """Return the offsets after each `]:`, which every definition has."""
    return [colon.end() for colon in _COLON.finditer(data)]


def read_definitions(
    source: SourceText, text: str, leaves: Sequence[tuple[int, int]], label_ends: Sequence[int]
) -> list[ReferenceDefinition]:
    """Return every definition of a page in page order.

    Args:
        source: The page.
        text: The page as the parser gets it, with the same offsets.
        leaves: The spans of text and code, which contain no definitions.
        label_ends: The offsets after each `]:`.
    """
    data = source.data
    candidates = list(_candidates(data, label_ends))
    if not candidates:
        return []
    parsed = {  # without duplicates
        entry["span"]["start"]: entry
        for entry in pyromark.reference_definitions(text, options=OPTIONS).values()
    }
    defined: set[str] = set()
    gaps = UncoveredOffsets(leaves)
    definitions = []
    for match in candidates:
        at, label = match.start(1), match[2].decode(errors="replace")
        start, end = match.span("angled" if match["angled"] else "plain")
        if entry := parsed.get(at):
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
    """Return the title after a definition's destination on the same line, or ""."""
    match = _TITLE.match(data, end)
    return unescape_text(match[1][1:-1].decode(errors="replace")) if match else ""


def _candidates(data: bytes, label_ends: Sequence[int]) -> Iterator[re.Match[bytes]]:
    """Yield a match for each line that looks like a definition; only lines with `]:` can."""
    line_start = -1
    for label_end in label_ends:
        bracket = label_end - 2
        start = data.rfind(b"\n", max(0, bracket - _MAX_LABEL_BYTES), bracket) + 1
        if start == 0 and bracket > _MAX_LABEL_BYTES:
            continue
        if start != line_start and (match := _CANDIDATE.match(data, start)):
            line_start = start
            yield match
