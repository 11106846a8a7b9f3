"""Test pending notifications: each stays pending for its channel for 30 days at most."""

from __future__ import annotations

from datetime import timedelta

from store.schema.engine import Database
from store.work.pending_notifications import MAX_AGE, add_pending, pending_runs, remove_pending
from tests.integration.store.stored_history import START, StoredHistory

HOUR = timedelta(hours=1)


def test_undelivered_notifications_are_pending_per_channel_and_wiki(
    database: Database, stored_history: StoredHistory
) -> None:
    first, second = stored_history.begin(START), stored_history.begin(START + HOUR)
    with database.write() as connection:
        add_pending(connection, wiki="notes", channel="mail", run_ids={first}, at=START)
        add_pending(
            connection, wiki="notes", channel="mail", run_ids={first, second}, at=START + HOUR
        )  # added twice, pending once
        add_pending(connection, wiki="notes", channel="webhook", run_ids={second}, at=START + HOUR)

        def remaining(channel: str, wiki: str = "notes") -> set[int]:
            return set(pending_runs(connection, wiki=wiki, channel=channel, now=START + HOUR))

        assert (remaining("mail"), remaining("webhook"), remaining("mail", "other")) == (
            {first, second},
            {second},
            set(),
        )
        remove_pending(connection, wiki="notes", channel="mail", run_ids={second})
        assert (remaining("mail"), remaining("webhook")) == ({first}, {second})


def test_old_pending_notifications_are_deleted(
    database: Database, stored_history: StoredHistory
) -> None:
    run = stored_history.begin(START)
    with database.write() as connection:
        add_pending(connection, wiki="", channel="mail", run_ids={run}, at=START)
        add_pending(
            connection, wiki="", channel="mail", run_ids={run}, at=START + HOUR
        )  # its age is that of the first time
        assert pending_runs(connection, wiki="", channel="mail", now=START + MAX_AGE - HOUR) == {
            run
        }
        assert pending_runs(connection, wiki="", channel="mail", now=START + MAX_AGE) == frozenset()
        add_pending(connection, wiki="x", channel="webhook", run_ids={run}, at=START + MAX_AGE)
        assert pending_runs(connection, wiki="", channel="mail", now=START) == frozenset()
