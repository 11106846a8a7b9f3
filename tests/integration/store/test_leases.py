"""Test leases: one holder for each host."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from store.errors import LeaseLost
from store.schema.engine import Database
from store.schema.models import HostRow, LinkRow, ProbeRow
from store.vocabulary import Reason
from store.work.leases import (
    Lease,
    Release,
    acquire_leases,
    check_leases_held,
    release_leases,
    renew_lease,
)
from tests.integration.store.leasing import acquire_lease, ensure_host, release_lease
from tests.integration.store.stored_history import HOUR, START, StoredHistory

LENGTH = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


@pytest.fixture
def host(database: Database) -> int:
    with database.write() as connection:
        return ensure_host(connection, "slow.example")


def try_acquire(
    database: Database, host: int, owner: str, at: timedelta = timedelta()
) -> Lease | None:
    with database.write() as connection:
        return acquire_lease(connection, host, owner=owner, now=START + at, length=LENGTH)


def acquire(database: Database, host: int, owner: str, at: timedelta = timedelta()) -> Lease:
    lease = try_acquire(database, host, owner, at)
    assert lease is not None
    return lease


def test_host_has_one_row_however_often_it_is_named(database: Database, host: int) -> None:
    with database.write() as connection:
        assert ensure_host(connection, "slow.example") == host
        assert ensure_host(connection, "other.example") != host


def test_only_one_owner_holds_a_lease_at_a_time(database: Database, host: int) -> None:
    lease = acquire(database, host, "one")
    assert (lease.owner, lease.until, lease.next_allowed_at) == ("one", START + LENGTH, None)
    assert try_acquire(database, host, "two") is None
    assert try_acquire(database, host, "two", LENGTH) is None
    assert acquire(database, host, "two", LENGTH + SECOND).token == lease.token + 1


def test_a_released_lease_can_be_acquired_with_its_next_allowed_time(
    database: Database, host: int
) -> None:
    lease = acquire(database, host, "one")
    with database.write() as connection:
        release_lease(connection, lease, next_allowed_at=START + 5 * SECOND)
    assert acquire(database, host, "two", SECOND).next_allowed_at == START + 5 * SECOND


def test_a_renewed_lease_keeps_other_owners_out_for_longer(database: Database, host: int) -> None:
    lease = acquire(database, host, "one")
    with database.write() as connection:
        renewed = renew_lease(connection, lease, now=START + 40 * SECOND, length=LENGTH)
    assert (renewed.token, renewed.until) == (lease.token, START + 100 * SECOND)
    assert try_acquire(database, host, "two", 90 * SECOND) is None


def test_a_lost_lease_is_neither_renewed_nor_released(database: Database, host: int) -> None:
    lost = acquire(database, host, "one")
    present = acquire(database, host, "two", HOUR)
    with database.write() as connection:
        check_leases_held(connection, [present])
        with pytest.raises(LeaseLost):
            renew_lease(connection, lost, now=START + HOUR, length=LENGTH)
        with pytest.raises(LeaseLost):
            check_leases_held(connection, [lost])
        release_lease(connection, lost, next_allowed_at=START)
    with database.read() as connection:
        row = connection.execute(
            select(HostRow.lease_owner, HostRow.lease_until, HostRow.next_allowed_at)
        ).one()
    assert tuple(row) == ("two", START + HOUR + LENGTH, None)


def test_only_free_leases_are_acquired(database: Database) -> None:
    with database.write() as connection:
        hosts = [ensure_host(connection, f"{letter}.example") for letter in "abcd"]
    acquire(database, hosts[1], "two")
    with database.write() as connection:
        leases = acquire_leases(connection, hosts, owner="one", now=START, length=LENGTH)
    assert leases.keys() == {hosts[0], hosts[2], hosts[3]}
    acquire(database, hosts[3], "two", HOUR)
    kept = {hosts[0]: 2.5, hosts[2]: None, hosts[3]: 2.5}
    with database.write() as connection:
        releases = [
            Release(lease=lease, next_allowed_at=START + HOUR, observed_interval=kept[host])
            for host, lease in leases.items()
        ]
        release_leases(connection, releases)
    with database.read() as connection:
        rows = connection.execute(
            select(
                HostRow.lease_owner, HostRow.next_allowed_at, HostRow.observed_interval_ms
            ).order_by(HostRow.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        (None, START + HOUR, 2500),
        ("two", None, None),
        (None, START + HOUR, None),
        ("two", None, None),
    ]


def test_processes_that_acquire_the_same_leases_do_not_wait_for_each_other(
    database: Database,
) -> None:
    if database.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has but one writer at a time")
    with database.write() as connection:
        hosts = [ensure_host(connection, f"{letter}.example") for letter in "abc"]
    with database.write() as first, database.write() as second:
        assert acquire_leases(
            first, hosts[:2], owner="one", now=START, length=LENGTH
        ).keys() == set(hosts[:2])
        assert acquire_leases(second, hosts, owner="two", now=START, length=LENGTH).keys() == {
            hosts[2]
        }


def test_a_lease_on_a_missing_host_counts_as_lost(database: Database) -> None:
    with database.write() as connection, pytest.raises(LeaseLost):
        check_leases_held(connection, [Lease(99, "one", 1, START, None)])


def test_probes_under_a_stale_lease_are_not_written(
    database: Database, stored_history: StoredHistory
) -> None:
    run = stored_history.begin(START)
    stored_history.scan(run, START, {"a.md": "[x](http://slow.example/a)"})
    with database.write() as connection:
        host = ensure_host(connection, "slow.example")
    stale = acquire(database, host, "one")
    acquire(database, host, "two", HOUR)
    with pytest.raises(LeaseLost, match="not written"):
        stored_history.probe(run, START, {"http://slow.example/a": Reason.NOT_FOUND}, lease=stale)
    with database.read() as connection:
        assert connection.execute(select(ProbeRow.id)).first() is None
        assert connection.execute(select(LinkRow.next_probe_at)).scalar_one() == START
