"""Test which blocked links are looked for in their sites' sitemaps, and what is stored."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from store.errors import LeaseLost
from store.queries.links import link_findings
from store.schema.engine import Database
from store.schema.models import HostRow, LinkRow
from store.vocabulary import Reason
from store.work.leases import Lease
from store.work.site_listings import blocked_links_to_find, record_site_listing
from tests.integration.store.leasing import acquire_lease
from tests.integration.store.stored_history import DAY, START, StoredHistory

A, B, LIVING = (f"http://a.example/{name}" for name in ("a", "b", "living"))
SITEMAP = "http://a.example/sitemap.xml"


@pytest.fixture
def stored_history(database: Database) -> StoredHistory:
    """Return a history of a host with two blocked links and a living one."""
    stored_history = StoredHistory(database, "notes")
    answers = {A: Reason.FORBIDDEN, B: Reason.CHALLENGE, LIVING: Reason.OK}
    stored_history.run(
        START, pages={"a.md": " ".join(f"[x]({url})" for url in answers)}, answers=answers
    )
    with database.write() as connection:
        connection.execute(update(LinkRow).values(state_since=START))
    return stored_history


def wanted(stored_history: StoredHistory, after: timedelta) -> set[str]:
    with stored_history.database.read() as connection:
        host_id = connection.execute(select(HostRow.id)).scalar_one()
        return set(blocked_links_to_find(connection, host_id, now=START + after).values())


def test_links_blocked_for_some_days_are_looked_for_once_a_quarter(
    stored_history: StoredHistory,
) -> None:
    assert wanted(stored_history, 2 * DAY) == set()
    assert wanted(stored_history, 8 * DAY) == {A, B}
    lease, ids = (
        acquire(stored_history),
        {stored_history.link_id(A): SITEMAP, stored_history.link_id(B): None},
    )
    with stored_history.database.write() as connection:
        record_site_listing(connection, lease, ids, at=START + 8 * DAY)
    with stored_history.database.read() as connection:
        found = {
            link.url: (link.listed_by, link.listed_at)
            for link in link_findings(connection, wiki="notes")
        }
    assert found == {A: (SITEMAP, START + 8 * DAY), B: (None, None), LIVING: (None, None)}
    assert wanted(stored_history, 90 * DAY) == set()
    assert wanted(stored_history, 99 * DAY) == {A, B}
    with stored_history.database.write() as connection:
        record_site_listing(connection, lease, dict.fromkeys(ids), at=START + 99 * DAY)
    with stored_history.database.read() as connection:
        assert {link.listed_by for link in link_findings(connection, wiki="notes")} == {None}


def test_without_the_lease_nothing_is_stored(stored_history: StoredHistory) -> None:
    lease = acquire(stored_history)
    lost = Lease(lease.host_id, lease.owner, lease.token - 1, lease.until, None)
    with pytest.raises(LeaseLost), stored_history.database.write() as connection:
        record_site_listing(connection, lost, {stored_history.link_id(A): SITEMAP}, at=START)


def acquire(stored_history: StoredHistory) -> Lease:
    with stored_history.database.write() as connection:
        host_id = connection.execute(select(HostRow.id)).scalar_one()
        lease = acquire_lease(connection, host_id, owner="me", now=START, length=DAY)
    assert lease is not None
    return lease
