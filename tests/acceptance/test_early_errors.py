"""Test errors that end a command before its first request, and warnings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.folder import PATIENCE, Folder, environment, error_lines, one_line

PAGE = "[a](https://a.invalid/)\n"


@pytest.mark.parametrize(
    "command", [["run"], ["scan"], ["scan", "--internal"], ["scan", "--format", "jsonl"]]
)
def test_a_folder_without_pages_is_refused(folder: Folder, command: list[str]) -> None:
    line = one_line(folder.run_in_process(*command), 3)
    assert ": no pages: name files" in line
    assert not (folder.path / ".holdfast").exists()


def test_pages_that_cannot_be_read_are_named(folder: Folder) -> None:
    (folder.path / "loop.md").symlink_to("loop.md")
    line = one_line(folder.run_in_process("run"), 3)
    assert line.startswith("holdfast: no page can be read: loop.md: ")


def test_a_subfolder_without_pages_is_no_error(folder: Folder) -> None:
    folder.write("a.md", PAGE)
    (folder.path / "empty").mkdir()
    assert folder.run_in_process("scan", "a.md", "empty").returncode == 0


@pytest.mark.parametrize("command", [["scan", "a.md", "missing.md"], ["scan"]])
def test_each_of_several_pages_must_exist(folder: Folder, command: list[str]) -> None:
    folder.write("a.md", PAGE)
    folder.write("holdfast.toml", 'pages = ["a.md", "missing.md"]\n')
    line = one_line(folder.run_in_process(*command), 3)
    assert "missing.md: no such file or folder: " in line
    assert not (folder.path / ".holdfast").exists()


def test_one_wiki_with_pages_is_enough(folder: Folder) -> None:
    folder.write("one/a.md", PAGE)
    (folder.path / "two").mkdir()
    folder.write("holdfast.toml", '[wikis.one]\npages = ["one"]\n[wikis.two]\npages = ["two"]\n')
    assert folder.run_in_process("scan").returncode == 0


def test_no_request_is_sent_if_the_report_cannot_be_written(folder: Folder) -> None:
    folder.write("a.md", PAGE)
    folder.write("taken", "a file\n")
    line = one_line(folder.run_in_process("run", "--output", "taken/reports"), 3)
    assert line.startswith("holdfast: cannot write reports to taken/reports: ")
    assert line.endswith("is not a folder: choose another folder with --output or report.output")
    assert not (folder.path / ".holdfast").exists()


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """Return a folder on a read-only disk."""
    place = tmp_path / "read-only"
    place.mkdir()
    (place / "a.md").write_text(PAGE)
    bind = ["mount", "--bind", str(place), str(place)]
    remount = ["mount", "-o", "remount,ro,bind", str(place)]
    if subprocess.run(bind, capture_output=True, check=False).returncode:
        pytest.skip("mounting a disk takes root")
    subprocess.run(remount, check=True)
    return place


def test_an_unwritable_folder_is_reported_before_the_scan_and_by_doctor(
    folder: Folder, read_only: Path
) -> None:
    try:
        wiki = Folder(read_only)
        database = {"HOLDFAST_DB": f"sqlite:///{folder.path}/holdfast.db"}
        done = wiki.holdfast("run", env=database)
        line = one_line(done, 3)
        assert f"cannot write reports to {read_only}/.holdfast: " in line
        assert not os.path.lexists(folder.path / "holdfast.db")
        output = wiki.holdfast("doctor", "--offline", env=database)
        assert output.returncode == 1
        assert "problem cannot write reports to" in output.stdout
    finally:
        subprocess.run(["umount", read_only], check=True)


def test_all_warnings_have_the_same_format(folder: Folder) -> None:
    folder.write("a.md", PAGE)
    code = "import logging; logging.getLogger('store.writer').warning('the disk is full')"
    folder.write("sitecustomize.py", "")
    plugin = (
        "from crawler.cli.terminal.log_setup import LogFormat, set_up_logging; import sys; "
        f"set_up_logging(sys.stderr, {{}}, LogFormat.TEXT); {code}"
    )
    written = [
        subprocess.run(
            [sys.executable, "-c", plugin.format(verbosity)],
            capture_output=True,
            text=True,
            check=True,
        ).stderr
        for verbosity in (0, 1)
    ]
    assert written[0] == "warning: the disk is full\n"
    assert written[1].endswith(" WARNING store.writer: the disk is full\n")


def test_archive_reports_only_the_requested_work(folder: Folder) -> None:
    folder.write("a.md", PAGE)
    assert folder.run_in_process("scan").returncode == 0
    done = folder.run_in_process("archive", "--limit", "0")
    assert not any("archive copies" in line for line in error_lines(done)), done


@pytest.mark.parametrize(
    "command",
    [
        ["report", "--output", "link.html"],
        ["report", "--site", "link"],
        ["db", "export", "link.html"],
    ],
)
def test_an_output_that_is_a_symbolic_link_is_neither_replaced_nor_followed(
    folder: Folder, command: list[str]
) -> None:
    """In the checkout of a pull request the link may be that of a stranger."""
    folder.write("wiki/a.md", PAGE)
    folder.write("other.html", "mine\n")
    (folder.path / "site").mkdir()
    (folder.path / "link.html").symlink_to("other.html")
    (folder.path / "link").symlink_to("site")
    assert folder.run_in_process("scan", "wiki").returncode == 0
    result = folder.run_in_process(*command)
    assert "is a symbolic link" in error_lines(result)[-1]
    assert result.returncode in {1, 3}
    assert (folder.path / "link.html").is_symlink()
    assert (folder.path / "link").is_symlink()
    assert (folder.path / "other.html").read_text() == "mine\n"
    assert not list((folder.path / "site").iterdir())


def test_the_working_folder_is_not_replaced_by_a_site(folder: Folder) -> None:
    folder.write("holdfast.toml", 'pages = ["../wiki"]\n')
    folder.write("../wiki/a.md", PAGE)
    assert folder.run_in_process("scan").returncode == 0
    # Named as a folder that a killed process left beside the site.
    (folder.path / "..abcdefgh").mkdir()
    os.utime(folder.path / "..abcdefgh", (0, 0))
    line = one_line(folder.run_in_process("report", "--site", "."), 3)
    assert line.endswith(". is or contains the working folder: use one below it")
    assert (folder.path / "..abcdefgh").is_dir()


@pytest.mark.parametrize("option", ["--output", "--site"])
def test_an_output_whose_name_is_too_long_is_one_line(folder: Folder, option: str) -> None:
    folder.write("a.md", PAGE)
    assert folder.run_in_process("scan", "a.md").returncode == 0
    line = one_line(folder.run_in_process("report", option, "a" * 300), 1)
    assert "File name too long: " in line


@pytest.mark.parametrize(
    "command", ["status", "run", "scan a.md", "check --once a.md", "settings", "init"]
)
def test_a_deleted_working_folder_is_reported(folder: Folder, command: str) -> None:
    (folder.path / "gone").mkdir()
    script = f'cd gone && rmdir ../gone && exec "$0" -m crawler {command}'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable],
        cwd=folder.path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert one_line(done, 3) == (
        "holdfast: the working folder cannot be used (No such file or directory): "
        "change to another folder"
    )
