"""Test the queue's tables: created, upgraded, and refused if their schema is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager

from crawler.fleet import schema
from crawler.fleet.schema import QueueMissing, check_queue, upgrade_queue
from store.errors import DatabaseNewer, DatabaseUrlError, StoreError
from store.schema.engine import Database, open_database
from tests.integration.fleet.conftest import change, rows
from tests.postgresql import Cluster

pytestmark = pytest.mark.postgresql


@pytest.fixture
def fresh(postgresql: Cluster) -> Iterator[Database]:
    """Return a database with Holdfast's tables and no queue."""
    opened = open_database(postgresql.new_database())
    yield opened
    opened.close()


def test_the_queue_is_created_once_and_passes_its_check(fresh: Database) -> None:
    with pytest.raises(QueueMissing, match="has no queue yet: run holdfast db upgrade"):
        check_queue(fresh)
    assert upgrade_queue(fresh)
    assert not upgrade_queue(fresh)
    check_queue(fresh)


def test_an_older_queue_is_refused_and_upgraded(fresh: Database) -> None:
    """The queue is created by the earliest migration; the upgrade applies all later ones."""
    earliest, *later = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    with fresh.write() as connection:
        schema._apply(connection, earliest.read_text(encoding="utf-8"))
        schema._save_migration(connection, earliest.stem)
    with pytest.raises(QueueMissing, match="out of date: stop the workers"):
        check_queue(fresh)
    assert upgrade_queue(fresh)
    check_queue(fresh)
    assert later
    assert rows(fresh, "SELECT proname FROM pg_proc WHERE proname = 'procrastinate_fetch_job_v2'")


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        (
            "COMMENT ON TABLE procrastinate_jobs IS '99.00.00_01_later'",
            DatabaseNewer,
            "upgraded by a later version of Holdfast",
        ),
        (
            "COMMENT ON TABLE procrastinate_jobs IS NULL",
            StoreError,
            "tables of another application",
        ),
        (
            "UPDATE alembic_version SET version_num = '9999'",
            DatabaseNewer,
            "upgraded by a later version of Holdfast",
        ),
        (
            "UPDATE alembic_version SET version_num = '0000'",
            QueueMissing,
            "out of date .schema 0000.: stop the workers, then run",
        ),
    ],
)
def test_other_versions_are_refused(
    fresh: Database, fault: str, kind: type[StoreError], message: str
) -> None:
    upgrade_queue(fresh)
    change(fresh, fault)
    with pytest.raises(kind, match=message):
        check_queue(fresh)


def test_a_fleet_on_sqlite_is_refused(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    assert not upgrade_queue(database)
    with pytest.raises(
        DatabaseUrlError, match="a fleet needs PostgreSQL, but the database is SQLite"
    ):
        check_queue(database)
    database.close()
