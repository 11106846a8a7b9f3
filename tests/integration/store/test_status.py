"""Test the status of the store: what is due, in progress, stalled and waiting."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from store.queries.status import RECENT_PERIOD, StoreStatus, count_all_states, store_status
from store.schema.engine import Database
from store.schema.models import CaptureRow
from store.vocabulary import CaptureStatus, Reason, Role, State
from tests.integration.store.leasing import acquire_lease, ensure_host
from tests.integration.store.stored_history import DAY, START, StoredHistory

MINUTE = timedelta(minutes=1)
PAGE = "<http://a.example/1> <http://a.example/2> <http://b.example/>"


@pytest.fixture
def cited(stored_history: StoredHistory) -> StoredHistory:
    stored_history.run(START, pages={"a.md": PAGE})
    return stored_history


def status_at(database: Database, at: timedelta = timedelta()) -> StoreStatus:
    with database.read() as connection:
        return store_status(connection, now=START + at)


def test_the_status_of_an_empty_store_is_empty(database: Database) -> None:
    found = status_at(database)
    assert (found.due, found.oldest_due_url, found.next_due_at, found.leased, found.captures) == (
        {},
        None,
        None,
        [],
        {},
    )
    assert (found.expired_leases, found.recent_probes, found.captures_waiting_since) == (0, 0, None)
    with database.read() as connection:
        assert count_all_states(connection) == {}


def test_the_link_due_for_longest_is_named(database: Database, cited: StoredHistory) -> None:
    cited.run(
        START + DAY,
        pages={"a.md": PAGE, "b.md": "<http://c.example/>"},
        answers={"http://a.example/1": Reason.OK},
    )
    found = status_at(database, 2 * DAY)
    assert found.due == {Role.LINK: 3}
    assert (found.oldest_due_url, found.oldest_due_at) == ("http://a.example/2", START)
    assert found.next_due_at is not None
    assert found.next_due_at >= START + 8 * DAY
    with database.read() as connection:
        assert count_all_states(connection) == {
            (Role.LINK, State.UNCHECKED): 3,
            (Role.LINK, State.ALIVE): 1,
        }


def test_the_rate_is_that_of_the_last_minutes(database: Database, cited: StoredHistory) -> None:
    cited.run(START, answers={"http://a.example/1": Reason.OK})
    cited.run(
        START + 3 * MINUTE,
        answers={"http://a.example/2": Reason.GONE, "http://b.example/": Reason.OK},
    )
    assert [
        status_at(database, at).recent_probes
        for at in (4 * MINUTE, RECENT_PERIOD + 2 * MINUTE, 10 * MINUTE)
    ] == [3, 2, 0]


@pytest.mark.usefixtures("cited")
def test_a_lease_that_ran_out_is_stalled_work(database: Database) -> None:
    with database.write() as connection:
        for name, minutes in (("a.example", 1), ("b.example", 3)):
            acquire_lease(
                connection,
                ensure_host(connection, name),
                owner=f"worker of {name}",
                now=START,
                length=minutes * MINUTE,
            )
    found = status_at(database, 2 * MINUTE)
    assert [(held.name, held.owner, held.until) for held in found.leased] == [
        ("b.example", "worker of b.example", START + 3 * MINUTE)
    ]
    assert found.expired_leases == 1


def test_waiting_and_finished_captures_are_counted_apart(
    database: Database, cited: StoredHistory
) -> None:
    link = cited.link_id("http://a.example/1")
    statuses = (
        CaptureStatus.FAILED,
        CaptureStatus.PENDING,
        CaptureStatus.QUEUED,
        CaptureStatus.QUEUED,
    )
    with database.write() as connection:
        for days, status in enumerate(statuses):
            row = {
                "link_id": link,
                "service": "wayback",
                "status": status,
                "queued_at": START + days * DAY,
                "run_id": 1,
            }
            connection.execute(insert(CaptureRow).values(row))
    found = status_at(database, 9 * DAY)
    assert found.captures == {
        CaptureStatus.FAILED: 1,
        CaptureStatus.PENDING: 1,
        CaptureStatus.QUEUED: 2,
    }
    assert found.captures_waiting_since == START + DAY
