"""How long due work will take: politeness sets the pace, so it can be told beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from crawler.config import Config
from crawler.job import rules_for
from store.due import DueHost

_REQUESTS_A_PROBE = 1.3  # redirects, second looks and retries, on average


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEstimate:
    """How long one host's due links will take, at our pace."""

    name: str
    links: int
    duration: timedelta


def estimates(config: Config, hosts: Sequence[DueHost]) -> list[HostEstimate]:
    """Estimate each host that is asked on its own; hosts are worked on side by side, so the longest one bounds the whole."""
    found = []
    for host in hosts:
        rules = rules_for(config, host.name)
        if rules.skip:
            continue
        links = min(host.links, rules.per_run) if rules.per_run else host.links
        found.append(HostEstimate(name=host.name, links=links, duration=timedelta(seconds=links * _REQUESTS_A_PROBE * rules.interval)))
    return found
