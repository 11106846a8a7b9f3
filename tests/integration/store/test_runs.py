"""Test runs, and which of them "new" refers to."""

from __future__ import annotations

import pytest

from store.schema.engine import Database
from store.work.runs import (
    RunOutcome,
    active_runs,
    begin_run,
    find_run,
    finish_run,
    last_checking_run,
    last_runs,
    runs_sending_notifications,
)
from tests.integration.store.leasing import acquire_lease, ensure_host
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory


def latest(database: Database, *, wiki: str = "", **limits: object) -> int | None:
    with database.read() as connection:
        run = last_checking_run(connection, wiki=wiki, **limits)  # type: ignore[arg-type]
    return run.id if run else None


def test_run_is_kept_from_beginning_to_end(database: Database) -> None:
    with database.write() as connection:
        run_id = begin_run(connection, command="run", at=START, owner="here:7", version="1.2")
        begun = find_run(connection, run_id)
        finish_run(
            connection,
            run_id,
            at=START + HOUR,
            outcome=RunOutcome.DEADLINE,
            totals={"link:alive": 3},
        )
        ended = find_run(connection, run_id)
        assert find_run(connection, run_id + 1) is None
    assert begun is not None
    assert (begun.command, begun.started_at, begun.finished_at, begun.outcome, begun.totals) == (
        "run",
        START,
        None,
        None,
        {},
    )
    assert ended is not None
    assert (ended.finished_at, ended.outcome, ended.totals) == (
        START + HOUR,
        RunOutcome.DEADLINE,
        {"link:alive": 3},
    )


def test_runs_are_listed_newest_first(database: Database, stored_history: StoredHistory) -> None:
    first = stored_history.run(START)
    second = stored_history.run(START + DAY, outcome=RunOutcome.FAILED)
    third = stored_history.begin(START + 2 * DAY)
    with database.read() as connection:
        assert [run.id for run in last_runs(connection)] == [third, second, first]
        assert [run.id for run in last_runs(connection, limit=1)] == [third]


@pytest.mark.parametrize("command", ["run", "check", "scrapy crawl liveness"])
def test_commands_that_probe_are_checking_runs(
    database: Database, stored_history: StoredHistory, command: str
) -> None:
    assert latest(database) is None
    run = stored_history.run(START, command=command)
    assert latest(database) == run
    assert latest(database, before=run) is None


@pytest.mark.parametrize("command", ["scan", "archive", "report", "scrapy crawl citations"])
def test_commands_that_probe_nothing_are_not_checking_runs(
    database: Database, stored_history: StoredHistory, command: str
) -> None:
    stored_history.run(START, command=command)
    assert latest(database) is None


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        (RunOutcome.FINISHED, True),
        (RunOutcome.DEADLINE, True),
        (RunOutcome.INTERRUPTED, False),
        (RunOutcome.NETWORK_DOWN, False),
        (RunOutcome.FAILED, False),
    ],
)
def test_only_runs_that_came_to_their_end_count(
    database: Database, stored_history: StoredHistory, outcome: RunOutcome, counts: bool
) -> None:
    first = stored_history.run(START)
    second = stored_history.run(START + DAY, outcome=outcome)
    stored_history.begin(START + 2 * DAY)  # still active, or killed
    assert latest(database) == (second if counts else first)


def test_run_before_another_and_by_a_time(
    database: Database, stored_history: StoredHistory
) -> None:
    runs = [stored_history.run(START + number * DAY) for number in range(3)]
    assert latest(database, before=runs[2]) == runs[1]
    assert (
        latest(database, ended_by=START + DAY) == runs[0]
    )  # the second run began at this time and ended an hour later
    assert latest(database, ended_by=START + DAY + HOUR) == runs[1]


def test_a_run_counts_for_the_wikis_it_was_about_whole(
    database: Database, stored_history: StoredHistory
) -> None:
    of_all = stored_history.run(START)
    of_two = stored_history.run(START + DAY, wikis=("a", "b"))
    of_parts = stored_history.run(START + 2 * DAY, wikis=())
    assert [latest(database, wiki=wiki) for wiki in ("a", "b", "c")] == [of_two, of_two, of_all]
    assert latest(database, wiki="a", before=of_parts) == of_two
    with database.read() as connection:
        assert [run.wikis for run in last_runs(connection)] == [[], ["a", "b"], None]


def test_active_runs_hold_a_lease_and_killed_runs_only_until_it_expires(
    database: Database, stored_history: StoredHistory
) -> None:
    killed = stored_history.begin(START)
    at_work = stored_history.begin(START, owner="elsewhere:9")
    ended = stored_history.run(START)
    with database.write() as connection:
        for name, owner in (("a.example", "test:1"), ("b.example", "elsewhere:9")):
            acquire_lease(
                connection,
                ensure_host(connection, name),
                owner=owner,
                now=START,
                length=HOUR if owner == "test:1" else DAY,
            )
    with database.read() as connection:
        assert [run.id for run in active_runs(connection, now=START)] == [killed, at_work]
        (run,) = active_runs(connection, now=START + 2 * HOUR)
        assert (run.id, run.owner) == (at_work, "elsewhere:9")
        found = runs_sending_notifications(connection, wiki="", since=0, now=START + 2 * HOUR)
    assert found == {at_work, ended}


def test_only_finished_runs_of_the_whole_wiki_are_compared_with(
    database: Database, stored_history: StoredHistory
) -> None:
    first = stored_history.run(START)
    whole = stored_history.run(START)
    of_one = stored_history.run(START, wikis=("a",), outcome=RunOutcome.DEADLINE)
    stored_history.run(START, wikis=("b",))
    stored_history.run(START, wikis=())
    stored_history.run(START, outcome=RunOutcome.INTERRUPTED)
    stored_history.run(START, command="scrapy crawl liveness")
    stored_history.run(START, command="archive")
    with database.read() as connection:
        assert runs_sending_notifications(connection, wiki="a", since=first, now=START) == {
            whole,
            of_one,
        }
