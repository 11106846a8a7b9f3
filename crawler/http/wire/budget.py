"""How much an exchange may still read from its sockets, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic


class TooManyBytes(OSError):
    """The other side sent more bytes than the exchange may receive."""


@dataclass(slots=True, eq=False)
class WireBudget:
    """Bytes and time of one exchange, or of one after another.

    `bytes_left` counts everything that is received, TLS and framing included; `exceeded` says that more came. `deadline` is a monotonic
    time for all of it, `step_seconds` is for one question and its whole answer; without a deadline the sockets do not wait at all.
    """

    bytes_left: int = 0
    deadline: float | None = None
    step_seconds: float = float("inf")
    exceeded: bool = False
    _step_ends: float = float("inf")

    def reset(self, max_bytes: int, seconds: float, *, step_seconds: float = float("inf")) -> None:
        """Begin another exchange."""
        self.bytes_left, self.exceeded = max_bytes, False
        self.deadline, self.step_seconds = monotonic() + seconds, step_seconds
        self.begin_step()

    def begin_step(self) -> None:
        """Begin another question, whose answer may take `step_seconds`."""
        self._step_ends = monotonic() + self.step_seconds

    @property
    def timed_out(self) -> bool:
        """Whether the deadline or the end of the step is past."""
        return monotonic() >= min(self.deadline or float("inf"), self._step_ends)

    def seconds_left(self) -> float:
        """Return the seconds until the deadline or the end of the step. Raises TimeoutError if that is past."""
        left = min(self.deadline or float("inf"), self._step_ends) - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def allow(self, wanted: int) -> int:
        """Return how many bytes of `wanted` may be received, at least one. Raises TooManyBytes if there are none left."""
        if self.bytes_left <= 0:
            self.exceeded = True
            raise TooManyBytes("the other side sent more than it may")
        return min(wanted, self.bytes_left)
