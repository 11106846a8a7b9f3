"""History: probes become spans and standings. Every probe is written whole, with all that follows from it, or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from store.schema.dialects import chunks, update_rows
from store.schema.json_codec import encode
from store.schema.models import (
    CaptureRow,
    HostRow,
    LinkRow,
    LookupRow,
    MirrorRow,
    ProbeRow,
    SpanRow,
)
from store.vocabulary import Judgement, LookupOutcome, Reason, Role, TrackedState, State
from store.vocabulary import Probe as ProbeRecord
from store.work.leases import Lease, Release, check_leases_held, release_leases

# What says that there is no capture since; an archive that gave no answer, or never will, says nothing.
_ANSWERS = (LookupOutcome.FOUND, LookupOutcome.NONE)
# Of what archives met themselves: a refusal may be meant for them alone.
_GONE_FOR_ALL = (Reason.NOT_FOUND, Reason.DOMAIN_NOT_FOUND)

SPAN_UPDATE_COLUMNS = (
    "id",
    "last_at",
    "probes",
    "last_run_id",
    "confirmed_run_id",
)  # columns of a span: its key, and what one more probe changes
_OF_A_STATE = ("state", "state_since")
TRACKED_STATE_COLUMNS = tuple(item.name for item in fields(TrackedState) if item.name != "role")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """One finished probe on its way into the store. `lease` is the one it was made under."""

    link_id: int
    run_id: int
    lease: Lease | None
    probe: ProbeRecord
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class HostResult:
    """The end of the work on one host: its lease given back and, where the run says something of the host itself, that."""

    release: Release
    judgement: Judgement | None = None
    at: datetime

    @property
    def lease(self) -> Lease:
        return self.release.lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the store knows beside a link's own standing, for whoever decides on the next one.

    `archived_since_failure`: True where an archive took the link with success since the first failure of the present row, False where
    an archive was asked since and has none, None where none was asked. `original_alive` is None for links and for mirrors of unknown originals.
    """

    archived_since_failure: bool | None
    original_alive: bool | None


Advance = Callable[[TrackedState, Judgement, datetime, Circumstances], TrackedState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one probe changed."""

    link_id: int
    before: TrackedState
    after: TrackedState


def record_probes(
    connection: Connection, results: Sequence[ProbeResult], advance: Advance
) -> Sequence[Change]:
    """Write probes with their spans, standings and next times, in the caller's transaction.

    `advance` decides (crawler.liveness); the store only keeps. Raises LeaseLost, writing nothing, if a lease has gone to another holder.
    """
    check_leases_held(connection, {result.lease for result in results if result.lease})
    links = _links(connection, {result.link_id for result in results})
    surroundings = ArchiveContext(
        connection,
        failing=[link_id for link_id, row in links.items() if row.first_failed_at is not None],
        mirrors=[link_id for link_id, row in links.items() if row.role is Role.MIRROR],
    )
    standings = {link_id: tracked_state_from_row(row, row.role) for link_id, row in links.items()}
    spans = _open_spans(connection, list(links))
    writes = _Writes()
    changes = []
    for result in results:
        before = standings[result.link_id]
        at = result.probe.finished_at
        after = advance(
            before, result.judgement, at, surroundings.circumstances_of(result.link_id, before)
        )
        standings[result.link_id] = after
        changes.append(Change(link_id=result.link_id, before=before, after=after))
        writes.add_probe(result)
        if after.probes != before.probes:  # a probe that says nothing (network-down) closes no span
            writes.extend_span(spans, result, after.state)
            writes.set_standing(result, before, after)
    writes.flush(connection)
    return changes


def tracked_state_from_row(row: Any, role: Role = Role.LINK) -> TrackedState:
    """Read a standing from a row that has its columns."""
    return TrackedState(role=role, **{name: getattr(row, name) for name in TRACKED_STATE_COLUMNS})


def host_tracked_states(
    connection: Connection, host_ids: Collection[int]
) -> Mapping[int, TrackedState]:
    """Where hosts' own histories stand."""
    columns = [getattr(HostRow, name) for name in TRACKED_STATE_COLUMNS]
    statements = (
        select(HostRow.id, *columns).where(HostRow.id.in_(some))
        for some in chunks(sorted(host_ids))
    )
    return {
        row.id: tracked_state_from_row(row)
        for statement in statements
        for row in connection.execute(statement)
    }


def record_hosts(connection: Connection, results: Sequence[HostResult], advance: Advance) -> None:
    """Add what a run says of hosts to their histories, and give their leases back.

    Raises LeaseLost, writing nothing, if a lease has gone to another holder.
    """
    check_leases_held(connection, {result.lease for result in results})
    nothing_known = Circumstances(archived_since_failure=None, original_alive=None)
    standings = host_tracked_states(
        connection, [result.lease.host_id for result in results if result.judgement]
    )
    rows = []
    for result in results:
        if result.judgement:
            after = advance(
                standings[result.lease.host_id], result.judgement, result.at, nothing_known
            )
            rows.append(
                {
                    "id": result.lease.host_id,
                    **{name: getattr(after, name) for name in TRACKED_STATE_COLUMNS},
                }
            )
    update_rows(connection, HostRow, rows)
    release_leases(connection, [result.release for result in results])


def extend_or_begin_span(  # noqa: PLR0917  the parts of one probe
    span: dict[str, Any] | None,
    judgement: Judgement,
    state: State,
    link_id: int,
    run_id: int,
    at: datetime,
) -> dict[str, Any]:
    """Extend a link's latest span by a probe that led to a state, or begin the next one."""
    confirmed = run_id if state is State.BROKEN else None
    if span and (span["verdict"], span["reason"]) == (judgement.verdict, judgement.reason):
        span |= {
            "last_at": max(at, span["last_at"]),
            "probes": span["probes"] + 1,
            "last_run_id": run_id,
        }
        span["confirmed_run_id"] = span["confirmed_run_id"] or confirmed
        return span
    return {
        "link_id": link_id,
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "first_at": at,
        "last_at": at,
        "probes": 1,
        "first_run_id": run_id,
        "last_run_id": run_id,
        "confirmed_run_id": confirmed,
    }


class _Writes:
    """The rows one batch leads to, in the order they must be written."""

    def __init__(self) -> None:
        self._probes: list[dict[str, Any]] = []
        self._new_spans: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._longer_spans: dict[int, dict[str, Any]] = {}
        self._links: dict[int, dict[str, Any]] = {}

    def add_probe(self, result: ProbeResult) -> None:
        probe = result.probe
        self._probes.append(
            {
                "link_id": result.link_id,
                "run_id": result.run_id,
                "started_at": probe.started_at,
                "finished_at": probe.finished_at,
                "verdict": result.judgement.verdict,
                "reason": result.judgement.reason,
                "detail": result.judgement.detail,
                "requests": [encode(request) for request in probe.requests],
                "evidence": encode(probe.evidence) if probe.evidence else None,
            }
        )

    def extend_span(
        self, spans: dict[int, dict[str, Any]], result: ProbeResult, state: State
    ) -> None:
        span = spans.get(result.link_id)
        extended = extend_or_begin_span(
            span, result.judgement, state, result.link_id, result.run_id, result.probe.finished_at
        )
        if extended is not span:
            spans[result.link_id] = extended
            self._new_spans[result.link_id].append(extended)
        elif "id" in extended:
            self._longer_spans[extended["id"]] = extended

    def set_standing(self, result: ProbeResult, before: TrackedState, after: TrackedState) -> None:
        requests = result.probe.requests
        final_url = requests[-1].url if requests else None
        row = self._links.setdefault(result.link_id, {"id": result.link_id})
        row |= {name: getattr(after, name) for name in TRACKED_STATE_COLUMNS}
        row |= {
            "status_code": result.judgement.status_code,
            "final_url": final_url,
            "redirects": max((request.hop for request in requests), default=0),
            "warnings": list(result.judgement.warnings),
        }
        if after.state != before.state:
            row |= {"previous_state": before.state, "changed_run_id": result.run_id}

    def flush(self, connection: Connection) -> None:
        connection.execute(insert(ProbeRow), self._probes)
        new_spans = [span for spans in self._new_spans.values() for span in spans]
        if new_spans:
            connection.execute(insert(SpanRow), new_spans)
        longer = [
            {name: span[name] for name in SPAN_UPDATE_COLUMNS}
            for span in self._longer_spans.values()
        ]
        update_rows(connection, SpanRow, longer)
        changed = [row for row in self._links.values() if "changed_run_id" in row]
        update_rows(connection, LinkRow, changed)
        # A state that is not written leaves its index alone.
        unchanged = [row for row in self._links.values() if "changed_run_id" not in row]
        update_rows(
            connection,
            LinkRow,
            [
                {name: value for name, value in row.items() if name not in _OF_A_STATE}
                for row in unchanged
            ],
        )


class ArchiveContext:
    """What lies around links, looked up once a batch: their archives, if they are failing, and their originals, if they are mirrors."""

    def __init__(
        self, connection: Connection, *, failing: Sequence[int], mirrors: Sequence[int]
    ) -> None:
        self._captured: dict[int, datetime] = {}
        self._asked: dict[int, datetime] = {}
        for some in chunks(failing):
            captured = (
                select(MirrorRow.original_id, func.max(MirrorRow.captured_at).label("at"))
                .where(
                    MirrorRow.original_id.in_(some), MirrorRow.status_at_capture.between(200, 299)
                )
                .group_by(MirrorRow.original_id)
            )
            self._captured |= {row.original_id: row.at for row in connection.execute(captured)}
            asked = (
                select(LookupRow.link_id, func.max(LookupRow.requested_at).label("at"))
                .where(LookupRow.link_id.in_(some), LookupRow.outcome.in_(_ANSWERS))
                .group_by(LookupRow.link_id)
            )
            self._asked |= {row.link_id: row.at for row in connection.execute(asked)}
            # an archive that went there and found nothing either is as good as one that has no capture since
            met = (
                select(CaptureRow.link_id, func.max(CaptureRow.finished_at).label("at"))
                .where(
                    CaptureRow.link_id.in_(some),
                    CaptureRow.observed_reason.in_(_GONE_FOR_ALL),
                    CaptureRow.finished_at.is_not(None),
                )
                .group_by(CaptureRow.link_id)
            )
            for row in connection.execute(met):
                self._asked[row.link_id] = max(row.at, self._asked.get(row.link_id, row.at))
        self._original_alive: dict[int, bool] = {}
        for some in chunks(mirrors):
            states = (
                select(MirrorRow.link_id, LinkRow.state)
                .join(LinkRow, LinkRow.id == MirrorRow.original_id)
                .where(MirrorRow.link_id.in_(some))
            )
            self._original_alive |= {
                row.link_id: row.state in (State.ALIVE, State.MOVED)
                for row in connection.execute(states)
            }

    def circumstances_of(self, link_id: int, standing: TrackedState) -> Circumstances:
        failed_at = standing.first_failed_at
        captured, asked = self._captured.get(link_id), self._asked.get(link_id)
        archived: bool | None = None
        if failed_at and captured and captured > failed_at:
            archived = True
        elif failed_at and asked and asked > failed_at:
            archived = False
        return Circumstances(
            archived_since_failure=archived, original_alive=self._original_alive.get(link_id)
        )


def _links(connection: Connection, link_ids: Iterable[int]) -> dict[int, Any]:
    columns = [getattr(LinkRow, name) for name in ("id", "role", *TRACKED_STATE_COLUMNS)]
    found: dict[int, Any] = {}
    for some in chunks(sorted(link_ids)):
        found |= {
            row.id: row
            for row in connection.execute(
                select(*columns).where(LinkRow.id.in_(some)).with_for_update()
            )
        }
    return found


def _open_spans(connection: Connection, link_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Map each link to its latest span, as a mutable row."""
    spans: dict[int, dict[str, Any]] = {}
    for some in chunks(link_ids):
        latest = (
            select(func.max(SpanRow.id)).where(SpanRow.link_id.in_(some)).group_by(SpanRow.link_id)
        )
        statement = select(
            SpanRow.link_id,
            SpanRow.verdict,
            SpanRow.reason,
            *(getattr(SpanRow, name) for name in SPAN_UPDATE_COLUMNS),
        ).where(SpanRow.id.in_(latest))
        spans |= {row.link_id: dict(row._mapping) for row in connection.execute(statement)}  # noqa: SLF001  its public name for this
    return spans
