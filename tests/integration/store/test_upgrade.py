"""Migrating a filled database: nothing of it is lost, whatever a migration rebuilds, and an SQLite file is copied first."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from sqlalchemy import func, select

from store import schema
from store.engine import Database, open_database
from store.errors import StoreError
from store.models import Base
from tests.integration.store.diary import Diary
from tests.postgresql import Cluster

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)

# The next migration as it may one day be: it rebuilds a table that others refer to, which is where SQLite may lose rows.
NEXT = """
from alembic import op
import sqlalchemy as sa

revision = "0002"
down_revision = "0001"


def upgrade():
    recreate = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("page", recreate=recreate) as table:
        table.add_column(sa.Column("mood", sa.Text(), nullable=True))
    {more}
"""


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations, to which a test may add the next one."""
    folder = tmp_path / "migrations"
    with as_file(files("store") / "migrations") as ours:
        shutil.copytree(ours, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(schema, "SCRIPTS", str(folder))
    return folder


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of this test alone: what is done to its schema concerns no other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fresh.db'}"
    cluster: Cluster = request.getfixturevalue("postgresql")
    return cluster.new_database()


def add_next(scripts: Path, monkeypatch: pytest.MonkeyPatch, more: str = "") -> None:
    (scripts / "versions" / "0002_next.py").write_text(NEXT.format(more=more), encoding="utf-8")
    monkeypatch.setattr(schema, "HEAD", "0002")


def rows(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in Base.metadata.sorted_tables
        }


def fill(database: Database) -> dict[str, int]:
    """Put a page with citations and links into a database; give its rows by table."""
    diary = Diary(database)
    run_id = diary.begin(NOW)
    diary.scan(run_id, NOW, {"a.md": "<https://a.test/> <https://b.test/>\n"})
    diary.end(run_id, NOW)
    return rows(database)


def test_every_row_survives_the_rebuilding_of_its_parent(fresh_url: str, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database(fresh_url)
    before = fill(database)
    assert before["citation"] == 2
    database.close()
    add_next(scripts, monkeypatch)
    again = open_database(fresh_url)
    try:
        assert rows(again) == before
        with again.read() as connection:
            assert schema.revision_of(connection) == "0002"
            if connection.dialect.name == "sqlite":
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    finally:
        again.close()


def test_an_sqlite_file_is_copied_first(tmp_path: Path, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    database = open_database(f"sqlite:///{path}")
    before = fill(database)
    database.close()
    add_next(scripts, monkeypatch)
    open_database(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(tmp_path / "a.db.0001.bak")) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert copy.execute("SELECT count(*) FROM citation").fetchone() == (before["citation"],)


def test_a_migration_that_would_orphan_rows_changes_nothing(tmp_path: Path, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    database = open_database(url)
    before = fill(database)
    database.close()
    add_next(scripts, monkeypatch, 'op.execute("DELETE FROM page")')
    with pytest.raises(StoreError, match="nothing was changed"):
        open_database(url)
    monkeypatch.setattr(schema, "HEAD", "0001")
    again = open_database(url)
    assert rows(again) == before
    again.close()


def test_several_may_upgrade_at_once(fresh_url: str, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database(fresh_url)
    before = fill(database)
    database.close()
    add_next(scripts, monkeypatch)
    code = f"from store import schema; schema.SCRIPTS, schema.HEAD = {str(scripts)!r}, '0002'; from store.engine import open_database; "
    opening = [sys.executable, "-c", code + f"open_database({fresh_url!r}).close()"]
    processes = [subprocess.Popen(opening, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    told = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, told
    again = open_database(fresh_url)
    assert rows(again) == before
    again.close()
