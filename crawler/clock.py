"""What time it is: asked in one place, so that the demo and tests can live through a week in seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the time as an aware datetime in UTC."""
    return datetime.now(UTC)
