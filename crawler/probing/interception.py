"""Detect that something on our own network answers in place of every host, or hides every host.

A captive portal redirects all requests to its login page, or presents its own certificate. A proxy
that refuses us answers each request with an error. Connections succeed all the same, so only the
responses show it: those of all hosts are suspicious, also of hosts that worked before.

A nameserver or firewall may let only some hosts through, such as the archive. Then all the other
hosts fail alike. A living host is one that was alive before: if none can be reached, either, the
failures are those of our network.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from crawler.jobs.stop_signal import StopSignal
from crawler.probing.target import UNCONNECTED_FAULTS
from store.vocabulary import Fault, Probe, State
from store.work.runs import RunOutcome

# If this number of hosts send suspicious responses, and no host sends another, something
# intercepts our requests.
MIN_HOSTS: Final = 3
# The same if no host is known that was alive before: a small wiki may cite dead ones only.
_MIN_HIDDEN_HOSTS: Final = 10
_MIN_REFUSING_HOSTS: Final = 5  # if some of them respond with 403, as some sites do to all programs
_GATEWAY_STATUSES: Final = frozenset([407, 502, 503, 504, 511])
_WAIT_SECONDS = 1.0  # between checks whether other hosts have responded
# Links that failed or were blocked before. The same result again says nothing about the network.
_FAILING: Final = (State.SUSPECT, State.BROKEN, State.BLOCKED)

_SHOWN_KINDS: Final = 2  # in the message
_DESCRIPTIONS: Final = {
    "certificate": "wrong certificates",
    "refusal": "403",
    "gateway": "errors of a gateway",
    "proxy": "errors of the proxy",
}
# Kinds of failures without any response; a failure at a proxy is another kind.
_SILENT: Final[Mapping[Fault, str]] = {
    Fault.NAME_NOT_FOUND: "names that do not resolve",
    Fault.NAME_UNKNOWN: "names that do not resolve",
    Fault.REFUSED: "refused connections",
    Fault.CONNECT_TIMEOUT: "no response in time",
    Fault.TIMEOUT: "no response in time",
    Fault.UNREACHABLE: "unreachable addresses",
    Fault.HOST_UNREACHABLE: "unreachable addresses",
    Fault.RESET: "connections that were reset",
}
_SILENT_KINDS: Final = frozenset(_SILENT.values())

ReachesLivingHost = Callable[[Collection[str]], Awaitable[bool | None]]
"""Returns whether a host that was alive before can be connected to, other than those given.

None if no such host is known.
"""


async def _no_living_host_is_known(_hosts: Collection[str]) -> None:
    return None


class InterceptionDetector:
    """Holds suspicious probes back until any host gives a response that must be its own.

    From then on no probe is held back: the network works. If all hosts that are being probed wait
    here, and they are enough, something on our own network answers in their place.

    Args:
        stop: Receives the stop request if something answers in place of all hosts.
        reaches_living_host: Tests the network if all hosts fail without a response; by default no
            living host is known.
        trust_seconds: For how long a host's own response shows that the network works; by default
            to the end of the run.

    Attributes:
        is_intercepted: Whether something answers in place of all hosts, or hides them.
        description: What was detected, for the user; empty if nothing was.
        had_own_response: Whether any response was a host's own.
    """

    def __init__(
        self,
        stop: StopSignal,
        reaches_living_host: ReachesLivingHost = _no_living_host_is_known,
        *,
        trust_seconds: float = float("inf"),
    ) -> None:
        self.description = ""
        self.had_own_response = False
        self._trust_seconds = trust_seconds
        self._responded_at = monotonic()
        self._stop = stop
        self._reaches_living_host = reaches_living_host
        self._decision_lock = asyncio.Lock()
        self._has_archive_responded = False
        self.is_intercepted = False
        self._decided = asyncio.Event()
        self._hosts: defaultdict[str, set[str]] = defaultdict(set)  # by kind of response
        self._active_probes: Counter[str] = Counter()  # by host, also hosts with none at the moment
        self._waiting_probes: Counter[str] = Counter()  # by host

    @contextmanager
    def track_host(self, host: str) -> Iterator[None]:
        """Count a host as being probed during the block: no decision is made without it."""
        self._active_probes[host] += 0
        try:
            yield
        finally:
            self._active_probes.pop(host, None)

    @contextmanager
    def track_probe(self, host: str) -> Iterator[None]:
        """Count a probe of a host as active during the block."""
        self._active_probes[host] += 1
        try:
            yield
        finally:
            self._active_probes[host] -= 1

    async def is_from_host(
        self, host: str, state: State, probe: Probe, *, is_archive: bool = False
    ) -> bool:
        """Return whether a response, or a failure, is the host's and not that of our own network.

        It may wait for the responses of other hosts.

        Args:
            host: The host's name.
            state: The state of the link before.
            probe: The probe.
            is_archive: The host is an archive: a network may let only archives through.
        """
        kind = kind_of_response(probe)
        if kind is None and _shows_nothing(probe):
            return True
        if kind is None and not is_archive and not self.is_intercepted:
            self._record_own_response()
        elif monotonic() - self._responded_at > self._trust_seconds:
            self._forget_responses()
        if self._decided.is_set():
            return not self.is_intercepted
        if kind is None:
            self._has_archive_responded = True
            return True
        if state in _FAILING:
            return True
        self._hosts[kind].add(host)
        self._waiting_probes[host] += 1
        try:
            await self._wait_for_decision()
        finally:
            self._waiting_probes[host] -= 1
        return not self.is_intercepted and not self._stop

    def _record_own_response(self) -> None:
        self.had_own_response = True
        self._responded_at = monotonic()
        self._decided.set()

    def _forget_responses(self) -> None:
        """Forget earlier responses: the last one that was a host's own is too long ago."""
        if self._decided.is_set() and not self.is_intercepted:
            self._decided.clear()
            self._hosts.clear()
            self._has_archive_responded = False

    async def _wait_for_decision(self) -> None:
        """Wait until a host gives a response of its own, or all active probes wait here."""
        while not self._decided.is_set() and not self._stop:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._decided.wait(), _WAIT_SECONDS)
            if self._decided.is_set() or not self._all_probes_wait():
                continue
            if not self._has_enough_hosts():
                return  # undecided; the hosts stay counted for later probes
            async with self._decision_lock:
                if not self._decided.is_set() and not await self._decide():
                    return

    async def _decide(self) -> bool:
        """Decide whether all hosts are intercepted, or hidden while no living one can be reached.

        Returns:
            False if it stays undecided: too few hosts fail alike, and none was alive before.
        """
        hosts = set().union(*self._hosts.values())
        if self._hosts.keys() <= _SILENT_KINDS:
            is_reached = await self._reaches_living_host(hosts)
            if is_reached is None and len(hosts) < _MIN_HIDDEN_HOSTS:
                return False
            if is_reached:
                self._decided.set()
        elif self._has_archive_responded:  # a login page would have answered for it, too
            self._decided.set()
        if not self._decided.is_set():  # nor did a host respond during that test
            self.is_intercepted = True
            self.description = self._describe()
            self._decided.set()
            self._stop.request(
                RunOutcome.NETWORK_DOWN,
                f"no network: {self.description}; no state changed: check the connection, its "
                "nameservers or network.proxy, then run again",
            )
        return True

    def _describe(self) -> str:
        """Return what was detected, for the user."""
        kinds = sorted(self._hosts, key=lambda kind: -len(self._hosts[kind]))
        answers = ", ".join(_DESCRIPTIONS.get(kind, kind) for kind in kinds[:_SHOWN_KINDS])
        number = len(set().union(*self._hosts.values()))
        if self._hosts.keys() <= _SILENT_KINDS:
            return f"all {number} hosts requested fail alike ({answers})"
        return (
            f"something else answers for all {number} hosts requested ({answers}), as a login page "
            "or a proxy does"
        )

    def _all_probes_wait(self) -> bool:
        """Return whether all active probes wait, and each host has at least one."""
        return all(
            self._waiting_probes[host] > 0 and self._waiting_probes[host] >= probes
            for host, probes in self._active_probes.items()
        )

    def _has_enough_hosts(self) -> bool:
        """Return whether the hosts with suspicious responses suffice for a decision."""
        suspicious, refusing = set[str](), set[str]()
        silent_kinds = self._hosts.keys() & _SILENT_KINDS
        if silent_kinds and len(self._hosts) > 1:
            return False  # hosts that fail in different ways are no outage
        for kind, hosts in self._hosts.items():
            if kind == "refusal":
                refusing |= hosts
            elif not kind.startswith("redirect") or len(hosts) > 1:
                suspicious |= hosts
        return len(suspicious) >= MIN_HOSTS or len(suspicious | refusing) >= _MIN_REFUSING_HOSTS


def kind_of_response(probe: Probe) -> str | None:
    """Return the kind of a probe's last response or failure, if it may be due to our own network.

    Over https only the host itself can respond: all others lack its certificate.

    Returns:
        "certificate", "proxy", "refusal", "gateway", "redirect to " and the other host's name, or
        the kind of a failure without a response; None if the response is the host's own.
    """
    last = probe.requests[-1]
    if last.fault and last.fault in _SILENT:
        return _SILENT[last.fault]
    if last.fault is Fault.TLS:
        return "certificate"
    if _has_secure_response(probe):
        return None
    if failed_at_proxy(probe):
        return "proxy"
    if last.status == 403:
        return "refusal"
    if last.status in _GATEWAY_STATUSES:
        return "gateway"
    first_host, last_host = _host(probe.requests[0].url), _host(last.url)
    return f"redirect to {last_host}" if last.hop and first_host != last_host else None


def _has_secure_response(probe: Probe) -> bool:
    """Return whether the requested host itself responded over https."""
    host = _host(probe.requests[0].url)
    return any(
        each.status and each.url.startswith("https:") and _host(each.url) == host
        for each in probe.requests
    )


def _shows_nothing(probe: Probe) -> bool:
    """Return whether a probe ended with a fault of ours, and without a host's own response."""
    fault = probe.requests[-1].fault
    is_ours = fault in UNCONNECTED_FAULTS or fault is Fault.CLIENT_LIMIT
    return is_ours and not _has_secure_response(probe)


def failed_at_proxy(probe: Probe) -> bool:
    """Return whether a probe ended at the proxy, so that nothing is known of the host."""
    return probe.requests[-1].fault is Fault.PROXY_FAILED


def _host(url: str) -> str:
    """Return the host name of a URL without `www.`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
