"""Signal a job to stop: work in progress may end, and nothing new begins."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

from store.work.runs import RunOutcome

DRAIN_SECONDS: Final = 5.0  # default time for work in progress to finish after a stop request
DEADLINE_DETAIL: Final = "the deadline was reached; the rest stays due"


class StopSignal:
    """Stores a stop request; it is true once the job must stop.

    The first reason is stored. A later failure replaces it.

    Attributes:
        outcome: The outcome of the run that is stopped; None before a request.
        detail: The reason in words.
        drain_seconds: How long work in progress may take to finish after a request.
        deadline: When the job is to stop, by `time.monotonic`; None sets no time.
    """

    def __init__(self) -> None:
        self.outcome: RunOutcome | None = None
        self.detail = ""
        self.drain_seconds = DRAIN_SECONDS
        self.deadline: float | None = None
        self._event = asyncio.Event()

    def __bool__(self) -> bool:
        return self.outcome is not None

    @property
    def seconds_left(self) -> float | None:
        """Return the seconds until the job is to stop; None without a deadline."""
        return None if self.deadline is None else max(0.0, self.deadline - monotonic())

    def request(self, outcome: RunOutcome, detail: str = "") -> None:
        """Signal the job to stop.

        Args:
            outcome: The outcome of the run.
            detail: The reason in words.
        """
        is_first_failure = outcome is RunOutcome.FAILED and self.outcome is not RunOutcome.FAILED
        if self.outcome is None or is_first_failure:
            self.outcome, self.detail = outcome, detail
            self._event.set()

    def request_after(self, seconds: float | None) -> None:
        """Signal the job to stop after a time, with the outcome DEADLINE.

        It is called in the running event loop.

        Args:
            seconds: The time; None sets no deadline.
        """
        if seconds is not None:
            self.deadline = monotonic() + seconds
            asyncio.get_running_loop().call_later(
                seconds, self.request, RunOutcome.DEADLINE, DEADLINE_DETAIL
            )

    async def wait(self) -> None:
        """Return once the job must stop."""
        await self._event.wait()
