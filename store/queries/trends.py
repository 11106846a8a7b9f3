"""The states of a wiki's links after each run, for charts over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, select

from store.queries.cited import has_no_other_wiki
from store.schema.models import CitationRow, LinkRow, PageRow, SpanRow
from store.vocabulary import FAILING_STATES, Role, State, Verdict
from store.work.runs import last_checking_runs

# The states that are replaced even by a response that says nothing about the link.
_UNKNOWN = (State.UNSURE, State.SKIPPED)
_ROWS_AT_ONCE = 5_000  # in memory


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
    spans = connection.execute(
        _select_spans(None if of_all_pages else wiki),
        execution_options={"yield_per": _ROWS_AT_ONCE},
    )
    changes: dict[int, Counter[State]] = defaultdict(Counter)
    last_link = 0
    before: State | None = None
    for link_id, verdict, first_run_id, confirmed_run_id in spans:
        if link_id != last_link:
            last_link, before = link_id, None
        state = _state_after(before, verdict)
        if state is not before:
            changes[first_run_id][state] += 1
            if before is not None:
                changes[first_run_id][before] -= 1
        if confirmed_run_id is not None and state is not State.BROKEN:
            changes[confirmed_run_id][state] -= 1
            changes[confirmed_run_id][State.BROKEN] += 1
            state = State.BROKEN
        before = state
    return sorted(changes.items())


def _state_after(before: State | None, verdict: Verdict) -> State:
    """Return the state of a link after probes with a verdict that did not confirm it as broken.

    As for the tracked state, a refusal changes nothing about a link that fails, and a response that
    says nothing about the link changes nothing about a known state.
    """
    is_failing = before is not None and before in FAILING_STATES
    if verdict is Verdict.BROKEN:
        return before if before and is_failing else State.SUSPECT
    if verdict is Verdict.BLOCKED:
        return before if before and is_failing else State.BLOCKED
    if verdict is Verdict.UNSURE:
        return State.UNSURE if before is None or before in _UNKNOWN else before
    return State(verdict.value)


def _select_spans(wiki: str | None) -> Select[*tuple[Any, ...]]:
    """Select the spans of the links that a wiki cites, or any wiki if `wiki` is None.

    Returns:
        A statement for the links by id, and their spans in order: the id of the link, the verdict,
        the first run, and the run that confirmed the link as broken.
    """
    cited = select(CitationRow.link_id).where(
        CitationRow.link_id.is_not(None), CitationRow.gone_run_id.is_(None)
    )
    if wiki is not None:
        cited = cited.join(PageRow, PageRow.id == CitationRow.page_id).where(PageRow.wiki == wiki)
    return (
        select(SpanRow.link_id, SpanRow.verdict, SpanRow.first_run_id, SpanRow.confirmed_run_id)
        .join(LinkRow, LinkRow.id == SpanRow.link_id)
        .where(LinkRow.role == Role.LINK, LinkRow.id.in_(cited))
        .order_by(SpanRow.link_id, SpanRow.id)
    )
