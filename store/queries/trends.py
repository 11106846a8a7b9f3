"""How the wiki's links fared from run to run: what charts over time are drawn from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from store.schema.models import CitationRow, LinkRow, PageRow, SpanRow
from store.vocabulary import Role, State, Verdict
from store.work.runs import last_checking_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStates:
    """How many of the links cited now were in which state when a run ended."""

    run_id: int
    ended_at: datetime
    states: Mapping[State, int]


def states_by_run(connection: Connection, *, wiki: str, limit: int = 60) -> Sequence[RunStates]:
    """Give the health after each of the latest runs that probed, oldest first."""
    changes, states = _changes(connection, wiki), Counter[State]()
    health, seen = [], 0
    for run in reversed(last_checking_runs(connection, limit=limit)):
        while seen < len(changes) and changes[seen][0] <= run.id:
            states.update(changes[seen][1])
            seen += 1
        counts = {state: states[state] for state in State if states[state]}
        health.append(
            RunStates(run_id=run.id, ended_at=run.finished_at or run.started_at, states=counts)
        )
    return health


def _changes(connection: Connection, wiki: str) -> Sequence[tuple[int, Mapping[State, int]]]:
    """Count by how much each run changed the number of links in each state.

    It is counted from spans, which are kept for ever: a link changes its state where a span begins, and where it is confirmed within one.
    """
    cited = (
        select(CitationRow.link_id)
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .where(
            CitationRow.link_id.is_not(None),
            CitationRow.gone_run_id.is_(None),
            PageRow.wiki == wiki,
        )
    )
    before = func.lag(SpanRow.verdict, type_=SpanRow.verdict.type).over(
        partition_by=SpanRow.link_id, order_by=SpanRow.id
    )
    was_confirmed = func.lag(SpanRow.confirmed_run_id.is_not(None)).over(
        partition_by=SpanRow.link_id, order_by=SpanRow.id
    )
    steps = (
        select(
            *(SpanRow.first_run_id, SpanRow.confirmed_run_id, SpanRow.verdict),
            *(before.label("before"), was_confirmed.label("was_confirmed")),
        )
        .join(LinkRow, LinkRow.id == SpanRow.link_id)
        .where(LinkRow.role == Role.LINK, LinkRow.id.in_(cited))
        .subquery()
    )
    changes: dict[int, Counter[State]] = defaultdict(Counter)
    for row in connection.execute(select(*steps.c, func.count().label("links")).group_by(*steps.c)):
        changes[row.first_run_id][_STATES[row.verdict]] += row.links
        if row.before is not None:
            changes[row.first_run_id][
                State.BROKEN if row.was_confirmed else _STATES[row.before]
            ] -= row.links
        if row.confirmed_run_id is not None:
            changes[row.confirmed_run_id][_STATES[row.verdict]] -= row.links
            changes[row.confirmed_run_id][State.BROKEN] += row.links
    return sorted(changes.items())


# What a verdict makes of a link as long as nothing is confirmed.
_STATES: Mapping[Verdict, State] = {
    Verdict.ALIVE: State.ALIVE,
    Verdict.MOVED: State.MOVED,
    Verdict.BROKEN: State.SUSPECT,
    Verdict.BLOCKED: State.BLOCKED,
    Verdict.UNSURE: State.UNSURE,
    Verdict.SKIPPED: State.SKIPPED,
}
