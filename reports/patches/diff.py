"""Unified diffs for `git apply` and `patch`, made from edits without comparing texts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

_CONTEXT = 3  # lines
_NO_NEWLINE = b"\\ No newline at end of file\n"
_ESCAPES = {
    0x07: "a",
    0x08: "b",
    0x09: "t",
    0x0A: "n",
    0x0B: "v",
    0x0C: "f",
    0x0D: "r",
    0x22: '"',
    0x5C: "\\",
}

Splice = tuple[int, int, bytes]
"""Start, end and replacement: the bytes from start to end are replaced."""


class _Change(NamedTuple):
    """The lines from `start` to `end` (from 0, `end` excluded) are replaced by `lines`."""

    start: int
    end: int
    lines: list[bytes]


def unified_diff(path: str, before: bytes, splices: Sequence[Splice]) -> bytes:
    r"""Return the diff of one page as git writes it, empty if nothing changes.

    Args:
        path: Path of the page.
        before: Its bytes; at least one, as an empty page has nothing to edit.
        splices: Its edits in page order, without overlaps.

    >>> print(unified_diff("a.md", b"one\ntwo\n", [(4, 7, b"2")]).decode(), end="")
    diff --git a/a.md b/a.md
    --- a/a.md
    +++ b/a.md
    @@ -1,2 +1,2 @@
     one
    -two
    +2
    """
    lines = _split_lines(before)
    changes = list(_changes(before, lines, splices))
    if not changes:
        return b""
    old, new = _quoted_name("a/", path), _quoted_name("b/", path)
    # Without the tab a name would end at its first space.
    tab = b"\t" if " " in path else b""
    head = b"diff --git %s %s\n--- %s%s\n+++ %s%s\n" % (old, new, old, tab, new, tab)
    return head + b"".join(_hunks(lines, changes))


def _split_lines(data: bytes) -> list[bytes]:
    """Split at line feeds only, which stay with their lines."""
    lines = data.split(b"\n")
    last = lines.pop()
    ended = [line + b"\n" for line in lines]
    return [*ended, last] if last else ended


def _changes(before: bytes, lines: Sequence[bytes], splices: Sequence[Splice]) -> Iterator[_Change]:
    """Yield the changes of whole lines, without the equal lines at their beginnings and ends."""
    starts = [0, *accumulate(map(len, lines))]
    for first, last, group in _group_by_lines(starts, len(lines), splices):
        offset, text = starts[first], b""
        for start, end, replacement in group:
            text += before[offset:start] + replacement
            offset = end
        old = list(lines[first : last + 1])
        new = _split_lines(text + before[offset : starts[last + 1]])
        same_above = _count_same(old, new)
        same_below = _count_same(old[same_above:][::-1], new[same_above:][::-1])
        if same_above < len(old) or same_above < len(new):
            yield _Change(
                first + same_above, last + 1 - same_below, new[same_above : len(new) - same_below]
            )


def _group_by_lines(
    starts: Sequence[int], line_count: int, splices: Sequence[Splice]
) -> Sequence[tuple[int, int, list[Splice]]]:
    """Group splices that share a line.

    Args:
        starts: Offset of each line, and of the end.
        line_count: Number of lines.
        splices: The splices in page order.

    Returns:
        For each group, the numbers of its first and last line, from 0, and its splices.
    """

    def line_of(offset: int) -> int:
        return min(bisect_right(starts, offset), line_count) - 1

    groups: list[tuple[int, int, list[Splice]]] = []
    for splice in splices:
        start, end, _ = splice
        first, last = line_of(start), line_of(max(start, end - 1))
        if groups and first <= groups[-1][1]:
            first, _, group = groups.pop()
            groups.append((first, last, [*group, splice]))
        else:
            groups.append((first, last, [splice]))
    return groups


def _count_same(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    """Return the number of equal lines at the start of both sequences."""
    count = 0
    for old_line, new_line in zip(old, new, strict=False):
        if old_line != new_line:
            break
        count += 1
    return count


def _hunks(lines: Sequence[bytes], changes: Sequence[_Change]) -> Iterator[bytes]:
    """Yield the hunks; changes whose context lines would overlap are in the same hunk."""
    groups = [[changes[0]]]
    for change, next_change in pairwise(changes):
        if next_change.start - change.end > 2 * _CONTEXT:
            groups.append([])
        groups[-1].append(next_change)
    total_growth = 0  # lines that earlier hunks added, less those that they removed
    for group in groups:
        first = max(0, group[0].start - _CONTEXT)
        last = min(len(lines), group[-1].end + _CONTEXT)
        growth = sum(len(change.lines) - (change.end - change.start) for change in group)
        old_range = _range(first, last - first)
        new_range = _range(first + total_growth, last - first + growth)
        body = b"".join(_hunk_lines(lines, group, first, last))
        yield b"@@ -%s +%s @@\n" % (old_range, new_range) + body
        total_growth += growth


def _hunk_lines(
    lines: Sequence[bytes], changes: Sequence[_Change], first: int, last: int
) -> Iterator[bytes]:
    """Yield the lines of a hunk, with their signs."""
    at = first
    for change in changes:
        for line in lines[at : change.start]:
            yield _signed_line(b" ", line)
        for line in lines[change.start : change.end]:
            yield _signed_line(b"-", line)
        for line in change.lines:
            yield _signed_line(b"+", line)
        at = change.end
    for line in lines[at:last]:
        yield _signed_line(b" ", line)


def _range(start: int, length: int) -> bytes:
    """Return a hunk's range as diff writes it.

    Lines count from 1. An empty range names the line before it, and a length of 1 is left out.
    """
    if length > 0:
        start += 1
    return str(start).encode() if length == 1 else f"{start},{length}".encode()


def _signed_line(sign: bytes, line: bytes) -> bytes:
    return sign + line if line.endswith(b"\n") else sign + line + b"\n" + _NO_NEWLINE


def _quoted_name(prefix: str, path: str) -> bytes:
    """Return a path as git writes it with `core.quotePath=false` (git-diff(1)).

    It is quoted if it has quotes, backslashes or control characters.
    """
    raw = (prefix + path).encode("utf-8", "surrogateescape")
    if not any(byte < 0x20 or byte in (0x22, 0x5C, 0x7F) for byte in raw):
        return raw
    escaped = bytearray(b'"')
    for byte in raw:
        if byte in _ESCAPES:
            escaped += f"\\{_ESCAPES[byte]}".encode()
        elif byte < 0x20 or byte == 0x7F:
            escaped += f"\\{byte:03o}".encode()
        else:
            escaped.append(byte)
    return bytes(escaped + b'"')
