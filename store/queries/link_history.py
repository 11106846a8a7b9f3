"""Read the history of links: spans, stored probes, and the results of archives.

A span stands for consecutive probes of a link with the same verdict and reason. It stays when the
probes are deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, select

from store.schema.dialects import chunks, in_ids
from store.schema.json_codec import decode
from store.schema.models import CaptureRow, LinkRow, LookupRow, ProbeRow, SpanRow, aliased
from store.schema.rows import check_column_order
from store.vocabulary import (
    CaptureStatus,
    LookupOutcome,
    PageEvidence,
    ProbeRequest,
    Reason,
    State,
    Verdict,
)

_SPAN_COLUMNS = (
    SpanRow.verdict,
    SpanRow.reason,
    SpanRow.first_at,
    SpanRow.last_at,
    SpanRow.probes,
)


class SpanRecord(Struct, frozen=True, gc=False):
    """Consecutive probes with the same verdict and reason."""

    verdict: Verdict
    reason: Reason
    first_at: datetime
    last_at: datetime
    probes: int  # their number


check_column_order(SpanRecord, _SPAN_COLUMNS, first_field="verdict")


class StoredProbe(Struct, frozen=True, kw_only=True):
    """A probe as stored, with every request it made."""

    run_id: int
    started_at: datetime
    finished_at: datetime
    verdict: Verdict
    reason: Reason
    detail: str
    requests: tuple[ProbeRequest, ...]
    evidence: PageEvidence | None


class ArchiveEvent(Struct, frozen=True, kw_only=True):
    """A lookup or a capture of a link."""

    service: str
    at: datetime
    outcome: LookupOutcome | CaptureStatus
    detail: str


class RecentHistory(Struct, frozen=True, gc=False):
    """A link's latest spans, oldest first, and the requests of its latest stored probe.

    The requests are read only for links that were redirected, or that are neither alive, unchecked
    nor skipped.
    """

    spans: tuple[SpanRecord, ...] = ()
    requests: tuple[ProbeRequest, ...] = ()


def recent_histories(
    connection: Connection, link_ids: Sequence[int], *, max_spans: int | None = 5
) -> Mapping[int, RecentHistory]:
    """Read the recent histories of the given links.

    Args:
        connection: A connection in a transaction.
        link_ids: The links.
        max_spans: Maximum number of spans of each link; None for all.

    Returns:
        The histories by link id. Links without any are left out.
    """
    wanted = frozenset(link_ids)
    start = -max_spans if max_spans else None  # of a slice that keeps the latest spans
    found: dict[int, list[SpanRecord]] = defaultdict(list)
    requests: dict[int, tuple[ProbeRequest, ...]] = {}
    select_spans, select_requests = _statements()
    for batch in chunks(sorted(wanted)):
        for link_id, *span in connection.execute(select_spans, {"ids": batch}).all():
            found[link_id].append(SpanRecord(*span))
        for link_id, encoded in connection.execute(select_requests, {"ids": batch}).all():
            requests[link_id] = decode_requests(encoded)
    return {
        link_id: RecentHistory(tuple(link_spans[start:]), requests.get(link_id, ()))
        for link_id, link_spans in found.items()
    }


def decode_requests(encoded: Sequence[Mapping[str, Any]]) -> tuple[ProbeRequest, ...]:
    """Return the stored requests of a probe."""
    return tuple(decode(ProbeRequest, request) for request in encoded)


def select_last_requests(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Return the statement for the requests of the latest probe of links whose report shows them.

    Args:
        conditions: Conditions on `LinkRow`.

    Returns:
        A statement that selects link ids with encoded requests.
    """
    probe = aliased(ProbeRow)
    last = (
        select(probe.id)
        .where(probe.link_id == LinkRow.id)
        .order_by(probe.started_at.desc(), probe.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    states_without_requests = (State.ALIVE, State.UNCHECKED, State.SKIPPED)
    needs_requests = (LinkRow.redirects > 0) | LinkRow.state.not_in(states_without_requests)
    return (
        select(LinkRow.id, ProbeRow.requests)
        .select_from(LinkRow)
        .join(ProbeRow, ProbeRow.id == last)
        .where(needs_requests, *conditions)
    )


@cache
def _statements() -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """Return the statements for the spans and for the last requests of the given links."""
    spans = (
        select(SpanRow.link_id, *_SPAN_COLUMNS)
        .where(in_ids(SpanRow.link_id))
        .order_by(SpanRow.link_id, SpanRow.id)
    )
    return spans, select_last_requests(in_ids(LinkRow.id))


def spans_of(connection: Connection, link_id: int) -> Sequence[SpanRecord]:
    """List a link's spans, oldest first."""
    statement = select(*_SPAN_COLUMNS).where(SpanRow.link_id == link_id).order_by(SpanRow.id)
    return [SpanRecord(*span) for span in connection.execute(statement)]


def probes_of(connection: Connection, link_id: int, *, limit: int = 10) -> Sequence[StoredProbe]:
    """List a link's latest stored probes, newest first."""
    statement = (
        select(
            ProbeRow.run_id,
            ProbeRow.started_at,
            ProbeRow.finished_at,
            ProbeRow.verdict,
            ProbeRow.reason,
            ProbeRow.detail,
            ProbeRow.requests,
            ProbeRow.evidence,
        )
        .where(ProbeRow.link_id == link_id)
        .order_by(ProbeRow.started_at.desc(), ProbeRow.id.desc())
        .limit(limit)
    )
    return [_stored_probe(row) for row in connection.execute(statement)]


def archive_events(connection: Connection, link_id: int) -> Sequence[ArchiveEvent]:
    """List the lookups and captures of a link, oldest first."""
    lookups = select(
        LookupRow.service, LookupRow.requested_at, LookupRow.outcome, LookupRow.detail
    ).where(LookupRow.link_id == link_id)
    captures = select(
        CaptureRow.service,
        CaptureRow.queued_at,
        CaptureRow.requested_at,
        CaptureRow.status,
        CaptureRow.detail,
    ).where(CaptureRow.link_id == link_id)
    events = [
        ArchiveEvent(
            service=row.service, at=row.requested_at, outcome=row.outcome, detail=row.detail
        )
        for row in connection.execute(lookups)
    ]
    events += [
        ArchiveEvent(
            service=row.service,
            at=row.requested_at or row.queued_at,
            outcome=row.status,
            detail=row.detail,
        )
        for row in connection.execute(captures)
    ]
    return sorted(events, key=lambda event: event.at)


def _stored_probe(row: Row[*tuple[Any, ...]]) -> StoredProbe:
    return StoredProbe(
        run_id=row.run_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        verdict=row.verdict,
        reason=row.reason,
        detail=row.detail,
        requests=decode_requests(row.requests),
        evidence=decode(PageEvidence, row.evidence) if row.evidence else None,
    )
