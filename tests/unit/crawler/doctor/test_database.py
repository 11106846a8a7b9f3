"""Test what `holdfast doctor` reports of the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.config import load_config
from crawler.doctor import database as doctor_database
from crawler.doctor.database import check_database
from store.queries.status import LeasedHost, StoreStatus
from store.schema.engine import open_database

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def status_with_leases(*owners: str) -> StoreStatus:
    leased = [
        LeasedHost(name=f"host{index}.example", owner=owner, until=NOW)
        for index, owner in enumerate(owners)
    ]
    return StoreStatus(
        due={},
        oldest_due_at=None,
        oldest_due_url=None,
        next_due_at=None,
        leased=leased,
        expired_leases=0,
        recent_probes=0,
        captures={},
        captures_waiting_since=None,
    )


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        (("a.example:1#x",), "hosts being checked now: 1, by a.example:1"),
        (("a.example:1#x", "a.example:1#x"), "hosts being checked now: 2, by a.example:1"),
        (("a.example:1#x", "b.example:2#y"), "hosts being checked now: 2, by 2 processes"),
    ],
)
def test_the_owners_of_leases_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owners: tuple[str, ...], expected: str
) -> None:
    monkeypatch.setattr(
        doctor_database, "store_status", lambda *_, **__: status_with_leases(*owners)
    )
    loaded = load_config(start=tmp_path, environment={})
    open_database(loaded.database_url).close()
    assert expected in [check.message for check in check_database(loaded)]
