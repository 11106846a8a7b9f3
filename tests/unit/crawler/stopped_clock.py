"""Time that passes only when somebody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


class StoppedClock:
    """`now` counts seconds from 0. What stands in `while_waiting` happens when the next wait begins."""

    def __init__(self) -> None:
        self.now = 0.0
        self.while_waiting: list[Callable[[], None]] = []

    def seconds(self) -> float:
        """Stands for `monotonic`."""
        return self.now

    def moment(self) -> datetime:
        """Stands for a job's clock."""
        return NOON + timedelta(seconds=self.now)

    async def sleep(self, seconds: float) -> None:
        """Stands for `asyncio.sleep`."""
        for event in self.while_waiting:
            event()
        self.while_waiting.clear()
        self.now += seconds


def stop_time(monkeypatch: pytest.MonkeyPatch, *modules: object) -> StoppedClock:
    """Give these modules a clock that stands still between waits, and every coroutine a sleep that takes no time."""
    clock = StoppedClock()
    for module in modules:
        monkeypatch.setattr(module, "monotonic", clock.seconds)
    monkeypatch.setattr(asyncio, "sleep", clock.sleep)
    return clock
