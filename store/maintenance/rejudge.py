"""Judging again: stored probes go through today's rules, and what comes of it can be looked at before it is written.

Raw probes are kept for a while only. What was before them is told by the spans: their verdicts stand as they are, and the standing the
kept probes begin from is what the rules make of as many probes, spread evenly over each span.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.orm import aliased

from store.schema.dialects import update_rows
from store.schema.json_codec import decode
from store.schema.models import LinkRow, MirrorRow, ProbeRow, SpanRow
from store.vocabulary import (
    Judgement,
    MirrorAddress,
    PageEvidence,
    ProbeRequest,
    Reason,
    Role,
    TrackedState,
    State,
)
from store.vocabulary import Probe as ProbeRecord
from store.work.frontier import mirror_address_from_row
from store.work.history import (
    SPAN_UPDATE_COLUMNS,
    TRACKED_STATE_COLUMNS,
    Advance,
    ArchiveContext,
    extend_or_begin_span,
    tracked_state_from_row,
)
from store.work.host_knowledge import HostKnowledge, host_knowledge

Judge = Callable[
    [int, ProbeRecord, MirrorAddress | None, HostKnowledge], Judgement
]  # of the link with this id


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """What replaying one link came to. `rejudged` counts the probes whose verdict or reason is another now."""

    link_id: int
    url: str
    before: TrackedState
    after: TrackedState
    probes: int
    rejudged: int
    _rows: _Rows

    @property
    def state_changed(self) -> bool:
        before, after = self.before, self.after
        return (before.state, before.verdict, before.reason) != (
            after.state,
            after.verdict,
            after.reason,
        )

    @property
    def differs(self) -> bool:
        return self.rejudged > 0 or self.state_changed


@dataclass(slots=True)
class _Rows:
    """The rows a replay would write. `open_span` is the last one that begins before the kept probes, as it would become."""

    link: dict[str, Any] = field(default_factory=dict)
    probes: list[dict[str, Any]] = field(default_factory=list)
    open_span: dict[str, Any] | None = None
    new_spans: list[dict[str, Any]] = field(default_factory=list)


def links_with_probes(connection: Connection, *, after: int, limit: int) -> Sequence[int]:
    """List links that have kept probes, by ascending id, from behind the link `after`."""
    has_probes = select(ProbeRow.id).where(ProbeRow.link_id == LinkRow.id).exists()
    return list(
        connection.scalars(
            select(LinkRow.id)
            .where(LinkRow.id > after, has_probes)
            .order_by(LinkRow.id)
            .limit(limit)
        )
    )


def rejudge_probes(
    connection: Connection, link_ids: Sequence[int], judge: Judge, advance: Advance
) -> Iterator[Rejudged]:
    """Judge the kept probes of these links again and follow their histories; nothing is written.

    The links' rows are locked where the transaction may write, so that `rewrite` in it builds on what was read.
    """
    links = _links(connection, link_ids)
    mirrors = [link_id for link_id, row in links.items() if row.role is Role.MIRROR]
    surroundings = ArchiveContext(connection, failing=list(links), mirrors=mirrors)
    counted = _counted(connection, link_ids)
    spans = _spans(connection, link_ids)
    statement = (
        select(*ProbeRow.__table__.columns)
        .where(ProbeRow.link_id.in_(link_ids))
        .order_by(ProbeRow.link_id)
    )
    rows = connection.execute(statement, execution_options={"yield_per": 200})
    sites = host_knowledge(connection, {row.host_id for row in links.values()})
    for link_id, kept in groupby(rows, key=lambda row: row.link_id):
        link = links[link_id]

        def decide(
            standing: TrackedState, judgement: Judgement, at: datetime, link_id: int = link_id
        ) -> TrackedState:
            return advance(
                standing, judgement, at, surroundings.circumstances_of(link_id, standing)
            )

        # By id: probes were learnt in this order, whatever the clock said.
        replaying = _Replaying(link, judge, decide, sites[link.host_id])
        probes = sorted(kept, key=lambda row: row.id)
        replaying.begin(spans.get(link_id, []), counted.get(link_id, 0), probes[0].finished_at)
        for probe in probes:
            replaying.add(probe)
        yield replaying.result()


def write_rejudged(connection: Connection, replayed: Sequence[Rejudged]) -> None:
    """Write what replaying came to, in the transaction it was read in."""
    for one in replayed:
        rows = one._rows  # noqa: SLF001  the module's own
        kept = rows.open_span["id"] if rows.open_span else 0
        connection.execute(delete(SpanRow).where(SpanRow.link_id == one.link_id, SpanRow.id > kept))
        if rows.open_span:
            update_rows(
                connection, SpanRow, [{name: rows.open_span[name] for name in SPAN_UPDATE_COLUMNS}]
            )
        if rows.new_spans:
            connection.execute(insert(SpanRow), rows.new_spans)
        update_rows(connection, ProbeRow, rows.probes)
        update_rows(connection, LinkRow, [rows.link])


class _Replaying:
    """Follows one link's history from the end of what only its spans tell."""

    def __init__(
        self,
        link: Any,
        judge: Judge,
        decide: Callable[[TrackedState, Judgement, datetime], TrackedState],
        site: HostKnowledge,
    ) -> None:
        self._link = link
        self._judge = judge
        self._site = site
        self._decide = decide
        self._rows = _Rows(link={"id": link.id})
        self._before = tracked_state_from_row(link, link.role)
        self._standing = TrackedState(role=link.role)
        self._address = mirror_address_from_row(link)
        self._probes = 0
        self._span: dict[str, Any] | None = None

    def begin(self, spans: Sequence[Any], counted: int, first_kept_at: datetime) -> None:
        """Take the standing from the spans, less the last `counted` probes, which are kept and come next."""
        older = sum(span.probes for span in spans) - counted
        for span in spans:
            if older <= 0:
                break
            probes = min(span.probes, older)
            older -= probes
            whole = probes == span.probes
            last_at = span.last_at if whole else max(span.first_at, first_kept_at)
            step = (
                (last_at - span.first_at) / max(probes - 1, 1)
                if whole
                else (last_at - span.first_at) / probes
            )
            judgement = Judgement(verdict=span.verdict, reason=span.reason)
            for number in range(probes):
                self._standing = self._decide(
                    self._standing, judgement, span.first_at + number * step
                )
            self._span = {
                "id": span.id,
                "verdict": span.verdict,
                "reason": span.reason,
                "last_at": last_at,
                "probes": probes,
                "last_run_id": span.last_run_id if whole else span.first_run_id,
                "confirmed_run_id": (span.confirmed_run_id or span.last_run_id)
                if self._standing.state is State.BROKEN
                else None,
            }
        self._rows.open_span = self._span

    def add(self, row: Any) -> None:
        """Judge the next probe again."""
        probe = ProbeRecord(
            url=self._link.url,
            role=self._link.role,
            started_at=row.started_at,
            finished_at=row.finished_at,
            requests=tuple(decode(ProbeRequest, request) for request in row.requests),
            evidence=decode(PageEvidence, row.evidence) if row.evidence else None,
            skipped=None if row.requests else row.reason,
        )
        judgement = self._judge(self._link.id, probe, self._address, self._site)
        self._probes += 1
        if (judgement.verdict, judgement.reason) != (row.verdict, row.reason):
            self._rows.probes.append(
                {
                    "id": row.id,
                    "verdict": judgement.verdict,
                    "reason": judgement.reason,
                    "detail": judgement.detail,
                }
            )
        before, self._standing = (
            self._standing,
            self._decide(self._standing, judgement, row.finished_at),
        )
        if self._standing.probes == before.probes:
            return
        self._extend_span(judgement, row)
        self._rows.link |= {
            "status_code": judgement.status_code,
            "final_url": probe.requests[-1].url if probe.requests else None,
            "redirects": max((request.hop for request in probe.requests), default=0),
            "warnings": list(judgement.warnings),
        }
        if self._standing.state is not before.state:
            self._rows.link |= {"previous_state": before.state, "changed_run_id": row.run_id}

    def result(self) -> Rejudged:
        before, after = self._before, self._standing
        if (after.state, after.verdict, after.reason) == (
            before.state,
            before.verdict,
            before.reason,
        ):
            after = replace(
                after, next_probe_at=before.next_probe_at
            )  # it was spread by chance: no reason to cast again
        self._rows.link |= {name: getattr(after, name) for name in TRACKED_STATE_COLUMNS}
        return Rejudged(
            link_id=self._link.id,
            url=self._link.url,
            before=before,
            after=after,
            probes=self._probes,
            rejudged=len(self._rows.probes),
            _rows=self._rows,
        )

    def _extend_span(self, judgement: Judgement, row: Any) -> None:
        extended = extend_or_begin_span(
            self._span, judgement, self._standing.state, self._link.id, row.run_id, row.finished_at
        )
        if extended is not self._span:
            self._span = extended
            self._rows.new_spans.append(extended)


def _links(connection: Connection, link_ids: Sequence[int]) -> dict[int, Any]:
    original = aliased(LinkRow)
    statement = (
        select(
            *(LinkRow.id, LinkRow.url, LinkRow.role, LinkRow.host_id),
            *(getattr(LinkRow, name) for name in TRACKED_STATE_COLUMNS),
            *(
                MirrorRow.service,
                MirrorRow.timestamp,
                MirrorRow.snapshot_id,
                MirrorRow.original_source,
            ),
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


def _counted(connection: Connection, link_ids: Sequence[int]) -> dict[int, int]:
    """Count the kept probes that are part of the spans: all but those without a network, which were no part of the history."""
    statement = (
        select(ProbeRow.link_id, func.count(ProbeRow.id).label("probes"))
        .where(ProbeRow.link_id.in_(link_ids), ProbeRow.reason != Reason.NETWORK_DOWN)
        .group_by(ProbeRow.link_id)
    )
    return {row.link_id: row.probes for row in connection.execute(statement)}


def _spans(connection: Connection, link_ids: Sequence[int]) -> dict[int, list[Any]]:
    rows = connection.execute(
        select(*SpanRow.__table__.columns)
        .where(SpanRow.link_id.in_(link_ids))
        .order_by(SpanRow.link_id, SpanRow.id)
    )
    return {link_id: list(spans) for link_id, spans in groupby(rows, key=lambda row: row.link_id)}
