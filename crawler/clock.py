"""What time it is: asked in one place, so that the demo and tests can live through a week in seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the time as an aware datetime in UTC."""
    return datetime.now(UTC)


class MovedClock:
    """A clock that goes on from wherever it was moved to."""

    def __init__(self, start: datetime) -> None:
        self.move_to(start)

    def move_to(self, moment: datetime) -> None:
        self._ahead = moment - system_clock()

    def __call__(self) -> datetime:
        return system_clock() + self._ahead
