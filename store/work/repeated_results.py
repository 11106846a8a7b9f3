"""Recognise results that are written again, because the reply to their commit was lost.

A server that restarts, or a connection that breaks, can lose the reply to a commit that was made.
The writer then writes the batch again: a failure must not count twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from store.schema.dialects import chunks
from store.schema.models import ProbeRow
from store.vocabulary import Probe

_Key = tuple[int, int, datetime, datetime]


def recorded_probes(
    connection: Connection,
    probes: Collection[tuple[int, int, Probe]],
    checked_at: Mapping[int, datetime | None],
) -> frozenset[_Key]:
    """Return the keys (`probe_key`) of probes that are stored already.

    Args:
        connection: A connection in a transaction.
        probes: The link id, the run id and the probe of each result.
        checked_at: The time of the last stored probe by link id. Only if a probe ended at this
            time, the probes of its link are read.
    """
    suspected = {
        link_id
        for link_id, _, probe in probes
        if checked_at.get(link_id) == probe.finished_at  # equal in all six decimals
    }
    if not suspected:
        return frozenset()
    first = min(probe.started_at for link_id, _, probe in probes if link_id in suspected)
    found: set[_Key] = set()
    for batch in chunks(sorted(suspected)):
        statement = select(
            ProbeRow.link_id, ProbeRow.run_id, ProbeRow.started_at, ProbeRow.finished_at
        ).where(ProbeRow.link_id.in_(batch), ProbeRow.started_at >= first)
        rows = connection.execute(statement)
        found |= {(row.link_id, row.run_id, row.started_at, row.finished_at) for row in rows}
    return frozenset(found)


def probe_key(link_id: int, run_id: int, probe: Probe) -> _Key:
    """Return what distinguishes a probe from all others."""
    return (link_id, run_id, probe.started_at, probe.finished_at)
