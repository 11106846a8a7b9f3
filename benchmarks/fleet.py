"""Measure a large fleet: throughput of one worker and three, the queue, planning a million links.

    python -m benchmarks.fleet throughput [--hosts 2000] [--links 10] [--at-once 40]
        [--interval 1.0] [--workers 1 3]
    python -m benchmarks.fleet queue [--hosts 20000]
    python -m benchmarks.fleet planning [--hosts 100000] [--links 10]

Uses a temporary PostgreSQL without fsync, and a web on loopback in this process. Processor time is
listed separately for workers and database: where the hosts' limits bind, more workers get more done
as long as there is processor time for them.
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

_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
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
        command.add_argument("--at-once", type=int, default=40, help="hosts of one worker")
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
            Path(folder), cluster, web, interval=options.interval, concurrency=options.concurrency
        ) as fleet,
    ):
        print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors", flush=True)
        {"throughput": measure_throughput, "queue": measure_queue, "planning": measure_planning}[
            options.command
        ](fleet, cluster, options)
        print(f"load average {os.getloadavg()[0]:.1f}")


def measure_throughput(fleet: WorkerFleet, cluster: Cluster, options: argparse.Namespace) -> None:
    """Probe the same links with each number of workers.

    Counts from the first request to the last, without the start of processes.
    """
    fill(fleet, options.hosts, options.links)
    total, single = options.hosts * options.links, 0.0
    for workers in options.workers:
        fleet.web.reset()
        fleet.change("UPDATE link SET next_probe_at = now()")
        fleet.call("plan", "--lookups", "0")
        with watched_database(cluster) as database:
            begun = [fleet.start() for _ in range(workers)]
            fleet.wait_until(lambda: fleet.due() == 0, seconds=7200)
            cpu = sum(processor_seconds([worker.process.pid]) for worker in begun)
        fleet.end()
        times = [visit.seconds for visit in fleet.web.visits]
        rate = total / (max(times) - min(times))
        single = single or rate / workers
        print(
            f"{workers} workers: {total} links of {options.hosts} hosts in "
            f"{max(times) - min(times):.0f} s, {rate:.1f} links/s, "
            f"{rate / single:.2f} times one; of what the limits allow: "
            f"{rate / (workers * options.concurrency / options.interval):.0%}; "
            f"processor: workers {1000 * cpu / total:.1f} ms a link, database "
            f"{1000 * database[0] / total:.1f} ms a link; "
            f"requested {sum(fleet.visits().values())} times, {len(fleet.visits())} addresses; "
            f"highest_rate {fleet.highest_rate(5):.2f}",
            flush=True,
        )


def measure_queue(fleet: WorkerFleet, cluster: Cluster, options: argparse.Namespace) -> None:
    """Plan empty jobs and take them with one worker: the cost of the queue alone."""
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
        fleet.wait_until(lambda: left(fleet) < options.hosts, seconds=60)
        began, before = time.monotonic(), left(fleet)
        fleet.wait_until(lambda: left(fleet) == 0, seconds=3600)
        took, cpu = time.monotonic() - began, processor_seconds([worker.process.pid])
    fleet.end()
    print(
        f"one worker, nothing due: {before / took:.0f} jobs/s; processor: worker "
        f"{1000 * cpu / options.hosts:.2f} ms, "
        f"database {1000 * database[0] / options.hosts:.2f} ms a job"
    )


def measure_planning(fleet: WorkerFleet, _cluster: Cluster, options: argparse.Namespace) -> None:
    """Plan everything in its own process, and print the size of the database."""
    fill(fleet, options.hosts, options.links)
    sizes = {"before": size(fleet)}
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
    sizes["queued"] = size(fleet)
    tables = fleet.query(
        "SELECT relname, pg_total_relation_size(oid) / 1e6 FROM pg_class WHERE relkind = 'r' "
        "AND relnamespace = 'public'::regnamespace "
        "ORDER BY 2 DESC LIMIT 4"
    )
    print(
        ", ".join(f"{name} {megabytes:.0f} MB" for name, megabytes in sizes.items()),
        [f"{name} {mb:.0f} MB" for name, mb in tables],
    )


# --- tools


def fill(fleet: WorkerFleet, hosts: int, links: int) -> None:
    """Insert due links without citations: scanning pages is measured elsewhere."""
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


def left(fleet: WorkerFleet) -> int:
    return int(fleet.query("SELECT count(*) FROM procrastinate_jobs")[0][0])


def size(fleet: WorkerFleet) -> float:
    return float(fleet.query("SELECT pg_database_size(current_database()) / 1e6")[0][0])


@contextmanager
def watched_database(cluster: Cluster) -> Iterator[list[float]]:
    """Yield a list that has, after the block, the processor seconds of all server processes."""
    spent: list[float] = []
    before = _of_tree(cluster.pid)
    try:
        yield spent
    finally:
        spent.append(_of_tree(cluster.pid) - before)


def processor_seconds(pids: Sequence[int]) -> float:
    """Return the processor seconds of processes so far."""
    return sum(sum(int(field) for field in _stat(pid)[11:13]) for pid in pids) / _TICKS


def _of_tree(pid: int) -> float:
    """Return the processor seconds of a process, its children and ended children."""
    own = _stat(pid)
    children = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _parent(int(entry.name)) == pid
    ]
    return sum(int(field) for field in own[11:15]) / _TICKS + processor_seconds(children)


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _stat(pid: int) -> Sequence[str]:
    """Return the fields of /proc/PID/stat behind the name; times start at 11 (proc(5))."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ["X", "0", *["0"] * 20]


if __name__ == "__main__":
    main()
