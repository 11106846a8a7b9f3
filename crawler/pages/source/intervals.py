"""Test byte offsets of a page against spans of offsets."""

from __future__ import annotations

from collections.abc import Iterable


class UncoveredOffsets:
    """Test whether increasing offsets lie outside all given spans, reading each span once."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans = sorted(spans)
        self._next = 0
        self._end = 0

    def contains(self, offset: int) -> bool:
        """Return whether `offset`, not smaller than the one before, is outside all spans."""
        while self._next < len(self._spans) and self._spans[self._next][0] <= offset:
            self._end = max(self._end, self._spans[self._next][1])
            self._next += 1
        return offset >= self._end
