"""Find the parts of a page that its author excludes by `<!-- holdfast: ignore -->` and the like."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from crawler.pages.source.intervals import UncoveredOffsets
from crawler.pages.source.source_text import SourceText

_NOT_BLANK = re.compile(rb"\S")


class IgnoreMark(Struct, frozen=True):
    """The syntax of comments that exclude links, in one format.

    Attributes:
        pattern: Matches a whole comment; its first group is the word, such as `ignore-start`.
        skips_blank_lines: `ignore-next-line` covers the next line that is not blank, because a
            comment of the format is a paragraph of its own.
    """

    pattern: re.Pattern[bytes]
    skips_blank_lines: bool = False


def ignore_mark(opener: str, closer: str = "", *, skips_blank_lines: bool = False) -> IgnoreMark:
    r"""Return the syntax of ignore marks in the comments of a format.

    Args:
        opener: A regular expression that matches how a comment begins.
        closer: A regular expression that matches how it ends. Without one it ends with its line.
        skips_blank_lines: See `IgnoreMark`.

    >>> ignore_mark("<!--", "-->").pattern.search(b"a <!-- holdfast: ignore-start --> b")[1]
    b'ignore-start'
    >>> ignore_mark("%").pattern.search(b"a % holdfast: ignore\n")[1]
    b'ignore'
    """
    space, end = (r"\s*", closer) if closer else (r"[ \t]*", r"\r?$")
    word = r"(ignore(?:-next-line|-start|-end)?)"
    pattern = f"(?:{opener}){space}holdfast:{space}{word}{space}{end}"
    return IgnoreMark(re.compile(pattern.encode(), re.MULTILINE), skips_blank_lines)


HTML_COMMENT_MARK = ignore_mark("<!--", "-->")


def ignored_spans(
    source: SourceText,
    code: Sequence[tuple[int, int]],
    mark: IgnoreMark = HTML_COMMENT_MARK,
) -> list[tuple[int, int]]:
    """Return the spans in which citations are ignored.

    `ignore` covers its own line, `ignore-next-line` the line below, `ignore-start` everything up to
    `ignore-end` or the end of the page.

    Args:
        source: The page.
        code: The spans of code; a comment inside them is an example and ignores nothing.
        mark: How marks are written.
    """
    if b"holdfast:" not in source.data:
        return []
    spans: list[tuple[int, int]] = []
    opened: int | None = None  # the offset of an `ignore-start` without its end
    outside_code = UncoveredOffsets(code)
    for comment in mark.pattern.finditer(source.data):
        at, word = comment.start(), comment[1]
        if not outside_code.contains(at):
            continue
        line = source.line_at(at)
        if word == b"ignore-start":
            if opened is None:
                opened = at
        elif word == b"ignore-end":
            if opened is not None:
                spans.append((opened, at))
            opened = None
        else:
            if word == b"ignore-next-line":
                end = source.line_start(line + 1)
                text = _NOT_BLANK.search(source.data, end) if mark.skips_blank_lines else None
                line = source.line_at(text.start()) if text else line + 1
            spans.append((source.line_start(line), source.line_start(line + 1)))
    if opened is not None:
        spans.append((opened, len(source.data)))
    return spans
