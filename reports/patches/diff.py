"""Unified diffs as `git apply` and `patch` take them, straight from the edits: nothing has to be compared."""

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

Splice = tuple[int, int, bytes]  # the bytes from start to end become these


class _Change(NamedTuple):
    """Lines `start` to `end` (from 0, `end` excluded) become `lines`."""

    start: int
    end: int
    lines: list[bytes]


def unified_diff(path: str, before: bytes, splices: Sequence[Splice]) -> bytes:
    r"""Write the diff of one page as git does; `splices` are in page order and do not overlap. Empty where nothing changes.

    >>> print(unified_diff("a.md", b"one\ntwo\n", [(4, 7, b"2")]).decode(), end="")
    diff --git a/a.md b/a.md
    --- a/a.md
    +++ b/a.md
    @@ -1,2 +1,2 @@
     one
    -two
    +2
    """
    lines = _lines(before)
    changes = list(_changes(before, lines, splices))
    if not changes:
        return b""
    old, new = _name("a/", path), _name("b/", path)
    # A name with a space is ended by a tab, or it would end at the space.
    tab = b"\t" if " " in path else b""
    head = b"diff --git %s %s\n--- %s%s\n+++ %s%s\n" % (old, new, old, tab, new, tab)
    return head + b"".join(_hunks(lines, changes))


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _changes(before: bytes, lines: Sequence[bytes], splices: Sequence[Splice]) -> Iterator[_Change]:
    """Gather the splices by the lines they touch; lines that stay are left out at both ends."""
    starts = [0, *accumulate(map(len, lines))]
    groups: list[tuple[int, int, list[Splice]]] = []
    for splice in splices:
        first, last = (
            min(bisect_right(starts, offset), len(lines)) - 1
            for offset in (splice[0], max(splice[0], splice[1] - 1))
        )
        if groups and first <= groups[-1][1]:
            first, _, together = groups.pop()
            groups.append((first, last, [*together, splice]))
        else:
            groups.append((first, last, [splice]))
    for first, last, together in groups:
        at, text = starts[first], b""
        for start, end, replacement in together:
            text += before[at:start] + replacement
            at = end
        old, new = lines[first : last + 1], _lines(text + before[at : starts[last + 1]])
        above = _alike(old, new)
        below = _alike(old[above:][::-1], new[above:][::-1])
        if above < len(old) or above < len(new):
            yield _Change(first + above, last + 1 - below, new[above : len(new) - below])


def _alike(some: Sequence[bytes], others: Sequence[bytes]) -> int:
    """Count the lines that are the same from the beginning."""
    return next(
        (count for count, pair in enumerate(zip(some, others, strict=False)) if pair[0] != pair[1]),
        min(len(some), len(others)),
    )


def _hunks(lines: Sequence[bytes], changes: Sequence[_Change]) -> Iterator[bytes]:
    groups = [[changes[0]]]
    for one, other in pairwise(changes):
        if other.start - one.end > 2 * _CONTEXT:
            groups.append([])
        groups[-1].append(other)
    grown = 0
    for group in groups:
        first, last = max(0, group[0].start - _CONTEXT), min(len(lines), group[-1].end + _CONTEXT)
        body: list[bytes] = []
        at = first
        for change in group:
            body += [_line(b" ", line) for line in lines[at : change.start]]
            body += [_line(b"-", line) for line in lines[change.start : change.end]]
            body += [_line(b"+", line) for line in change.lines]
            at = change.end
        body += [_line(b" ", line) for line in lines[at:last]]
        growth = sum(len(change.lines) - (change.end - change.start) for change in group)
        yield b"@@ -%s +%s @@\n" % (
            _range(first, last - first),
            _range(first + grown, last - first + growth),
        ) + b"".join(body)
        grown += growth


def _range(start: int, length: int) -> bytes:
    """A hunk's range as diff writes it: from 1, but from the line before where it is empty; a length of 1 goes without saying."""
    start += length > 0
    return str(start).encode() if length == 1 else f"{start},{length}".encode()


def _line(sign: bytes, line: bytes) -> bytes:
    return sign + line if line.endswith(b"\n") else sign + line + b"\n" + _NO_NEWLINE


def _name(prefix: str, path: str) -> bytes:
    """A path as git writes it: between quotes where it holds quotes, backslashes or control characters (git-diff(1), `core.quotePath=false`)."""
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
