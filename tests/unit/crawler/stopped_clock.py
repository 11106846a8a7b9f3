"""Provide a clock that moves only during waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


class StoppedClock:
    """A clock that moves only during waits.

    Attributes:
        now: Seconds, from 0.
        while_waiting: Functions that the next wait calls once.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.while_waiting: list[Callable[[], None]] = []

    def seconds(self) -> float:
        """Return the time in place of `monotonic`."""
        return self.now

    def moment(self) -> datetime:
        """Return the time in place of a job's clock."""
        return NOON + timedelta(seconds=self.now)

    async def sleep(self, seconds: float) -> None:
        """Move the clock in place of `asyncio.sleep`."""
        for event in self.while_waiting:
            event()
        self.while_waiting.clear()
        self.now += seconds


def stop_time(monkeypatch: pytest.MonkeyPatch, *modules: object) -> StoppedClock:
    """Replace the clock of these modules by one that only moves during waits, and every asynchronous sleep."""
    clock = StoppedClock()
    for module in modules:
        monkeypatch.setattr(module, "monotonic", clock.seconds)
    monkeypatch.setattr(asyncio, "sleep", clock.sleep)
    return clock
