"""How long due work will take: politeness sets the pace, so it can be told beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from crawler.config import Config
from crawler.politeness.host_rules import rules_for

_REQUESTS_A_PROBE = 1.3  # redirects, second looks and retries, on average


class HostLoad(Protocol):
    """What waits at one host; `kept_interval` are the seconds between requests it made of ours when it slowed us down."""

    @property
    def name(self) -> str: ...
    @property
    def links(self) -> int: ...
    @property
    def kept_interval(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEstimate:
    """How long one host's due links will take, at our pace and at what it made of it before."""

    name: str
    links: int
    duration: timedelta


def estimate_hosts(config: Config, hosts: Iterable[HostLoad]) -> list[HostEstimate]:
    """Estimate each host that is asked on its own; they are worked on side by side, so the longest one bounds the whole.

    A host that slowed us down is expected to do so again. Hosts of one operator share a pace, and stand here as one, by the operator's name.
    """
    found: dict[str, HostEstimate] = {}
    for host in hosts:
        rules = rules_for(config, host.name)
        if rules.skip:
            continue
        links = min(
            host.links, *(limit for limit in (rules.per_run, rules.per_day) if limit), host.links
        )
        seconds = links * _REQUESTS_A_PROBE * max(rules.interval, host.kept_interval)
        name = rules.operator or host.name
        before = found.get(name, HostEstimate(name=name, links=0, duration=timedelta()))
        found[name] = HostEstimate(
            name=name,
            links=before.links + links,
            duration=before.duration + timedelta(seconds=seconds),
        )
    return list(found.values())
