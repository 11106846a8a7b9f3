"""The pace of requests to each party: every request start waits for its turn, redirect hops and second looks included. Pure but for the wait."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from random import uniform
from time import monotonic

from crawler.config.hosts import HostRules

# A server that asks for a longer pause is taken at its word: what is left is asked in a later run.
MAX_WAIT = 60.0
# However slow a server would like us: at one request a minute a night has room for some hundred links.
MAX_INTERVAL = 60.0
_REFUSALS = frozenset({403, 429})
_SINCE_1970 = (
    1_000_000_000  # no server asks for a pause of thirty years: so large a number is a moment
)
_LONGEST_QUOTA = 86_400.0  # quotas are for a day at most; more is a number of something else
_TELLING_TURNS = 5  # fewer say nothing of how fast a party lets us be
_USED_UP = re.compile(r";\s*r=0\s*;\s*t=([0-9]{1,9})|\bremaining=0\s*,\s*reset=([0-9]{1,9})")
_JITTER = 0.1  # an interval grows by up to this share: a metronome looks like an attack


class Postponed(Exception):
    """No request may be sent to `party` now. The work that needs one stays due; nothing is judged."""

    def __init__(self, slot: str, why: str) -> None:
        super().__init__(why)
        self.slot = slot


class PauseTooLong(Postponed):
    """A party asked for a pause that is not waited for."""

    def __init__(self, slot: str, seconds: float) -> None:
        super().__init__(slot, f"{slot} asked for a pause of {seconds:.0f} s")


class LeaseHeldElsewhere(Postponed):
    """Another process holds the lease on a party."""

    def __init__(self, slot: str) -> None:
        super().__init__(slot, f"another process holds the lease on {slot}")


def rate_limit_reset(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds until a used-up quota is full again, 0 where an answer's headers tell of none.

    Servers send `RateLimit-Remaining` and `RateLimit-Reset` (draft-ietf-httpapi-ratelimit-headers up to version 6: seconds), both in one
    `RateLimit` (version 7), that as items with `r` and `t` (from version 8), or the first two with `X-`, where the reset may also be a moment
    in seconds since 1970, as GitHub's is.

    >>> from datetime import UTC
    >>> quota_wait({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, datetime(2026, 1, 1, tzinfo=UTC))
    30.0
    >>> quota_wait({"ratelimit": '"hour";r=12;t=900, "minute";r=0;t=30'}, datetime(2026, 1, 1, tzinfo=UTC))
    30.0
    """
    if used_up := _USED_UP.findall(headers.get("ratelimit", "")):
        return min(_LONGEST_QUOTA, max(float(item or whole) for item, whole in used_up))
    for prefix in ("ratelimit", "x-ratelimit", "x-rate-limit"):
        remaining, reset = (
            headers.get(f"{prefix}-{name}", "").strip() for name in ("remaining", "reset")
        )
        if remaining == "0" and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", reset):
            seconds = float(reset)
            return min(
                _LONGEST_QUOTA,
                max(0.0, seconds - now.timestamp()) if seconds > _SINCE_1970 else seconds,
            )
    return 0.0


class RateLimiter:
    """Gives out turns to one `party`, `interval` seconds apart, in the order they were asked for.

    An interval grows by up to the share `jitter`. Pauses of more than `longest_wait` seconds are not waited for. `clock` gives seconds that
    never go back, `sleep` waits for seconds. A pace belongs to one event loop.
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
        self._longest_wait = max_wait
        self._clock = clock or monotonic
        self._sleep = sleep or asyncio.sleep
        self._next = 0.0
        self._refusals = 0
        self._queue = asyncio.Lock()
        self._turns = 0
        self._fastest = math.inf  # seconds that an answer took
        self._paused = 0.0  # seconds that turns had to wait because the party asked for it
        self._pause = 0.0  # that the next one has to

    @property
    def observed_interval(self) -> float | None:
        """Seconds between turns as they came, pauses that the party asked for included; None while there were too few to tell."""
        return self.interval + self._paused / self._turns if self._turns >= _TELLING_TURNS else None

    @property
    def seconds_until_next(self) -> float:
        """Seconds until the next turn."""
        return max(0.0, self._next - self._clock())

    async def acquire(self) -> None:
        """Wait for a turn and take it. Raises LongPause."""
        async with self._queue:
            while (wait := self.seconds_until_next) > 0:  # a pause may come while we sleep
                if wait > self._longest_wait + self.interval * (1 + self._jitter):
                    raise PauseTooLong(self.slot, wait)
                await self._sleep(wait)
            self._turns += 1
            self._paused, self._pause = self._paused + self._pause, 0.0
            self._next = self._clock() + self.interval * uniform(1, 1 + self._jitter)  # noqa: S311  no secret

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """Wait for a turn, and send one request within the block. Raises LongPause.

        The next turn counts from the moment the block waits for the first time: it has handed its request over then.
        How late that arrived nobody can see. So it also counts from the answer less the shortest time that any took,
        within the jitter; and from the whole of the first answer, since that request had to open a connection.
        """
        await self.acquire()
        sent, is_first, interval = self._clock(), self._turns == 1, self.interval
        asyncio.get_running_loop().call_soon(lambda: self.resume_after(interval))
        try:
            yield
        finally:
            now = self._clock()
            self._fastest = min(self._fastest, now - sent)
            latest = now if is_first else min(now - self._fastest, sent + interval * self._jitter)
            self._next = max(self._next, latest + interval)

    def pause(self, seconds: float) -> None:
        """Let no turn begin for so long: a server asked for it, and nothing shortens it."""
        free_at = max(self._next, self._clock())
        self.resume_after(seconds)
        self._pause += max(0.0, self._next - free_at)

    def resume_after(self, seconds: float) -> None:
        """Let no turn begin for so long: whoever asked this party before us left it so."""
        self._next = max(self._next, self._clock() + seconds)

    def record_status(self, status: int) -> None:
        """Take in how a request was answered: two refusals in a row double the interval.

        429 asks for less, and does so again every second time; 403 may be all this server ever says to us, so it counts once a row.
        """
        if status not in _REFUSALS:
            self._refusals = 0
            return
        self._refusals += 1
        if self._refusals == 2 or (status == 429 and self._refusals % 2 == 0):
            self.raise_interval(self.interval * 2)

    def raise_interval(self, interval: float) -> None:
        """Leave at least so many seconds between turns from now on, but no more than SLOWEST for a server's sake."""
        self.interval = max(self.interval, min(interval, MAX_INTERVAL))


class _Slot:
    """What all requests to one party share: its pace, and a slot for each request it takes at a time."""

    def __init__(self, pace: RateLimiter, concurrency: int) -> None:
        self.pace = pace
        self.slots = asyncio.Semaphore(concurrency)
        self.users = 0  # requests that wait or are under way
        self.is_forgotten = False


class RateLimiters:
    """The paces and slots of all parties asked by this process. Parties of one operator share one pace."""

    def __init__(self, rules_for: Callable[[str], HostRules]) -> None:
        self._rules_for = rules_for
        self._slots: dict[str, _Slot] = {}
        self._operators: dict[str, RateLimiter] = {}
        self._slowed: dict[str, float] = {}

    def get(self, slot: str) -> RateLimiter:
        """Return the pace of a party."""
        return self._of(slot).pace

    @asynccontextmanager
    async def request(self, slot: str) -> AsyncIterator[None]:
        """Wait for one of the party's slots and a turn of its pace, and send one request within the block. Raises LongPause."""
        shared = self._of(slot)
        shared.users += 1
        try:
            async with shared.slots, shared.pace.request():
                yield
        finally:
            shared.users -= 1
            if shared.is_forgotten and not shared.users:
                self._drop(slot)

    def forget(self, slot: str) -> None:
        """Drop a party whose lease was given back, once no request waits for it; what it still owes was handed on with the lease.

        One that was slowed down stays slow.
        """
        if shared := self._slots.get(slot):
            shared.is_forgotten = True
            if not shared.users:
                self._drop(slot)

    def _of(self, slot: str) -> _Slot:
        if slot not in self._slots:
            rules = self._rules_for(slot)
            interval = max(rules.interval, self._slowed.get(slot, 0.0))
            pace = (
                self._of_operator(rules.operator, interval)
                if rules.operator
                else RateLimiter(slot, interval)
            )
            self._slots[slot] = _Slot(pace, rules.concurrency)
        shared = self._slots[slot]
        shared.is_forgotten = False
        return shared

    def _of_operator(self, operator: str, interval: float) -> RateLimiter:
        pace = self._operators.setdefault(operator, RateLimiter(operator, interval))
        pace.interval = max(pace.interval, interval)  # of several parties' the slowest
        return pace

    def _drop(self, slot: str) -> None:
        pace = self._slots.pop(slot).pace
        if pace.slot == slot and pace.interval > self._rules_for(slot).interval:
            self._slowed[slot] = pace.interval
