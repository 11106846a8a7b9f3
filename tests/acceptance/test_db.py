"""Test `holdfast db`: maintenance of the database from the command line."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store.schema.upgrade import HEAD
from tests.acceptance.folder import Folder

SUBCOMMANDS = ("upgrade", "check", "info", "prune", "export", "import", "rejudge")


@pytest.fixture
def scanned(folder: Folder) -> Folder:
    """Return a folder with a database that has a page."""
    folder.write("wiki/石桥.md", "[a](https://a.example/) [b](https://b.example/x)")
    assert folder.run_in_process("scan", "wiki").returncode == 0
    return folder


def test_help_names_every_subcommand(folder: Folder) -> None:
    done = folder.run_in_process("db", "--help")
    assert done.returncode == 0
    assert all(f"  {name} " in done.stdout for name in SUBCOMMANDS)


def test_info_shows_the_size_rows_and_period(scanned: Folder) -> None:
    done = scanned.run_in_process("db", "info")
    counts = {
        words[0]: words[1] for line in done.stdout.splitlines() if len(words := line.split()) == 2
    }
    assert done.returncode == 0
    assert (counts["link"], counts["citation"], counts["probe"], counts["schema"]) == (
        "2",
        "2",
        "0",
        HEAD,
    )


@pytest.mark.parametrize("name", ["upgrade", "check", "prune", "rejudge"])
def test_sound_database_is_called_so_with_code_0(scanned: Folder, name: str) -> None:
    done = scanned.run_in_process("db", name)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.count("\n") == 1


def test_damage_is_listed_with_code_1(scanned: Folder) -> None:
    with (
        closing(sqlite3.connect(scanned.path / ".holdfast" / "holdfast.db")) as connection,
        connection,
    ):
        connection.execute("UPDATE link SET probes = 7 WHERE id = 1")
        connection.execute("UPDATE citation SET link_id = 4711 WHERE id = 2")
    done = scanned.run_in_process("db", "check")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "orphan: citation.link_id: 1 row refers to link 4711, which does not exist",
        "spans: link 1: its state is None/None after 7 probes, its spans end with None/None after 0",
    ]
    assert "restore a backup" in done.stderr


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ("state = 'nonsense'", "value: link.state: 'nonsense' is not a known value"),
        ("state = x'ff00'", r"value: link.state: b'\xff\x00' is not a known value"),
        ("next_probe_at = 'soon'", "value: link.next_probe_at: 'soon' is not a time"),
        (
            "missing_fragments = '['",
            "value: link.missing_fragments: '[' is not JSON",
        ),
        (
            "url = CAST(x'68ff' AS TEXT)",
            "value: link.url: Could not decode to UTF-8 column 'url' with text 'h\N{REPLACEMENT CHARACTER}'",
        ),
    ],
)
def test_values_that_commands_cannot_read_are_listed(
    scanned: Folder, change: str, detail: str
) -> None:
    scanned.execute(f"UPDATE link SET {change} WHERE id = 1")
    for command in ("report", "db check"):
        done = scanned.run_in_process(*command.split())
        assert "db check" in done.stderr or "is damaged (1 place or more)" in done.stderr
        assert done.returncode == (1 if command == "db check" else 3)
    assert done.stdout.splitlines() == [detail]


def test_file_that_is_no_database_is_damage_too(scanned: Folder) -> None:
    (scanned.path / ".holdfast" / "holdfast.db").write_bytes(b"no database " * 1000)
    done = scanned.run_in_process("db", "check")
    assert done.returncode == 1
    assert "not a valid database" in done.stderr


def test_export_is_imported_into_a_new_database(scanned: Folder) -> None:
    assert scanned.run_in_process("db", "export", "a.jsonl").returncode == 0
    done = scanned.run_in_process("--db", "sqlite:///other.db", "db", "import", "a.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    assert (
        scanned.run_in_process("db", "--db", "sqlite:///other.db", "export", "b.jsonl").returncode
        == 0
    )
    assert (scanned.path / "a.jsonl").read_bytes() == (scanned.path / "b.jsonl").read_bytes()
    assert sorted(path.suffix for path in scanned.path.glob("?.jsonl*")) == [".jsonl", ".jsonl"]


def test_export_to_the_terminal_and_back_through_a_pipe(scanned: Folder) -> None:
    exported = scanned.holdfast("db", "export")
    assert exported.returncode == 0
    assert json.loads(exported.stdout.splitlines()[0]).keys() == {"holdfast-export"}
    done = scanned.holdfast(
        "--db", "sqlite:///other.db", "db", "import", "-", stdin=exported.stdout.encode()
    )
    assert done.returncode == 0
    assert "rows imported" in done.stderr


def test_import_into_a_database_in_use_is_refused(scanned: Folder) -> None:
    scanned.run_in_process("db", "export", "a.jsonl")
    done = scanned.run_in_process("db", "import", "a.jsonl")
    assert done.returncode == 3
    assert "not empty" in done.stderr


def test_export_cut_off_is_refused_whole(scanned: Folder) -> None:
    scanned.run_in_process("db", "export", "a.jsonl")
    file = scanned.path / "a.jsonl"
    file.write_bytes(file.read_bytes()[:-50])
    done = scanned.run_in_process("--db", "sqlite:///other.db", "db", "import", "a.jsonl")
    assert done.returncode == 3
    assert "a.jsonl: line " in done.stderr
    assert "nothing was imported" in done.stderr
    info = scanned.run_in_process("--db", "sqlite:///other.db", "db", "info").stdout
    assert re.search(r"^  link +0$", info, re.MULTILINE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_export_that_cannot_be_written_leaves_what_was_there(
    scanned: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file: Path = scanned.write("a.jsonl", "of last year")
    open_file = os.open

    def on_full_disk(name: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        opened = open_file(name, flags, mode, dir_fd=dir_fd)
        if not str(name).startswith(".a.jsonl."):
            return opened
        os.close(opened)
        return open_file("/dev/full", os.O_WRONLY)

    monkeypatch.setattr("os.open", on_full_disk)
    done = scanned.run_in_process("db", "export", "a.jsonl")
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert file.read_text() == "of last year"
