"""Measure the time of a run as a multiple of its minimum when some hosts never respond.

    python -m benchmarks.hanging_hosts [--urls 3000] [--hosts 300] [--interval 0.1] [--timeout 2]
        [--peers lychee]

Links are distributed over hosts by Zipf's law, with 5 % of them on the busiest host. Two hosts in a
hundred accept requests and never respond. A host gets one request at a time. The minimum is the
time of the busiest host: the sum of its latencies or, where they are longer, intervals.

Prints the time from the first request to the last verdict on a responding host, and to the last
verdict of all, as multiples of the minimum; and the estimate that a run shows before it begins, as
a multiple of the whole run.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

from benchmarks.link_checkers import CHECKERS, CheckerTask
from benchmarks.loopback import PORT, environment_of, run_in_own_mounts, served
from benchmarks.web import hangs, latency
from crawler.config import Config
from crawler.politeness.run_estimate import estimate_run
from store.work.frontier import DueHost

BUSIEST_SHARE = 0.05  # share of the links that are on the busiest host
_MICROSECONDS = 1_000_000


def zipf(urls: int, hosts: int) -> Sequence[int]:
    """Return the number of links of each host, the busiest first, by a power law of its rank.

    Args:
        urls: Number of links of all hosts.
        hosts: Number of hosts.
    """
    low, high = 0.0, 3.0
    while high - low > 1e-6:  # bisection for the exponent that gives `BUSIEST_SHARE`
        exponent = (low + high) / 2
        share = 1 / sum(rank**-exponent for rank in range(1, hosts + 1))
        low, high = (exponent, high) if share < BUSIEST_SHARE else (low, exponent)
    weights = [rank**-low for rank in range(1, hosts + 1)]
    return [max(1, round(urls * weight / sum(weights))) for weight in weights]


def read_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--urls", type=int, default=3000)
    parser.add_argument("--hosts", type=int, default=300)
    parser.add_argument("--latency", type=float, default=0.15)
    parser.add_argument("--interval", type=float, default=0.1)
    parser.add_argument("--timeout", type=float, default=2.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=["lychee"], default=["lychee"])
    return parser.parse_args()


def make_addresses(urls: int, hosts: int) -> Sequence[tuple[str, str]]:
    """Return pairs of a host with its port and a path, with `zipf` links for each host.

    They are not ordered by host, as the citations of a page are not.
    """
    numbers = count()
    addresses = [
        (f"site{host}.bench:{PORT}", f"/page/{next(numbers)}")
        for host, links in enumerate(zipf(urls, hosts))
        for _ in range(links)
    ]
    addresses.sort(key=lambda address: address[1][::-1])
    return addresses


def minimum_seconds(busiest: Sequence[tuple[str, str]], interval: float, median: float) -> float:
    """Return the seconds of the busiest host: each request takes its latency or the interval.

    Args:
        busiest: The addresses of the busiest host: host and path.
        interval: Seconds between requests.
        median: The median latency in seconds.
    """
    return sum(
        max(interval, latency(host.encode(), path.encode(), median)) for host, path in busiest
    )


def main() -> None:
    """Print the table of all runs."""
    options = read_options()
    run_in_own_mounts("benchmarks.hanging_hosts")
    addresses = make_addresses(options.urls, options.hosts)
    busiest = addresses_of(addresses, "site0.bench")
    minimum = minimum_seconds(busiest, options.interval, options.latency)
    with (
        tempfile.TemporaryDirectory(prefix="hanging-") as name,
        served(Path(name), options.hosts, options.latency, "hang"),
    ):
        task = CheckerTask(
            urls=[f"http://{host}{path}" for host, path in addresses],
            folder=Path(name),
            environment=environment_of(Path(name)),
            concurrency=128,
            hosts_at_once=128,
            per_host=1,
            interval=options.interval,
            timeout=options.timeout,
            hanging=sum(hangs(host.encode()) for host, _ in addresses),
        )
        print(
            f"minimum {minimum:.1f} s: {len(busiest)} of {len(addresses)} links at the busiest "
            f"host; {task.hanging} links at hosts that hang"
        )
        estimate = estimate_seconds(addresses, options.interval, options.timeout)
        print(
            "| | last verdict on a living host | whole run | with its start | estimate |\n"
            "|---|---|---|---|---|"
        )
        for _ in range(options.runs):
            print_round(task, options.peers, minimum, estimate)


def print_round(task: CheckerTask, peers: Sequence[str], minimum: float, estimate: float) -> None:
    """Run each program once, and print its times as multiples of the minimum."""
    for peer in peers:
        ratio = CHECKERS[peer](task).wall / minimum
        print(f"| {peer} | | | {ratio:.2f} | |", flush=True)
    cost = task.holdfast()
    living, whole = active_seconds(task.database)
    print(
        f"| holdfast | {living / minimum:.2f} | {whole / minimum:.2f} | "
        f"{cost.wall / minimum:.2f} | {estimate / whole:.2f} |",
        flush=True,
    )


def estimate_seconds(
    addresses: Sequence[tuple[str, str]], interval: float, timeout: float
) -> float:
    """Return the seconds that `holdfast run` estimates for these links before it begins."""
    rules = {"interval": interval, "timeout": timeout, "concurrency": 1}
    links = Counter(host.partition(":")[0] for host, _ in addresses)
    hosts = [
        DueHost(id=number, name=name, links=count, next_allowed_at=None)
        for number, (name, count) in enumerate(links.items())
    ]
    estimate = estimate_run(Config(hosts={"*": rules}), hosts, lookups=0)
    return estimate.total.total_seconds()


def addresses_of(addresses: Sequence[tuple[str, str]], host: str) -> Sequence[tuple[str, str]]:
    """Return the addresses of one host."""
    return [address for address in addresses if address[0].startswith(f"{host}:")]


def active_seconds(path: Path) -> tuple[float, float]:
    """Return the seconds from the first request to the last alive verdict and to the last one."""
    with closing(sqlite3.connect(path)) as database:
        query = (
            "select min(started_at), max(case when verdict = 'alive' then finished_at end), "
            "max(finished_at) from probe"
        )
        begun, living, whole = database.execute(query).fetchone()
    return (living - begun) / _MICROSECONDS, (whole - begun) / _MICROSECONDS


if __name__ == "__main__":
    main()
