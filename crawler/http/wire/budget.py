"""The budget of an exchange: the bytes it may still receive, and the time when it must end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic


class TooManyBytes(OSError):
    """The other side sent more bytes than the exchange may receive."""


@dataclass(slots=True, eq=False)
class WireBudget:
    """Bytes and time of one exchange, or of several one after another.

    Attributes:
        bytes_left: Bytes that may still be received, TLS and framing included.
        deadline: The monotonic time when the exchange must end; None for sockets that do not block.
        step_seconds: Seconds for one command and its whole reply, in protocols with several (SMTP).
        exceeded: Whether the other side sent more bytes than allowed.
        on_sent: Called after each `send`.
    """

    bytes_left: int = 0
    deadline: float | None = None
    step_seconds: float = float("inf")
    exceeded: bool = False
    on_sent: Callable[[], None] = lambda: None
    _step_ends: float = float("inf")

    def reset(self, max_bytes: int, seconds: float, *, step_seconds: float = float("inf")) -> None:
        """Begin another exchange.

        Args:
            max_bytes: Bytes it may receive.
            seconds: Time for all of it.
            step_seconds: Time for one command and its whole reply.
        """
        self.bytes_left = max_bytes
        self.exceeded = False
        self.deadline = monotonic() + seconds
        self.step_seconds = step_seconds
        self.begin_step()

    def begin_step(self) -> None:
        """Begin another command and its reply."""
        self._step_ends = monotonic() + self.step_seconds

    @property
    def timed_out(self) -> bool:
        """True if the deadline or the end of the step is past."""
        return monotonic() >= min(self.deadline or float("inf"), self._step_ends)

    def seconds_left(self) -> float:
        """Return the seconds until the deadline or the end of the step.

        Raises:
            TimeoutError: It is past.
        """
        seconds = min(self.deadline or float("inf"), self._step_ends) - monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds

    def allow(self, wanted: int) -> int:
        """Return how many bytes of `wanted` may be received, at least one.

        Raises:
            TooManyBytes: None may be received any more.
        """
        if self.bytes_left <= 0:
            self.exceeded = True
            raise TooManyBytes("the other side sent more than it may")
        return min(wanted, self.bytes_left)
