"""Find the parts of a Markdown page that template engines and authors exclude: comments and code.

Comments are notes of the author that are not shown. The code of a shortcode is shown as written,
like a fenced code block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crawler.pages.raw_links import RawLink
from crawler.pages.source.intervals import UncoveredOffsets

# A comment written as a definition without a destination, whose title is the note:
# [//]: # (note), [comment]: <> "note"
_NO_DESTINATION = re.compile(rb"[ \t]*(?:<>|#|-)[ \t]*(?:\r?\n[ \t>]*)?(?=[(\"'])")
_MAX_LABEL = 200  # bytes before a colon that may be its label
# First characters that `_NO_DESTINATION` can match; the last one stands for the end of the line
_FIRST_CHARACTERS = frozenset([b"#", b"<", b"-", b""])
_LABEL = re.compile(rb"[ \t>]{0,12}\[[^\[\]\n]{0,99}$")
_NOTE = re.compile(
    rb"(?:\([^\n]*\)|\"[^\n]*\"|'[^\n]*'"
    rb"|\((?:[^()\n]|\n(?![ \t>]*\r?\n))*\)|\"(?:[^\"\n]|\n(?![ \t>]*\r?\n))*\")[ \t]*\r?$",
    re.MULTILINE,
)
# How comments of Liquid, Hugo (also as a shortcode), MDX and Jinja begin and end
_COMMENT_TAGS = (
    (re.compile(rb"\{%-?\s*comment\b"), re.compile(rb"\{%-?\s*endcomment\s*-?%\}")),
    (
        re.compile(rb"\{\{[<%]\s*comment\s*[%>]\}\}"),
        re.compile(rb"\{\{[<%]\s*/\s*comment\s*[%>]\}\}"),
    ),
    (re.compile(rb"\{\{-?\s*/\*"), re.compile(rb"\*/\s*-?\}\}")),
    (re.compile(rb"\{/\*"), re.compile(rb"\*/\}")),
    (re.compile(rb"\{#-?\s"), re.compile(rb"\s-?#\}")),
)
_MARKS_OF_COMMENTS = (b"{%", b"*/", b"{#", b"{{<")

_VISIBLE = re.compile(rb"[^ \t\r\n]")

# Names of Hugo's shortcodes, and of Liquid's and Hexo's tags, that show their content as code
_SHORTCODES = (
    b"code", b"code-toggle", b"code-block", b"codeblock", b"highlight", b"mermaid", b"prism",
)  # fmt: skip
_TAGS = (b"codeblock", b"highlight")
# A shortcode's tag that does not close itself, and its closing one
_SHORTCODE_START = rb"\{\{[<%%]\s*%b(?=[\s>%%])(?:[^>}\n/]|/(?![>%%]\}\}))*[>%%]\}\}"
_SHORTCODE_END = rb"\{\{[<%%]\s*/\s*%b\s*[>%%]\}\}"
_TAG_START, _TAG_END = rb"\{%%-?\s*%b\b", rb"\{%%-?\s*end%b\s*-?%%\}"
_CODE_TAGS = (
    *(
        (re.compile(_SHORTCODE_START % name), re.compile(_SHORTCODE_END % name))
        for name in _SHORTCODES
    ),
    *((re.compile(_TAG_START % name), re.compile(_TAG_END % name)) for name in _TAGS),
)

# Text that Nunjucks' `set` or Liquid's `capture` keeps, and where its name is shown as code
_CAPTURE = (
    re.compile(rb"\{%-?\s*(?:set|capture)\s+(\w+)\s*-?%\}"),
    re.compile(rb"\{%-?\s*end(?:set|capture)\s*-?%\}"),
)
_SHOWN_AS_CODE = re.compile(rb"\{\{-?\s*(\w+)\s*\|\s*(?:highlight|escape|forceescape|e)\b")


def template_code_spans(data: bytes) -> Sequence[tuple[int, int]]:
    """Return the spans that templates show as code, in order.

    >>> template_code_spans(b"{{< code >}} https://a.example/ {{< /code >}}")
    [(0, 45)]
    """
    if b"{{<" not in data and b"{{%" not in data and b"{%" not in data:
        return []
    spans: list[tuple[int, int]] = []
    for opener, closer in _CODE_TAGS:
        spans += enclosed_spans(data, opener, closer)
    names_shown_as_code = {found[1] for found in _SHOWN_AS_CODE.finditer(data)}
    if names_shown_as_code:
        capture_opener, capture_closer = _CAPTURE
        for start, end in enclosed_spans(data, capture_opener, capture_closer):
            capture = capture_opener.match(data, start)
            if capture and capture[1] in names_shown_as_code:
                spans.append((start, end))
    return sorted(spans)


def comment_spans(data: bytes, label_ends: Sequence[int]) -> Sequence[tuple[int, int]]:
    r"""Return the spans of a page's comments.

    Args:
        data: The page.
        label_ends: The offsets after each `]:`.

    >>> comment_spans(b"[//]: # (see https://a.example/)\n", [5])
    [(0, 32)]
    """
    spans: list[tuple[int, int]] = []
    for label_end in label_ends:
        if data[label_end : label_end + 2].lstrip()[:1] not in _FIRST_CHARACTERS:
            continue
        line_start = data.rfind(b"\n", max(0, label_end - _MAX_LABEL), label_end) + 1
        if not _LABEL.match(data, line_start, label_end - 2):
            continue
        destination = _NO_DESTINATION.match(data, label_end)
        note = _NOTE.match(data, destination.end()) if destination else None
        if note:
            spans.append((line_start, note.end()))
    if b"{" in data and any(mark in data for mark in _MARKS_OF_COMMENTS):
        for opener, closer in _COMMENT_TAGS:
            spans += enclosed_spans(data, opener, closer)
    return spans


def obsidian_comment_spans(
    data: bytes, start: int, code: Sequence[tuple[int, int]]
) -> Sequence[tuple[int, int]]:
    """Return the spans of Obsidian's comments: from `%%` outside of code to the next `%%`.

    Args:
        data: The page.
        start: Where its body begins.
        code: The spans of its code.

    >>> obsidian_comment_spans(b"`%%` a %% b %% c", 0, [(0, 4)])
    [(7, 14)]
    """
    spans: list[tuple[int, int]] = []
    uncovered = UncoveredOffsets(code)
    opening = data.find(b"%%", start)
    while opening >= 0:
        end = opening + 2
        if uncovered.contains(opening):
            closing = data.find(b"%%", end)
            if closing < 0:
                break
            end = closing + 2
            spans.append((opening, end))
        opening = data.find(b"%%", end)
    return spans


def mask_comments(text: str, spans: Sequence[tuple[int, int]]) -> str:
    r"""Return a text with percent signs in the given spans of its UTF-8, except for white space.

    A parser finds no markup there, and the lines around them stay what they are.

    >>> mask_comments("%%[é](x)%%\n", [(0, 11)])
    '%%%%%%%%%%%\n'
    """
    masked = bytearray(text.encode())
    for start, end in spans:
        masked[start:end] = _VISIBLE.sub(b"%", masked[start:end])
    return masked.decode()


def enclosed_spans(
    data: bytes, opener: re.Pattern[bytes], closer: re.Pattern[bytes]
) -> Iterator[tuple[int, int]]:
    """Yield the spans from each opening mark to the next closing one, in linear time."""
    read_up_to = 0
    for opening in opener.finditer(data):
        if opening.start() < read_up_to:
            continue
        closing = closer.search(data, opening.end())
        if closing is None:
            return
        read_up_to = closing.end()
        yield opening.start(), read_up_to


def links_outside_comments(
    links: Sequence[RawLink], comments: Sequence[tuple[int, int]]
) -> Sequence[RawLink]:
    """Return the links that begin in no comment, in their order."""
    if not comments:
        return links
    by_offset = sorted(links, key=lambda link: link.markup[0])
    outside_comments = UncoveredOffsets(comments)
    kept = {id(link) for link in by_offset if outside_comments.contains(link.markup[0])}
    return [link for link in links if id(link) in kept]
