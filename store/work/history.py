"""Write probes with everything that follows from them: spans, tracked states, next probes.

Each probe is written completely or not at all, in the caller's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select

from store.schema.dialects import chunks, update_rows
from store.schema.json_codec import decode, encode
from store.schema.models import HostRow, LinkRow, ProbeRow, SpanRow
from store.vocabulary import (
    FRAGMENT_MISSING,
    Judgement,
    Probe,
    Role,
    State,
    TrackedState,
    Validators,
    Verdict,
)
from store.work.archive_context import NO_CIRCUMSTANCES, ArchiveContext, Circumstances
from store.work.archive_robots import ArchiveRobots, store_archive_robots
from store.work.leases import Lease, Release, check_leases_held, release_leases
from store.work.tracked_states import (
    TRACKED_STATE_COLUMNS,
    host_tracked_states,
    tracked_state_from_row,
    tracked_state_values,
)
from store.work.validators import has_page, next_validators

# The columns of a span that another probe changes, and its key.
SPAN_UPDATE_COLUMNS = ("id", "last_at", "probes", "last_run_id", "confirmed_run_id")
_STATE_COLUMNS = ("state", "state_since")
_SERVED_VERDICTS = (Verdict.ALIVE, Verdict.MOVED)

# Returns the next tracked state: of the one before, a judgement, its time and the circumstances.
Advance = Callable[[TrackedState, Judgement, datetime, Circumstances], TrackedState]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """A finished probe that is to be written."""

    link_id: int
    run_id: int
    lease: Lease | None  # the lease it was made under
    probe: Probe
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class HostResult:
    """The end of the work on one host: the release of its lease, and what is known of the host.

    Attributes:
        release: The release.
        judgement: The judgement of the host; None if the run says nothing about the host itself.
        archive_robots: What its robots.txt says to archives; None if it was not read.
        at: The time.
    """

    release: Release
    judgement: Judgement | None = None
    archive_robots: ArchiveRobots | None = None
    at: datetime

    @property
    def lease(self) -> Lease:
        """The lease that is released."""
        return self.release.lease


Result = ProbeResult | HostResult


def record_results(connection: Connection, results: Sequence[Result], advance: Advance) -> None:
    """Write results: probes with what follows from them, then the ends of the work on hosts.

    Args:
        connection: A connection in a transaction that writes.
        results: The results, in the order they were made.
        advance: The state machine (`crawler.liveness`).

    Raises:
        LeaseLost: Another process acquired one of the leases. Nothing is written.
    """
    # All at once, so that their rows are locked in one order.
    check_leases_held(connection, {result.lease for result in results if result.lease})
    probes = [result for result in results if isinstance(result, ProbeResult)]
    hosts = [result for result in results if isinstance(result, HostResult)]
    if probes:
        _record_probes(connection, probes, advance)
    if hosts:
        _record_hosts(connection, hosts, advance)


def _record_probes(
    connection: Connection, results: Sequence[ProbeResult], advance: Advance
) -> None:
    """Write probes with their spans, tracked states and next times."""
    links = _lock_links(connection, {result.link_id for result in results})
    served = {link_id: _Served.from_row(row) for link_id, row in links.items()}
    context = ArchiveContext(
        connection,
        failing=[link_id for link_id, row in links.items() if row.first_failed_at is not None],
        mirrors=[link_id for link_id, row in links.items() if row.role is Role.MIRROR],
    )
    states = {link_id: tracked_state_from_row(row, row.role) for link_id, row in links.items()}
    spans = _latest_spans(connection, list(links))
    batch = _ProbeBatch()
    for result in results:
        before = states[result.link_id]
        circumstances = context.circumstances_of(result.link_id, before)
        after = advance(before, result.judgement, result.probe.finished_at, circumstances)
        states[result.link_id] = after
        batch.add_probe(result)
        if after.probes != before.probes:  # a probe without conclusion (network-down) has no span
            batch.extend_span(spans, result, after.state)
            served[result.link_id] = served[result.link_id].after(result)
            batch.set_tracked_state(result, before, after, served[result.link_id])
    batch.write(connection)


def _record_hosts(connection: Connection, results: Sequence[HostResult], advance: Advance) -> None:
    """Write what is known of hosts at the end of the work on them, and release their leases."""
    judged = [result.lease.host_id for result in results if result.judgement]
    states = host_tracked_states(connection, judged)
    rows = []
    for result in results:
        if result.judgement:
            host_id = result.lease.host_id
            after = advance(states[host_id], result.judgement, result.at, NO_CIRCUMSTANCES)
            rows.append({"id": host_id, **tracked_state_values(after)})
    update_rows(connection, HostRow, rows)
    read = {
        result.lease.host_id: result.archive_robots for result in results if result.archive_robots
    }
    store_archive_robots(connection, read)
    release_leases(connection, [result.release for result in results])


def extend_or_begin_span(  # noqa: PLR0917  the parts of one probe
    span: dict[str, Any] | None,
    judgement: Judgement,
    state: State,
    link_id: int,
    run_id: int,
    at: datetime,
) -> dict[str, Any]:
    """Add a probe to a link's latest span, or begin the next span.

    Args:
        span: The latest span as a mutable row, or None.
        judgement: The probe's judgement.
        state: The link's state after the probe.
        link_id: The link.
        run_id: The run of the probe.
        at: The time of the probe.

    Returns:
        `span` itself if it was extended, otherwise the new span's row.
    """
    confirmed = run_id if state is State.BROKEN else None
    if span and (span["verdict"], span["reason"]) == (judgement.verdict, judgement.reason):
        span["last_at"] = max(at, span["last_at"])
        span["probes"] += 1
        span["last_run_id"] = run_id
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


@dataclass(frozen=True, slots=True)
class _Served:
    """The evidence of a link's page when it was last read as a whole."""

    validators: Validators | None
    missing_fragments: tuple[str, ...]

    @classmethod
    def from_row(cls, row: Any) -> _Served:
        validators = decode(Validators, row.validators) if row.validators else None
        return cls(validators, tuple(row.missing_fragments))

    def after(self, result: ProbeResult) -> _Served:
        """Return the evidence after another probe."""
        verdict, evidence = result.judgement.verdict, result.probe.evidence
        validators = next_validators(result.probe, verdict, self.validators)
        if verdict not in _SERVED_VERDICTS:
            return _Served(validators, ())
        if not has_page(result.probe):
            return _Served(validators, self.missing_fragments)
        return _Served(validators, evidence.missing_fragments if evidence else ())

    def warnings(self, judgement: Judgement) -> list[str]:
        """Return the warnings of a probe, and `FRAGMENT_MISSING` if the last page read had it."""
        warnings = list(judgement.warnings)
        if self.missing_fragments and FRAGMENT_MISSING not in warnings:
            warnings.append(FRAGMENT_MISSING)
        return warnings


class _ProbeBatch:
    """Collects the rows of a batch of probes, and writes them in the order that keys require."""

    def __init__(self) -> None:
        self._probes: list[dict[str, Any]] = []
        self._new_spans: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._extended_spans: dict[int, dict[str, Any]] = {}
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
            self._extended_spans[extended["id"]] = extended

    def set_tracked_state(
        self, result: ProbeResult, before: TrackedState, after: TrackedState, served: _Served
    ) -> None:
        requests = result.probe.requests
        row = self._links.setdefault(result.link_id, {"id": result.link_id})
        row |= tracked_state_values(after)
        row |= {
            "status_code": result.judgement.status_code,
            "final_url": _led_to(result),
            "redirects": max((request.hop for request in requests), default=0),
            "warnings": served.warnings(result.judgement),
            "validators": encode(served.validators) if served.validators else None,
            "missing_fragments": list(served.missing_fragments),
        }
        if after.state != before.state:
            row |= {"previous_state": before.state, "changed_run_id": result.run_id}

    def write(self, connection: Connection) -> None:
        connection.execute(insert(ProbeRow), self._probes)
        new_spans = [span for spans in self._new_spans.values() for span in spans]
        if new_spans:
            connection.execute(insert(SpanRow), new_spans)
        extended = [
            {name: span[name] for name in SPAN_UPDATE_COLUMNS}
            for span in self._extended_spans.values()
        ]
        update_rows(connection, SpanRow, extended)
        changed = [row for row in self._links.values() if "changed_run_id" in row]
        update_rows(connection, LinkRow, changed)
        # Without the state's columns, so that the index on them need not be written.
        unchanged = []
        for row in self._links.values():
            if "changed_run_id" not in row:
                kept = {name: value for name, value in row.items() if name not in _STATE_COLUMNS}
                unchanged.append(kept)
        update_rows(connection, LinkRow, unchanged)


def _lock_links(connection: Connection, link_ids: Iterable[int]) -> dict[int, Any]:
    """Lock links against other writers, and read their tracked states and roles."""
    found: dict[int, Any] = {}
    for batch in chunks(sorted(link_ids)):
        rows = connection.execute(_select_and_lock_links(), {"ids": batch})
        found |= {row.id: row for row in rows}
    return found


def _latest_spans(connection: Connection, link_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Map each link to its latest span, as a mutable row."""
    spans: dict[int, dict[str, Any]] = {}
    for batch in chunks(link_ids):
        for row in connection.execute(_select_latest_spans(), {"ids": batch}).mappings():
            spans[row["link_id"]] = dict(row)
    return spans


def _led_to(result: ProbeResult) -> str | None:
    """Return the URL where a probe ended; for a mirror the capture that it leads to, if it does."""
    requests = result.probe.requests
    if not requests:
        return None
    target = result.judgement.target if result.probe.role is Role.MIRROR else None
    return target or requests[-1].url


# Building a statement takes longer than executing it, so each is built once.
@cache
def _select_and_lock_links() -> Select[*tuple[Any, ...]]:
    names = ("id", "role", "validators", "missing_fragments", *TRACKED_STATE_COLUMNS)
    columns = [getattr(LinkRow, name) for name in names]
    of_ids = LinkRow.id.in_(bindparam("ids", expanding=True))
    return select(*columns).where(of_ids).with_for_update()


@cache
def _select_latest_spans() -> Select[*tuple[Any, ...]]:
    columns = [getattr(SpanRow, name) for name in SPAN_UPDATE_COLUMNS]
    of_links = SpanRow.link_id.in_(bindparam("ids", expanding=True))
    latest = select(func.max(SpanRow.id)).where(of_links).group_by(SpanRow.link_id)
    return select(SpanRow.link_id, SpanRow.verdict, SpanRow.reason, *columns).where(
        SpanRow.id.in_(latest)
    )
