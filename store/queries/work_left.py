"""Count the links that a run leaves due, by the reason.

Their host asked for a pause or is held (leased) by another process, or a limit was reached.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct, field
from sqlalchemy import Connection, select

from store.schema.models import HostRow, RunRow
from store.work.frontier import DueFilter, iterate_due_hosts

_PREFIX = "left:"  # of the entries of a `WorkLeft` among the totals of a run
# A shorter wait is the usual interval between requests, no pause.
_SHORTEST_PAUSE = timedelta(seconds=60)
_PAUSED_HOST_PREFIX = "paused-host:"  # of the entries with the links of one host
_MAX_NAMED_HOSTS = 5


class WorkLeft(Struct, frozen=True, kw_only=True):
    """The due links and archive copies that a run did not check.

    Attributes:
        paused: Number on hosts that may not be requested yet, or redirecting there: these hosts
            asked for a pause.
        paused_hosts: Number of these hosts.
        paused_until: When the first of these hosts may be requested again; None if no host is
            paused.
        paused_links: Number by host, of the five hosts with the most links, most first.
        held: Number on hosts that another run held, or redirecting there.
        held_hosts: Number of these hosts.
        held_by: The id of the run that held them, None if there were several.
        limited: Number beyond the limit of the run or of their host.
        other: Number of all others: the run ended before their turn.
    """

    paused: int = 0
    paused_hosts: int = 0
    paused_until: datetime | None = None
    paused_links: Mapping[str, int] = field(default_factory=dict)
    held: int = 0
    held_hosts: int = 0
    held_by: int | None = None
    limited: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        """The number of links and archive copies that stay due."""
        return self.paused + self.held + self.limited + self.other

    def to_totals(self) -> Mapping[str, int]:
        """Return it as entries of a run's totals; those that are 0 are left out."""
        values = {
            "paused": self.paused,
            "paused-hosts": self.paused_hosts,
            "paused-until": int(self.paused_until.timestamp()) if self.paused_until else 0,
            **{f"{_PAUSED_HOST_PREFIX}{name}": links for name, links in self.paused_links.items()},
            "held": self.held,
            "held-hosts": self.held_hosts,
            "held-by": self.held_by or 0,
            "limited": self.limited,
            "other": self.other,
        }
        # "counted" tells this run from one of an earlier version, which counted nothing.
        entries = {"counted": 1, **{name: value for name, value in values.items() if value}}
        return {f"{_PREFIX}{name}": value for name, value in entries.items()}


def work_left_in_totals(totals: Mapping[str, int]) -> WorkLeft | None:
    """Return the work that a run left, read from its totals; None if it was not counted.

    >>> work_left_in_totals({})
    >>> work_left_in_totals(WorkLeft(held=3, held_hosts=1, held_by=7).to_totals()).held_by
    7
    """

    def value(name: str) -> int:
        return totals.get(f"{_PREFIX}{name}", 0)

    if not value("counted"):
        return None
    until = value("paused-until")
    prefix = f"{_PREFIX}{_PAUSED_HOST_PREFIX}"
    paused_links = {
        name.removeprefix(prefix): links
        for name, links in totals.items()
        if name.startswith(prefix)
    }
    return WorkLeft(
        paused=value("paused"),
        paused_hosts=value("paused-hosts"),
        paused_until=datetime.fromtimestamp(until, UTC) if until else None,
        paused_links=_hosts_with_most_links(paused_links),
        held=value("held"),
        held_hosts=value("held-hosts"),
        held_by=value("held-by") or None,
        limited=value("limited"),
        other=value("other"),
    )


def totals_without_work_left(totals: Mapping[str, int]) -> Mapping[str, int]:
    """Return the totals of a run without the entries about the work it left.

    >>> totals_without_work_left({"link:alive": 3, "left:counted": 1})
    {'link:alive': 3}
    """
    return {name: value for name, value in totals.items() if not name.startswith(_PREFIX)}


def find_work_left(
    connection: Connection,
    wanted: DueFilter,
    *,
    now: datetime,
    owner: str,
    is_limited: Callable[[str], bool],
    links_awaiting: Mapping[str, Mapping[str, int]] | None = None,
) -> WorkLeft:
    """Count what is still due of the links that a run was to check.

    Args:
        connection: A connection in a transaction.
        wanted: The links that the run was to check, with `checked_before` its beginning.
        now: The time.
        owner: The process of the run. Hosts that other processes hold count as held.
        is_limited: Returns whether a limit keeps the run from the other links of a host.
        links_awaiting: Numbers of links that the run left because they redirect to another host: by
            the links' host, then by that host.

    Returns:
        The numbers, by the reasons why the links were left.
    """
    links_awaiting = links_awaiting or {}
    pauses = paused_hosts(connection, now=now)
    leases = _leases_of_others(connection, now=now, owner=owner)
    held, paused = Counter[str](), Counter[str]()  # links by the host that they wait for
    limited = other = 0
    for host in iterate_due_hosts(connection, wanted):
        # All links of a host wait for the host itself, some of them for another one.
        awaited_hosts = [(host.name, host.links), *links_awaiting.get(host.name, {}).items()]
        remaining = host.links
        for name, number in awaited_hosts:
            waiting = min(number, remaining)
            if name in leases:
                held[name] += waiting
            elif name in pauses:
                paused[name] += waiting
            else:
                continue
            remaining -= waiting
        if is_limited(host.name):
            limited += remaining
        else:
            other += remaining
    named_hosts = [name for name, links in paused.items() if links]
    return WorkLeft(
        paused=paused.total(),
        paused_hosts=len(named_hosts),
        paused_until=min((pauses[name] for name in named_hosts), default=None),
        paused_links=_hosts_with_most_links({name: paused[name] for name in named_hosts}),
        held=held.total(),
        held_hosts=len(held),
        held_by=_run_of(connection, {leases[name] for name in held}),
        limited=limited,
        other=other,
    )


def _hosts_with_most_links(links: Mapping[str, int]) -> Mapping[str, int]:
    """Return the hosts with the most links, most first."""
    return dict(sorted(links.items(), key=lambda item: (-item[1], item[0]))[:_MAX_NAMED_HOSTS])


def paused_hosts(connection: Connection, *, now: datetime) -> Mapping[str, datetime]:
    """Return the hosts that may not be requested yet, with the ends of their pauses."""
    statement = select(HostRow.name, HostRow.next_allowed_at).where(
        HostRow.next_allowed_at > now + _SHORTEST_PAUSE
    )
    return {row.name: row.next_allowed_at for row in connection.execute(statement)}


def _leases_of_others(connection: Connection, *, now: datetime, owner: str) -> Mapping[str, str]:
    """Map the hosts that other processes hold to these processes."""
    statement = select(HostRow.name, HostRow.lease_owner).where(
        HostRow.lease_until > now, HostRow.lease_owner != owner
    )
    return {row.name: row.lease_owner for row in connection.execute(statement)}


def _run_of(connection: Connection, owners: set[str]) -> int | None:
    """Return the unfinished run of a process, None if there are several or none is known."""
    statement = select(RunRow.id).where(
        RunRow.finished_at.is_(None), RunRow.owner.in_(sorted(owners))
    )
    runs = connection.scalars(statement).all() if owners else []
    return runs[0] if len(runs) == 1 else None
