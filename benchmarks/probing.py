"""Compare Holdfast with other programs over the same URLs: time, processor time, memory.

    python -m benchmarks.probing [--urls 8000] [--hosts 400] [--runs 5] [--tls]
        [--method get|head|conditional] [--latency 0.15] [--peers lychee …]

The programs are Holdfast and those that `--peers` names. They run in turn, several times; the
medians count. All resolve the same names by a hosts file in a private mount (which needs Linux and
the right to create one), trust the same root certificate, use the same method, and have the same
limits: concurrent requests in total and to one host, and the interval between requests to a host.
Holdfast runs `holdfast check --all` with the URLs in its database, and stores every probe; the
others read a page of links and report.

Holdfast's first probe of a link is a GET, so `--method head` measures its second probe. With
`--method conditional`, the pages have an ETag: Holdfast's second probe gets a 304, while the others
read the page.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.link_checkers import CHECKERS, CheckerTask
from benchmarks.loopback import PORT, Cost, environment_of, run_in_own_mounts, served


def read_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--urls", type=int, default=8000)
    parser.add_argument("--hosts", type=int, default=400)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--latency", type=float, default=0.15, help="median seconds until the server responds"
    )
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--method", choices=["get", "head", "conditional"], default="get")
    parser.add_argument("--concurrency", type=int, default=128, help="requests at once, in all")
    parser.add_argument("--per-host", type=int, default=2, help="requests at once at one host")
    parser.add_argument(
        "--hosts-at-once",
        type=int,
        help="of Holdfast; by default --concurrency divided by --per-host",
    )
    parser.add_argument(
        "--interval", type=float, default=0.05, help="seconds between starts at one host"
    )
    parser.add_argument(
        "--peers",
        nargs="+",
        choices=[name for name in CHECKERS if name != "holdfast"],
        default=["lychee"],
    )
    return parser.parse_args()


def main() -> None:
    """Print the table of all programs."""
    options = read_options()
    run_in_own_mounts("benchmarks.probing")
    server_options = ["tls"] if options.tls else []
    if options.method == "conditional":
        server_options.append("etag")
    with (
        tempfile.TemporaryDirectory(prefix="probing-") as name,
        served(Path(name), options.hosts, options.latency, *server_options),
    ):
        scheme = "https" if options.tls else "http"
        task = CheckerTask(
            urls=[
                f"{scheme}://site{number % options.hosts}.bench:{PORT}/page/{number}"
                for number in range(options.urls)
            ],
            folder=Path(name),
            environment=environment_of(Path(name), tls=options.tls),
            method=options.method,
            concurrency=options.concurrency,
            hosts_at_once=options.hosts_at_once or max(1, options.concurrency // options.per_host),
            per_host=options.per_host,
            interval=options.interval,
        )
        load_before = os.getloadavg()[0]
        rounds = [
            {peer: CHECKERS[peer](task) for peer in (*options.peers, "holdfast")}
            for _ in range(options.runs)
        ]
    report(rounds, options.urls)
    print(
        f"load average {load_before:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} "
        "processors"
    )


def report(rounds: Sequence[Mapping[str, Cost]], urls: int) -> None:
    """Print a table of the medians of all rounds.

    Args:
        rounds: For each round, the cost of each program by its name.
        urls: Number of URLs that each program checked.
    """
    print(
        "| | wall s | CPU ms/URL | peak MB | Holdfast's wall and CPU beside it "
        "|\n|---|---|---|---|---|"
    )
    for name in rounds[0]:
        wall, cpu, memory = (
            median(getattr(costs[name], what) for costs in rounds)
            for what in ("wall", "cpu", "memory")
        )
        # How many times the program's wall time and processor time Holdfast needs
        ratios = [
            median(
                getattr(costs["holdfast"], what) / getattr(costs[name], what) for costs in rounds
            )
            for what in ("wall", "cpu")
        ]
        shown_ratios = "" if name == "holdfast" else f"{ratios[0]:.2f} x, {ratios[1]:.1f} x"
        print(f"| {name} | {wall:.2f} | {cpu * 1000 / urls:.2f} | {memory:.0f} | {shown_ratios} |")
    print(f"medians of {len(rounds)} rounds, each of them in turn")


if __name__ == "__main__":
    main()
