"""Test terminal output and logs: the same words at any width, and colours only at a terminal."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from crawler.cli.summary import show_summary
from crawler.cli.terminal.tables import open_console
from crawler.liveness import make_judgement
from store.schema.engine import open_database
from store.vocabulary import LookupOutcome, LookupResult, Reason, Role, State
from store.work.archives.lookups import LookupTask, record_lookup
from tests.acceptance.folder import Folder, environment
from tests.integration.store.stored_history import DAY, START, StoredHistory
from tests.unit.reports.example_findings import report

URL = "http://gone.example/stop"
COPY = f"https://web.archive.org/web/20210805110426/{URL}"
HOSTILE = "\x1b[31m红\x07\u202e"
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOURS = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])m")


@pytest.fixture
def wiki(folder: Folder) -> Folder:
    """Return a wiki with a link confirmed broken within a week, and a living copy beside it."""
    file = folder.path / ".holdfast" / "holdfast.db"
    file.parent.mkdir()
    database = open_database(f"sqlite:///{file}", durable=False)
    stored_history = StoredHistory(database)
    gone = make_judgement(Reason.NOT_FOUND, f"404 {HOSTILE}")
    stored_history.run(
        START,
        pages={"notes/河.md": f"见 [停航{HOSTILE}公告]({URL}) 与 [镜像]({COPY})。\n"},
        answers={URL: gone, COPY: Reason.OK},
    )
    for day in (4, 7):
        stored_history.run(START + day * DAY, answers={URL: gone})
    with database.write() as connection:
        record_lookup(
            connection,
            stored_history.link_registry(connection, 1, START),
            LookupTask(link_id=stored_history.link_id(URL), url=URL, target_time=START),
            LookupResult(outcome=LookupOutcome.NONE),
            service="wayback",
            run_id=1,
            at=START,
            next_lookup_at=START + 30 * DAY,
        )
    database.close()
    return folder


@contextmanager
def open_terminal() -> Iterator[tuple[int, list[str]]]:
    """Yield a terminal, and a list to which what it showed is added at the end."""
    master, slave = os.openpty()
    shown: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # the terminal is closed
            while data := os.read(master, 65_536):
                shown.append(data)

    texts: list[str] = []
    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield slave, texts
    finally:
        os.close(slave)
        reader.join()
        os.close(master)
        texts.append(b"".join(shown).decode().replace("\r\n", "\n"))


def test_history_is_printed_in_plain_lines(wiki: Folder) -> None:
    done = wiki.holdfast("history", URL)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == URL
    assert lines[1].startswith("  broken since 2026-03-09")
    assert sum(line.startswith("  cited at notes/河.md:1") for line in lines) == 2
    assert [line.split()[-3:] for line in lines if line.startswith("2026-03-02")] == [
        ["broken", "not-found", "3"]
    ]
    probes = [line for line in lines if line.startswith("probe of 2026-03-")]
    assert len(probes) == 3
    assert all("): broken (not-found: 404 " in line for line in probes)
    assert f"archive copy {COPY} cited, alive (ok)" in lines
    assert lines[-1].startswith("lookup at wayback on 2026-03-02")
    assert lines[-1].endswith(": none")


def test_status_shows_due_links_and_the_last_runs(wiki: Folder) -> None:
    done = wiki.holdfast("status")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("due: 1 link, 1 mirror on 2 hosts; about ")
    runs = [
        line.split()
        for line in lines[
            lines.index(next(line for line in lines if line.startswith("run "))) + 1 :
        ]
    ]
    assert [(run[0], run[1], run[-1]) for run in runs] == [
        ("3", "run", "finished"),
        ("2", "run", "finished"),
        ("1", "run", "finished"),
    ]


@pytest.mark.parametrize("command", [["history", URL], ["status"], ["report"]])
def test_no_word_is_cut_off_on_a_narrow_terminal(wiki: Folder, command: list[str]) -> None:
    wide, narrow = (
        wiki.holdfast(*command, env={"COLUMNS": width}).stdout for width in ("200", "30")
    )
    assert "…" not in narrow.replace("… and", "")
    # No word is broken. Where a table becomes a list, its headings get colons.
    words = {part for word in narrow.split() for part in (word, word.removesuffix(":"))}
    assert set(wide.split()) <= words


@pytest.mark.parametrize(
    "command", [["history", URL], ["status"], ["report"], ["report", "--format", "jsonl"]]
)
def test_a_log_has_no_control_codes(wiki: Folder, command: list[str]) -> None:
    done = wiki.holdfast(*command)
    for line in (done.stdout + done.stderr).splitlines():
        assert line.isprintable(), line


def test_a_patch_is_exact_in_a_pipe_and_has_no_control_codes_on_a_terminal(wiki: Folder) -> None:
    page = f"见\t[停航{HOSTILE}公告]({URL})。\n"
    wiki.write("notes/河.md", f"{page}\n# 镜像\n\n[镜像]({COPY})。\n")
    assert wiki.holdfast("scan", "notes").returncode == 0
    removed = f"-{page}"
    assert removed in wiki.holdfast("fix").stdout
    with open_terminal() as (terminal, shown):
        subprocess.run(
            [sys.executable, "-m", "crawler", "fix"],
            check=True,
            cwd=wiki.path,
            env=environment(),
            stdout=terminal,
            stderr=subprocess.DEVNULL,
        )
    lines = "".join(shown).splitlines()
    assert removed.translate(dict.fromkeys(map(ord, "\x1b\x07\u202e"), "\ufffd"))[:-1] in lines
    assert [line for line in lines if not line.replace("\t", "").isprintable()] == []


@pytest.mark.parametrize(("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_can_be_turned_off(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], coloured: bool
) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color", **env}.items():
        monkeypatch.setenv(name, value)
    written = io.StringIO()
    show_summary(
        open_console(written),
        report(totals={Role.LINK: {State.BROKEN: 3, State.ALIVE: 5}, Role.MIRROR: {}}),
    )
    assert bool(COLOURS.search(written.getvalue())) is coloured
    assert [line.split() for line in CODES.sub("", written.getvalue()).splitlines()] == [
        ["alive", "broken"],
        ["links", "5", "3"],
        ["archive", "copies", "0", "0"],
    ]


def test_no_color_has_the_effect_of_the_variable(
    monkeypatch: pytest.MonkeyPatch, wiki: Folder
) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert wiki.run_in_process("status", "--no-color").returncode == 0
    assert os.environ["NO_COLOR"] == "1"
