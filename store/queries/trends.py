"""The states of a wiki's links after each run, for charts over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, func, select

from store.queries.cited import has_no_other_wiki
from store.schema.models import CitationRow, LinkRow, PageRow, SpanRow
from store.vocabulary import Role, State, Verdict
from store.work.runs import last_checking_runs

# The state that each verdict means until the link is confirmed broken.
_UNCONFIRMED_STATES: Mapping[Verdict, State] = {
    Verdict.ALIVE: State.ALIVE,
    Verdict.MOVED: State.MOVED,
    Verdict.BROKEN: State.SUSPECT,
    Verdict.BLOCKED: State.BLOCKED,
    Verdict.UNSURE: State.UNSURE,
    Verdict.SKIPPED: State.SKIPPED,
}


class RunStates(Struct, frozen=True, kw_only=True):
    """The number of links in each state when a run ended, of the links that are cited now."""

    run_id: int
    ended_at: datetime
    states: Mapping[State, int]


def states_by_run(connection: Connection, *, wiki: str, limit: int = 60) -> Sequence[RunStates]:
    """Return the states after each of the latest runs that probed, oldest first."""
    changes = _changes_by_run(connection, wiki)
    applied = 0  # number of `changes` that `states` includes
    states = Counter[State]()
    result = []
    for run in reversed(last_checking_runs(connection, limit=limit)):
        while applied < len(changes) and changes[applied][0] <= run.id:
            states.update(changes[applied][1])
            applied += 1
        counts = {state: states[state] for state in State if states[state]}
        ended_at = run.finished_at or run.started_at
        result.append(RunStates(run_id=run.id, ended_at=ended_at, states=counts))
    return result


def _changes_by_run(connection: Connection, wiki: str) -> Sequence[tuple[int, Mapping[State, int]]]:
    """Count by how much each run changed the number of links in each state, by run id.

    It is counted from spans, which are never deleted: a link changes its state where a span
    begins, and where it is confirmed broken within one.

    Returns:
        Pairs of a run's id and its changes.
    """
    of_all_pages = has_no_other_wiki(connection, wiki)
    spans = _select_spans(None if of_all_pages else wiki).subquery()
    statement = select(*spans.c, func.count().label("links")).group_by(*spans.c)
    changes: dict[int, Counter[State]] = defaultdict(Counter)
    for row in connection.execute(statement):
        state = _UNCONFIRMED_STATES[row.verdict]
        changes[row.first_run_id][state] += row.links
        if row.previous is not None:
            previous_state = _UNCONFIRMED_STATES[row.previous]
            if row.was_confirmed:
                previous_state = State.BROKEN
            changes[row.first_run_id][previous_state] -= row.links
        if row.confirmed_run_id is not None:
            changes[row.confirmed_run_id][state] -= row.links
            changes[row.confirmed_run_id][State.BROKEN] += row.links
    return sorted(changes.items())


def _select_spans(wiki: str | None) -> Select[*tuple[Any, ...]]:
    """Select the spans of the links that a wiki cites, or any wiki if `wiki` is None.

    Returns:
        A statement whose rows have the verdict of the link's previous span, too (`previous`, NULL
        for the first span), and whether the link was confirmed broken in it (`was_confirmed`).
    """
    cited = select(CitationRow.link_id).where(
        CitationRow.link_id.is_not(None), CitationRow.gone_run_id.is_(None)
    )
    if wiki is not None:
        cited = cited.join(PageRow, PageRow.id == CitationRow.page_id).where(PageRow.wiki == wiki)
    previous = func.lag(SpanRow.verdict, type_=SpanRow.verdict.type).over(
        partition_by=SpanRow.link_id, order_by=SpanRow.id
    )
    was_confirmed = func.lag(SpanRow.confirmed_run_id.is_not(None)).over(
        partition_by=SpanRow.link_id, order_by=SpanRow.id
    )
    return (
        select(
            SpanRow.first_run_id,
            SpanRow.confirmed_run_id,
            SpanRow.verdict,
            previous.label("previous"),
            was_confirmed.label("was_confirmed"),
        )
        .join(LinkRow, LinkRow.id == SpanRow.link_id)
        .where(LinkRow.role == Role.LINK, LinkRow.id.in_(cited))
    )
