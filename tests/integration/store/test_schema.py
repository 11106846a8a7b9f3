"""The schema: models and migrations say the same, and only a database of ours is used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert

from store.errors import DatabaseNewer, StoreError
from store.schema.engine import Database, open_database
from store.schema.models import Base, HostRow
from store.schema.upgrade import HEAD, read_revision


def test_the_named_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "store:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrations_build_what_the_models_say(database: Database) -> None:
    with database.read() as connection:
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
