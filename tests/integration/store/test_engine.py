"""Test opening a database, and the messages if that fails."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from store.errors import DatabaseDamaged, DatabaseUnavailable, DatabaseUrlError
from store.schema import sqlite_file
from store.schema.engine import Database, open_database
from store.schema.models import HostRow, LinkRow, RunRow
from tests.integration.store.stored_history import START


def names(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(select(HostRow.name).order_by(HostRow.name)))


def test_missing_parent_folders_are_created(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "holdfast.db"
    open_database(f"sqlite:///{path}").close()
    assert path.is_file()


def test_git_ignores_the_folder_of_holdfast_and_no_other(tmp_path: Path) -> None:
    for folder in (".holdfast", "shared"):
        open_database(f"sqlite:///{tmp_path / folder / 'holdfast.db'}").close()
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert status.stdout == "?? shared/\n"


def test_in_memory_database_works() -> None:
    database = open_database("sqlite://")
    assert names(database) == []
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "holdfast.db",
        "mysql://user:hush@host/name",
        "nonsense://x",
        "sqlite+aiosqlite:///x.db",
        "postgresql+nodriver://user:hush@host/x",
        "postgresql//user:hush@host/x",
        "postgresql://user:hush@host:port/x",
        "postgresql://user:hush@[::1/x",
        "postgresql://user:hush@host/x?port=abc",
    ],
)
def test_a_url_of_no_database_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatabaseUrlError, match=r"sqlite:///") as error:
        open_database(url)
    assert "\n" not in str(error.value)
    assert "hush" not in str(error.value)


def test_folder_as_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUrlError, match="is a folder"):
        open_database(f"sqlite:///{tmp_path}")


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """The folder's path is that of a file, so that root cannot create it either."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DatabaseUrlError, match=r"taken.*HOLDFAST_DB"):
        open_database(f"sqlite:///{tmp_path / 'taken' / 'holdfast.db'}")


def test_a_file_without_write_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(DatabaseUrlError, match=r"holdfast\.db cannot be written"):
        open_database(f"sqlite:///{tmp_path / 'holdfast.db'}")


def test_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "_file_system_of", lambda _: "nfs4")
    with pytest.raises(DatabaseUrlError, match=r"network file system \(nfs4\)"):
        open_database(f"sqlite:///{tmp_path / 'holdfast.db'}")


@pytest.mark.skipif(not Path("/proc/self/mounts").exists(), reason="only Linux tells")
def test_file_system_of_the_nearest_mount_is_found() -> None:
    assert sqlite_file._file_system_of(Path("/proc/self")) == "proc"


def test_file_that_is_no_database_is_called_damaged_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "holdfast.db"
    path.write_bytes(b"# A page, not a database\n" * 200)
    with pytest.raises(DatabaseDamaged, match="restore a backup"):
        open_database(f"sqlite:///{path}")
    assert path.read_bytes() == b"# A page, not a database\n" * 200


def test_damage_inside_a_database_raises_database_damaged(tmp_path: Path) -> None:
    path = tmp_path / "holdfast.db"
    database = open_database(f"sqlite:///{path}")
    with database.write() as connection:
        connection.execute(
            insert(HostRow), [{"name": f"host-{number}.example"} for number in range(2_000)]
        )
    database.close()
    with path.open("r+b") as file:
        size = path.stat().st_size
        file.seek(size // 2)
        file.write(b"\xff" * (size // 2))
    with pytest.raises(DatabaseDamaged):
        names(open_database(f"sqlite:///{path}"))


def test_writing_keeps_all_or_nothing(database: Database) -> None:
    def write_and_fail() -> None:
        with database.write() as connection:
            connection.execute(insert(HostRow).values(name="lost.example"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with database.write() as connection:
        connection.execute(insert(HostRow).values(name="kept.example"))
    assert names(database) == ["kept.example"]


def test_a_read_transaction_sees_one_state_while_another_writes(database: Database) -> None:
    with database.read() as reader:
        before = list(reader.scalars(select(HostRow.name)))
        with database.write() as writer:
            writer.execute(insert(HostRow).values(name="new.example"))
        assert list(reader.scalars(select(HostRow.name))) == before == []
    assert names(database) == ["new.example"]


def test_rows_must_refer_to_rows_that_exist(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(
            insert(LinkRow).values(
                key="k", url="u", role="link", host_id=77, first_run_id=77, warnings=[]
            )
        )


def test_times_without_a_zone_are_refused(database: Database) -> None:
    naive = datetime(2026, 3, 2)  # noqa: DTZ001  the very thing
    with pytest.raises(StatementError, match="naive datetime"), database.write() as connection:
        connection.execute(
            insert(RunRow).values(command="run", started_at=naive, owner="", version="", totals={})
        )


def test_times_come_back_to_the_microsecond(database: Database) -> None:
    at = START.replace(microsecond=123_457)
    with database.write() as connection:
        connection.execute(
            insert(RunRow).values(command="run", started_at=at, owner="", version="", totals={})
        )
        assert connection.scalars(select(RunRow.started_at)).one() == at


_WRITER = """
import sys
from sqlalchemy import insert, select, func
from store.schema.engine import open_database
from store.schema.models import HostRow
database = open_database(sys.argv[1], durable=False)
for number in range(60):
    with database.write() as connection:
        count = connection.execute(select(func.count(HostRow.id))).scalar_one()
        connection.execute(insert(HostRow).values(name=f"{sys.argv[2]}-{number}-{count}"))
database.close()
"""


def test_processes_that_read_and_then_write_never_find_it_locked(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'holdfast.db'}", durable=False)
    address = database.engine.url.render_as_string()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, address, name], stderr=subprocess.PIPE, text=True
        )
        for name in ("first", "second")
    ]
    assert [process.communicate()[1] for process in processes] == ["", ""]
    written = names(database)
    database.close()
    assert len(written) == 120
    # Each process counted the rows and added one: if two had read the same state, a count would
    # occur twice.
    assert sorted(int(name.rsplit("-", 1)[1]) for name in written) == list(range(120))


def test_a_lock_held_too_long_raises_database_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "holdfast.db"
    database = open_database(f"sqlite:///{path}", busy_timeout_ms=50)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked by another program"), database.write():
        pass
    other.close()
    database.close()


def test_threads_of_one_process_take_turns_to_write(tmp_path: Path) -> None:
    """Without turns, a thread would get an error here after a busy timeout of a millisecond."""
    database = open_database(f"sqlite:///{tmp_path / 'holdfast.db'}", busy_timeout_ms=1)

    def add(name: str) -> None:
        with database.write() as connection:
            connection.execute(insert(HostRow).values(name=name))

    with ThreadPoolExecutor(4) as threads:
        with database.write() as connection:
            waiting = [threads.submit(add, f"{number}.example") for number in range(8)]
            time.sleep(0.2)
            connection.execute(insert(HostRow).values(name="a.example"))
        for future in waiting:
            future.result()
    assert len(names(database)) == 9
    database.close()


def test_jobs_on_one_thread_after_another_use_one_connection(tmp_path: Path) -> None:
    """Each connection has a page cache of its own, so that few are to be used."""
    database = open_database(f"sqlite:///{tmp_path / 'holdfast.db'}")
    held = [database.read() for _ in range(4)]
    for transaction in held:
        transaction.__enter__()
    for transaction in held:
        transaction.__exit__(None, None, None)
    used = set()
    for _ in range(8):
        with database.read() as connection:
            used.add(id(connection.connection.driver_connection))
    assert len(used) == 1
    database.close()
