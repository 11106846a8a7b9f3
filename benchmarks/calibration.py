"""Measure the speed of a plain Python loop, which shows how fast and how busy a machine is."""

from __future__ import annotations

import time

_ITERATIONS = 3_000_000


def loop_speed() -> float:
    """Return the speed of a plain loop, in millions of iterations per second."""
    begun, total = time.perf_counter(), 0
    for number in range(_ITERATIONS):
        total += number & 7
    return _ITERATIONS / 1_000_000 / (time.perf_counter() - begun)
