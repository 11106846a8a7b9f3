"""Create and store the rate and concurrency limits of all slots of a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from crawler.config.hosts import HostRules
from crawler.politeness.rate_limit import RateLimiter


class _SlotState:
    """The rate limiter and the concurrency limit of one slot."""

    def __init__(self, limiter: RateLimiter, concurrency: int) -> None:
        self.limiter = limiter
        self.semaphore = asyncio.Semaphore(concurrency)
        self.active_requests = 0  # waiting or being sent
        self.is_forgotten = False  # the slot is dropped after its last active request


class RateLimiterRegistry:
    """The rate and concurrency limits of all slots of a process.

    Slots of one operator share a rate limiter.

    Args:
        rules_for: Returns the rules of a slot.
    """

    def __init__(self, rules_for: Callable[[str], HostRules]) -> None:
        self._rules_for = rules_for
        self._slots: dict[str, _SlotState] = {}
        self._operators: dict[str, RateLimiter] = {}
        self._forced_intervals: dict[str, float] = {}  # that servers forced, by slot

    def limiter_for(self, slot: str) -> RateLimiter:
        """Return the rate limiter of a slot."""
        return self._slot_state(slot).limiter

    @asynccontextmanager
    async def request(self, slot: str) -> AsyncIterator[None]:
        """Wait for the concurrency and the rate limit of a slot; send a request within the block.

        Raises:
            PauseTooLong: The server requested a pause of more than `MAX_WAIT` seconds.
        """
        state = self._slot_state(slot)
        state.active_requests += 1
        try:
            async with state.semaphore, state.limiter.request():
                yield
        finally:
            state.active_requests -= 1
            if state.is_forgotten and not state.active_requests:
                self._drop(slot)

    def forget(self, slot: str) -> None:
        """Drop a slot whose lease was released, once no request waits for it.

        Its pending pause was stored with the lease. An interval that the server forced is
        remembered.
        """
        state = self._slots.get(slot)
        if state is None:
            return
        state.is_forgotten = True
        if not state.active_requests:
            self._drop(slot)

    def _slot_state(self, slot: str) -> _SlotState:
        """Return the state of a slot, which is created if there is none."""
        if slot not in self._slots:
            rules = self._rules_for(slot)
            interval = max(rules.interval, self._forced_intervals.get(slot, 0.0))
            if rules.operator:
                limiter = self._limiter_of_operator(rules.operator, interval)
            else:
                limiter = RateLimiter(slot, interval)
            self._slots[slot] = _SlotState(limiter, rules.concurrency)
        state = self._slots[slot]
        state.is_forgotten = False
        return state

    def _limiter_of_operator(self, operator: str, interval: float) -> RateLimiter:
        """Return the rate limiter of an operator's slots, with at least this interval."""
        limiter = self._operators.setdefault(operator, RateLimiter(operator, interval))
        limiter.interval = max(limiter.interval, interval)  # the slowest of the operator's slots
        return limiter

    def _drop(self, slot: str) -> None:
        """Delete the state of a slot, but remember an interval that its server forced."""
        limiter = self._slots.pop(slot).limiter
        is_shared = limiter.slot != slot  # with other slots of its operator
        if not is_shared and limiter.interval > self._rules_for(slot).interval:
            self._forced_intervals[slot] = limiter.interval
