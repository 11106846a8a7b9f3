"""Link reference definitions: the used, the unused, and the duplicates the parser passes over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import pyromark

from crawler.pages.bare import unescape_text
from crawler.pages.source import Source

_CANDIDATE = re.compile(
    rb"^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(\[(?!\^)((?:[^\[\]\\\n]|\\.){1,999})\]:[ \t]*(?:\n[ \t>]*)?(?:<([^<>\n]+)>|([^\s<][^\s]*)))",
    re.MULTILINE,
)


class Definition(NamedTuple):
    """`[label]: url "title"`; `start` and `end` are the span of the URL, `span` that of the whole definition."""

    label: str
    start: int
    end: int
    url: str
    title: str
    span: tuple[int, int]
    duplicate: bool = False


def label_key(label: str) -> str:
    """What makes two labels the same (CommonMark 4.7): case and runs of white space do not count."""
    return " ".join(label.split()).casefold()


def read_definitions(source: Source, text: str, leaves: Sequence[tuple[int, int]]) -> list[Definition]:
    """Every definition of the page in page order; `leaves` are the spans of text and code, where none can stand."""
    data = source.data
    candidates = list(_CANDIDATE.finditer(data))
    if not candidates:
        return []
    known = {
        entry["span"]["start"]: (label, entry)
        for label, entry in pyromark.reference_definitions(
            text, options=pyromark.Options.ENABLE_FOOTNOTES | pyromark.Options.ENABLE_TABLES
        ).items()
    }
    keys = {label_key(label) for label, _ in known.values()}
    definitions = []
    for match in candidates:
        at, label = match.start(1), match[2].decode(errors="replace")
        start, end = match.span(match.lastindex if match.lastindex and match.lastindex > 2 else 4)
        if at in known:
            entry = known.pop(at)[1]
            definitions.append(Definition(label, start, end, entry["dest"], entry["title"], (entry["span"]["start"], entry["span"]["end"])))
        elif label_key(label) in keys and not _inside(at, leaves):
            line_end = data.find(b"\n", match.end())
            definitions.append(
                Definition(
                    label,
                    start,
                    end,
                    unescape_text(source.slice(start, end)),
                    "",
                    (at, line_end if line_end >= 0 else len(data)),
                    duplicate=True,
                )
            )
    return definitions


def _inside(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)
