"""Runs: which jobs there were, and what they came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from store.maintenance.clock_skew import ran_ahead, reset_future_times
from store.schema.models import HostRow, RunRow

# The commands that probe. What the one before found is what "new" is measured against.
PLAN = "plan"  # a fleet's: from the first order to the last one done, whichever workers did them
CHECKING_COMMANDS = frozenset({"run", "check", PLAN, "scrapy crawl liveness"})
_TELLING_COMMANDS = frozenset({"run", "check", PLAN})  # which send notices at their end


class RunOutcome(StrEnum):
    """How a run ended."""

    FINISHED = "finished"  # everything due was done
    DEADLINE = "deadline"  # time or budget was up; the rest stays due
    INTERRUPTED = "interrupted"  # stopped by a person or the system, drained
    NETWORK_DOWN = "network-down"  # there was no network: nothing was asked
    FAILED = "failed"  # Holdfast itself failed


# A run that reached its deadline ended as it was told to, and was reported; one that was cut off was not.
_ENDED = (RunOutcome.FINISHED, RunOutcome.DEADLINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run as stored. `finished_at` and `outcome` are None while it goes on, or after it was killed.

    `wikis` are those it was about, whole (None: all there are); a run about parts of them names none.
    """

    id: int
    command: str
    started_at: datetime
    finished_at: datetime | None
    outcome: RunOutcome | None
    totals: Mapping[str, Any]
    owner: str = ""
    wikis: Sequence[str] | None = None


def begin_run(
    connection: Connection,
    *,
    command: str,
    at: datetime,
    owner: str,
    version: str,
    wikis: Sequence[str] | None = None,
) -> int:
    """Note that a job begins; its id stands beside everything it writes."""
    if ran_ahead(connection, at):
        reset_future_times(connection, at)
    named = None if wikis is None else list(wikis)
    values = {
        "command": command,
        "started_at": at,
        "owner": owner,
        "version": version,
        "wikis": named,
        "totals": {},
    }
    return connection.execute(insert(RunRow).values(values).returning(RunRow.id)).scalar_one()


def finish_run(
    connection: Connection,
    run_id: int,
    *,
    at: datetime,
    outcome: RunOutcome,
    totals: Mapping[str, Any],
) -> None:
    connection.execute(
        update(RunRow)
        .where(RunRow.id == run_id)
        .values(finished_at=at, outcome=outcome.value, totals=dict(totals))
    )


def lock_unfinished_run(connection: Connection, command: str) -> RunRecord | None:
    """Give the latest run of a command that was not finished, locked until the transaction ends."""
    statement = (
        select(*RunRow.__table__.columns)
        .where(RunRow.command == command, RunRow.finished_at.is_(None))
        .order_by(RunRow.id.desc())
    )
    row = connection.execute(statement.limit(1).with_for_update()).first()
    return _record(row) if row else None


def add_totals(connection: Connection, run_id: int, more: Mapping[str, int]) -> None:
    """Add to what a run came to: several processes may work for it."""
    totals = connection.execute(
        select(RunRow.totals).where(RunRow.id == run_id).with_for_update()
    ).scalar_one()
    connection.execute(
        update(RunRow)
        .where(RunRow.id == run_id)
        .values(totals=dict(Counter(totals) + Counter(more)))
    )


def end_run(connection: Connection, run_id: int, *, at: datetime, outcome: RunOutcome) -> None:
    """Note that a run is over, leaving its totals as they were added up."""
    connection.execute(
        update(RunRow).where(RunRow.id == run_id).values(finished_at=at, outcome=outcome.value)
    )


def last_runs(connection: Connection, *, limit: int = 10) -> Sequence[RunRecord]:
    """List runs, newest first."""
    statement = select(*RunRow.__table__.columns).order_by(RunRow.id.desc()).limit(limit)
    return [_record(row) for row in connection.execute(statement)]


def find_run(connection: Connection, run_id: int) -> RunRecord | None:
    row = connection.execute(select(*RunRow.__table__.columns).where(RunRow.id == run_id)).first()
    return _record(row) if row else None


def last_checking_run(
    connection: Connection,
    *,
    wiki: str,
    before: int | None = None,
    ended_by: datetime | None = None,
) -> RunRecord | None:
    """Give the latest run that probed what a wiki cites and came to its end: before another run, by some moment, or at all. None: there was none.

    What changed after it is new. Both rules stand here and nowhere else.
    """
    statement = _checking_runs()
    if before is not None:
        statement = statement.where(RunRow.id < before)
    if ended_by is not None:
        statement = statement.where(RunRow.finished_at <= ended_by)
    runs = (_record(row) for row in connection.execute(statement))
    return next((run for run in runs if run.wikis is None or wiki in run.wikis), None)


def last_checking_runs(connection: Connection, *, limit: int) -> Sequence[RunRecord]:
    """List the latest runs that probed and came to their end, newest first."""
    return [_record(row) for row in connection.execute(_checking_runs().limit(limit))]


def active_runs(connection: Connection, *, now: datetime) -> Sequence[RunRecord]:
    """List the runs that go on: not ended, and whose owner holds a host. One that was killed holds none for long."""
    holders = select(HostRow.lease_owner).where(HostRow.lease_until > now)
    statement = (
        select(*RunRow.__table__.columns)
        .where(RunRow.finished_at.is_(None), RunRow.owner.in_(holders))
        .order_by(RunRow.id)
    )
    return [_record(row) for row in connection.execute(statement)]


def runs_sending_notifications(
    connection: Connection, *, wiki: str, since: int, now: datetime
) -> frozenset[int]:
    """Name the runs after `since` that tell people themselves what they found for a wiki: those that ended, and those at work."""
    at_work = {run.id for run in active_runs(connection, now=now)}
    statement = select(*RunRow.__table__.columns).where(
        RunRow.id > since, RunRow.command.in_(_TELLING_COMMANDS)
    )
    runs = (_record(row) for row in connection.execute(statement))
    about = (run for run in runs if run.wikis is None or wiki in run.wikis)
    return frozenset(run.id for run in about if run.outcome in _ENDED or run.id in at_work)


def _checking_runs() -> Select[*tuple[Any, ...]]:
    ended = [item.value for item in _ENDED]
    return (
        select(*RunRow.__table__.columns)
        .where(RunRow.command.in_(CHECKING_COMMANDS), RunRow.outcome.in_(ended))
        .order_by(RunRow.id.desc())
    )


def _record(row: Row[Any]) -> RunRecord:
    return RunRecord(
        id=row.id,
        command=row.command,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=RunOutcome(row.outcome) if row.outcome else None,
        totals=row.totals,
        owner=row.owner,
        wikis=row.wikis,
    )
