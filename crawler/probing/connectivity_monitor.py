"""Distinguish failures of hosts from a failure of our own network while a job runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from time import monotonic

from crawler.jobs.stop_signal import StopSignal
from crawler.probing.interception import InterceptionDetector, failed_at_proxy
from crawler.probing.target import UNCONNECTED_FAULTS
from store.vocabulary import Fault, Probe, State
from store.work.runs import RunOutcome

logger = logging.getLogger("holdfast.probing")

# Faults of a probe while our own network is down.
_NETWORK_FAULTS = frozenset(
    {
        Fault.NAME_NOT_FOUND,
        Fault.NAME_UNKNOWN,
        Fault.REFUSED,
        Fault.CONNECT_TIMEOUT,
        Fault.TIMEOUT,
        Fault.UNREACHABLE,
        Fault.HOST_UNREACHABLE,
        Fault.PROXY_FAILED,
        Fault.RESET,
    }
)
# Neither the network's nor a response: a limit of our client may be one of our machine.
_SILENT_FAULTS = UNCONNECTED_FAULTS | {Fault.CLIENT_LIMIT}
# A response proves for this long that the network is up. It is less than the pause before a retry,
# so that a failure confirmed by a retry leads to a check.
_RESPONSE_COUNTS_SECONDS = 1.0
# Between checks while the network is down: some five minutes in all.
_WAITS_SECONDS = (5, 10, 20, 40, 60, 60, 60, 60)


class ConnectivityMonitor:
    """Decides whether a probe failed because of its host or because of our own network.

    A failure counts if any host responded just before. Otherwise the network is checked: if it is
    up the failure counts, else all requests wait until it is up again and the failure is ignored.
    A network that stays down stops the job.

    Args:
        is_up: Checks the network.
        stop: Receives the stop request if the network stays down.
        waits: Seconds between two checks while the network is down.
        is_known_up: Whether the network was up when the job began.
        interception: Detects that something answers in place of all hosts; None: no detection.
    """

    def __init__(
        self,
        is_up: Callable[[], Awaitable[bool]],
        stop: StopSignal,
        *,
        waits: Sequence[float] | None = None,
        is_known_up: bool = True,
        interception: InterceptionDetector | None = None,
    ) -> None:
        self._interception = interception
        self._is_up = is_up
        self._stop = stop
        self._waits = _WAITS_SECONDS if waits is None else waits
        self._responded_at = monotonic() if is_known_up else float("-inf")
        self._down_until = -1.0
        self._check_lock = asyncio.Lock()
        self._up = asyncio.Event()
        self._up.set()

    async def wait_until_up(self) -> None:
        """Wait while the network is known to be down."""
        await self._up.wait()

    def was_down_since(self, started_at: float) -> bool:
        """Return whether the network was down at any time after a monotonic time."""
        return self._down_until >= started_at

    async def confirm_network(
        self, started_at: float, fault: Fault | None, *, at_proxy: bool = False
    ) -> bool:
        """Return whether the network was up during a probe, checking it after a failure.

        If the check fails, this waits until the network is up again.

        Args:
            started_at: The monotonic time when the probe began.
            fault: The fault it ended with; None if it got a response.
            at_proxy: It failed at the proxy, which is the same for all hosts: a response just
                before says nothing about it.
        """
        if fault in _SILENT_FAULTS:
            return True
        if fault not in _NETWORK_FAULTS:
            self._responded_at = monotonic()
            return True
        async with self._check_lock:
            if self.was_down_since(started_at):
                return False
            is_recent = monotonic() - self._responded_at < _RESPONSE_COUNTS_SECONDS
            if is_recent and not at_proxy:
                return True
            is_up = await self._is_up()
            if not is_up:
                await self._wait_for_network()
            self._responded_at = monotonic()
            return is_up

    def track_host(self, host: str) -> AbstractContextManager[None]:
        """Return a context for probing a host (`InterceptionDetector.track_host`)."""
        return self._interception.track_host(host) if self._interception else nullcontext()

    def track_probe(self, host: str) -> AbstractContextManager[None]:
        """Return a context for one probe of a host (`InterceptionDetector.track_probe`)."""
        return self._interception.track_probe(host) if self._interception else nullcontext()

    async def confirm_response(
        self, host: str, state: State, probe: Probe, *, is_archive: bool = False
    ) -> bool:
        """Return whether a probe's response or failure is that of the host itself.

        It may wait for the responses of other hosts.

        Args:
            host: The host's name.
            state: The state of the link before.
            probe: A probe of it while the network was up.
            is_archive: The host is an archive.
        """
        # The host has responded with a redirect: the fault is that of the redirect's target.
        fails_after_redirect = (
            probe.requests[-1].fault in _NETWORK_FAULTS
            and any(request.status for request in probe.requests)
            and not failed_at_proxy(probe)
        )
        if self._interception is None or fails_after_redirect:
            return True
        return await self._interception.is_from_host(host, state, probe, is_archive=is_archive)

    async def _wait_for_network(self) -> None:
        """Hold back all requests until the network is up again; stop the job if it stays down."""
        logger.warning(
            "the network is down: no requests are sent until it is up again; "
            "the latest failures are ignored"
        )
        self._up.clear()
        try:
            for seconds in self._waits:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), seconds)
                if self._stop:
                    return
                if await self._is_up():
                    logger.warning("the network is up again")
                    return
            self._stop.request(
                RunOutcome.NETWORK_DOWN,
                "the network went down and did not come back; links not requested stay due: "
                "check the connection or network.proxy, then run again",
            )
        finally:
            self._down_until = monotonic()
            self._up.set()
