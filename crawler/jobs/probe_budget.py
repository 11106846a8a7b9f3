"""Limit the number of probes that a job makes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ProbeBudget:
    """The number of probes that may still be made; None sets no limit."""

    left: int | None = None

    @property
    def is_spent(self) -> bool:
        """Return whether no probe is left."""
        return self.left is not None and self.left <= 0

    def take(self) -> bool:
        """Take one probe from the budget; return False if none was left."""
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0
