"""Store and read runs: past and present jobs with their outcomes and totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, insert, select, update

from store.schema.models import HostRow, RunRow
from store.work.clock_skew import has_run_in_future, reset_future_times

# The total of hosts, and archives, whose links stay due as another process holds the lease.
HELD_HOSTS = "host:held"
PLAN = "plan"  # the run of a fleet: from the first queued job to the last finished one
# The commands that probe. Changes count as new that came after the last of their earlier runs.
CHECKING_COMMANDS = frozenset({"run", "check", PLAN, "scrapy crawl liveness"})
_NOTIFYING_COMMANDS = frozenset({"run", "check", PLAN})  # send notifications at their end


class RunOutcome(StrEnum):
    """The way a run ended."""

    FINISHED = "finished"  # everything due was done, except on hosts that asked for a pause
    DEADLINE = "deadline"  # the time or a limit on requests was used up; the rest stays due
    PARTIAL = "partial"  # hosts were held by another run, or not reached; their links stay due
    INTERRUPTED = "interrupted"  # stopped by a person or the system
    NETWORK_DOWN = "network-down"  # there was no network, and no request was made
    FAILED = "failed"  # Holdfast itself failed


# Changes count as new since the last run with one of these outcomes. A deadline is the user's own
# choice of how much to check.
_COMPLETE = (RunOutcome.FINISHED, RunOutcome.DEADLINE)
# The outcomes of runs that wrote reports and sent notifications at their end.
_REPORTED = (*_COMPLETE, RunOutcome.PARTIAL)


class RunRecord(Struct, frozen=True, kw_only=True):
    """A stored run."""

    id: int
    command: str
    started_at: datetime
    finished_at: datetime | None  # None while it is going on, and after it was killed
    outcome: RunOutcome | None
    totals: Mapping[str, Any]
    owner: str = ""
    # The wikis that it covered completely: None for all, empty if it covered only parts of wikis.
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
    """Store that a run begins.

    If an earlier run's clock ran ahead, the times it left in the future are reset.

    Args:
        connection: A connection in a transaction that writes.
        command: The command.
        at: The time.
        owner: The name of its process (see `store.work.lease_owners`).
        version: The version of Holdfast.
        wikis: The wikis it covers completely; None for all.

    Returns:
        The run's id.
    """
    if has_run_in_future(connection, at):
        reset_future_times(connection, at)
    values = {
        "command": command,
        "started_at": at,
        "owner": owner,
        "version": version,
        "wikis": None if wikis is None else list(wikis),
        "totals": {},
    }
    return connection.execute(insert(RunRow).values(values).returning(RunRow.id)).scalar_one()


def finish_run(
    connection: Connection,
    run_id: int,
    *,
    at: datetime,
    outcome: RunOutcome,
    totals: Mapping[str, Any] | None = None,
) -> None:
    """Store that a run ended.

    Args:
        connection: A connection in a transaction that writes.
        run_id: The run.
        at: The time.
        outcome: The way it ended.
        totals: What it counted; None to keep what `add_totals` stored.
    """
    values: dict[str, Any] = {"finished_at": at, "outcome": outcome.value}
    if totals is not None:
        values["totals"] = dict(totals)
    connection.execute(update(RunRow).where(RunRow.id == run_id).values(values))


def lock_unfinished_run(connection: Connection, command: str) -> RunRecord | None:
    """Return the latest unfinished run of a command, locked until the transaction ends."""
    statement = (
        _select_runs()
        .where(RunRow.command == command, RunRow.finished_at.is_(None))
        .order_by(RunRow.id.desc())
        .limit(1)
        .with_for_update()
    )
    row = connection.execute(statement).first()
    return _run_record(row) if row else None


def add_totals(connection: Connection, run_id: int, more: Mapping[str, int]) -> None:
    """Add numbers to a run's totals. Several processes may do so for one run."""
    statement = select(RunRow.totals).where(RunRow.id == run_id).with_for_update()
    totals = Counter(connection.execute(statement).scalar_one()) + Counter(more)
    connection.execute(update(RunRow).where(RunRow.id == run_id).values(totals=dict(totals)))


def last_runs(connection: Connection, *, limit: int = 10) -> Sequence[RunRecord]:
    """List the latest runs, newest first."""
    return _read_runs(connection, _select_runs().order_by(RunRow.id.desc()).limit(limit))


def find_run(connection: Connection, run_id: int) -> RunRecord | None:
    """Return a run by its id; None if there is none."""
    row = connection.execute(_select_runs().where(RunRow.id == run_id)).first()
    return _run_record(row) if row else None


def last_checking_run(
    connection: Connection,
    *,
    wiki: str,
    before: int | None = None,
    ended_by: datetime | None = None,
    with_partial: bool = False,
    with_any_outcome: bool = False,
) -> RunRecord | None:
    """Return the latest complete run that probed what a wiki cites.

    What changed after it counts as new.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        before: Only runs before this one. None: any run.
        ended_by: Only runs that ended by this time. None: whenever they ended.
        with_partial: Also runs with the outcome partial. Reports may be about them, but changes do
            not count from them.
        with_any_outcome: Also runs that were stopped, failed or have not ended.

    Returns:
        The run, or None if there is none.
    """
    statement = _select_checks(_REPORTED if with_partial else _COMPLETE)
    if with_any_outcome:
        statement = _select_checks(None)
    if before is not None:
        statement = statement.where(RunRow.id < before)
    if ended_by is not None:
        statement = statement.where(RunRow.finished_at <= ended_by)
    for row in connection.execute(statement):
        if _covers(row.wikis, wiki):
            return _run_record(row)
    return None


def last_checking_runs(connection: Connection, *, limit: int) -> Sequence[RunRecord]:
    """List the latest runs that probed and came to their end, newest first."""
    return _read_runs(connection, _select_checks(_REPORTED).limit(limit))


def active_runs(connection: Connection, *, now: datetime) -> Sequence[RunRecord]:
    """List the runs that are going on.

    The run of a killed process counts until its leases expire.

    Returns:
        The runs that have not ended and whose process holds a lease.
    """
    holders = select(HostRow.lease_owner).where(HostRow.lease_until > now)
    statement = _select_runs().where(RunRow.finished_at.is_(None), RunRow.owner.in_(holders))
    return _read_runs(connection, statement.order_by(RunRow.id))


def runs_sending_notifications(
    connection: Connection, *, wiki: str, since: int, now: datetime
) -> frozenset[int]:
    """Return the ids of runs that themselves send, or sent, notifications for a wiki.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        since: Only runs after this one.
        now: The time.

    Returns:
        The ids of runs that came to their end, and of those that are going on.
    """
    active_ids = {run.id for run in active_runs(connection, now=now)}
    statement = _select_runs().where(RunRow.id > since, RunRow.command.in_(_NOTIFYING_COMMANDS))
    return frozenset(
        run.id
        for run in _read_runs(connection, statement)
        if _covers(run.wikis, wiki) and (run.outcome in _REPORTED or run.id in active_ids)
    )


def _covers(wikis: Iterable[str] | None, wiki: str) -> bool:
    """Return whether a run over these wikis (None for all) covers a wiki completely."""
    return wikis is None or wiki in wikis


def _select_runs() -> Select[*tuple[Any, ...]]:
    return select(*RunRow.__table__.columns)


def _select_checks(outcomes: Sequence[RunOutcome] | None) -> Select[*tuple[Any, ...]]:
    """Select the runs that probed, the newest first; None selects all outcomes."""
    statement = _select_runs().where(RunRow.command.in_(CHECKING_COMMANDS))
    if outcomes is not None:
        statement = statement.where(RunRow.outcome.in_([outcome.value for outcome in outcomes]))
    return statement.order_by(RunRow.id.desc())


def _read_runs(connection: Connection, statement: Select[*tuple[Any, ...]]) -> Sequence[RunRecord]:
    return [_run_record(row) for row in connection.execute(statement)]


def _run_record(row: Row[*tuple[Any, ...]]) -> RunRecord:
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
