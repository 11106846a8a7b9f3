"""Monitor a worker's network, so that other workers take its jobs while it is down."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from crawler.http.connectivity import MAX_CONNECTIONS
from crawler.jobs.job import Job
from crawler.jobs.stop_signal import StopSignal
from crawler.probing.connectivity_monitor import ConnectivityMonitor
from crawler.probing.interception import InterceptionDetector
from crawler.probing.network_check import endpoints_to_test, has_network, reaches_living_host
from store.errors import StoreError
from store.work.frontier import DueFilter, DueHost

logger = logging.getLogger("holdfast.fleet")

_WAITS_SECONDS = (5, 10)  # before each repeated check; if all fail, the network counts as down
_RETRY_SECONDS = 30.0
# For how long a host's own response shows that the network works. Other runs trust it to their end,
# but a worker may run for weeks, and its network may change meanwhile.
_TRUST_SECONDS: Final = 600.0
_MAX_PAUSE_SECONDS: Final = 600.0  # after something answered in place of all hosts


class _WorkerConnectivity(ConnectivityMonitor):
    """Blocks all requests once the network counts as down, until the work is cancelled."""

    async def wait_until_up(self) -> None:
        """Wait until the network is up; without end if it counts as down."""
        await super().wait_until_up()
        if self._stop:
            await asyncio.Event().wait()


class NetworkWatch:
    """Detects that the worker's network is down, and waits until it is up again.

    Args:
        job: The worker's job.

    Attributes:
        down: The stop signal of the worker's current jobs, set when the network is down. Replaced
            when it is up again.
        connectivity: The monitor for the probes. Replaced when the network is up again.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._endpoints: Sequence[tuple[str, int]] = ()  # hosts and ports of the last test
        self._recent_hosts: deque[DueHost] = deque(maxlen=MAX_CONNECTIONS)
        self._pause_seconds = _RETRY_SECONDS
        self.reset()

    def reset(self) -> None:
        """Forget the failures so far: the network counts as up again."""
        self.down = StopSignal()
        self._interception = InterceptionDetector(
            self.down, partial(reaches_living_host, self._job), trust_seconds=_TRUST_SECONDS
        )
        self.connectivity = _WorkerConnectivity(
            self.is_up,
            self.down,
            waits=_WAITS_SECONDS,
            is_known_up=False,
            interception=self._interception,
        )

    def remember(self, host: DueHost) -> None:
        """Remember a host that the worker probes, to test the network with it."""
        self._recent_hosts.append(host)

    async def is_up(self) -> bool:
        """Return whether the archive or any recently probed host can be connected to."""
        with suppress(StoreError):  # the database may be unreachable for the same reason
            due_filter = DueFilter(now=self._job.clock(), ignore_schedule=True)
            self._endpoints = await endpoints_to_test(
                self._job, list(self._recent_hosts), due_filter
            )
        return await has_network(self._job, self._endpoints)

    async def wait_until_up(self) -> None:
        """Wait until the network is up again or the job stops; called while it is down.

        If something answers in place of all hosts, only probes can show whether it still does: the
        worker takes jobs again after half a minute, and after longer pauses as long as it does.
        """
        if self._interception.is_intercepted:
            await self._pause_after_interception()
            return
        logger.warning(
            "the network is down: the hosts in progress were requeued, and no jobs are taken "
            "until it is up again"
        )
        while not self._job.stop and not await self.is_up():
            await self._wait(_RETRY_SECONDS)
        if not self._job.stop:
            logger.warning("the network is up again: taking jobs")
            self.reset()

    async def _pause_after_interception(self) -> None:
        """Pause twice as long as last time, unless a host sent a response of its own since then."""
        if self._interception.had_own_response:
            self._pause_seconds = _RETRY_SECONDS
        logger.warning(
            "no network: %s; the hosts in progress were requeued, no state changed, and no jobs "
            "are taken for %.0f seconds: check the connection, its nameservers or network.proxy",
            self._interception.description,
            self._pause_seconds,
        )
        await self._wait(self._pause_seconds)
        self._pause_seconds = min(2 * self._pause_seconds, _MAX_PAUSE_SECONDS)
        if not self._job.stop:
            self.reset()

    async def _wait(self, seconds: float) -> None:
        """Wait for a time, or until the job must stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._job.stop.wait(), seconds)
