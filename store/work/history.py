"""Write probes with what follows from them: spans, tracked states and the times of next probes.

Each probe is written completely or not at all, in the caller's transaction. A span stands for
consecutive probes of a link with the same verdict and reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, bindparam, insert, select

from store.schema.dialects import chunks, update_rows
from store.schema.json_codec import decode, encode
from store.schema.models import HostRow, LinkRow, ProbeRow, SpanRow
from store.vocabulary import (
    Judgement,
    Probe,
    Role,
    State,
    TrackedState,
    Validators,
)
from store.work.archives.archive_context import NO_CIRCUMSTANCES, ArchiveContext, Circumstances
from store.work.archives.archive_robots import ArchiveRobots, store_archive_robots
from store.work.leases import Lease, Release, check_leases_held, release_leases
from store.work.repeated_results import probe_key, recorded_probes
from store.work.spans import SPAN_UPDATE_COLUMNS, extend_or_begin_span, latest_spans
from store.work.tracked_states import (
    TRACKED_STATE_COLUMNS,
    host_tracked_states,
    tracked_state_from_row,
    tracked_state_values,
)
from store.work.validators import all_warnings, next_missing_fragments, next_validators

# The columns of `link` that have an index which is to be written only when they change
_INDEXED_COLUMNS = ("state", "state_since")

# The state machine. Returns the tracked state after a probe; takes the state before it, its
# judgement, its time and the circumstances.
Advance = Callable[[TrackedState, Judgement, datetime, Circumstances], TrackedState]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """A finished probe that is to be written."""

    link_id: int
    run_id: int
    lease: Lease | None  # the lease on the host during the probe
    probe: Probe
    judgement: Judgement


class HostResult(Struct, frozen=True, kw_only=True):
    """The end of the probes of a host: the release of its lease, and what they showed of the host.

    Attributes:
        release: The release.
        judgement: The judgement of the host; None if the probes showed nothing about the host.
        archive_robots: What its robots.txt says to archives; None if it was not read.
        at: The time of the judgement.
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
    """Write probe results with what follows from them, then host results.

    Args:
        connection: A connection in a transaction that writes.
        results: The results, in the order they were made.
        advance: The state machine (`crawler.liveness`).

    It is safe to call it again with the same results: probes that are stored are left out.

    Raises:
        LeaseLost: Another process acquired one of the leases. Nothing is written.
    """
    # All leases in one call, so that the rows of their hosts are locked in one order.
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
    """Write probes with their spans, tracked states and next times; each probe once."""
    links = _lock_links(connection, {result.link_id for result in results})
    results = _without_recorded(connection, results, links)
    if not results:
        return
    last_pages = {link_id: _LastPage.from_row(row) for link_id, row in links.items()}
    context = ArchiveContext(
        connection,
        failing=[link_id for link_id, row in links.items() if row.first_failed_at is not None],
        mirrors=[link_id for link_id, row in links.items() if row.role is Role.MIRROR],
    )
    states = {link_id: tracked_state_from_row(row, row.role) for link_id, row in links.items()}
    spans = latest_spans(connection, list(links))
    batch = _ProbeBatch()
    for result in results:
        before = states[result.link_id]
        circumstances = context.circumstances_of(result.link_id, before)
        after = advance(before, result.judgement, result.probe.finished_at, circumstances)
        states[result.link_id] = after
        batch.add_probe(result)
        if after.probes != before.probes:  # a probe without network is not counted and has no span
            batch.extend_span(spans, result, after.state)
            last_page = last_pages[result.link_id].after(result)
            last_pages[result.link_id] = last_page
            batch.set_tracked_state(result, before, after, last_page)
    batch.write(connection)


def _without_recorded(
    connection: Connection, results: Sequence[ProbeResult], links: Mapping[int, Any]
) -> Sequence[ProbeResult]:
    """Return the results whose probes are not stored yet."""
    checked_at = {link_id: row.checked_at for link_id, row in links.items()}
    probes = [(result.link_id, result.run_id, result.probe) for result in results]
    recorded = recorded_probes(connection, probes, checked_at)
    return [
        result
        for result in results
        if probe_key(result.link_id, result.run_id, result.probe) not in recorded
    ]


def _record_hosts(connection: Connection, results: Sequence[HostResult], advance: Advance) -> None:
    """Write the tracked states and robots.txt results of hosts, and release their leases."""
    judged_ids = [result.lease.host_id for result in results if result.judgement]
    states = host_tracked_states(connection, judged_ids)
    rows = []
    for result in results:
        if result.judgement:
            host_id = result.lease.host_id
            after = advance(states[host_id], result.judgement, result.at, NO_CIRCUMSTANCES)
            rows.append({"id": host_id, **tracked_state_values(after)})
    update_rows(connection, HostRow, rows)
    robots_by_host = {
        result.lease.host_id: result.archive_robots for result in results if result.archive_robots
    }
    store_archive_robots(connection, robots_by_host)
    release_leases(connection, [result.release for result in results])


class _LastPage(Struct, frozen=True):
    """The stored validators and missing fragments of the page that a link's last GET read."""

    validators: Validators | None
    missing_fragments: tuple[str, ...]

    @classmethod
    def from_row(cls, row: Any) -> _LastPage:
        validators = decode(Validators, row.validators) if row.validators else None
        return cls(validators, tuple(row.missing_fragments))

    def after(self, result: ProbeResult) -> _LastPage:
        """Return what is to be stored after another probe: unchanged values if it read no page."""
        probe, verdict = result.probe, result.judgement.verdict
        return _LastPage(
            next_validators(probe, verdict, self.validators),
            next_missing_fragments(probe, verdict, self.missing_fragments),
        )


class _ProbeBatch:
    """Collects the rows of a batch of probes, and writes them in the order of foreign keys."""

    def __init__(self) -> None:
        self._probes: list[dict[str, Any]] = []
        self._new_spans: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._extended_spans: dict[int, dict[str, Any]] = {}
        self._links: dict[int, dict[str, Any]] = {}

    def add_probe(self, result: ProbeResult) -> None:
        """Add the row of a probe."""
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
        """Add a probe to the latest span of its link, or to a new one that replaces it in `spans`.

        Args:
            spans: The latest spans by link id.
            result: The probe.
            state: The link's state after the probe.
        """
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
        self, result: ProbeResult, before: TrackedState, after: TrackedState, last_page: _LastPage
    ) -> None:
        """Set what is stored about a link: its tracked state, last response and page."""
        requests = result.probe.requests
        row = self._links.setdefault(result.link_id, {"id": result.link_id})
        row |= tracked_state_values(after)
        row |= {
            "status_code": result.judgement.status_code,
            "final_url": final_url_of(result.probe, result.judgement),
            "redirects": max((request.hop for request in requests), default=0),
            "warnings": all_warnings(result.judgement, last_page.missing_fragments),
            "validators": encode(last_page.validators) if last_page.validators else None,
            "missing_fragments": list(last_page.missing_fragments),
        }
        if after.state != before.state:
            row |= {"previous_state": before.state, "changed_run_id": result.run_id}

    def write(self, connection: Connection) -> None:
        """Write all rows."""
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
        unchanged = []
        for row in self._links.values():
            if "changed_run_id" not in row:
                kept = {name: value for name, value in row.items() if name not in _INDEXED_COLUMNS}
                unchanged.append(kept)
        update_rows(connection, LinkRow, unchanged)


def _lock_links(connection: Connection, link_ids: Iterable[int]) -> dict[int, Any]:
    """Lock links against other writers, and return their rows of `_select_and_lock_links` by id."""
    found: dict[int, Any] = {}
    for batch in chunks(sorted(link_ids)):
        rows = connection.execute(_select_and_lock_links(), {"ids": batch})
        found |= {row.id: row for row in rows}
    return found


def final_url_of(probe: Probe, judgement: Judgement) -> str | None:
    """Return the URL at which a probe ended.

    Returns:
        The URL of the last request. If a mirror shows another capture than its own, the URL of that
        capture. None if no request was made.
    """
    if not probe.requests:
        return None
    target = judgement.target if probe.role is Role.MIRROR else None
    return target or probe.requests[-1].url


@cache
def _select_and_lock_links() -> Select[*tuple[Any, ...]]:
    """Return the statement. It is built once, as building it takes longer than executing it."""
    names = ("id", "role", "validators", "missing_fragments", *TRACKED_STATE_COLUMNS)
    columns = [getattr(LinkRow, name) for name in names]
    of_ids = LinkRow.id.in_(bindparam("ids", expanding=True))
    return select(*columns).where(of_ids).with_for_update()
