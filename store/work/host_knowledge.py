"""What earlier probes taught about a host's answers: its own history, where its links end, what it says to nonsense."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from store.schema.dialects import chunks
from store.schema.json_codec import decode, encode
from store.schema.models import HostRow, LinkRow
from store.vocabulary import PageEvidence, Probe, ProbeRequest, Role, TrackedState
from store.work.history import TRACKED_STATE_COLUMNS, tracked_state_from_row
from store.work.leases import Lease, check_leases_held


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKnowledge:
    """One host as the store knows it.

    `sibling` is the probe of a random address beside a cited one, made at `sibling_at`. `endings` maps each address that redirects of the
    host's links lead to, to the ids of those links.
    """

    tracked_state: TrackedState
    sibling: Probe | None
    sibling_at: datetime | None
    redirect_targets: Mapping[str, frozenset[int]]


def host_knowledge(
    connection: Connection, host_ids: Collection[int]
) -> Mapping[int, HostKnowledge]:
    """Read what is known of hosts."""
    columns = [getattr(HostRow, name) for name in TRACKED_STATE_COLUMNS]
    known = {}
    for some in chunks(sorted(host_ids)):
        endings: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        led_on = select(LinkRow.id, LinkRow.host_id, LinkRow.final_url)
        for link in connection.execute(
            led_on.where(
                LinkRow.host_id.in_(some), LinkRow.role == Role.LINK, LinkRow.redirects > 0
            )
        ):
            if link.final_url:
                endings[link.host_id][link.final_url].add(link.id)
        for row in connection.execute(
            select(HostRow.id, *columns, HostRow.sibling, HostRow.sibling_at).where(
                HostRow.id.in_(some)
            )
        ):
            known[row.id] = HostKnowledge(
                tracked_state=tracked_state_from_row(row),
                sibling=_sibling(row.sibling, row.sibling_at) if row.sibling else None,
                sibling_at=row.sibling_at,
                redirect_targets={url: frozenset(ids) for url, ids in endings[row.id].items()},
            )
    return known


def record_sibling(connection: Connection, lease: Lease, probe: Probe) -> None:
    """Remember what a host said to an address nobody has. Raises LeaseLost if the lease has gone."""
    check_leases_held(connection, [lease])
    packed = {
        "url": probe.url,
        "requests": [encode(request) for request in probe.requests],
        "evidence": encode(probe.evidence) if probe.evidence else None,
    }
    connection.execute(
        update(HostRow)
        .where(HostRow.id == lease.host_id)
        .values(sibling=packed, sibling_at=probe.finished_at)
    )


def _sibling(packed: Mapping[str, object], at: datetime) -> Probe:
    requests, evidence = packed["requests"], packed["evidence"]
    return Probe(
        url=str(packed["url"]),
        role=Role.LINK,
        started_at=at,
        finished_at=at,
        requests=tuple(decode(ProbeRequest, request) for request in requests)
        if isinstance(requests, list)
        else (),
        evidence=decode(PageEvidence, evidence) if isinstance(evidence, dict) else None,
    )
