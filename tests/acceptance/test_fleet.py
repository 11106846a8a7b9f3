"""Test a fleet and its messages. Faults are tested in `tests/fleet`."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, redirect, status
from crawler.demo.web import ANY, FakeWeb
from tests.acceptance.folder import Folder, one_line
from tests.fleet.workers import Worker, WorkerFleet, counting_web, worker_fleet
from tests.integration.conftest import postgresql as _postgresql
from tests.postgresql import Cluster
from tests.web import faults
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

pytestmark = pytest.mark.postgresql
postgresql = _postgresql  # the server the integration tests have, too

HOSTS, LINKS = 6, 8
AN_HOUR = 3600.0


@pytest.fixture(scope="module")
def web(background: BackgroundLoop) -> FakeWeb:
    return background.start(counting_web(HOSTS))


@pytest.fixture
def fleet(tmp_path: Path, postgresql: Cluster, web: FakeWeb) -> Iterator[WorkerFleet]:
    """Return a fleet with due links and no worker yet."""
    with worker_fleet(tmp_path, postgresql, web, interval=0.05, speedup=10, concurrency=4) as fleet:
        fleet.prepare(HOSTS, LINKS)
        yield fleet


@pytest.fixture
def commands(fleet: WorkerFleet) -> Folder:
    """Return the fleet's folder, for commands that end before they make requests."""
    return Folder(fleet.folder)


def all_alive(fleet: WorkerFleet) -> None:
    """Check that every link was requested once and is alive, and that no job or lease is left."""
    assert fleet.visits().most_common(1)[0][1] == 1
    assert fleet.query("SELECT state, count(*) FROM link GROUP BY state") == [
        ("alive", HOSTS * LINKS)
    ]
    assert fleet.query("SELECT count(*) FROM procrastinate_jobs") == [(0,)]
    assert fleet.query("SELECT count(*) FROM host WHERE lease_until IS NOT NULL") == [(0,)]


def finish(worker: Worker) -> str:
    """Wait until a worker has ended with code 0, and return its output."""
    assert worker.wait() == 0, worker.output
    assert "Traceback" not in worker.output
    return worker.output


def test_a_plan_is_done_by_two_workers_and_reported_as_one_run(
    fleet: WorkerFleet, commands: Folder
) -> None:
    waiting = fleet.start(
        "plan",
        "--wait",
        "--lookups",
        "0",
        "--fail-on",
        "any",
        "--format",
        "jsonl",
        "--output",
        "report.jsonl",
    )
    workers = [fleet.start("worker"), fleet.start("worker")]
    assert f"{HOSTS * LINKS} links due on {HOSTS} hosts" in finish(waiting)
    fleet.end()
    all_alive(fleet)
    assert (fleet.folder / "report.jsonl").read_text().count('"verdict":"alive"') == HOSTS * LINKS
    ((outcome, totals),) = fleet.query("SELECT outcome, totals FROM run WHERE command = 'plan'")
    assert (outcome, totals["link:alive"]) == ("finished", HOSTS * LINKS)
    assert (
        sum(int(worker.output.split(" probes, ")[0].split()[-1]) for worker in workers)
        == HOSTS * LINKS
    )
    again = commands.run_in_process("plan", "--lookups", "0")
    assert (again.returncode, again.stderr) == (0, "0 links due on 0 hosts: 0 jobs queued\n")


def test_a_stopped_worker_requeues_its_unfinished_jobs(fleet: WorkerFleet) -> None:
    rules = fleet.folder / "holdfast.toml"
    rules.write_text(rules.read_text().replace("interval = 0.05", "interval = 1.0", 1))
    assert fleet.plan() == 0
    worker = fleet.start()
    fleet.wait_until(lambda: len(fleet.visits()) > 4)
    worker.send(signal.SIGTERM)
    assert "stopped by request" in finish(worker)
    asked = len(fleet.visits())
    assert fleet.query("SELECT count(*) FROM probe") == [(asked,)]
    assert fleet.query(
        "SELECT status, count(*) FROM procrastinate_jobs WHERE task_name = 'probe' GROUP BY status"
    ) == [("todo", HOSTS)]
    rules.write_text(rules.read_text().replace("interval = 1.0", "interval = 0.05", 1))
    finish(fleet.start("worker", "--once"))
    all_alive(fleet)


def test_a_deadline_is_no_failure(fleet: WorkerFleet) -> None:
    assert "the deadline was reached" in finish(fleet.start("worker", "--deadline", "1s"))


def test_workers_with_wrong_clocks_lose_nothing(fleet: WorkerFleet) -> None:
    """The database's clock decides what is due, when a lease ends, and which times are stored."""
    assert fleet.plan() == 0
    early, late, right = (
        fleet.start("worker", "--once", ahead=ahead) for ahead in (-AN_HOUR, AN_HOUR, 0.0)
    )
    assert re.search(
        r"clock is \d+\.\d minutes behind the database's, which is used", finish(early)
    )
    assert re.search(r"clock is \d+\.\d minutes ahead of the database's", finish(late))
    assert "clock" not in finish(right)
    all_alive(fleet)
    for table, column in (
        ("probe", "started_at"),
        ("link", "checked_at"),
        ("host", "next_allowed_at"),
        ("run", "finished_at"),
    ):
        assert fleet.query(
            f"SELECT count(*) FROM {table} WHERE abs(extract(epoch FROM {column} - now())) > 600"
        ) == [(0,)]


def test_a_worker_without_network_leaves_the_hosts_to_the_others(
    fleet: WorkerFleet, background: BackgroundLoop
) -> None:
    silence = background.start(faults.black_hole())
    fleet.write_configuration({"*:80": silence, "*:443": silence}, name="cut-off.toml", timeout=1)
    assert fleet.plan() == 0
    cut_off = fleet.start("worker", "--config", "cut-off.toml")
    fleet.wait_until(
        lambda: "the network is down: the hosts in progress were requeued" in cut_off.output
    )
    assert fleet.query("SELECT count(*) FROM link WHERE state <> 'unchecked'") == [(0,)]
    finish(fleet.start("worker", "--once"))
    assert cut_off.is_running
    assert cut_off.end() == 0
    all_alive(fleet)


PORTAL = Internet(
    {
        f"h{number}.example": {ANY: redirect(302, "http://portal.example/")}
        for number in range(HOSTS)
    }
    | {"portal.example": {ANY: page("Log in", "Log in to use the network.")}}
)
FORBIDDEN = Internet({f"h{number}.example": {ANY: status(403)} for number in range(HOSTS)})
BAD_GATEWAY = Internet({f"h{number}.example": {ANY: status(502)} for number in range(HOSTS)})


@pytest.mark.parametrize(
    "answering", [PORTAL, FORBIDDEN, BAD_GATEWAY], ids=["portal", "403", "502"]
)
def test_a_worker_behind_a_login_page_leaves_the_hosts_to_the_others(
    fleet: WorkerFleet, background: BackgroundLoop, answering: Internet
) -> None:
    """It pauses, and takes jobs again when it is behind that no more."""
    places = background.start(answering).connect_to(wildcard=True)
    fleet.write_configuration(places, HOSTS, name="portal.toml")
    assert fleet.plan() == 0
    behind = fleet.start("worker", "--config", "portal.toml")
    expected = "no network: something else answers for all 6 hosts requested"
    fleet.wait_until(lambda: expected in behind.output)
    fleet.wait_until(lambda: behind.output.count(expected) > 1)  # it has tried again
    assert fleet.query("SELECT count(*) FROM link WHERE state <> 'unchecked'") == [(0,)]
    assert fleet.due() == HOSTS * LINKS
    finish(fleet.start("worker", "--once"))
    assert behind.is_running
    assert behind.end() == 0
    all_alive(fleet)


def test_a_job_whose_host_vanished_is_dropped(fleet: WorkerFleet) -> None:
    assert fleet.plan() == 0
    fleet.change(
        "UPDATE procrastinate_jobs SET args = jsonb_set(args, '{host_id}', '999') WHERE lock = 'host:1'"
    )
    assert "host 999 is no longer in the database: its job is dropped" in finish(
        fleet.start("worker", "--once")
    )
    assert fleet.due() == LINKS
    assert fleet.plan() == 0  # the job of the right host is queued again
    assert fleet.query("SELECT lock FROM procrastinate_jobs") == [("host:1",)]


def test_a_worker_under_which_the_schema_is_upgraded_ends(
    fleet: WorkerFleet, commands: Folder
) -> None:
    worker = fleet.start()
    fleet.wait_until(lambda: fleet.query("SELECT count(*) FROM procrastinate_workers") == [(1,)])
    fleet.change("UPDATE alembic_version SET version_num = '9999'")
    assert worker.wait() == 1
    assert (
        "was upgraded by a later version of Holdfast (schema 9999, this version knows"
        in worker.output.splitlines()[-1]
    )
    for command in ("plan", "worker"):
        assert "upgrade Holdfast" in one_line(commands.run_in_process(command), 3)


def test_lookups_of_two_workers_share_one_lease_and_rate(
    fleet: WorkerFleet, wayback: RunningWayback
) -> None:
    """Each link is looked up once, no faster than by one worker, and mirrors found are probed."""
    wayback.snapshots.extend(
        StoredSnapshot(original=url, timestamp="20200102030405")
        for (url,) in fleet.query("SELECT url FROM link")
    )
    fleet.write_configuration(fleet.web.connect_to(wildcard=True), archive=wayback.endpoint)
    rules = fleet.folder / "holdfast.toml"
    rules.write_text(
        rules.read_text().replace("lookups_per_minute = 6000", "lookups_per_minute = 600")
    )
    fleet.call("plan")
    workers = [fleet.start("worker", "--once"), fleet.start("worker", "--once")]
    outputs = [finish(worker) for worker in workers]
    ((looked_up, found),) = fleet.query("SELECT count(*), count(mirror_id) FROM lookup")
    assert looked_up == found == HOSTS * LINKS
    lookups = [asked for asked in wayback.requests if asked.kind in {"availability", "cdx"}]
    assert lookups[-1].seconds - lookups[0].seconds > 0.09 * (looked_up - 1)
    assert len({asked.target for asked in lookups}) == looked_up
    assert fleet.query("SELECT state, count(*) FROM link WHERE role = 'mirror' GROUP BY state") == [
        ("alive", HOSTS * LINKS)
    ]
    assert (
        sum(f"{looked_up} lookups ({found} archive copies found)" in words for words in outputs)
        == 1
    )


# --- usage errors


def test_without_a_queue_the_message_names_the_command_that_creates_it(
    tmp_path: Path, postgresql: Cluster
) -> None:
    url = postgresql.new_database()
    for command in ("plan", "worker"):
        assert (
            "is out of date (schema None): stop the workers, then run holdfast db upgrade"
            in one_line(Folder(tmp_path).run_in_process(command, "--db", url), 3)
        )
    upgraded = Folder(tmp_path).run_in_process("db", "upgrade", "--db", url)
    assert upgraded.stderr.endswith("up to date; fleet queue up to date\n")
    assert Folder(tmp_path).run_in_process("plan", "--db", url).returncode == 0


@pytest.mark.parametrize("command", ["plan", "worker"])
def test_sqlite_is_no_database_for_a_fleet(folder: Folder, command: str) -> None:
    assert "a fleet needs PostgreSQL, but the database is SQLite: set --db" in one_line(
        folder.run_in_process(command), 3
    )


def test_invalid_times_of_a_plan_are_refused(commands: Folder) -> None:
    assert "--plan: invalid crontab fields 'at dawn': use five fields" in one_line(
        commands.run_in_process("worker", "--plan", "at dawn"), 3
    )


def test_the_connection_limit_of_a_database_is_reported(
    fleet: WorkerFleet, commands: Folder, postgresql: Cluster
) -> None:
    postgresql.execute("DROP ROLE IF EXISTS poor")
    postgresql.execute("CREATE ROLE poor LOGIN CONNECTION LIMIT 0")
    poor = fleet.url.replace("holdfast@", "poor@")
    for command in ("plan", "worker"):
        assert "too many connections" in one_line(commands.run_in_process(command, "--db", poor), 1)


def test_a_host_with_internal_errors_is_parked_and_the_others_are_probed(
    fleet: WorkerFleet, commands: Folder
) -> None:
    assert fleet.plan() == 0
    arguments = ("crawler.jobs.lease_pool:lease_host", "h3.example", "worker", "--once")
    done = Folder(fleet.folder).holdfast(*arguments, module="tests.acceptance.injected")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "the job host:" in done.stderr
    assert "3 internal errors (Unexpected in queue of host:" in done.stderr
    assert fleet.query("SELECT state, count(*) FROM link GROUP BY state ORDER BY state") == [
        ("alive", (HOSTS - 1) * LINKS),
        ("unchecked", LINKS),
    ]
    assert (
        "; 1 in backoff after internal errors: h3.example until "
        in commands.run_in_process("status").stdout
    )
    again = commands.run_in_process("plan", "--lookups", "0")
    assert f"{LINKS} links due on 1 host: 0 jobs queued" in again.stderr
    assert (
        "1 job in backoff after internal errors, not retried yet: holdfast status lists them"
        in again.stderr
    )
    assert [
        outcome
        for (outcome,) in fleet.query("SELECT outcome FROM run WHERE command = 'plan' ORDER BY id")
    ][:1] == ["partial"]  # the links of the host in backoff are still due
