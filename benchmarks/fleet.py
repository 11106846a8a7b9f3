"""Measure a large fleet: the throughput of one worker and of three, the queue, and planning.

    python -m benchmarks.fleet throughput [--hosts 2000] [--links 10] [--at-once 40]
        [--interval 1.0] [--workers 1 3]
    python -m benchmarks.fleet queue [--hosts 20000]
    python -m benchmarks.fleet planning [--hosts 100000] [--links 10]

Uses a temporary PostgreSQL without fsync, and servers on loopback in this process. Processor time
is printed separately for workers and database: it shows whether the rate limits of hosts or this
machine's processors limit the throughput.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from crawler.demo.background import run_in_thread
from tests.fleet.workers import WorkerFleet, counting_web, worker_fleet
from tests.postgresql import Cluster, binaries, running_cluster

_TICKS = os.sysconf("SC_CLK_TCK")  # per second; the unit of times in /proc


def main() -> None:
    """Run the measurement that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, hosts, links in (
        ("throughput", 2_000, 10),
        ("queue", 20_000, 1),
        ("planning", 100_000, 10),
    ):
        command = commands.add_parser(name)
        command.add_argument("--hosts", type=int, default=hosts)
        command.add_argument("--links", type=int, default=links, help="of each host")
        command.add_argument(
            "--at-once", type=int, default=40, help="hosts that one worker probes at the same time"
        )
        command.add_argument("--interval", type=float, default=1.0)
        command.add_argument("--workers", type=int, nargs="+", default=[1, 3])
    options = parser.parse_args()
    programs = binaries()
    if programs is None:
        raise SystemExit(
            "there is no PostgreSQL server: .ci/system-packages installs one on Debian"
        )
    served = options.hosts if options.command == "throughput" else 1
    with (
        tempfile.TemporaryDirectory() as folder,
        running_cluster(programs) as cluster,
        run_in_thread(counting_web(served)) as web,
        worker_fleet(
            Path(folder), cluster, web, interval=options.interval, concurrency=options.at_once
        ) as fleet,
    ):
        print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors", flush=True)
        {"throughput": measure_throughput, "queue": measure_queue, "planning": measure_planning}[
            options.command
        ](fleet, cluster, options)
        print(f"load average {os.getloadavg()[0]:.1f}")


def measure_throughput(fleet: WorkerFleet, cluster: Cluster, options: argparse.Namespace) -> None:
    """Probe the same links with each number of workers.

    The time is that from the first request to the last, without the start of processes.
    """
    fill(fleet, options.hosts, options.links)
    total, single = options.hosts * options.links, 0.0
    for workers in options.workers:
        fleet.web.reset()
        fleet.change("UPDATE link SET next_probe_at = now()")
        fleet.call("plan", "--lookups", "0")
        with watched_database(cluster) as database:
            started = [fleet.start() for _ in range(workers)]
            fleet.wait_until(lambda: fleet.due() == 0, seconds=7200)
            cpu = sum(processor_seconds([worker.process.pid]) for worker in started)
        fleet.end()
        times = [visit.seconds for visit in fleet.web.visits]
        rate = total / (max(times) - min(times))
        single = single or rate / workers
        print(
            f"{workers} workers: {total} links of {options.hosts} hosts in "
            f"{max(times) - min(times):.0f} s, {rate:.1f} links/s, "
            f"{rate / single:.2f} times one; of what the limits allow: "
            f"{rate / (workers * options.at_once / options.interval):.0%}; "
            f"processor: workers {1000 * cpu / total:.1f} ms a link, database "
            f"{1000 * database[0] / total:.1f} ms a link; "
            f"requested {sum(fleet.visits().values())} times, {len(fleet.visits())} addresses; "
            f"highest rate {fleet.highest_rate(5):.2f}",
            flush=True,
        )


def measure_queue(fleet: WorkerFleet, cluster: Cluster, options: argparse.Namespace) -> None:
    """Plan jobs, make their links not due, and run the jobs: this measures the queue alone."""
    fill(fleet, options.hosts, options.links)
    began = time.monotonic()
    with watched_database(cluster) as database:
        fleet.call("plan", "--lookups", "0")
    print(
        f"planning {options.hosts} jobs: {time.monotonic() - began:.1f} s, database "
        f"{1000 * database[0] / options.hosts:.2f} ms a job"
    )
    fleet.change("UPDATE link SET next_probe_at = now() + interval '1 day'")
    with watched_database(cluster) as database:
        worker = fleet.start()
        fleet.wait_until(lambda: count_jobs(fleet) < options.hosts, seconds=60)
        began, jobs = time.monotonic(), count_jobs(fleet)
        fleet.wait_until(lambda: count_jobs(fleet) == 0, seconds=3600)
        seconds, cpu = time.monotonic() - began, processor_seconds([worker.process.pid])
    fleet.end()
    print(
        f"one worker, nothing due: {jobs / seconds:.0f} jobs/s; processor: worker "
        f"{1000 * cpu / options.hosts:.2f} ms, "
        f"database {1000 * database[0] / options.hosts:.2f} ms a job"
    )


def measure_planning(fleet: WorkerFleet, _cluster: Cluster, options: argparse.Namespace) -> None:
    """Plan all links in a new process, and print its cost and the size of the database."""
    fill(fleet, options.hosts, options.links)
    sizes = {"before": database_megabytes(fleet)}
    for title in ("all due", "all queued already"):
        began = time.monotonic()
        process = fleet.start("plan", "--lookups", "0").process
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        print(
            f"{title}: {options.hosts * options.links} links of {options.hosts} hosts planned "
            f"in {time.monotonic() - began:.1f} s, "
            f"processor {usage.ru_utime + usage.ru_stime:.1f} s, peak "
            f"{usage.ru_maxrss / 1024:.0f} MB, exit {process.returncode}: "
            f"{fleet.workers[-1].output.strip()}",
            flush=True,
        )
    sizes["queued"] = database_megabytes(fleet)
    tables = fleet.query(
        "SELECT relname, pg_total_relation_size(oid) / 1e6 FROM pg_class WHERE relkind = 'r' "
        "AND relnamespace = 'public'::regnamespace "
        "ORDER BY 2 DESC LIMIT 4"
    )
    print(
        ", ".join(f"{name} {megabytes:.0f} MB" for name, megabytes in sizes.items()),
        [f"{name} {mb:.0f} MB" for name, mb in tables],
    )


def fill(fleet: WorkerFleet, hosts: int, links: int) -> None:
    """Insert hosts and, for each, some due links without citations."""
    fleet.prepare(1, 1)
    fleet.change("UPDATE link SET next_probe_at = now() + interval '9 days'")
    fleet.change(
        "INSERT INTO host (name, name_hash) SELECT 'h' || n || '.example', md5('h' || n || "
        "'.example') "
        "FROM generate_series(1, %s) n ON CONFLICT DO NOTHING",
        hosts,
    )
    fleet.change(
        "INSERT INTO link (key, key_hash, url, role, host_id, first_run_id, next_probe_at) "
        "SELECT 'k' || host.name || n, md5('k' || host.name || n), 'http://' || host.name || "
        "'/article/' || n, 'link', host.id, 1, now() "
        "FROM generate_series(1, %s) n, host WHERE host.name <> 'h0.example'",
        links,
    )
    fleet.change("VACUUM ANALYZE")


def count_jobs(fleet: WorkerFleet) -> int:
    """Return the number of queued and running jobs."""
    return int(fleet.query("SELECT count(*) FROM procrastinate_jobs")[0][0])


def database_megabytes(fleet: WorkerFleet) -> float:
    """Return the size of the database."""
    return float(fleet.query("SELECT pg_database_size(current_database()) / 1e6")[0][0])


@contextmanager
def watched_database(cluster: Cluster) -> Iterator[list[float]]:
    """Measure the processor time of the database server during the block.

    Yields:
        A list to which the seconds, of all processes of the server, are added after the block.
    """
    seconds: list[float] = []
    before = _seconds_of_tree(cluster.pid)
    try:
        yield seconds
    finally:
        seconds.append(_seconds_of_tree(cluster.pid) - before)


def processor_seconds(pids: Sequence[int]) -> float:
    """Return the processor seconds of processes so far."""
    return sum(sum(int(field) for field in _stat(pid)[11:13]) for pid in pids) / _TICKS


def _seconds_of_tree(pid: int) -> float:
    """Return the processor seconds of a process, its children and ended children."""
    fields = _stat(pid)
    children = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _parent(int(entry.name)) == pid
    ]
    return sum(int(field) for field in fields[11:15]) / _TICKS + processor_seconds(children)


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _stat(pid: int) -> Sequence[str]:
    """Return the fields of /proc/PID/stat after the name (proc(5)).

    1 is the parent, 11 and 12 are the user and system time, 13 and 14 those of ended children. They
    are 0 if the process does not exist.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ["X", "0", *["0"] * 20]


if __name__ == "__main__":
    main()
