"""Find the parts of a page that its author excludes by `<!-- holdfast: ignore -->` and the like."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.pages.intervals import UncoveredOffsets
from crawler.pages.source_text import SourceText

_COMMENT = re.compile(rb"<!--\s*holdfast:\s*(ignore(?:-next-line|-start|-end)?)\s*-->")


def ignored_spans(source: SourceText, code: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in which citations are ignored.

    `ignore` covers its own line, `ignore-next-line` the line below, `ignore-start` everything up to
    `ignore-end` or the end of the page.

    Args:
        source: The page.
        code: The spans of code; a comment inside them is an example and ignores nothing.
    """
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    outside_code = UncoveredOffsets(code)
    for comment in _COMMENT.finditer(source.data) if b"holdfast:" in source.data else ():
        at, word = comment.start(), comment[1]
        if not outside_code.contains(at):
            continue
        line = source.line_at(at)
        if word == b"ignore-start":
            opened = at if opened is None else opened
        elif word == b"ignore-end":
            if opened is not None:
                spans.append((opened, at))
            opened = None
        else:
            line += word == b"ignore-next-line"
            spans.append((source.line_start(line), source.line_start(line + 1)))
    if opened is not None:
        spans.append((opened, len(source.data)))
    return spans
