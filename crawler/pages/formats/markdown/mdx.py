"""Find the parts of MDX that are not Markdown: imports, exports, and templates in attributes.

The rules are those of https://mdxjs.com/docs/what-is-mdx/. JavaScript is not parsed: an import or
export ends at the first blank line at which its brackets are closed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_MODULE = re.compile(
    rb"^(?:import[ \t]*(?:[\"'{*]|[\w$]+[ \t]*,[ \t]*[{*]|[\w$]+[ \t]+from\b)"
    rb"|export[ \t]+(?:default|const|let|var|function|class|async|\{|\*))",
    re.MULTILINE,
)
_LINE = re.compile(rb"[^\n]*\n?")
_OPENING_BRACKETS = (b"{", b"(", b"[")
_CLOSING_BRACKETS = (b"}", b")", b"]")
_FENCES = (b"```", b"~~~")
_MAX_LINES = 2000  # of one statement


def module_spans(data: bytes, start: int) -> list[tuple[int, int]]:
    r"""Return the spans of imports and exports from an offset on.

    >>> module_spans(b"import a from 'b'\n\nexport const c = {\n\n}\n\nimport duties\n", 0)
    [(0, 18), (19, 41)]
    """
    spans: list[tuple[int, int]] = []
    read_up_to = start
    for module in _MODULE.finditer(data, start):
        if module.start() >= read_up_to:
            read_up_to = _module_end(data, module.start())
            spans.append((module.start(), read_up_to))
    return spans


def _module_end(data: bytes, start: int) -> int:
    """Return the offset at which a statement ends: its first blank line if it is never closed."""
    depth, at, first_blank = 0, start, 0
    for _ in range(_MAX_LINES):
        line = _LINE.match(data, at)
        if line is None or not line[0] or line[0].startswith(_FENCES):
            break
        if not line[0].strip():
            if depth <= 0:
                return at
            first_blank = first_blank or at
        depth += sum(map(line[0].count, _OPENING_BRACKETS))
        depth -= sum(map(line[0].count, _CLOSING_BRACKETS))
        at = line.end()
    return first_blank if depth > 0 and first_blank else at


def mask_spans(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return a text with spaces in the given spans of its UTF-8, except for line ends."""
    masked = bytearray(text.encode())
    for start, end in spans:
        masked[start:end] = bytes(byte if byte in b"\r\n" else 0x20 for byte in masked[start:end])
    return masked.decode(errors="replace")


def code_without_templates(data: bytes, code: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans of code without those that are templates in braces: `href={`https://…`}`."""
    return [
        (start, end)
        for start, end in code
        if data[start - 1 : start] != b"{" or data[end : end + 1] != b"}"
    ]
