"""Test the schema: models and migrations agree, and other programs' databases are refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, insert, inspect

from store.errors import DatabaseNewer, StoreError
from store.schema.engine import open_database
from store.schema.models import Base, HostRow
from store.schema.upgrade import HEAD, create_tables, read_revision, run_migrations


def test_the_named_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "store:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return an empty database, of both kinds."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        url = request.getfixturevalue("postgresql").new_database()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    yield engine
    engine.dispose()


def described(connection: Connection) -> dict[str, Any]:
    """Return all tables with their columns, keys, constraints and indexes, sorted."""
    inspector = inspect(connection)

    def sorted_texts(found: Iterable[object]) -> list[str]:
        return sorted(map(repr, found))

    return {
        table: {
            "columns": sorted_texts(
                (
                    column["name"],
                    str(column["type"]),
                    column["nullable"],
                    column["default"],
                )
                for column in inspector.get_columns(table)
            ),
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": sorted_texts(inspector.get_foreign_keys(table)),
            "unique": sorted_texts(inspector.get_unique_constraints(table)),
            "checks": sorted_texts(inspector.get_check_constraints(table)),
            "indexes": sorted_texts(inspector.get_indexes(table)),
        }
        for table in inspector.get_table_names()
    }


def test_new_databases_have_the_tables_that_migrations_build(empty_engine: Engine) -> None:
    with empty_engine.connect() as connection:
        create_tables(connection)
        created, revision = described(connection), read_revision(connection)
        connection.rollback()
    with empty_engine.begin() as connection:
        for table in inspect(connection).get_table_names():  # SQLite keeps them after a rollback
            connection.exec_driver_sql(f"DROP TABLE {table}")
    with empty_engine.begin() as connection:
        run_migrations(connection)
        assert described(connection) == created
        assert read_revision(connection) == revision == HEAD


def test_a_new_database_needs_no_alembic(tmp_path: Path) -> None:
    code = (
        "import sys; from store.schema.engine import open_database; "
        f"open_database('sqlite:///{tmp_path / 'a.db'}').close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_migrations_create_the_tables_of_the_models(empty_engine: Engine) -> None:
    with empty_engine.begin() as connection:
        run_migrations(connection)
    with empty_engine.begin() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
        assert read_revision(connection) == HEAD


def test_opening_again_keeps_everything(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    first = open_database(url)
    with first.write() as connection:
        connection.execute(insert(HostRow).values(name="example.org"))
    first.close()
    again = open_database(url)
    with again.read() as connection:
        assert connection.exec_driver_sql("SELECT name FROM host").scalars().all() == [
            "example.org"
        ]
    again.close()
    assert not list(tmp_path.glob("*.bak"))


def test_database_of_a_later_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_database(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(DatabaseNewer, match=r"schema 9999.*upgrade Holdfast"):
        open_database(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    connection.close()


def test_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE song (title TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        open_database(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("song",)]
    connection.close()


def test_processes_may_create_the_same_database_at_once(tmp_path: Path) -> None:
    code = f"from store.schema.engine import open_database; open_database('sqlite:///{tmp_path / 'a.db'}').close()"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate()[1] for process in processes] == [""] * 3
    assert [process.returncode for process in processes] == [0] * 3


def test_a_file_that_another_process_writes_before_its_first_log_is_waited_for(
    tmp_path: Path,
) -> None:
    """SQLite waits for no other writer while it switches to a write-ahead log."""
    path = tmp_path / "a.db"
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.5, writer.execute, ["ROLLBACK"])
    ending.start()
    open_database(f"sqlite:///{path}").close()
    ending.join()
    writer.close()


def test_a_file_that_another_process_goes_on_writing_is_named_as_locked(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        open_database(f"sqlite:///{path}", busy_timeout_ms=200)
    writer.close()
