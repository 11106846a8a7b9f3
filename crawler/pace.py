"""The pace of requests to each party: every request start waits for its turn, redirect hops and second looks included."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import uniform
from time import monotonic

from crawler.config import HostRules

_JITTER = 0.1  # an interval grows by up to this share: a metronome looks like an attack


class Pace:
    """Gives out turns to one party, `interval` seconds apart."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next = 0.0

    @property
    def next_in(self) -> float:
        """Seconds until the next turn."""
        return max(0.0, self._next - monotonic())

    async def turn(self) -> None:
        """Wait for a turn and take it."""
        while (wait := self.next_in) > 0:  # noqa: ASYNC110  what we wait for is the time, which others may move on
            await asyncio.sleep(wait)
        self._next = monotonic() + self._interval * uniform(1, 1 + _JITTER)  # noqa: S311  no secret

    def hold(self, seconds: float) -> None:
        """Let no turn begin for so long: a server asked for it, and nothing shortens it."""
        self._next = max(self._next, monotonic() + seconds)


class Paces:
    """The paces of all parties asked by this process."""

    def __init__(self, rules_for: Callable[[str], HostRules]) -> None:
        self._rules_for = rules_for
        self._paces: dict[str, Pace] = {}

    def of(self, party: str) -> Pace:
        if party not in self._paces:
            self._paces[party] = Pace(self._rules_for(party).interval)
        return self._paces[party]

    def forget(self, party: str) -> None:
        """Drop a party whose lease was given back; what it still owes was handed on with the lease."""
        self._paces.pop(party, None)
