"""Start fleets for tests: a database, a web that counts requests, and workers to kill and freeze."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from crawler.demo.responses import page
from crawler.demo.web import ANY, FakeWeb
from store.work.lease_owners import short_owner_name
from tests.acceptance.folder import Folder, configuration, environment, warm_server
from tests.acceptance.warm import WarmProcess
from tests.postgresql import Cluster

ARTICLE = page("A small paper", "Harbour lights. Ferry timetable. Weather. " * 8)
_ARCHIVE = "http://archive.example"  # it has no copies
TIMEOUT_SECONDS = 180.0  # seconds until a test fails; no time is measured with it
_STATE_QUERIES = (
    "SELECT id, status, lock, worker_id, scheduled_at - now() FROM procrastinate_jobs ORDER BY id LIMIT 30",
    "SELECT id, now() - last_heartbeat FROM procrastinate_workers ORDER BY id",
    "SELECT name, lease_owner, lease_until - now() FROM host WHERE lease_until IS NOT NULL",
    "SELECT id, outcome, totals FROM run ORDER BY id",
    "SELECT pid, state, now() - state_change, pg_blocking_pids(pid), left(query, 90) FROM pg_stat_activity WHERE datname = current_database()",
)


class Worker:
    """A process that runs `holdfast worker` or another long command; its output goes to a file."""

    def __init__(
        self, folder: Path, name: str, *arguments: str, speedup: float, ahead: float = 0.0
    ) -> None:
        self.log = folder / f"{name}.log"
        self.log.unlink(missing_ok=True)
        self.process = WarmProcess(
            warm_server(),
            "tests.fleet.fast_worker",
            [f"--speedup={speedup}", f"--ahead={ahead}", *arguments],
            cwd=folder,
            env=environment(),
            log=self.log,
        )

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Stop it with SIGTERM, and return its exit code."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        return self.process.wait(TIMEOUT_SECONDS)

    def close(self) -> None:
        self.process.close()


class WorkerFleet:
    """Starts workers on one database, with servers that count requests.

    `interval` is the seconds between requests to a host; `speedup` divides every wait.
    """

    def __init__(
        self,
        folder: Path,
        cluster: Cluster,
        web: FakeWeb,
        *,
        interval: float,
        speedup: float = 1.0,
        concurrency: int = 64,
    ) -> None:
        self.folder = folder
        self.web = web
        self.interval = interval
        self._speedup = speedup
        self.url = cluster.new_database()
        self.workers: list[Worker] = []
        self.write_configuration(web.connect_to(wildcard=True), concurrency)

    def write_configuration(
        self,
        connect_to: dict[str, str],
        concurrency: int = 8,
        *,
        name: str = "holdfast.toml",
        timeout: float = 5,
        archive: str = _ARCHIVE,
    ) -> None:
        """Write a configuration that connects every host name to the test's server."""
        places = connect_to | {
            "archive.example:443": connect_to["*:80"],
            "archive.example:80": connect_to["*:80"],
        }
        text = configuration(places, archive)
        text = text.replace("interval = 0.0", f"interval = {self.interval}", 1).replace(
            "[network]", f"[network]\nconcurrency = {concurrency}"
        )
        text = text.replace("timeout = 5", f"timeout = {timeout}")
        (self.folder / name).write_text(f"db = {json.dumps(self.url)}\n{text}")

    def prepare(self, hosts: int, links: int) -> None:
        """Create the tables, and cite a number of links of each host."""
        lines = [
            f"- <http://h{host}.example/{link}>\n" for host in range(hosts) for link in range(links)
        ]
        (self.folder / "page.md").write_text("".join(lines))
        for command in (["db", "upgrade"], ["scan", "page.md"]):
            done = Folder(self.folder).run_in_process(*command)
            assert done.returncode == 0, done

    def call(self, *arguments: str, code: int = 0) -> str:
        """Run a command to its end, and return its output."""
        done = Folder(self.folder).holdfast(
            f"--speedup={self._speedup}", *arguments, module="tests.fleet.fast_worker"
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    def plan(self) -> int:
        """Plan within this process, which is faster, and return the exit code."""
        return Folder(self.folder).run_in_process("plan", "--lookups", "0").returncode

    def start(self, *arguments: str, ahead: float = 0.0) -> Worker:
        """Start a worker, or the given command."""
        worker = Worker(
            self.folder,
            f"process-{len(self.workers)}",
            *(arguments or ("worker",)),
            speedup=self._speedup,
            ahead=ahead,
        )
        self.workers.append(worker)
        return worker

    def end(self) -> None:
        """Stop all workers with SIGTERM, and check their exit codes."""
        running = [worker for worker in self.workers if worker.is_running]
        self.wait_until(lambda: all("takes jobs" in worker.output for worker in running))
        for worker in running:
            worker.send(signal.SIGTERM)
        for worker in running:
            assert worker.wait() == 0, worker.output

    def close(self) -> None:
        for worker in self.workers:
            worker.close()

    # --- state of the fleet

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def change(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def due(self) -> int:
        return int(self.query("SELECT count(*) FROM link WHERE next_probe_at <= now()")[0][0])

    def hosts_due(self) -> set[str]:
        """Name the hosts with links that are due."""
        due = "SELECT DISTINCT host.name FROM link JOIN host ON host.id = link.host_id WHERE link.next_probe_at <= now()"
        return {name for (name,) in self.query(due)}

    def busy(self) -> list[tuple[Worker, set[str]]]:
        """List the workers that run and hold hosts, each with the hosts' names."""
        owners = self.query("SELECT lease_owner, name FROM host WHERE lease_until > now()")
        held = (
            (
                worker,
                {
                    name
                    for owner, name in owners
                    if short_owner_name(owner).endswith(f":{worker.process.pid}")
                },
            )
            for worker in self.workers
        )
        return [(worker, names) for worker, names in held if names and worker.is_running]

    def visits(self) -> Counter[str]:
        """Return the number of requests for each cited URL."""
        return Counter(
            visit.url for visit in list(self.web.visits) if not visit.url.endswith("/robots.txt")
        )

    def highest_rate(self, turns: int) -> float:
        """Return the highest rate at any host over `turns` requests in a row, in requests per interval."""
        times: dict[str, list[float]] = {}
        for visit in list(self.web.visits):
            times.setdefault(visit.host, []).append(visit.seconds)
        spans = [
            later - earlier
            for at in times.values()
            for earlier, later in zip(at, at[turns:], strict=False)
        ]
        return turns * self.interval / min(spans) if spans else 0.0

    def wait_until(
        self, condition: Callable[[], object], *, seconds: float = TIMEOUT_SECONDS
    ) -> float:
        """Wait until a condition is true, and return the seconds; fail if that takes too long."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < seconds, "it did not happen:\n" + self.all_output()
            time.sleep(0.05)
        return time.monotonic() - began

    def all_output(self) -> str:
        """Return the output of the workers and the status of the fleet, to find the cause of a failure."""
        output = [
            f"{worker.log.name} ({worker.process.pid}):\n{worker.output[-2000:]}"
            for worker in self.workers
        ]
        for question in _STATE_QUERIES:
            output += [question, *(f"  {row}" for row in self.query(question))]
        return "\n".join(output)


def counting_web(hosts: int) -> FakeWeb:
    """Return a web of some hosts with a page at every URL, which logs each request."""
    return FakeWeb({f"h{number}.example": {ANY: ARTICLE} for number in range(hosts)})


@contextmanager
def worker_fleet(
    folder: Path, cluster: Cluster, web: FakeWeb, **options: float
) -> Iterator[WorkerFleet]:
    """Make a fleet's folder and database; whatever was started ends with the block."""
    web.reset()
    made = WorkerFleet(folder, cluster, web, **options)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()
