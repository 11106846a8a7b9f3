"""Estimate how long due links will take; the rate limits make that predictable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec import Struct

from crawler.config import Config, HostRules
from crawler.politeness.host_rules import rules_for

_REQUESTS_PER_PROBE: Final = 1.3  # on average, with redirects, repeats as GET and retries
# Duration of a request on an open connection; it limits the rate where the interval is shorter.
_RESPONSE_SECONDS: Final = 0.15


class HostLoad(Protocol):
    """The due links of one host."""

    @property
    def name(self) -> str:
        """Return the host's slot."""

    @property
    def links(self) -> int:
        """Return the number of due links."""

    @property
    def observed_interval(self) -> float:
        """Return the mean seconds between requests of an earlier run, or 0 if none is known."""

    @property
    def next_allowed_at(self) -> datetime | None:
        """Return when it may be requested again, None if it may be now."""


class HostEstimate(Struct, frozen=True, kw_only=True):
    """The number of due links of a host, and the time that they will take.

    Attributes:
        name: The slot of the host, or the operator of several hosts.
        links: The number of links that the run probes.
        duration: How long these take.
        paused_until: When the host may be requested again, if it requested a pause.
    """

    name: str
    links: int
    duration: timedelta
    paused_until: datetime | None = None


def estimate_hosts(config: Config, hosts: Iterable[HostLoad]) -> list[HostEstimate]:
    """Return an estimate for each host. Hosts are processed in parallel, so the longest decides.

    The interval of an earlier run is used if it is longer than the configured one. Hosts of one
    operator share a rate limit, and are returned as one entry with the operator's name. Skipped
    hosts are left out.
    """
    estimates: dict[str, HostEstimate] = {}
    for host in hosts:
        rules = rules_for(config, host.name)
        if rules.skip:
            continue
        links = _links_this_run(host, rules)
        response = _RESPONSE_SECONDS / rules.concurrency
        interval = max(rules.interval, host.observed_interval, response)
        seconds = links * _REQUESTS_PER_PROBE * interval
        name = rules.operator or host.name
        no_links = HostEstimate(name=name, links=0, duration=timedelta())
        of_operator = estimates.get(name, no_links)  # of the operator's hosts so far
        pauses = (of_operator.paused_until, host.next_allowed_at)
        estimates[name] = HostEstimate(
            name=name,
            links=of_operator.links + links,
            duration=of_operator.duration + timedelta(seconds=seconds),
            paused_until=max(filter(None, pauses), default=None),
        )
    return list(estimates.values())


def _links_this_run(host: HostLoad, rules: HostRules) -> int:
    """Return how many due links of a host one run probes.

    A limit of 0 in the rules means that there is no limit.
    """
    limits = [limit for limit in (rules.per_run, rules.per_day) if limit]
    return min(host.links, *limits) if limits else host.links
