"""Test that commands end in time, whatever does not respond or is full, and leave nothing behind.

How late they end exactly is measured by `benchmarks/shutdown.py`. Here a command that is held up takes
longer by half a minute or more than one that is not, however busy the machine is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from aiohttp import web

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import delayed, page, redirect
from crawler.demo.web import ANY, Behaviour, Visit
from tests.acceptance.folder import (
    PATIENCE,
    Folder,
    configuration,
    error_lines,
    one_line,
    wait_for,
)
from tests.acceptance.seed import article
from tests.postgresql import Cluster, binaries, running_cluster
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

BUSY = 20  # seconds a test allows for a machine that does other things
PATCHED = "tests.acceptance.patched"


@pytest.fixture(scope="module")
def slow_internet(background: BackgroundLoop) -> Internet:
    page = article("公告")
    return background.start(
        Internet({f"host-{number}.example": {ANY: delayed(0.2, page)} for number in range(8)})
    )


@pytest.fixture
def wiki(folder: Folder, slow_internet: Internet, wayback: RunningWayback) -> Folder:
    """Return a scanned wiki that cites 400 URLs of eight slow hosts."""
    folder.write(
        "holdfast.toml", configuration(slow_internet.connect_to(wildcard=True), wayback.endpoint)
    )
    folder.write(
        "page.md",
        "".join(f"- <http://host-{number % 8}.example/{number}>\n" for number in range(400)),
    )
    assert folder.holdfast("scan", "page.md").returncode == 0
    return folder


def patch(folder: Folder, code: str) -> str:
    """Write code that is run before the command; return the name of its file."""
    return str(folder.write("patch.py", textwrap.dedent(code)))


def outcome(folder: Folder) -> str | None:
    found: str | None = folder.query("SELECT outcome FROM run ORDER BY id DESC LIMIT 1")[0][0]
    return found


# --- deadlines


def test_a_deadline_counts_from_the_start_and_includes_the_end(wiki: Folder) -> None:
    """A process that was started almost an hour ago, as on a machine with much else to do, has little left of its hour."""
    links = 4000  # more than eight hosts of this kind answer in that time on any machine
    wiki.write("page.md", "".join(f"- <http://host-{n % 8}.example/{n}>\n" for n in range(links)))
    assert wiki.run_in_process("scan", "page.md").returncode == 0
    code = """
        from crawler.cli import main
        from crawler.process.lifetime import seconds_since_boot
        main.process_start_time = lambda: seconds_since_boot() - 3595
    """
    arguments = ("check", "--deadline", "1h", "--fail-on", "any")
    done = wiki.holdfast(patch(wiki, code), *arguments, module=PATCHED)
    assert done.returncode == 0, done.stderr
    assert "the deadline was reached; the rest stays due" in "\n".join(error_lines(done))
    assert outcome(wiki) == "deadline"
    assert wiki.count("probe") < links


_TIME_IS_OVER = """
    import time
    from crawler.cli import main
    from crawler.process.lifetime import seconds_since_boot
    main.process_start_time = lambda: seconds_since_boot() - 3700
"""


def test_a_slow_machine_is_not_a_database_that_does_not_respond(wiki: Folder) -> None:
    """Past the deadline, a database that another program holds is given up after three seconds."""
    code = f"""{_TIME_IS_OVER}
    from crawler.jobs import lifecycle, run_outcome
    def slowed(function):
        def slow(*arguments, **named):
            time.sleep(5)
            return function(*arguments, **named)
        return slow
    run_outcome.find_work_left = slowed(run_outcome.find_work_left)
    lifecycle.finish_run = slowed(lifecycle.finish_run)
    """
    done = wiki.holdfast(patch(wiki, code), "check", "--deadline", "1h", module=PATCHED)
    assert done.returncode == 0, done.stderr
    assert "does not respond" not in done.stderr
    assert outcome(wiki) == "deadline"
    ((totals,),) = wiki.query("SELECT totals FROM run ORDER BY id DESC LIMIT 1")
    assert json.loads(totals)["left:other"] == 400


def test_once_the_time_is_over_no_due_link_is_read(wiki: Folder) -> None:
    code = f"""{_TIME_IS_OVER}
    from crawler.cli.steps import check_steps
    def due_hosts(*_):
        raise RuntimeError("the due hosts were read")
    check_steps.due_hosts = due_hosts
    """
    done = wiki.holdfast(patch(wiki, code), "check", "--deadline", "1h", module=PATCHED)
    assert done.returncode == 0, done.stderr
    assert "the deadline was reached; the rest stays due" in "\n".join(error_lines(done))
    assert wiki.count("probe") == 0


def test_a_share_of_the_deadline_is_for_archives_and_the_rest_for_the_links_left(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback
) -> None:
    """A host that never answers keeps no link from its lookup, and is not forgotten."""

    async def answer_after_lookups(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        while True:
            if wayback.requests_of("cdx"):
                break
            await asyncio.sleep(0.05)
        return await answer.handle(request, visit)

    answer = article("公告")
    held = Behaviour("answers after the first lookup", answer_after_lookups)
    gone = page("Not found", status=404)
    internet = background.start(
        Internet({"gone.example": {ANY: gone}, "held.example": {ANY: held}})
    )
    settings = configuration(internet.connect_to(wildcard=True), wayback.endpoint)
    folder.write("holdfast.toml", settings.replace("timeout = 5", "timeout = 3600", 1))
    folder.write("page.md", "<http://gone.example/1>\n")
    for command in (["scan", "page.md"], ["check"]):
        assert folder.holdfast(*command).returncode == 0
    links = "".join(f"<http://held.example/{number}>\n" for number in range(3))
    folder.write("page.md", f"<http://gone.example/1>\n{links}")
    code = """
        from crawler.cli import deadline
        deadline._SHARE_OF_CHECKS = 0.001
    """
    arguments = ("run", "page.md", "--deadline", "1h", "--format", "markdown")
    done = folder.holdfast(patch(folder, code), *arguments, module=PATCHED)
    assert done.returncode == 0, done.stderr
    assert outcome(folder) == "finished"
    report = (folder.path / ".holdfast" / "report.md").read_text("utf-8")
    assert "all due links were checked." in report
    assert "3 alive" in done.stderr, done.stderr
    assert set(folder.states().values()) == {"suspect", "alive"}
    assert folder.query("SELECT DISTINCT count(*) FROM probe GROUP BY link_id") == [(1,)]
    assert folder.count("lookup") == 4


def test_unresolvable_names_do_not_delay_the_exit(
    folder: Folder, slow_internet: Internet, wayback: RunningWayback
) -> None:
    """The system's resolver waits for nameservers that stay silent, and cannot be interrupted."""
    code = """
        import socket, time
        asked = socket.getaddrinfo
        def getaddrinfo(host, *rest, **named):
            if str(host).endswith(".silent.example"):
                time.sleep(90)
            return asked(host, *rest, **named)
        socket.getaddrinfo = getaddrinfo
    """
    names = [f"{number}.silent.example" for number in range(60)] + [
        f"host-{number % 8}.example" for number in range(400)
    ]
    folder.write(
        "page.md", "".join(f"- <http://{name}/{number}>\n" for number, name in enumerate(names))
    )
    folder.write("holdfast.toml", configuration(slow_internet.connect_to(), wayback.endpoint))
    assert folder.holdfast("scan", "page.md").returncode == 0
    began = time.monotonic()
    done = folder.holdfast(patch(folder, code), "check", "--deadline", "6s", module=PATCHED)
    assert time.monotonic() - began < 6 + BUSY
    error_lines(done)
    assert done.returncode == 0, done.stderr
    assert outcome(folder) == "deadline"
    assert {state for url, state in folder.states().items() if "silent" in url} == {"unchecked"}
    assert folder.count("host", "lease_until IS NOT NULL") == 0


# --- a database in trouble


@pytest.fixture
def held(wiki: Folder) -> Iterator[sqlite3.Connection]:
    """Hold the database locked by another connection."""
    with closing(
        sqlite3.connect(wiki.path / ".holdfast" / "holdfast.db", isolation_level=None, timeout=30)
    ) as connection:
        yield connection


def test_a_locked_database_keeps_no_command_past_its_deadline(
    wiki: Folder, held: sqlite3.Connection
) -> None:
    began = time.monotonic()
    running = wiki.start("check", "--deadline", "8s", "--no-progress")
    wait_for(lambda: wiki.count("host", "lease_until IS NOT NULL"), running)
    held.execute("BEGIN IMMEDIATE")
    _, message = running.communicate(timeout=60)
    assert time.monotonic() - began < 8 + BUSY
    assert running.returncode == 1, message
    assert "Traceback" not in message
    assert sum(line.startswith("holdfast: ") for line in message.splitlines()) == 1, message


def test_a_locked_database_is_waited_for_once_and_not_by_each_who_writes(
    wiki: Folder, held: sqlite3.Connection
) -> None:
    settings = wiki.path / "holdfast.toml"
    settings.write_text("db_wait = 4\n" + settings.read_text(encoding="utf-8"), encoding="utf-8")
    running = wiki.start("check", "--no-progress")
    wait_for(lambda: wiki.count("probe") > 0, running)
    held.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    _, output = running.communicate(timeout=60)
    assert time.monotonic() - began < 4 + BUSY
    assert running.returncode == 1, output
    assert "Traceback" not in output
    held.execute("ROLLBACK")
    done = wiki.holdfast("check")
    assert done.returncode == 0, done.stderr
    assert set(wiki.states().values()) == {"alive"}


@pytest.fixture
def mortal_cluster() -> Iterator[Cluster]:
    """Start a PostgreSQL server that tests may stop."""
    programs = binaries()
    if programs is None:
        pytest.skip("this system has no PostgreSQL server")
    with running_cluster(programs) as cluster:
        yield cluster


@pytest.mark.postgresql
def test_a_server_that_stays_away_ends_the_job_in_one_line(
    wiki: Folder, mortal_cluster: Cluster, slow_internet: Internet
) -> None:
    url = mortal_cluster.new_database()
    settings = wiki.path / "holdfast.toml"
    settings.write_text(
        f"db = {json.dumps(url)}\ndb_wait = 3\n" + settings.read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    assert wiki.run_in_process("scan", "page.md").returncode == 0
    asked = len(slow_internet.visits)
    running = wiki.start("check", "--no-progress")
    wait_for(lambda: len(slow_internet.visits) > asked + 40, running)
    mortal_cluster.stop()
    began = time.monotonic()
    _, message = running.communicate(timeout=90)
    assert time.monotonic() - began < 3 + BUSY
    assert running.returncode == 1, message
    assert "Traceback" not in message
    assert (
        sum(
            line.startswith("holdfast: ") and "cannot be used" in line
            for line in message.splitlines()
        )
        == 1
    ), message
    mortal_cluster.start()
    done = wiki.holdfast("check")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^\s+alive\nlinks +400$", done.stderr, re.MULTILINE), done.stderr


@pytest.mark.postgresql
def test_a_lock_of_another_session_is_waited_for_once(
    wiki: Folder, mortal_cluster: Cluster, slow_internet: Internet
) -> None:
    """A read outside of `db_wait` would wait until the server gives up, after 30 seconds."""
    url = mortal_cluster.new_database()
    settings = wiki.path / "holdfast.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f"db = {json.dumps(url)}\ndb_wait = 3\n{text}", encoding="utf-8")
    assert wiki.run_in_process("scan", "page.md").returncode == 0
    asked = len(slow_internet.visits)
    running = wiki.start("check", "--no-progress")
    wait_for(lambda: len(slow_internet.visits) > asked + 40, running)
    with psycopg.connect(url) as session:
        session.execute("LOCK TABLE link, page, host, run, probe IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        _, message = running.communicate(timeout=90)
        assert time.monotonic() - began < 30
    assert running.returncode == 1, message
    assert "Traceback" not in message
    assert message.splitlines()[-1].startswith("holdfast: "), message
    done = wiki.holdfast("check")
    assert re.search(r"^\s+alive\nlinks +400$", done.stderr, re.MULTILINE), done.stderr


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("command", "locked"),
    [
        (("--host", "host-1.example"), "link"),
        (
            ("--fail-on", "new-broken", *[f"http://host-1.example/new-{n}" for n in range(90)]),
            "run, host, link",
        ),
    ],
    ids=["due", "named"],
)
def test_a_lock_that_stays_is_not_waited_for_again(
    wiki: Folder,
    mortal_cluster: Cluster,
    slow_internet: Internet,
    command: tuple[str, ...],
    locked: str,
) -> None:
    """A report, or the states of the named URLs, would wait for the lock for half a minute."""
    url = mortal_cluster.new_database()
    settings = wiki.path / "holdfast.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f"db = {json.dumps(url)}\ndb_wait = 1\n{text}", encoding="utf-8")
    assert wiki.run_in_process("scan", "page.md").returncode == 0
    asked = len(slow_internet.visits)
    running = wiki.start("check", *command, "--no-progress")
    wait_for(lambda: len(slow_internet.visits) > asked + 5, running)
    with psycopg.connect(url) as session:
        session.execute(f"LOCK TABLE {locked} IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        _, message = running.communicate(timeout=90)
        assert time.monotonic() - began < 30
    assert running.returncode == 1, message
    assert "Traceback" not in message
    assert sum(line.startswith("holdfast: ") for line in message.splitlines()) == 1, message


@pytest.mark.postgresql
def test_a_server_that_comes_back_costs_no_host_its_turn(
    folder: Folder, mortal_cluster: Cluster, background: BackgroundLoop, wayback: RunningWayback
) -> None:
    # each redirect needs the lease on another host, in the middle of a probe
    leading = {
        f"host-{number}.example": {
            ANY: delayed(0.5, redirect(302, f"http://other-{number}.example/"))
        }
        for number in range(80)
    }
    anywhere = background.start(Internet({**leading, ANY: {ANY: article("公告")}}))
    settings = configuration(anywhere.connect_to(wildcard=True), wayback.endpoint)
    few_at_once = settings.replace("[network]", "[network]\nconcurrency = 4", 1)
    url = mortal_cluster.new_database()
    folder.write("holdfast.toml", f"db = {json.dumps(url)}\n{few_at_once}")
    folder.write("page.md", "".join(f"<http://host-{number}.example/>\n" for number in range(80)))
    assert folder.run_in_process("scan", "page.md").returncode == 0
    running = folder.start("check", "--no-progress")
    wait_for(lambda: len(anywhere.visits) > 8, running)
    mortal_cluster.stop()
    time.sleep(2)  # in which the work on other hosts begins
    mortal_cluster.start()
    _, output = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, output
    assert re.search(r"^\s+alive\nlinks +80$", output, re.MULTILINE), output


@pytest.fixture
def little_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of three megabytes."""
    folder = tmp_path / "little"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("mounting a disk takes root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def probes_in(file: Path) -> int:
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        count: int = connection.execute("SELECT count(*) FROM probe").fetchone()[0]
    return count


def fill_up(file: Path) -> None:
    with suppress(OSError), file.open("wb", buffering=0) as filler:
        for _ in range(10_000):
            filler.write(bytes(1024))


def test_a_full_disk_is_named_and_keeps_no_command_past_its_deadline(
    wiki: Folder, little_disk: Path
) -> None:
    db = f"sqlite:///{little_disk}/holdfast.db"
    assert wiki.run_in_process("--db", db, "scan", "page.md").returncode == 0
    began = time.monotonic()
    running = wiki.start("--db", db, "check", "--deadline", "20s", "--no-progress")
    wait_for(lambda: probes_in(little_disk / "holdfast.db"), running)
    fill_up(little_disk / "filler")
    _, output = running.communicate(timeout=60)
    assert time.monotonic() - began < 20 + BUSY
    assert running.returncode == 1, output
    assert "Traceback" not in output
    assert "no space left on the disk" in output.splitlines()[-1], output
    soon = {"HOLDFAST_DB_WAIT": "2"}  # this command has no deadline
    done = wiki.holdfast("--db", db, "check", "-q", env=soon)
    assert "no space left on the disk" in one_line(done, 1)
    (little_disk / "filler").unlink()
    # The journal of a slow machine, which commits more often, may need more than three megabytes.
    subprocess.run(["mount", "-o", "remount,size=32m", little_disk], check=True)
    done = wiki.holdfast("--db", db, "check")
    assert done.returncode == 0, done.stderr
    assert wiki.holdfast("--db", db, "db", "check").returncode == 0


def test_an_empty_file_is_not_taken_for_a_database_in_silence(wiki: Folder) -> None:
    file = wiki.path / ".holdfast" / "holdfast.db"
    file.write_bytes(b"")
    os.utime(file, (time.time() - 60,) * 2)
    done = wiki.holdfast("scan", "page.md")
    assert done.returncode == 0
    assert (
        "holdfast.db is empty and a new history begins in it: if there was one before, stop and restore a backup"
        in done.stderr
    )
    assert "is empty" not in wiki.holdfast("scan", "page.md").stderr


def test_an_emptied_file_beside_what_was_not_merged_yet_is_left_alone(wiki: Folder) -> None:
    file = wiki.path / ".holdfast" / "holdfast.db"
    file.write_bytes(b"")
    wal = wiki.write(".holdfast/holdfast.db-wal", b"x" * 5000)
    assert "restore a backup" in one_line(wiki.holdfast("scan", "page.md"), 3)
    assert wal.read_bytes() == b"x" * 5000


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE link SET state = 'alvie'",
        "UPDATE link SET next_probe_at = 9000000000000000000",
        "UPDATE link SET state_since = 'yesterday', next_probe_at = 'soon'",
        "UPDATE host SET name = CAST(x'68ff2e' AS TEXT) WHERE id = 1",
        "UPDATE link SET warnings = '[\"x'",
        "UPDATE citation SET accessed = '2026-99-99'",
    ],
)
def test_unknown_stored_values_are_reported_as_damage(wiki: Folder, change: str) -> None:
    wiki.execute(change)
    for command in ("status", "report"):
        done = wiki.run_in_process(command)
        assert "a fault in Holdfast" not in done.stderr, done.stderr
        assert done.returncode in (0, 3), done.stderr
        if done.returncode:
            assert "restore a backup" in one_line(done, 3)
    assert wiki.run_in_process("report").returncode == 3


# --- being told to stop, and being killed


def test_a_second_stop_request_releases_every_host(wiki: Folder) -> None:
    running = wiki.start("check", "--no-progress")
    wait_for(lambda: wiki.count("host", "lease_until IS NOT NULL") == 8, running)
    running.send_signal(signal.SIGINT)
    assert running.stderr is not None
    while "again to stop at once" not in running.stderr.readline():
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, output = running.communicate(timeout=60)
    assert running.returncode == 130, output
    assert wiki.count("host", "lease_until IS NOT NULL") == 0


def test_after_a_kill_the_next_run_works_at_once(wiki: Folder) -> None:
    running = wiki.start("check", "--no-progress")
    wait_for(lambda: wiki.count("probe") > 0, running)
    running.kill()
    running.communicate()
    assert wiki.count("host", "lease_until IS NOT NULL") == 8
    assert wiki.run_in_process("status").returncode == 0
    done = wiki.holdfast("check")
    assert done.returncode == 0, done.stderr
    assert "held by another run" not in done.stderr
    assert "has been active since" not in done.stderr
    assert set(wiki.states().values()) == {"alive"}


def test_a_running_process_keeps_its_hosts(wiki: Folder) -> None:
    running = wiki.start("check", "--no-progress")
    wait_for(lambda: wiki.count("host", "lease_until IS NOT NULL") == 8, running)
    running.send_signal(signal.SIGSTOP)
    try:
        done = wiki.holdfast("check")
        assert "8 hosts held by another run" in done.stderr
    finally:
        running.send_signal(signal.SIGCONT)
    running.communicate(timeout=60)
    assert set(wiki.states().values()) == {"alive"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_stopped_while_it_writes_its_report_it_leaves_nothing_behind(
    wiki: Folder, number: signal.Signals
) -> None:
    code = """
        import os, pathlib, time
        replace = os.replace
        def wait(source, target, **options):
            if "report" in str(target):
                pathlib.Path("reached").touch()
                time.sleep(60)
            replace(source, target, **options)
        os.replace = wait
    """
    arguments = ("run", "page.md", "--limit", "5", "--no-progress")
    running = wiki.start(patch(wiki, code), *arguments, module=PATCHED)
    wait_for((wiki.path / "reached").exists, running)
    running.send_signal(number)
    _, output = running.communicate(timeout=30)
    assert running.returncode == 130, output
    assert output.splitlines()[-1] == "holdfast: stopped"
    assert "Traceback" not in output
    assert list((wiki.path / ".holdfast").glob(".report*")) == []
    assert outcome(wiki) == "deadline"  # --limit left due links


LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""


@contextlib.contextmanager
def locked(folder: Folder, seconds: float) -> Iterator[None]:
    """Keep the database locked for some seconds, or until the block ends."""
    database = folder.path / ".holdfast" / "holdfast.db"
    command = [sys.executable, "-c", LOCK, str(database), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def stored(folder: Folder) -> Folder:
    """Return a scanned wiki whose page has a new link since."""
    folder.write("holdfast.toml", "db_wait = 1\n")
    folder.write("page.md", "<http://a.example/>\n")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    folder.write("page.md", "<http://a.example/> <http://b.example/>\n")
    return folder


@pytest.mark.parametrize("command", ["scan page.md", "check", "run page.md", "archive"])
def test_a_locked_database_is_waited_for_no_longer_than_configured(
    stored: Folder, command: str
) -> None:
    with locked(stored, 120):
        began = time.monotonic()
        done = stored.holdfast(*command.split())
        waited = time.monotonic() - began
    assert "locked" in one_line(done, 1)
    assert waited < BUSY + 10  # one attempt of SQLite alone takes 30 s


@pytest.mark.parametrize("command", ["check --deadline 2s", "run --deadline 2s page.md"])
def test_a_database_locked_at_the_start_does_not_outlast_the_deadline(
    stored: Folder, command: str
) -> None:
    stored.write("holdfast.toml", "")
    with locked(stored, 120):
        began = time.monotonic()
        done = stored.holdfast(*command.split())
        waited = time.monotonic() - began
    assert done.returncode == 1
    assert waited < BUSY + 10


def test_a_scan_waits_for_a_database_that_is_locked_for_longer_than_one_attempt(
    stored: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.write("holdfast.toml", "")
    monkeypatch.setattr("crawler.jobs.configured_database.BUSY_TIMEOUT_MS", 100)
    monkeypatch.setattr("store.work.retry_budget.RETRY_SECONDS", 0.1)
    with locked(stored, 2):
        done = stored.run_in_process("scan", "page.md")
    assert done.returncode == 0, done
    assert "1 new citation" in done.stderr


@pytest.mark.parametrize(
    ("command", "places"),
    [
        (
            "run page.md",
            "lookups_due mirrors_to_review wants_better_copies due_comparisons due_copies",
        ),
        ("archive --dry-run --find-moved", "lookups_due due_searches wanted_captures due_copies"),
        ("archive --to local", "wanted_local_captures incomplete_captures"),
    ],
)
def test_each_step_waits_for_a_database_that_is_unavailable_in_the_middle_of_it(
    folder: Folder, command: str, places: str
) -> None:
    """The first transaction fails at each place that begins one."""
    folder.write("holdfast.toml", "")
    folder.write("page.md", "no link\n")
    assert folder.run_in_process("scan", "page.md").returncode == 0
    module = "tests.acceptance.failing_transactions"
    done = folder.holdfast(*command.split(), module=module, warm=False)
    assert done.returncode == 0, done
    failed = set((folder.path / "failed.txt").read_text().split())
    assert failed.issuperset(places.split()), failed
