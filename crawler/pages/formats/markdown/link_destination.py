"""Locate the destination of an inline link inside its markup.

The Markdown parser reports only the range of the whole link.
"""

from __future__ import annotations

import re

_DESTINATION = re.compile(rb"\]\(\s*(?:>\s*)*(?:<([^>\n]*)>|([^\s)][^\s]*))")


def locate_destination(data: bytes, text_end: int, end: int, url: str) -> tuple[int, int]:
    """Return the span of an inline link's destination.

    Args:
        data: The page.
        text_end: The offset after the link text.
        end: The offset after the whole link.
        url: The destination with escapes resolved, as the parser returns it.

    Returns:
        The first byte and the byte after it; an empty span at `text_end` if there is none.
    """
    match = _DESTINATION.search(data, max(0, text_end - 1), end)
    if match is None:
        return text_end, text_end
    if match.lastindex == 1:
        return match.span(1)
    start = match.start(2)
    written = url.encode("utf-8", "replace")
    if data.startswith(written, start):
        return start, start + len(written)
    return start, _raw_destination_end(data, start, end)


def _raw_destination_end(data: bytes, start: int, end: int) -> int:
    """Return the offset at which a destination without angle brackets ends.

    It ends at a space, or at the `)` that closes the link (CommonMark 6.3).
    """
    depth, at = 0, start
    while at < end:
        byte = data[at]
        if byte == ord("\\"):
            at += 1
        elif byte <= ord(" ") or (byte == ord(")") and depth == 0):
            break
        elif byte == ord("("):
            depth += 1
        elif byte == ord(")"):
            depth -= 1
        at += 1
    return min(at, end)
