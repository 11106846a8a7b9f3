"""Notice that something on the own network answers in place of every host.

A captive portal redirects all requests to its login page, or presents its own certificate; a proxy
that does not let us through answers each request with an error. Connections can be opened then, so
only the answers show it: all of them are of such a kind, also from hosts that worked before.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

from crawler.http.clients.interface import PROXY_FAILURE
from crawler.jobs.stop_signal import StopSignal
from store.vocabulary import Fault, Probe, State
from store.work.runs import RunOutcome

# Hosts with such answers, while no host answers normally. Some sites refuse every program.
MIN_HOSTS: Final = 3
_MIN_REFUSING_HOSTS: Final = 5
_GATEWAY_STATUSES: Final = frozenset([407, 502, 503, 504, 511])
_WAIT_SECONDS = 1.0  # between checks whether other hosts have answered
# Links that failed or were blocked before. The same result again says nothing about the network.
_FAILING: Final = (State.SUSPECT, State.BROKEN, State.BLOCKED)


_SHOWN_KINDS: Final = 2
_DESCRIPTIONS: Final = {
    "certificate": "wrong certificates",
    "refusal": "403",
    "gateway": "errors of a gateway",
    "proxy": "errors of the proxy",
}


class AnswerWatch:
    """Holds back suspicious answers until a host gives an answer that must be its own.

    From then on no answer is held back: the network works.

    Args:
        stop: Receives the stop request if something answers in place of all hosts.

    Attributes:
        is_down: Whether something answers in place of all hosts.
    """

    def __init__(self, stop: StopSignal) -> None:
        self._stop = stop
        self.is_down = False
        self._decided = asyncio.Event()
        self._hosts: defaultdict[str, set[str]] = defaultdict(set)  # by kind of answer
        self._at_work: Counter[str] = Counter()  # probes under way by host, also 0
        self._held: Counter[str] = Counter()

    @contextmanager
    def at_work(self, host: str) -> Iterator[None]:
        """Make others wait for the answers of a host while its links are probed."""
        self._at_work[host] += 0
        try:
            yield
        finally:
            self._at_work.pop(host, None)

    @contextmanager
    def probing(self, host: str) -> Iterator[None]:
        """Count a probe of a host as under way."""
        self._at_work[host] += 1
        try:
            yield
        finally:
            self._at_work[host] -= 1

    async def is_own(self, host: str, state: State, probe: Probe) -> bool:
        """Return whether an answer is from the host, not from a device on our own network.

        Args:
            host: The host's name.
            state: The state of the link before.
            probe: The probe, which got an answer.
        """
        if self._decided.is_set():
            return not self.is_down
        kind = kind_of_answer(probe)
        if kind is None:
            self._decided.set()
            return True
        if state in _FAILING:
            return True
        self._hosts[kind].add(host)
        self._held[host] += 1
        try:
            await self._wait()
        finally:
            self._held[host] -= 1
        return not self.is_down and not self._stop

    async def _wait(self) -> None:
        """Wait until a host gives an answer of its own, or each host at work waits here."""
        while not self._decided.is_set() and not self._stop:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._decided.wait(), _WAIT_SECONDS)
            if self._decided.is_set() or not self._all_held():
                continue
            if not self._answer_alike():
                return  # too few to tell; those that follow are added to them
            self.is_down = True
            self._decided.set()
            self._stop.request(RunOutcome.NETWORK_DOWN, self._describe())

    def _describe(self) -> str:
        """Return what was noticed, and what to do."""
        kinds = sorted(self._hosts, key=lambda kind: -len(self._hosts[kind]))
        answers = ", ".join(_DESCRIPTIONS.get(kind, kind) for kind in kinds[:_SHOWN_KINDS])
        number = len(set().union(*self._hosts.values()))
        return (
            f"no network: something else answers for all {number} hosts requested ({answers}), as "
            "a login page or a proxy does; no state changed: check the connection or "
            "network.proxy, then run again"
        )

    def _all_held(self) -> bool:
        """Return whether each host at work waits for the others, with all of its probes."""
        return all(
            self._held[host] > 0 and self._held[host] >= probes
            for host, probes in self._at_work.items()
        )

    def _answer_alike(self) -> bool:
        """Return whether enough hosts answered as something on the own network would."""
        alike, refusing = set[str](), set[str]()
        for kind, hosts in self._hosts.items():
            if kind == "refusal":
                refusing |= hosts
            elif not kind.startswith("redirect") or len(hosts) > 1:
                alike |= hosts
        return len(alike) >= MIN_HOSTS or len(alike | refusing) >= _MIN_REFUSING_HOSTS


def kind_of_answer(probe: Probe) -> str | None:
    """Return how a probe ended if something on the own network may have answered, else None.

    Over https only the host itself can answer: all others lack its certificate.
    """
    last = probe.requests[-1]
    if last.fault is Fault.TLS:
        return "certificate"
    hosts = [_host(each.url) for each in probe.requests]
    if any(
        each.status and each.url.startswith("https:") and host == hosts[0]
        for each, host in zip(probe.requests, hosts, strict=True)
    ):
        return None
    if failed_at_proxy(probe):
        return "proxy"
    if last.status == 403:
        return "refusal"
    if last.status in _GATEWAY_STATUSES:
        return "gateway"
    return f"redirect to {hosts[-1]}" if last.hop and hosts[0] != hosts[-1] else None


def failed_at_proxy(probe: Probe) -> bool:
    """Return whether a probe ended at the proxy, so that nothing is known of the host."""
    last = probe.requests[-1]
    return last.fault is Fault.UNREACHABLE and last.detail.startswith(PROXY_FAILURE)


def _host(url: str) -> str:
    """Return the host name of a URL without `www.`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
