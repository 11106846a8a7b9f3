"""Test migrating a filled database: nothing is lost, and several processes may try at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import IntegrityError

from store.errors import DatabaseNewer, StoreError
from store.maintenance.integrity import check_database
from store.maintenance.inventory import read_inventory
from store.schema import upgrade
from store.schema.engine import open_database
from store.schema.models import Base
from store.vocabulary import Reason
from tests.integration.store.stored_history import START, StoredHistory
from tests.postgresql import Cluster

PAGES = {
    "a.md": "[a](https://a.example/) [b](https://b.example/) https://web.archive.org/web/2020/https://a.example/"
}


def fresh_urls(tmp_path: Path, postgresql: Cluster) -> Sequence[str]:
    return [f"sqlite:///{tmp_path / 'fresh.db'}", postgresql.new_database()]


@pytest.mark.postgresql
def test_processes_may_migrate_the_same_database_at_once(
    tmp_path: Path, postgresql: Cluster
) -> None:
    for url in fresh_urls(tmp_path, postgresql):
        code = f"from store.schema.engine import open_database; open_database({url!r}).close()"
        processes = [
            subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        assert [process.communicate()[1] for process in processes] == [""] * 3
        database = open_database(url)
        with database.read() as connection:
            assert upgrade.read_revision(connection) == upgrade.HEAD
        database.close()


@pytest.mark.postgresql
def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(
    tmp_path: Path, postgresql: Cluster
) -> None:
    """SQLite alters a table by a copy. With foreign keys on, dropping the old one deletes rows."""
    for url in fresh_urls(tmp_path, postgresql):
        filled = open_database(url)
        StoredHistory(filled).run(
            START,
            pages=PAGES,
            answers={"https://a.example/": Reason.OK, "https://b.example/": Reason.GONE},
        )
        before = read_inventory(filled).rows
        with upgrade._exclusive_transaction(filled.engine) as connection:
            operations = Operations(MigrationContext.configure(connection))
            recreate: Any = "always" if connection.dialect.name == "sqlite" else "auto"
            with operations.batch_alter_table("link", recreate=recreate) as link:
                link.add_column(sa.Column("extra", sa.Integer()))
        assert read_inventory(filled).rows == before
        assert list(check_database(filled)) == []
        with (
            pytest.raises(IntegrityError),
            filled.write() as connection,
        ):  # foreign keys are on again
            connection.execute(sa.update(Base.metadata.tables["probe"]).values(link_id=4711))
        filled.close()


def test_migration_that_would_leave_orphans_changes_nothing(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    StoredHistory(database).run(START, pages=PAGES, answers={"https://a.example/": Reason.OK})
    before = read_inventory(database).rows
    with (
        pytest.raises(StoreError, match="nothing was changed"),
        upgrade._exclusive_transaction(database.engine) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM link WHERE id = 1")
    assert read_inventory(database).rows == before
    database.close()


def test_foreign_keys_are_enforced_after_a_failed_migration(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    StoredHistory(database).run(START, pages=PAGES, answers={"https://a.example/": Reason.OK})

    def fail() -> None:
        with upgrade._exclusive_transaction(database.engine) as connection:
            connection.exec_driver_sql("DELETE FROM probe")
            raise RuntimeError("failed")

    with pytest.raises(RuntimeError, match="failed"):
        fail()
    assert read_inventory(database).rows["probe"] == 1
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(sa.update(Base.metadata.tables["probe"]).values(link_id=4711))
    database.close()


def test_copy_made_before_a_migration_is_whole(sqlite_url: str, tmp_path: Path) -> None:
    database = open_database(sqlite_url)
    StoredHistory(database).run(START, pages=PAGES, answers={"https://a.example/": Reason.OK})
    upgrade._back_up(database.engine)
    upgrade._back_up(database.engine)  # a second backup replaces the first
    (copy,) = tmp_path.glob("*.bak")
    copied = open_database(f"sqlite:///{copy}")
    assert read_inventory(copied).rows == read_inventory(database).rows
    assert list(check_database(copied)) == []
    copied.close()
    database.close()


def test_several_processes_may_copy_at_once(sqlite_url: str) -> None:
    filled = open_database(sqlite_url)
    StoredHistory(filled).run(START, pages=PAGES, answers={"https://a.example/": Reason.OK})
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(upgrade._back_up, [filled.engine] * 6))
    path = Path(filled.engine.url.database or "")
    filled.close()
    with closing(sqlite3.connect(path.with_name(f"{path.name}.{upgrade.HEAD}.bak"))) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM probe").fetchone() == (1,)
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


@pytest.mark.postgresql
def test_servers_database_of_a_later_version_is_refused_untouched(postgresql: Cluster) -> None:
    url = postgresql.new_database()
    open_database(url).close()
    postgresql.execute("UPDATE alembic_version SET version_num = '0999'", url=url)
    with pytest.raises(DatabaseNewer, match="schema 0999"):
        open_database(url)


@pytest.mark.postgresql
def test_servers_database_of_another_program_is_refused_untouched(postgresql: Cluster) -> None:
    url = postgresql.new_database()
    postgresql.execute("CREATE TABLE song (id int)", url=url)
    with pytest.raises(StoreError, match="another program"):
        open_database(url)
    postgresql.execute("SELECT id FROM song", url=url)
