"""Is there a network at all? Asked before a job, and whenever nobody answers any more, so that a pulled cable condemns nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from time import monotonic

from crawler.http.safe_resolver import ResolveError, SafeResolver
from crawler.jobs.job import StopSignal
from store.vocabulary import Fault
from store.work.runs import RunOutcome

logger = logging.getLogger("liveness")  # whose warnings are for a person

SAMPLE = 12
_SECONDS = 5.0
# What a probe meets that leaves by a network that is away.
_PERHAPS_OURS = frozenset(
    {
        Fault.NAME_NOT_FOUND,
        Fault.NAME_UNKNOWN,
        Fault.REFUSED,
        Fault.CONNECT_TIMEOUT,
        Fault.TIMEOUT,
        Fault.UNREACHABLE,
        Fault.RESET,
    }
)
# An answer speaks for the network for so long: less than the pause before a second try, so that a failure confirmed by one is looked into.
_ANSWER_COUNTS_SECONDS = 1.0
_WAITS_SECONDS = (
    5,
    10,
    20,
    40,
    60,
    60,
    60,
    60,
)  # between looks while the network is away: some five minutes


class ConnectivityMonitor:
    """Tells failures of a host from a failure of our own network, while a job goes on.

    A failure counts if anybody answered just now. If nobody did, the network is looked for: it is there, or everything waits until it is,
    and what failed meanwhile says nothing of any link. A network that does not come back ends the job. `waits` are the seconds between
    two looks; `seen` says that it was there when the job began.
    """

    def __init__(
        self,
        is_up: Callable[[], Awaitable[bool]],
        stop: StopSignal,
        *,
        waits: Sequence[float] | None = None,
        seen: bool = True,
    ) -> None:
        self._is_up = is_up
        self._stop = stop
        self._waits = _WAITS_SECONDS if waits is None else waits
        self._answered_at = monotonic() if seen else float("-inf")
        self._away_until = -1.0
        self._looking = asyncio.Lock()
        self._back = asyncio.Event()
        self._back.set()

    async def wait(self) -> None:
        """Wait while the network is away."""
        await self._back.wait()

    async def was_there(self, began: float, fault: Fault | None) -> bool:
        """Tell whether the network was there for a probe that began at the monotonic time `began` and ended with this fault."""
        if fault not in _PERHAPS_OURS:
            self._answered_at = monotonic()
            return True
        async with self._looking:
            if began <= self._away_until:
                return False
            if monotonic() - self._answered_at < _ANSWER_COUNTS_SECONDS:
                return True
            there = await self._is_up()
            if not there:
                await self._wait_for_network()
            self._answered_at = monotonic()
            return there

    async def _wait_for_network(self) -> None:
        logger.warning(
            "the network is away: nothing is asked until it is back; what just failed condemns nothing"
        )
        self._back.clear()
        try:
            for seconds in self._waits:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), seconds)
                if self._stop:
                    return
                if await self._is_up():
                    logger.warning("the network is back")
                    return
            self._stop.request(
                RunOutcome.NETWORK_DOWN,
                "the network went away and did not come back: what was not asked stays due",
            )
        finally:
            self._away_until = monotonic()
            self._back.set()


async def can_connect_to_any(places: Sequence[tuple[str, int]], resolver: SafeResolver) -> bool:
    """Tell whether any of these hosts and ports can be connected to. A refusal counts: somebody answered.

    Names that do not exist say nothing: some networks without a way out answer so for every name.
    """
    tasks = [asyncio.create_task(_reaches(host, port, resolver)) for host, port in places[:SAMPLE]]
    try:
        async with asyncio.timeout(_SECONDS):
            for answered in asyncio.as_completed(tasks):
                if await answered:
                    return True
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return False


async def _reaches(host: str, port: int, resolver: SafeResolver) -> bool:
    try:
        places = await resolver.look_up(host, port)
    except ResolveError:
        return False
    for place in places:
        try:
            _, writer = await asyncio.open_connection(*place)
        except ConnectionRefusedError:
            return True
        except OSError:
            continue
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True
    return False
