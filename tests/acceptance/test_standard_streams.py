"""Test commands whose standard output or error cannot be written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.folder import PATIENCE, Folder, environment, one_line

PAGE = "<https://a.example/> [no page](gone.md)\n"
# A process whose output is a file on a full disk.
FULL = """\
import os
os.dup2(os.open("/dev/full", os.O_WRONLY), {descriptor})
from crawler.cli.main import main
main()
"""

pytestmark = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no /dev/full"
)


@pytest.fixture
def scanned(folder: Folder) -> Folder:
    """Return a wiki that was scanned, and modules that run commands on a full disk."""
    folder.write("page.md", PAGE)
    folder.write("full_output.py", FULL.format(descriptor=1))
    folder.write("full_error.py", FULL.format(descriptor=2))
    assert folder.run_in_process("scan", "page.md").returncode == 0
    return folder


def in_shell(folder: Folder, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with a redirection of the shell."""
    script = f'exec "$@" {redirection}'
    command = [sys.executable, "-m", "crawler", *arguments]
    return subprocess.run(
        ["/bin/sh", "-c", script, "sh", *command],
        cwd=folder.path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("history", "https://a.example/"),
        ("explain", "404"),
        ("report", "--format", "json"),
        ("scan", "--format", "jsonl", "page.md"),
        ("scan", "--internal", "--fail-on", "broken", "page.md"),
        ("settings",),
        ("db", "info"),
        ("--help",),
        ("report", "--help"),
        ("--version",),
    ],
)
def test_a_full_disk_is_one_line(scanned: Folder, command: tuple[str, ...]) -> None:
    line = one_line(scanned.holdfast(*command, module="full_output"), 1)
    assert line == "holdfast: standard output cannot be written: No space left on device"


def test_a_lost_export_or_patch_is_exit_code_1(scanned: Folder) -> None:
    scanned.execute(
        "UPDATE link SET state = 'moved', reason = 'moved-permanently', final_url = 'https://a.example/new'"
    )
    for command in (("db", "export", "-"), ("fix",)):
        done = scanned.holdfast(*command, module="full_output")
        assert done.returncode == 1, done.stderr
        assert done.stderr.endswith(
            "holdfast: standard output cannot be written: No space left on device\n"
        )
        assert "exported" not in done.stderr
        assert "to fix on 1 page" not in done.stderr


def test_a_command_without_output_succeeds_on_a_full_disk(scanned: Folder) -> None:
    assert scanned.holdfast("scan", "page.md", module="full_output").returncode == 0
    line = one_line(scanned.holdfast("history", "https://b.example/", module="full_output"), 3)
    assert "https://b.example/" in line


def test_messages_that_cannot_be_written_do_not_stop_a_command(scanned: Folder) -> None:
    scanned.write("page.md", PAGE + "<https://b.example/>\n")
    assert scanned.holdfast("scan", "page.md", module="full_error").returncode == 0
    assert scanned.count("citation") == 2


def test_a_closed_output_is_one_line_and_a_closed_error_output_none(scanned: Folder) -> None:
    line = one_line(in_shell(scanned, ">&-", "explain", "404"), 1)
    assert line == "holdfast: standard output cannot be written: Bad file descriptor"
    assert in_shell(scanned, ">&-", "scan", "page.md").returncode == 0
    scanned.write("page.md", PAGE + "<https://b.example/>\n")
    done = in_shell(scanned, "2>&-", "scan", "page.md")
    assert (done.returncode, done.stdout) == (0, "")
    assert scanned.count("citation") == 2


def test_a_closed_pipe_ends_a_command_without_a_buffer_too(scanned: Folder) -> None:
    running = scanned.start("explain", env={"PYTHONUNBUFFERED": "1"})
    assert running.stdout is not None
    running.stdout.close()
    assert running.wait(timeout=PATIENCE) == 141


def test_messages_that_nobody_reads_stop_no_work(scanned: Folder) -> None:
    scanned.write("page.md", PAGE + "<https://b.example/>\n")
    running = scanned.start("scan", "page.md")
    assert running.stderr is not None
    running.stderr.close()
    assert running.wait(timeout=PATIENCE) == 0
    assert scanned.count("citation") == 2


@pytest.mark.parametrize("encoding", ["cp1252", "koi8-r"])
def test_characters_that_the_output_lacks_are_escaped(folder: Folder, encoding: str) -> None:
    folder.write("a.md", "<https://a.example/é> <https://b.example/ж😀>\n")
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "scan", "--format", "jsonl", "a.md"],
        cwd=folder.path,
        env=environment() | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    citations = map(json.loads, done.stdout.decode(encoding).splitlines())
    assert [each["url"] for each in citations] == ["https://a.example/é", "https://b.example/ж😀"]


def test_output_is_utf_8_in_the_locale_c(folder: Folder) -> None:
    folder.write("a.md", "<https://a.example/\u00e9>\n")
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert folder.run_in_process("scan", "a.md").returncode == 0
    for command in ("scan --format jsonl a.md", "report --lang zh", "status"):
        done = folder.holdfast(*command.split(), env=locale, warm=False)
        assert done.returncode == 0, done.stderr
        assert command == "status" or re.search(r"https://a.example/\u00e9|的链接", done.stdout)


def test_a_page_whose_name_the_locale_lacks_is_kept(folder: Folder) -> None:
    folder.write("a.md", PAGE)
    folder.write("б.md", PAGE)
    assert folder.run_in_process("scan", ".").returncode == 0
    ascii_only = {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}
    done = folder.holdfast("scan", "a.md", env=ascii_only, warm=False)
    assert done.returncode == 0, done.stderr
    assert folder.count("page") == 2
