"""Limit the number of probes that a job makes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ProbeBudget:
    """Counts down the probes of a job.

    Attributes:
        remaining: The number of probes that may still be made; None sets no limit.
    """

    remaining: int | None = None

    @property
    def is_limited(self) -> bool:
        """Return whether there is a limit."""
        return self.remaining is not None

    @property
    def is_spent(self) -> bool:
        """Return whether no probe is left."""
        return self.remaining is not None and self.remaining <= 0

    def take(self) -> bool:
        """Take one probe from the budget; return False if none was left."""
        if self.remaining is None:
            return True
        self.remaining -= 1
        return self.remaining >= 0
