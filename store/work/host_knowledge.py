"""Read what earlier probes of a host showed, and store probes of random URLs on it.

A sibling is the probe of a random URL beside a cited one: it shows how the host responds to pages
that do not exist. Probes of two cited pages are stored among the siblings, told apart by a marker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select

from store.errors import LeaseLost
from store.schema.dialects import chunks, update_rows
from store.schema.json_codec import decode, encode
from store.schema.models import HostRow, LinkRow
from store.vocabulary import PageEvidence, Probe, ProbeRequest, Role, TrackedState
from store.work.leases import Lease, check_leases_held
from store.work.tracked_states import TRACKED_STATE_COLUMNS, tracked_state_from_row

# The ids of a host's links by the URL that they redirect to
RedirectTargets = Mapping[str, frozenset[int]]

# The marker of siblings from older versions, which did not find out whether a page is that of a web
# application
APP_UNKNOWN_MARKER: Final = "app-unknown"
# The markers of two cited pages that are stored like siblings. A neighbour proves that the host has
# pages of different content, a lost page that it serves something else in place of its pages.
NEIGHBOUR_MARKER: Final = "neighbour"
LOST_PAGE_MARKER: Final = "lost"
_MAX_SIBLINGS: Final = 12  # stored of a host, the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKnowledge:
    """The stored knowledge of one host.

    Attributes:
        tracked_state: The host's own tracked state.
        siblings: Its siblings and marked cited pages, the newest first.
        redirect_targets: The ids of the host's links by the URL that they redirect to.
        robots_read_at: When its robots.txt was last read for what it says to archives; None if
            never.
    """

    tracked_state: TrackedState
    siblings: Sequence[Probe]
    redirect_targets: RedirectTargets
    robots_read_at: datetime | None = None


def host_knowledge(
    connection: Connection, host_ids: Collection[int]
) -> Mapping[int, HostKnowledge]:
    """Read what is known about the given hosts, by their ids."""
    known = {}
    for batch in chunks(sorted(host_ids)):
        targets = _redirect_targets(connection, batch)
        for row in connection.execute(_select_hosts(), {"ids": batch}):
            known[row.id] = HostKnowledge(
                tracked_state=tracked_state_from_row(row),
                siblings=_decode_siblings(row.sibling, row.sibling_at) if row.sibling else (),
                redirect_targets=targets.get(row.id, {}),
                robots_read_at=row.robots_read_at,
            )
    return known


def record_sibling(connection: Connection, lease: Lease, probe: Probe) -> None:
    """Store the probe of a random URL on a host, or of a marked cited page, as its newest sibling.

    Args:
        connection: A connection in a transaction that writes.
        lease: The lease on the host.
        probe: The probe.

    Raises:
        LeaseLost: Another process acquired the lease.
    """
    check_leases_held(connection, [lease])
    stored = connection.execute(_select_hosts(), {"ids": [lease.host_id]}).one()
    known = list(_decode_siblings(stored.sibling, stored.sibling_at)) if stored.sibling else []
    others = [sibling for sibling in known if not is_incomplete(sibling)][: _MAX_SIBLINGS - 1]
    encoded = _encode_sibling(probe) | {"others": [_encode_sibling(other) for other in others]}
    changed = {"id": lease.host_id, "sibling": encoded, "sibling_at": probe.finished_at}
    update_rows(connection, HostRow, [changed])


def record_siblings(
    connection: Connection, siblings: Sequence[tuple[Lease, Probe]]
) -> Sequence[LeaseLost | None]:
    """Store probes of random URLs on several hosts in one transaction.

    Args:
        connection: A connection in a transaction that writes.
        siblings: The probes, each with the lease on its host.

    Returns:
        For each probe, the error if another process acquired its lease, so that it was not
        stored; else None.
    """
    errors: list[LeaseLost | None] = [None] * len(siblings)
    # In the order in which all transactions lock the rows of hosts.
    for index in sorted(range(len(siblings)), key=lambda index: siblings[index][0].host_id):
        try:
            record_sibling(connection, *siblings[index])
        except LeaseLost as error:
            errors[index] = error
    return errors


def is_incomplete(sibling: Probe) -> bool:
    """Return whether an older version stored a sibling, with less evidence than probes have now.

    A new one should replace it.
    """
    return sibling.evidence is not None and APP_UNKNOWN_MARKER in sibling.evidence.html_markers


def _redirect_targets(
    connection: Connection, host_ids: Sequence[int]
) -> Mapping[int, RedirectTargets]:
    """Map hosts to the targets of their links' redirects."""
    by_host: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for link in connection.execute(_select_redirected(), {"ids": host_ids}):
        if link.final_url:
            by_host[link.host_id][link.final_url].add(link.id)
    return {
        host_id: {url: frozenset(ids) for url, ids in targets.items()}
        for host_id, targets in by_host.items()
    }


def _encode_sibling(probe: Probe) -> dict[str, Any]:
    """Encode a probe as a JSON object, which `_decode_sibling` decodes."""
    return {
        "url": probe.url,
        "at": probe.finished_at.isoformat(),
        "requests": [encode(request) for request in probe.requests],
        "evidence": encode(probe.evidence) if probe.evidence else None,
    }


def _decode_siblings(encoded: Mapping[str, Any], at: datetime) -> Sequence[Probe]:
    """Decode the column `sibling`: the newest sibling, with the others in its field `others`.

    Args:
        encoded: The value of the column.
        at: The column `sibling_at`.

    Returns:
        The siblings, the newest first.
    """
    return [_decode_sibling(sibling, at) for sibling in (encoded, *encoded.get("others", ()))]


def _decode_sibling(encoded: Mapping[str, Any], at: datetime) -> Probe:
    """Return the stored probe of a random URL; `at` is used if it was stored without a time."""
    stored = encoded["evidence"]
    evidence = decode(PageEvidence, stored) if stored else None
    if "at" in encoded:
        at = datetime.fromisoformat(encoded["at"])
    elif evidence:  # stored by an older version
        markers = (*evidence.html_markers, APP_UNKNOWN_MARKER)
        evidence = replace(evidence, html_markers=markers)
    return Probe(
        url=str(encoded["url"]),
        role=Role.LINK,
        started_at=at,
        finished_at=at,
        requests=tuple(decode(ProbeRequest, request) for request in encoded["requests"]),
        evidence=evidence,
    )


@cache
def _select_hosts() -> Select[*tuple[Any, ...]]:
    """Return the statement. It is built once, as building it takes longer than executing it."""
    columns = [getattr(HostRow, name) for name in TRACKED_STATE_COLUMNS]
    return select(
        HostRow.id, *columns, HostRow.sibling, HostRow.sibling_at, HostRow.robots_read_at
    ).where(HostRow.id.in_(bindparam("ids", expanding=True)))


@cache
def _select_redirected() -> Select[*tuple[Any, ...]]:
    """Return the statement for the links of the given hosts that redirect."""
    return select(LinkRow.id, LinkRow.host_id, LinkRow.final_url).where(
        LinkRow.host_id.in_(bindparam("ids", expanding=True)),
        LinkRow.role == Role.LINK,
        LinkRow.redirects > 0,
    )
