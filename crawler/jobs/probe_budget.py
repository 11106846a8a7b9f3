"""Limit the number of probes that a job or the work on a host makes, and pause those of a job."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class ProbeBudget:
    """Counts down the probes of a job.

    Attributes:
        remaining: The number of probes that may still be made; None sets no limit.
        was_paused: Whether probes were paused, so that links may have been left that are due.
        pause_event: Is set while no probe may be made.
    """

    remaining: int | None = None
    was_paused: bool = False
    pause_event: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_limited(self) -> bool:
        """Return whether there is a limit."""
        return self.remaining is not None

    @property
    def is_spent(self) -> bool:
        """Return whether no probe may be made now."""
        return self.pause_event.is_set() or (self.remaining is not None and self.remaining <= 0)

    def take(self) -> bool:
        """Take one probe from the budget; return False if none may be made now."""
        if self.pause_event.is_set():
            return False
        if self.remaining is None:
            return True
        self.remaining -= 1
        return self.remaining >= 0

    def limit_to(self, probes: int) -> None:
        """Reduce the number of probes that are left to `probes`, if it is larger."""
        self.remaining = probes if self.remaining is None else min(self.remaining, probes)

    def pause(self) -> None:
        """Allow no more probes until `resume` is called."""
        self.was_paused = True
        self.pause_event.set()

    def resume(self) -> None:
        """Allow probes again."""
        self.pause_event.clear()
