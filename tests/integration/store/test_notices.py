"""What was not delivered is owed to whom it was for, and no longer than it is news."""

from __future__ import annotations

from datetime import timedelta

from store.schema.engine import Database
from store.work.pending_notifications import KEPT_FOR, owe, owed_runs, settle
from tests.integration.store.diary import START, Diary

HOUR = timedelta(hours=1)


def test_what_did_not_arrive_is_owed_to_one_place_of_one_wiki(database: Database, diary: Diary) -> None:
    first, second = diary.begin(START), diary.begin(START + HOUR)
    with database.write() as connection:
        owe(connection, wiki="notes", channel="mail", run_ids={first}, at=START)
        owe(connection, wiki="notes", channel="mail", run_ids={first, second}, at=START + HOUR)  # once is enough
        owe(connection, wiki="notes", channel="webhook", run_ids={second}, at=START + HOUR)

        def owed(channel: str, wiki: str = "notes") -> set[int]:
            return set(owed_runs(connection, wiki=wiki, channel=channel, now=START + HOUR))

        assert (owed("mail"), owed("webhook"), owed("mail", "other")) == ({first, second}, {second}, set())
        settle(connection, wiki="notes", channel="mail", run_ids={second})
        assert (owed("mail"), owed("webhook")) == ({first}, {second})


def test_old_news_are_no_longer_owed_and_leave_the_store(database: Database, diary: Diary) -> None:
    run = diary.begin(START)
    with database.write() as connection:
        owe(connection, wiki="", channel="mail", run_ids={run}, at=START)
        owe(connection, wiki="", channel="mail", run_ids={run}, at=START + HOUR)  # as old as it was
        assert owed_runs(connection, wiki="", channel="mail", now=START + KEPT_FOR - HOUR) == {run}
        assert owed_runs(connection, wiki="", channel="mail", now=START + KEPT_FOR) == frozenset()
        owe(connection, wiki="x", channel="webhook", run_ids={run}, at=START + KEPT_FOR)
        assert owed_runs(connection, wiki="", channel="mail", now=START) == frozenset()
