"""Limit the rate of requests to one slot.

Every request waits for the rate limiter before it starts, also a redirect hop, a retry or a repeat
as GET. This limits one process; between processes, leases do (`crawler.jobs`).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from random import uniform
from time import monotonic
from typing import Final

# If a server requests a longer pause, the remaining work is left to a later run.
MAX_WAIT: Final = 60.0  # seconds
# The slowest rate a server can force; at one request a minute a run still gets some hundred links.
MAX_INTERVAL: Final = 60.0  # seconds
# An interval is extended by up to this share: requests at a fixed interval look like an attack.
_JITTER: Final = 0.1
# How long the next request to a slot waits for one that has not been sent yet.
_MAX_UNSENT_SECONDS: Final = 3.0
_MIN_REQUESTS_OBSERVED: Final = 5  # fewer show nothing about the rate a slot allows
_REFUSAL_STATUSES: Final = frozenset({403, 429})


class Postponed(Exception):
    """Raised if no request may be sent to a slot now.

    The work that needs the request stays due, and nothing is judged.
    """

    def __init__(self, slot: str, reason: str) -> None:
        super().__init__(reason)
        self.slot = slot


class PauseTooLong(Postponed):
    """Raised if a server requested a pause longer than this process waits."""

    def __init__(self, slot: str, seconds: float) -> None:
        super().__init__(slot, f"{slot} requested a pause of {seconds:.0f} s")


class LeaseHeldElsewhere(Postponed):
    """Raised if another process holds the lease on a slot."""

    def __init__(self, slot: str) -> None:
        super().__init__(slot, f"another process holds the lease on {slot}")


class RateLimiter:
    """Spaces the requests to one slot, in the order in which they are requested.

    It belongs to one event loop.

    Args:
        slot: The slot's name, used in messages.
        interval: Seconds between the starts of two requests.
        jitter: The maximum share by which an interval is extended at random.
        max_wait: The longest pause that is waited for, in seconds.
        clock: Returns monotonic seconds.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self,
        slot: str,
        interval: float,
        *,
        jitter: float = _JITTER,
        max_wait: float = MAX_WAIT,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[object]] | None = None,
    ) -> None:
        self.slot = slot
        self.interval = interval
        self._jitter = jitter
        self._max_wait = max_wait
        self._clock = clock or monotonic
        self._sleep = sleep or asyncio.sleep
        self._next = 0.0  # when the next request may start, by the clock
        self._refusals = 0  # consecutive responses that refuse requests
        self._start_lock = asyncio.Lock()  # requests wait for it in the order in which they came
        # Set when the latest request is sent; None until a client has called `record_sent`.
        self._sent: asyncio.Event | None = None
        self._is_sending_reported = False
        self._count = 0  # requests started
        self._fastest = math.inf  # seconds of the fastest response
        # Pauses that the server requested: before the requests so far, and before the next one.
        self._total_pause_seconds = 0.0
        self._pending_pause_seconds = 0.0

    @property
    def observed_interval(self) -> float | None:
        """Return the mean seconds between requests, including pauses that the server requested.

        Returns:
            None after too few requests.
        """
        if self._count < _MIN_REQUESTS_OBSERVED:
            return None
        return self.interval + self._total_pause_seconds / self._count

    @property
    def seconds_until_next(self) -> float:
        """Return the seconds until the next request may start."""
        return max(0.0, self._next - self._clock())

    async def acquire(self) -> None:
        """Wait until a request may start, and count it as started.

        Raises:
            PauseTooLong: The server requested a pause of more than `max_wait` seconds.
        """
        async with self._start_lock:
            await self._wait_until_sent()
            longest_wait = self._max_wait + self.interval * (1 + self._jitter)
            while (wait := self.seconds_until_next) > 0:  # a pause may be added during the sleep
                if wait > longest_wait:
                    raise PauseTooLong(self.slot, wait)
                await self._sleep(wait)
            self._count += 1
            self._total_pause_seconds += self._pending_pause_seconds
            self._pending_pause_seconds = 0.0
            interval = self.interval * uniform(1, 1 + self._jitter)  # noqa: S311  no secret
            self._next = self._clock() + interval

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """Wait until a request may start; send it within the block.

        The next request may start one interval after this one has reached the server:

        - Clients report by `record_sent` when a request was sent.
        - A proxy may pass it on later. That delay is estimated as the response time minus the
          fastest response time so far, but never as more than the jitter.
        - The first request also opens a connection. After it, the interval starts when its
          response has arrived.

        Raises:
            PauseTooLong: The server requested a pause of more than `max_wait` seconds.
        """
        await self.acquire()
        is_sent = asyncio.Event() if self._is_sending_reported else None
        self._sent = is_sent
        started_at = self._clock()
        is_first = self._count == 1
        interval = self.interval
        # The client sends in a later round of the event loop, which is late on a busy machine. So
        # the interval is counted again from the next round.
        asyncio.get_running_loop().call_soon(lambda: self.delay_next(interval))
        try:
            yield
        finally:
            if is_sent:
                is_sent.set()
            now = self._clock()
            response_seconds = now - started_at
            self._fastest = min(self._fastest, response_seconds)
            proxy_delay = min(response_seconds - self._fastest, interval * self._jitter)
            interval_start = now if is_first else started_at + proxy_delay
            self._next = max(self._next, interval_start + interval)

    def record_sent(self) -> None:
        """Record that the latest request was sent, and start none within the interval from now.

        On a busy machine a request is sent some 0.1 s after its start.
        """
        self._is_sending_reported = True
        if self._sent:
            self._sent.set()
        self.delay_next(self.interval)

    async def _wait_until_sent(self) -> None:
        """Wait until the latest request was sent or has ended, at most `_MAX_UNSENT_SECONDS`."""
        if self._sent and not self._sent.is_set() and self.interval:
            with suppress(TimeoutError):
                async with asyncio.timeout(_MAX_UNSENT_SECONDS):
                    await self._sent.wait()

    def pause(self, seconds: float) -> None:
        """Start no request for a number of seconds, because the server requested a pause.

        A pause is never shortened, and it is included in `observed_interval`.
        """
        free_at = max(self._next, self._clock())
        self.delay_next(seconds)
        self._pending_pause_seconds += max(0.0, self._next - free_at)

    def delay_next(self, seconds: float) -> None:
        """Start no request for a number of seconds, without counting them as a pause."""
        self._next = max(self._next, self._clock() + seconds)

    def record_status(self, status: int) -> None:
        """Record the status of a response, and double the interval after repeated refusals.

        Each second consecutive 429 doubles the interval. A run of 403s doubles it only once,
        because some servers answer every request with 403.
        """
        if status not in _REFUSAL_STATUSES:
            self._refusals = 0
            return
        self._refusals += 1
        if self._refusals == 2 or (status == 429 and self._refusals % 2 == 0):
            self.extend_interval(self.interval * 2)

    def extend_interval(self, interval: float) -> None:
        """Make the interval at least a number of seconds, of which `MAX_INTERVAL` counts at most.

        The interval is never shortened.
        """
        self.interval = max(self.interval, min(interval, MAX_INTERVAL))
