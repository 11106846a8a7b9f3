"""The pace of requests to each party: every request start waits for its turn, redirect hops and second looks included."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import uniform
from time import monotonic

from crawler.config_hosts import HostRules

# A server that asks for a longer pause is taken at its word: what is left is asked in a later run.
LONGEST_WAIT = 60.0
# However slow a server would like us: at one request a minute a night has room for some hundred links.
SLOWEST = 60.0
_JITTER = 0.1  # an interval grows by up to this share: a metronome looks like an attack


class LongPause(Exception):
    """A party asked for a pause of more than LONGEST_WAIT seconds."""

    def __init__(self, party: str) -> None:
        super().__init__(f"{party} asked for a long pause")
        self.party = party


class Pace:
    """Gives out turns to one party, `interval` seconds apart."""

    def __init__(self, party: str, interval: float) -> None:
        self.interval = interval
        self._party = party
        self._next = 0.0

    @property
    def next_in(self) -> float:
        """Seconds until the next turn."""
        return max(0.0, self._next - monotonic())

    async def turn(self) -> None:
        """Wait for a turn and take it. Raises LongPause."""
        while (wait := self.next_in) > 0:
            if wait > LONGEST_WAIT + self.interval * (1 + _JITTER):
                raise LongPause(self._party)
            await asyncio.sleep(wait)
        self._next = monotonic() + self.interval * uniform(1, 1 + _JITTER)  # noqa: S311  no secret

    def hold(self, seconds: float) -> None:
        """Let no turn begin for so long: a server asked for it, and nothing shortens it."""
        self._next = max(self._next, monotonic() + seconds)

    def slow_to(self, interval: float) -> None:
        """Leave at least so many seconds between turns from now on, but no more than SLOWEST for a server's sake."""
        self.interval = max(self.interval, min(interval, SLOWEST))


class Paces:
    """The paces of all parties asked by this process."""

    def __init__(self, rules_for: Callable[[str], HostRules]) -> None:
        self._rules_for = rules_for
        self._paces: dict[str, Pace] = {}
        self._slowed: dict[str, float] = {}

    def of(self, party: str) -> Pace:
        if party not in self._paces:
            self._paces[party] = Pace(party, max(self._rules_for(party).interval, self._slowed.get(party, 0.0)))
        return self._paces[party]

    def forget(self, party: str) -> None:
        """Drop a party whose lease was given back; what it still owes was handed on with the lease. One that was slowed down stays slow."""
        pace = self._paces.pop(party, None)
        if pace and pace.interval > self._rules_for(party).interval:
            self._slowed[party] = pace.interval
