"""Test maintenance: statistics of a database, its integrity, and pruning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, event, func, select, text, update

from store.maintenance import pruning
from store.maintenance.integrity import DefectKind, check_database
from store.maintenance.inventory import read_inventory
from store.maintenance.pruning import prune
from store.queries.link_history import spans_of
from store.schema.engine import Database, open_database
from store.schema.models import Base, LinkRow, ProbeRow, SpanRow
from store.schema.upgrade import HEAD
from store.vocabulary import Reason
from tests.integration.store.stored_history import DAY, START, StoredHistory

A, B = "https://a.example/", "https://b.example/"
PAGES = {"page.md": f"[a]({A}) [b]({B})"}


def live(stored_history: StoredHistory, days: int) -> datetime:
    """Probe A every day and B on the first; return the last day."""
    stored_history.run(START, pages=PAGES, answers={B: Reason.OK})
    for day in range(days):
        stored_history.run(
            START + day * DAY, answers={A: Reason.NOT_FOUND if day % 2 else Reason.OK}
        )
    return START + (days - 1) * DAY


def probe_times(database: Database) -> Mapping[str, list[int]]:
    """Return the days since START on which probes were made, by URL."""
    found: dict[str, list[int]] = {A: [], B: []}
    with database.read() as connection:
        for row in connection.execute(
            select(LinkRow.url, ProbeRow.started_at)
            .join(LinkRow, LinkRow.id == ProbeRow.link_id)
            .order_by(ProbeRow.id)
        ):
            found[row.url].append((row.started_at - START).days)
    return found


@pytest.mark.parametrize("at_a_step", [1, 3, 1000])
def test_pruning_keeps_young_probes_and_the_latest_of_each_link(
    stored_history: StoredHistory, monkeypatch: pytest.MonkeyPatch, at_a_step: int
) -> None:
    monkeypatch.setattr(pruning, "_PROBES_PER_STEP", at_a_step)
    today = live(stored_history, 10)
    with stored_history.database.read() as connection:
        spans = spans_of(connection, stored_history.link_id(A))
    assert prune(stored_history.database, max_age=timedelta(days=4), now=today) == 5
    assert probe_times(stored_history.database) == {A: [5, 6, 7, 8, 9], B: [0]}
    assert prune(stored_history.database, max_age=timedelta(days=4), now=today) == 0
    with stored_history.database.read() as connection:
        assert spans_of(connection, stored_history.link_id(A)) == spans
    assert list(check_database(stored_history.database)) == []


def test_pruning_writes_in_steps_of_their_own(
    stored_history: StoredHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "_PROBES_PER_STEP", 3)
    today = live(stored_history, 10)
    commits: list[object] = []
    event.listen(stored_history.database.engine, "commit", commits.append)
    steps: list[int] = []
    prune(stored_history.database, max_age=timedelta(0), now=today, on_step=steps.append)
    assert steps == [3, 3, 3, 1]
    assert len(commits) >= len(steps)


def test_clock_that_ran_ahead_prunes_no_more_than_the_right_one(
    stored_history: StoredHistory,
) -> None:
    live(stored_history, 10)
    prune(stored_history.database, max_age=timedelta(days=4), now=START + 20_000 * DAY)
    assert probe_times(stored_history.database) == {A: [5, 6, 7, 8, 9], B: [0]}


def test_pruning_keeps_the_probe_that_was_made_last_if_the_clock_was_set_back(
    stored_history: StoredHistory,
) -> None:
    stored_history.run(START, pages=PAGES, answers={A: Reason.OK})
    stored_history.run(START + 30 * DAY, answers={A: Reason.OK})
    stored_history.run(START + DAY, answers={A: Reason.NOT_FOUND})
    prune(stored_history.database, max_age=timedelta(days=4), now=START + 90 * DAY)
    assert probe_times(stored_history.database)[A][-1] == 1


def test_empty_database_is_pruned_and_sound(database: Database) -> None:
    assert prune(database, max_age=DAY, now=START) == 0
    assert list(check_database(database)) == []


def test_inventory_counts_every_table(stored_history: StoredHistory) -> None:
    live(stored_history, 3)
    inventory = read_inventory(stored_history.database)
    assert inventory.revision == HEAD
    assert inventory.size_bytes > 10_000
    assert inventory.rows.keys() == set(Base.metadata.tables)
    assert inventory.rows["probe"] == 4
    assert inventory.rows["run"] == 4
    assert (inventory.oldest_probe_at, inventory.newest_probe_at) == (START, START + 2 * DAY)


@pytest.mark.postgresql
def test_passwords_stay_out_of_the_inventory(postgresql_url: str) -> None:
    database = open_database(postgresql_url.replace("holdfast@", "holdfast:hush@"))
    assert "hush" not in read_inventory(database).url
    database.close()


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (
            update(LinkRow).where(LinkRow.url == A).values(reason=Reason.GONE),
            "its state is broken/gone after 2 probes, its spans end with broken/not-found after 2",
        ),
        (
            update(LinkRow).where(LinkRow.url == A).values(probes=3),
            "after 3 probes, its spans end with broken/not-found after 2",
        ),
        (
            delete(SpanRow).where(SpanRow.link_id.in_(select(LinkRow.id).where(LinkRow.url == B))),
            "its state is alive/ok after 1 probes, its spans end with None/None after 0",
        ),
    ],
)
def test_state_that_contradicts_its_spans_is_found(
    stored_history: StoredHistory, harm: object, message: str
) -> None:
    live(stored_history, 2)
    with stored_history.database.write() as connection:
        connection.execute(harm)  # type: ignore[call-overload]
    (damage,) = check_database(stored_history.database)
    assert damage.kind is DefectKind.SPANS
    assert message in damage.detail


def test_a_row_that_refers_to_a_missing_row_is_found(stored_history: StoredHistory) -> None:
    live(stored_history, 2)
    with stored_history.database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(update(ProbeRow).where(ProbeRow.id == 2).values(link_id=4711))
        connection.commit()
    damages = list(check_database(stored_history.database))
    assert [(damage.kind, damage.where, damage.detail) for damage in damages] == [
        (DefectKind.ORPHAN, "probe.link_id", "1 row refers to link 4711, which does not exist")
    ]


def test_damaged_file_is_found(tmp_path: Path) -> None:
    """An index that lost its entries: everything can be read, but not everything is found."""
    path = tmp_path / "holdfast.db"
    database = open_database(f"sqlite:///{path}")
    live(StoredHistory(database), 3)
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        connection.exec_driver_sql(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'ix_span_link_id') WHERE name = 'ix_probe_started_at'"
        )
    database.close()
    database = open_database(f"sqlite:///{path}")
    found = list(check_database(database))
    assert {damage.kind for damage in found} == {DefectKind.FILE}
    with database.read() as connection:
        assert connection.scalar(select(func.count(ProbeRow.id))) == 4
    database.close()
