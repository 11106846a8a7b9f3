"""Test the migrations from schema 0001: rows with old words, old names and long texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from store.maintenance.integrity import check_database
from store.schema import upgrade
from store.schema.engine import open_database
from store.schema.models import Base, hash_text
from store.vocabulary import (
    CaptureStatus,
    DriftOutcome,
    EvidenceKind,
    MirrorQuality,
    Reason,
    SearchOutcome,
)
from store.work.comparisons import drift_findings
from store.work.pending_notifications import pending_runs
from store.work.searches import proposals_of
from tests.integration.store.stored_history import DAY, START
from tests.postgresql import Cluster

AT = int(START.timestamp() * 1_000_000)
TOTALS = {"link:alive": 3, "spared:excluded": 2}
# Reason and detail of the links: clues of a soft 404, and the same word without that meaning.
DETAILS = (
    ("soft-404", "title, crowd, archive"),
    ("soft-404", "the crowd is not a clue here"),
    ("not-found", "crowd"),
)
LINKS = ("https://a.example/old", "https://a.example/b", "https://a.example/c")
MIRRORS = tuple(f"https://web.archive.org/web/2020010100000{n}/https://a.example/" for n in "123")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database with schema 0001 and a few rows."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgresql")
        url = cluster.new_database()
    engine = sa.create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).parents[1] / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        fill(connection)
    engine.dispose()
    return url


def fill(connection: sa.Connection) -> None:
    """Write rows with every word and column that the migration renames."""
    at: Any = START if connection.dialect.name == "postgresql" else AT
    links: list[dict[str, Any]] = [
        {"id": n + 1, "key": url, "url": url, "role": "link", "warnings": []}
        for n, url in enumerate(LINKS)
    ]
    links += [
        {"id": n + 11, "key": url, "url": url, "role": "mirror", "warnings": ["x", "drifted"]}
        for n, url in enumerate(MIRRORS)
    ]
    states = {1: "broken", 2: "alive", 3: "alive"}
    insert(
        connection,
        "run",
        {
            "id": 1,
            "command": "run",
            "started_at": at,
            "owner": "x",
            "version": "0",
            "totals": TOTALS,
        },
    )
    insert(connection, "host", {"id": 1, "name": "a.example", "kept_interval_ms": 1500})
    for link in links:
        state = states.get(link["id"], "alive")
        insert(connection, "link", {**link, "host_id": 1, "first_run_id": 1, "state": state})
    for link_id, (reason, detail) in enumerate(DETAILS, start=1):
        judged = {"reason": reason, "detail": detail}
        link_table = sa.table("link", *map(sa.column, ("id", *judged)))
        connection.execute(sa.update(link_table).where(link_table.c.id == link_id).values(judged))
        probe = {"link_id": link_id, "run_id": 1, "started_at": at, "finished_at": at}
        insert(connection, "probe", {**probe, "verdict": "broken", **judged, "requests": []})
    for n, quality in enumerate(("unseen", "drifted", "worthless")):
        mirror = {"id": n + 1, "link_id": n + 11, "original_id": 2, "service": "wayback"}
        mirror |= {"timestamp": "", "snapshot_id": "", "origin": "found", "captured_at": at}
        insert(connection, "mirror", {**mirror, "first_run_id": 1, "quality": quality})
    lookup = {"link_id": 1, "service": "wayback", "run_id": 1, "asked_at": at, "outcome": "none"}
    insert(connection, "lookup", {**lookup, "detail": "", "next_lookup_at": at})
    for n, status in enumerate(("asked", "failed")):
        capture = {"id": n + 1, "link_id": 2, "service": "wayback", "status": status}
        capture |= {"queued_at": at, "asked_at": at, "seen": "not-found", "run_id": 1}
        insert(connection, "capture", capture)
    for link_id, outcome in ((1, "nothing-kept"), (2, "found")):
        search = {"link_id": link_id, "run_id": 1, "searched_at": at, "outcome": outcome}
        insert(connection, "search", {**search, "detail": "", "next_search_at": at})
    evidence = [
        {"kind": "title", "detail": "siblings-moves"},
        {"kind": "siblings-moves", "detail": "/a -> /b"},
    ]
    proposal = {"id": 1, "link_id": 1, "url": LINKS[1], "confidence": 0.5, "evidence": evidence}
    proposal |= {"compared_with": "", "found_at": at, "confirmed_at": at, "run_id": 1}
    insert(connection, "proposal", proposal)
    for link_id, outcome in ((2, "strong"), (3, "some")):
        drift = {"link_id": link_id, "mirror_id": 1, "run_id": 1, "compared_at": at}
        drift |= {"outcome": outcome, "kept": 0.25, "detail": "", "passages": [["-", "灯"]]}
        insert(connection, "drift", {**drift, "since": at, "next_comparison_at": at})
    notice = {"wiki": "w", "channel": "mail", "run_id": 1, "owed_at": at}
    insert(connection, "owed_notice", notice)
    page = {"id": 1, "path": "a.md", "sha256": "", "encoding": "utf-8", "title": "灯"}
    page |= {"anchors": [], "skipped": {}, "first_run_id": 1, "last_run_id": 1}
    insert(connection, "page", page)


def insert(connection: sa.Connection, name: str, row: Mapping[str, Any]) -> None:
    """Insert a row with JSON columns into a table of the old schema."""
    columns = [
        sa.column(key, sa.JSON() if isinstance(value, (list, dict)) else None)
        for key, value in row.items()
    ]
    connection.execute(sa.insert(sa.table(name, *columns)).values(dict(row)))


def test_a_migration_replaces_stored_words_by_the_new_ones(old_url: str) -> None:
    database = open_database(old_url)
    with database.read() as connection:
        assert upgrade.read_revision(connection) == upgrade.HEAD
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        tables = Base.metadata.tables
        assert words(connection, tables["mirror"].c.quality) == [
            MirrorQuality.UNVERIFIED,
            MirrorQuality.OTHER_CAPTURE,
            MirrorQuality.UNUSABLE,
        ]
        assert words(connection, tables["capture"].c.status) == [
            CaptureStatus.REQUESTED,
            CaptureStatus.FAILED,
        ]
        assert words(connection, tables["capture"].c.observed_reason) == [Reason.NOT_FOUND] * 2
        assert words(connection, tables["capture"].c.requested_at) == [START] * 2
        assert words(connection, tables["lookup"].c.requested_at) == [START]
        assert words(connection, tables["host"].c.observed_interval_ms) == [1500]
        assert words(connection, tables["search"].c.outcome) == [
            SearchOutcome.NO_BASELINE,
            SearchOutcome.FOUND,
        ]
        warnings = words(connection, tables["link"].c.warnings)
        assert warnings == [()] * 3 + [("x", "other-capture")] * 3
        (stored,) = proposals_of(connection, [1])[1]
        assert [(each.kind, each.detail) for each in stored.proposal.evidence] == [
            (EvidenceKind.TITLE, "siblings-moves"),
            (EvidenceKind.URL_PATTERN, "/a -> /b"),
        ]
        drifts = drift_findings(connection, [2, 3])
        assert [(each.outcome, each.remaining_share) for each in drifts.values()] == [
            (DriftOutcome.CHANGED, 0.25),
            (DriftOutcome.PARTLY_CHANGED, 0.25),
        ]
        assert drifts[2].passages == (("-", "灯"),)
        assert pending_runs(connection, wiki="w", channel="mail", now=START + DAY) == {1}
    assert [damage for damage in check_database(database) if damage.kind != "spans"] == []
    database.close()


def test_texts_are_hashed_and_stay_unique(old_url: str) -> None:
    database = open_database(old_url)
    with database.read() as connection:
        for table, text in (("host", "name"), ("link", "key"), ("page", "path")):
            columns = Base.metadata.tables[table].c
            rows = connection.execute(sa.select(columns[text], columns[f"{text}_hash"])).all()
            assert rows
            assert all(hashed == hash_text(value) for value, hashed in rows)
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(sa.insert(Base.metadata.tables["host"]).values(name="a.example"))
    database.close()


def test_details_of_soft_404s_name_the_clue_by_its_new_word(old_url: str) -> None:
    database = open_database(old_url)
    with database.read() as connection:
        for name in ("link", "probe"):
            column = Base.metadata.tables[name].c.detail
            assert words(connection, column)[:3] == [
                "title, shared-redirect, archive",
                "the crowd is not a clue here",
                "crowd",
            ]
    database.close()


def test_totals_of_runs_count_skipped_links_by_the_new_word(old_url: str) -> None:
    database = open_database(old_url)
    with database.read() as connection:
        (totals,) = words(connection, Base.metadata.tables["run"].c.totals)
        assert totals == {"link:alive": 3, "skipped:excluded": 2}
    database.close()


def words(connection: sa.Connection, column: sa.Column[Any]) -> Sequence[Any]:
    """Return the values of a column, by primary key."""
    return connection.scalars(sa.select(column).order_by(*column.table.primary_key)).all()
