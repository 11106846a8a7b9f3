"""Estimate how long a run takes: probes of links, lookups, captures, and probes of new copies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from msgspec import Struct

from crawler.archives.link_identity import WAYBACK_SLOT
from crawler.config import Config
from crawler.http.urls import host_of
from crawler.politeness.estimate import HostEstimate, HostLoad, estimate_hosts

# Of links without a copy, the share for which a first lookup finds one: 62 % of 436 links of a
# README, 29 % in the demo.
_TYPICAL_FOUND_SHARE: Final = 0.5
# Requests of a lookup: one finds a snapshot before the date, or a second looks for a later one.
_REQUESTS_FOUND: Final = 1.1
_REQUESTS_NOT_FOUND: Final = 2.0
_CAPTURES_PER_MINUTE_WITHOUT_KEYS: Final = 3


class _NewCopies:
    """The copies that lookups will find, as due links of the Wayback Machine's slot (`HostLoad`).

    Args:
        links: The number of copies.
    """

    name = WAYBACK_SLOT
    observed_interval = 0.0
    next_allowed_at = None

    def __init__(self, links: int) -> None:
        self.links = links


class RunEstimate(Struct, frozen=True, kw_only=True):
    """The work of a run and its time, step by step; the steps follow one another.

    Attributes:
        hosts: The hosts with links to probe, the slowest first. They are probed side by side.
        lookups: Number of lookups at the Wayback Machine.
        lookup_time: How long they take.
        captures: Number of captures requested.
        capture_time: How long these take; lookups continue meanwhile.
        copies: Number of copies that will probably be found.
        copy_time: How long it takes to probe them.
    """

    hosts: tuple[HostEstimate, ...]
    lookups: int
    lookup_time: timedelta
    captures: int
    capture_time: timedelta
    copies: int
    copy_time: timedelta

    @property
    def probes(self) -> int:
        """Return the number of links and cited copies to probe."""
        return sum(host.links for host in self.hosts)

    @property
    def probe_time(self) -> timedelta:
        """Return how long probing takes: as long as at the slowest host."""
        return self.hosts[0].duration if self.hosts else timedelta()

    @property
    def total(self) -> timedelta:
        """Return how long the run takes."""
        return self.probe_time + max(self.lookup_time, self.capture_time) + self.copy_time


def estimate_run(
    config: Config,
    hosts: Iterable[HostLoad],
    *,
    lookups: int,
    captures: int = 0,
    max_captures: int | None = None,
    found_share: float | None = None,
) -> RunEstimate:
    """Estimate a run.

    Args:
        config: The configuration.
        hosts: The hosts with due links and mirrors.
        lookups: Number of lookups that the run will make.
        captures: Number of captures that are wanted already. The links for which no lookup finds
            a copy are added to it.
        max_captures: Maximum number of captures; None for no limit.
        found_share: The share of earlier lookups that found a copy; None if there were none.

    Returns:
        The estimate.
    """
    wayback = config.archives.wayback
    share = _TYPICAL_FOUND_SHARE if found_share is None else found_share
    copies = round(lookups * share)
    copy_hosts = estimate_hosts(config, [_NewCopies(copies)]) if copies else []
    if config.archives.captures_enabled:
        captures += lookups - copies
    if max_captures is not None:
        captures = min(captures, max_captures)
    captures = min(captures, wayback.captures_per_day)
    per_minute = wayback.captures_per_minute
    if not wayback.key and host_of(wayback.endpoint).endswith("archive.org"):
        per_minute = min(per_minute, _CAPTURES_PER_MINUTE_WITHOUT_KEYS)
    slowest_first = sorted(
        estimate_hosts(config, hosts), key=lambda host: host.duration, reverse=True
    )
    requests = copies * _REQUESTS_FOUND + (lookups - copies) * _REQUESTS_NOT_FOUND
    return RunEstimate(
        hosts=tuple(slowest_first),
        lookups=lookups,
        lookup_time=timedelta(minutes=requests / wayback.lookups_per_minute),
        captures=captures,
        capture_time=timedelta(minutes=captures / per_minute),
        copies=copies,
        copy_time=copy_hosts[0].duration if copy_hosts else timedelta(),
    )
