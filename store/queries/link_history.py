"""The past of one link: its spans, its probes, what archives were asked about it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.orm import aliased

from store.schema.dialects import id_ranges, in_id_range
from store.schema.json_codec import decode
from store.schema.models import CaptureRow, LinkRow, LookupRow, ProbeRow, SpanRow
from store.vocabulary import (
    CaptureStatus,
    LookupOutcome,
    PageEvidence,
    ProbeRequest,
    Reason,
    State,
    Verdict,
)

_SPAN = (
    SpanRow.verdict,
    SpanRow.reason,
    SpanRow.first_at,
    SpanRow.last_at,
    SpanRow.probes,
)  # the columns of a SpanRecord
_SERVED = (Verdict.ALIVE, Verdict.MOVED)


class SpanRecord(Struct, frozen=True, gc=False):
    """A stretch of the same verdict and reason; `probes` gave it, from `first_at` to `last_at`. Made of rows by position."""

    verdict: Verdict
    reason: Reason
    first_at: datetime
    last_at: datetime
    probes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProbe:
    """A probe as stored, with every request it made."""

    run_id: int
    started_at: datetime
    finished_at: datetime
    verdict: Verdict
    reason: Reason
    detail: str
    requests: tuple[ProbeRequest, ...]
    evidence: PageEvidence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEvent:
    """One answer of an archive about a link: to a look-up or to a capture."""

    service: str
    at: datetime
    outcome: LookupOutcome | CaptureStatus
    detail: str


class RecentHistory(Struct, frozen=True, gc=False):
    """What a link's history came to of late: its last spans, oldest first, and the requests of the last probe that is kept.

    The requests are read where they tell something: not of a link that was served at once.
    """

    spans: tuple[SpanRecord, ...] = ()
    requests: tuple[ProbeRequest, ...] = ()


def recent_histories(
    connection: Connection, link_ids: Sequence[int], *, spans: int | None = 5
) -> Mapping[int, RecentHistory]:
    """Read the recent past of some links at once, some hundreds at a time; one without a past is left out. `spans` of None: all."""
    wanted = frozenset(link_ids)
    latest: dict[int, deque[SpanRecord]] = defaultdict(lambda: deque(maxlen=spans))
    requests: dict[int, tuple[ProbeRequest, ...]] = {}
    for stretch in id_ranges(sorted(wanted)):
        for link_id, *span in connection.execute(_SPANS, stretch).all():
            if link_id in wanted:
                latest[link_id].append(SpanRecord(*span))
        for link_id, packed in connection.execute(_LAST_REQUESTS, stretch).all():
            if link_id in wanted:
                requests[link_id] = tuple(decode(ProbeRequest, request) for request in packed)
    return {
        link_id: RecentHistory(spans=tuple(found), requests=requests.get(link_id, ()))
        for link_id, found in latest.items()
    }


def _select_last_requests() -> Select[*tuple[Any, ...]]:
    probe = aliased(ProbeRow)
    last = (
        select(probe.id)
        .where(probe.link_id == LinkRow.id)
        .order_by(probe.started_at.desc(), probe.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    telling = (LinkRow.redirects > 0) | LinkRow.state.not_in(
        (State.ALIVE, State.UNCHECKED, State.SKIPPED)
    )
    return (
        select(LinkRow.id, ProbeRow.requests)
        .join(ProbeRow, ProbeRow.id == last)
        .where(in_id_range(LinkRow.id), telling)
    )


_SPANS: Select[*tuple[Any, ...]] = (
    select(SpanRow.link_id, *_SPAN)
    .where(in_id_range(SpanRow.link_id))
    .order_by(SpanRow.link_id, SpanRow.id)
)
_LAST_REQUESTS = _select_last_requests()


def spans_of(connection: Connection, link_id: int) -> Sequence[SpanRecord]:
    """List a link's spans, oldest first."""
    return [
        SpanRecord(*span)
        for span in connection.execute(
            select(*_SPAN).where(SpanRow.link_id == link_id).order_by(SpanRow.id)
        )
    ]


def probes_of(connection: Connection, link_id: int, *, limit: int = 10) -> Sequence[StoredProbe]:
    """List a link's latest probes that are kept, newest first."""
    columns = (
        ProbeRow.run_id,
        ProbeRow.started_at,
        ProbeRow.finished_at,
        ProbeRow.verdict,
        ProbeRow.reason,
        ProbeRow.detail,
        ProbeRow.requests,
        ProbeRow.evidence,
    )
    statement = (
        select(*columns)
        .where(ProbeRow.link_id == link_id)
        .order_by(ProbeRow.started_at.desc(), ProbeRow.id.desc())
        .limit(limit)
    )
    return [_probe(row) for row in connection.execute(statement)]


def last_page_seen(connection: Connection, link_id: int) -> PageEvidence | None:
    """What the page of a link or a mirror showed when it was last seen served; None where no such probe is kept."""
    statement = (
        select(ProbeRow.evidence)
        .where(
            ProbeRow.link_id == link_id,
            ProbeRow.evidence.is_not(None),
            ProbeRow.verdict.in_(_SERVED),
        )
        .order_by(ProbeRow.started_at.desc(), ProbeRow.id.desc())
        .limit(1)
    )
    evidence = connection.execute(statement).scalar_one_or_none()
    return decode(PageEvidence, evidence) if evidence else None


def archive_events(connection: Connection, link_id: int) -> Sequence[ArchiveEvent]:
    """List what archives said about a link, oldest first."""
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
    contacts = [
        *(
            ArchiveEvent(
                service=row.service, at=row.requested_at, outcome=row.outcome, detail=row.detail
            )
            for row in connection.execute(lookups)
        ),
        *(
            ArchiveEvent(
                service=row.service,
                at=row.requested_at or row.queued_at,
                outcome=row.status,
                detail=row.detail,
            )
            for row in connection.execute(captures)
        ),
    ]
    return sorted(contacts, key=lambda contact: contact.at)


def _probe(row: Row[*tuple[Any, ...]]) -> StoredProbe:
    return StoredProbe(
        run_id=row.run_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        verdict=row.verdict,
        reason=row.reason,
        detail=row.detail,
        requests=tuple(decode(ProbeRequest, request) for request in row.requests),
        evidence=decode(PageEvidence, row.evidence) if row.evidence else None,
    )
