"""Read the rows of links, spans and probe counts that rejudging needs.

A span stands for consecutive probes of a link with the same verdict and reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select

from store.schema.models import LinkRow, MirrorRow, ProbeRow, SpanRow, aliased
from store.vocabulary import Reason
from store.work.tracked_states import TRACKED_STATE_COLUMNS


def read_links(connection: Connection, link_ids: Sequence[int]) -> dict[int, Any]:
    """Read the rows of links by id, and lock them if the transaction was opened to write."""
    original = aliased(LinkRow)
    state_columns = [getattr(LinkRow, name) for name in TRACKED_STATE_COLUMNS]
    statement = (
        select(
            LinkRow.id,
            LinkRow.url,
            LinkRow.role,
            LinkRow.host_id,
            LinkRow.missing_fragments,
            *state_columns,
            MirrorRow.service,
            MirrorRow.timestamp,
            MirrorRow.snapshot_id,
            MirrorRow.original_source,
            original.url.label("original"),
        )
        .outerjoin(MirrorRow, MirrorRow.link_id == LinkRow.id)
        .outerjoin(original, original.id == MirrorRow.original_id)
        .where(LinkRow.id.in_(link_ids))
        .order_by(LinkRow.id)
    )
    if connection.get_execution_options().get("writes"):
        statement = statement.with_for_update(of=LinkRow)
    return {row.id: row for row in connection.execute(statement)}


def count_probes(connection: Connection, link_ids: Sequence[int]) -> dict[int, int]:
    """Count the stored probes that spans count: all but those made while the network was down."""
    statement = (
        select(ProbeRow.link_id, func.count(ProbeRow.id).label("probes"))
        .where(ProbeRow.link_id.in_(link_ids), ProbeRow.reason != Reason.NETWORK_DOWN)
        .group_by(ProbeRow.link_id)
    )
    return {row.link_id: row.probes for row in connection.execute(statement)}


def read_spans(connection: Connection, link_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Read the rows of all spans of links by link id, in order."""
    statement = (
        select(*SpanRow.__table__.columns)
        .where(SpanRow.link_id.in_(link_ids))
        .order_by(SpanRow.link_id, SpanRow.id)
    )
    rows = connection.execute(statement)
    return {link_id: list(spans) for link_id, spans in groupby(rows, key=lambda row: row.link_id)}
