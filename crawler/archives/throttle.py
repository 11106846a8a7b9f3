"""The pace one service is asked at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

LONGEST_WAIT = 600.0  # seconds; what a service that asks for a longer pause still has to answer is left to a later run


class LongPause(Exception):
    """The service asked for a pause that is not waited for."""


class Throttle:
    """Lets one request at a time through, evenly spaced, and none while the service asked for a pause.

    `per_minute` is the most requests in a minute; `clock` gives seconds that never go back, `sleep` waits for seconds. Waiters are let
    through in the order they came. One throttle belongs to one event loop.
    """

    def __init__(
        self,
        per_minute: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if per_minute <= 0:
            raise ValueError(f"a rate of {per_minute} a minute lets nothing through")
        self.interval = 60 / per_minute
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()
        self._turn = asyncio.Lock()

    @property
    def next_in(self) -> float:
        """Seconds until the next request may start."""
        return max(0.0, self._free_at - self._clock())

    async def wait(self) -> None:
        """Return when the next request may start. Raises `LongPause`."""
        async with self._turn:
            # a pause may come while we sleep, so the clock is read again
            while (delay := self._free_at - self._clock()) > 0:
                if delay > LONGEST_WAIT + self.interval:
                    raise LongPause(f"the service asked for a pause of {delay:.0f} s")
                await self._sleep(delay)
            self._free_at = self._clock() + self.interval

    def pause(self, seconds: float) -> None:
        """Let nothing through for so long from now; never shortens a pause."""
        self.pause_until(self._clock() + seconds)

    def pause_until(self, moment: float) -> None:
        """Let nothing through before `moment` on the throttle's clock; never shortens a pause."""
        self._free_at = max(self._free_at, moment)
