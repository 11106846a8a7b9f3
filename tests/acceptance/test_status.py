"""Test `holdfast status`, for one process or a fleet."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from reports.wording.time_format import format_time
from store.schema.engine import open_database
from store.schema.models import CaptureRow, HostRow, LinkRow
from store.vocabulary import CaptureStatus
from store.work.lease_owners import process_owner_name, short_owner_name
from store.work.runs import begin_run
from tests.acceptance.folder import PATIENCE, Folder, environment, error_lines


def status(folder: Folder) -> list[str]:
    """Return the lines that `holdfast status` prints."""
    done = folder.run_in_process("status")
    error_lines(done)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("history", "https://a.example/"),
        ("explain",),
        ("init", "--force"),
        ("report", "--fail-on", "never"),
        ("scan", "--format", "jsonl"),
    ],
)
def test_a_closed_pipe_ends_a_command_as_sigpipe_would(
    folder: Folder, command: tuple[str, ...]
) -> None:
    folder.write("page.md", "<https://a.example/>\n")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    running = folder.start(*command)
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    assert "Error" not in running.stderr.read()
    assert running.wait(timeout=PATIENCE) == 141


def test_a_new_wiki_has_nothing_due(folder: Folder) -> None:
    folder.write("page.md", "no links")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    assert status(folder)[0] == "nothing is due"


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("history", "http://a.example/"),
        ("archive", "--dry-run"),
        ("archive", "--to", "local", "--dry-run"),
        ("fix",),
        ("report",),
        ("report", "--format", "html", "--output", "report.html"),
        ("report", "--site", "public"),
        ("serve", "--port", "0"),
        ("db", "info"),
        ("db", "check"),
        ("db", "export", "-"),
        ("db", "prune"),
        ("db", "rejudge"),
    ],
)
def test_status_creates_no_database(folder: Folder, command: tuple[str, ...]) -> None:
    done = folder.run_in_process(*command)
    assert done.returncode == 3
    assert done.stderr == "holdfast: no database yet: run holdfast run first\n"
    assert not list(folder.path.iterdir())


@pytest.mark.parametrize("arguments", [(), ("--to", "local"), ("--find-moved",)])
def test_a_dry_run_is_not_listed_as_a_run_and_changes_nothing(
    folder: Folder, arguments: tuple[str, ...]
) -> None:
    folder.write("page.md", "<http://a.example/>\n")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    folder.execute("UPDATE link SET state = 'alive'")
    before = folder.run_in_process("db", "export", "-").stdout
    done = folder.run_in_process("archive", "--dry-run", *arguments)
    assert (done.returncode, done.stdout.count("http://a.example/") > 0) == (0, True)
    assert folder.run_in_process("db", "export", "-").stdout == before
    assert [line.split()[1] for line in status(folder) if line.endswith("finished")] == ["scan"]


def test_status_of_a_database_without_pages_names_the_next_command(folder: Folder) -> None:
    assert folder.run_in_process("db", "upgrade").returncode == 0
    assert status(folder)[0] == "no page was scanned yet: run holdfast run"


def test_a_check_without_pages_names_the_next_command(folder: Folder) -> None:
    done = folder.holdfast("check")
    assert done.returncode == 0
    assert "no page was scanned yet: run holdfast run, or holdfast scan first" in done.stderr
    assert "archive copies" not in done.stdout + done.stderr  # no table without a number
    folder.write("page.md", "No link.\n")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    assert "no page was scanned yet" not in folder.holdfast("check").stderr


def test_the_hosts_that_are_not_named_are_counted(folder: Folder) -> None:
    folder.write("page.md", "".join(f"<http://h{number}.example/>\n" for number in range(9)))
    assert folder.run_in_process("scan", "page.md").returncode == 0
    lines = status(folder)
    assert lines[0].startswith("due: 9 links on 9 hosts")
    assert sum(".example: 1 probe" in line for line in lines) == 5
    assert "  … and 4 more hosts" in lines


def test_skipped_hosts_take_no_time_in_the_estimate(folder: Folder) -> None:
    folder.write("holdfast.toml", "[hosts.'*']\nskip = true\n")
    folder.write("page.md", "<http://a.example/>\n")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    assert status(folder)[0] == "due: 1 link on 0 hosts; about 0 s"


def test_leased_hosts_are_shown_with_their_workers(folder: Folder) -> None:
    folder.write("page.md", "".join(f"<http://h{number}.example/x>\n" for number in range(9)))
    assert folder.run_in_process("scan", "page.md").returncode == 0
    now = datetime.now(UTC)
    database = open_database(f"sqlite:///{folder.path / '.holdfast' / 'holdfast.db'}")
    with database.write() as connection:
        connection.execute(
            update(LinkRow)
            .where(LinkRow.url == "http://h0.example/x")
            .values(next_probe_at=now - timedelta(days=3))
        )
        for number in range(7):
            until = now + timedelta(minutes=1 if number else -1)
            held = {"lease_owner": "one:1" if number < 6 else "two:2", "lease_until": until}
            connection.execute(
                update(HostRow).where(HostRow.name == f"h{number}.example").values(held)
            )
        link = connection.execute(select(LinkRow.id).limit(1)).scalar_one()
        row = {
            "link_id": link,
            "service": "wayback",
            "status": CaptureStatus.QUEUED,
            "queued_at": now,
            "run_id": 1,
        }
        connection.execute(insert(CaptureRow).values(row))
    database.close()
    shown = status(folder)
    assert shown[0].startswith("due: 9 links on 9 hosts; about ")
    assert shown[1].startswith("  the oldest since ")
    assert shown[1].endswith(": http://h0.example/x")
    assert "in progress: 6 hosts; 0 probes in the last 5 min, 0/min" in shown
    workers = [line for line in shown if line.startswith(("  one:1", "  two:2"))]
    assert workers[0].startswith(
        "  one:1: 5 hosts (h1.example, h2.example, h3.example, h4.example, h5.example), leased until "
    )
    assert workers[1].startswith("  two:2: 1 host (h6.example), leased until ")
    assert "stalled: 1 host whose lease expired; the next run or worker takes over" in shown
    assert any(line.startswith("captures: 1 queued; the oldest waiting since ") for line in shown)


def test_a_host_with_a_requested_pause_is_shown_with_its_end(folder: Folder) -> None:
    folder.write("page.md", "<http://a.example/1>\n\n<http://b.example/2>\n")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    until = datetime.now(UTC) + timedelta(hours=1)
    database = open_database(f"sqlite:///{folder.path / '.holdfast' / 'holdfast.db'}")
    with database.write() as connection:
        connection.execute(
            update(HostRow).where(HostRow.name == "a.example").values(next_allowed_at=until)
        )
    database.close()
    shown = status(folder)
    assert shown[0] in {
        f"due: 2 links on 2 hosts; about {about}" for about in ("1 h", "59 min", "1 h 0 min")
    }
    (line,) = (line for line in shown if "a.example" in line)
    assert line == (f"  a.example: 1 probe, 1 s, from {format_time(until)}: it asked for a pause")


def test_a_run_that_has_not_ended_is_running_or_was_killed(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")  # in a narrower terminal its text has several lines
    folder.write("page.md", "no links")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    script = "from store.work.lease_owners import process_owner_name; print(process_owner_name())"
    command = [sys.executable, "-c", script]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment()
    ).stdout.strip()
    own = process_owner_name()
    expected = {
        own: f"running ({short_owner_name(own)})",
        ended: "killed",
        "elsewhere.example:7#1-2-3": "running on another machine (elsewhere.example:7), or killed",
    }
    for owner, outcome in expected.items():
        database = open_database(f"sqlite:///{folder.path / '.holdfast' / 'holdfast.db'}")
        with database.write() as connection:
            begin_run(
                connection,
                command="check",
                at=datetime.now(UTC),
                owner=owner,
                version="1",
                wikis=(),
            )
        database.close()
        assert any(line.rstrip().endswith(outcome) for line in status(folder)), outcome
