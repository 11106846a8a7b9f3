"""Spans of a page as pairs of offsets."""

from __future__ import annotations

from collections.abc import Iterable


class UncoveredOffsets:
    """Answers, for offsets that only grow, whether they stand outside all the spans; each span is looked at once."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans = sorted(spans)
        self._next = 0
        self._end = 0

    def contains(self, offset: int) -> bool:
        """Whether `offset` is outside all the spans."""
        while self._next < len(self._spans) and self._spans[self._next][0] <= offset:
            self._end = max(self._end, self._spans[self._next][1])
            self._next += 1
        return offset >= self._end
