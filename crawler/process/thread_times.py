"""Measure how long a thread runs, and how long it waits for a processor that others use."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class ThreadTimes(NamedTuple):
    """The times of a thread so far, in seconds.

    Attributes:
        running: How long it ran.
        waiting: How long it could have run, but other threads had the processors.
    """

    running: float
    waiting: float


def read_thread_times() -> ThreadTimes | None:
    """Return the times of the calling thread; None where the system does not report them.

    Linux does (`schedstat`, see the kernel's Documentation/scheduler/sched-stats.rst).
    """
    try:
        words = Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()
        return ThreadTimes(int(words[0]) / 1e9, int(words[1]) / 1e9)
    except (OSError, ValueError, IndexError):
        return None


def slowness_since(before: ThreadTimes | None) -> float:
    """Return how many times longer the calling thread took than it would on an idle machine.

    Args:
        before: The thread's times at the beginning of the measurement.

    Returns:
        (running + waiting) / running; 1.0 where the system does not report the times.
    """
    now = read_thread_times()
    if now is None or before is None:
        return 1.0
    running = max(now.running - before.running, 0.001)  # never divide by zero
    return 1.0 + max(0.0, now.waiting - before.waiting) / running
