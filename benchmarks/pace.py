"""Measure rate limits at the server: intervals that are too short, and concurrent requests.

    python -m benchmarks.pace [--hosts 60] [--links 8] [--redirects 0.3] [--interval 0.3]
        [--processes 2] [--busy-processes 2]

All hosts are names of one server on loopback; some links redirect to a page of another host. A gap
is the time between the arrivals of two requests to a host. Exits with 1 if a gap was shorter than
the interval by more than 20 ms, or a host had more concurrent requests than its limit.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from crawler.config import load_config
from crawler.jobs.lifecycle import open_job
from crawler.scan.wiki_scan import register_urls
from tests.web.arrivals import ArrivalServer, busy_processors


def read_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hosts", type=int, default=60)
    parser.add_argument("--links", type=int, default=8, help="of each host")
    parser.add_argument(
        "--redirects", type=float, default=0.3, help="share of links that redirect to another host"
    )
    parser.add_argument("--interval", type=float, default=0.3)
    parser.add_argument("--concurrency", type=int, default=1, help="requests at once at one host")
    parser.add_argument(
        "--latency", type=float, default=0.05, help="mean seconds until the server responds"
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--busy-processes", type=int, default=2, help="processes that only use the processor"
    )
    return parser.parse_args()


def main() -> None:
    """Print the table; exit with 1 if a limit was exceeded."""
    options = read_options()
    random = Random(1)
    urls = [
        url_of(random, host, number, options)
        for host in range(options.hosts)
        for number in range(options.links)
    ]
    with (
        tempfile.TemporaryDirectory(prefix="pace-") as name,
        ArrivalServer(
            lambda: random.expovariate(1 / options.latency) if options.latency else 0.0
        ) as server,
        busy_processors(options.busy_processes),
    ):
        command = prepare(Path(name), server.address, urls, options)
        began = time.monotonic()
        running = [subprocess.Popen(command) for _ in range(options.processes)]
        codes = [process.wait() for process in running]
        seconds = time.monotonic() - began
    short_gaps, overlaps = server.short_gaps(options.interval), server.overlaps(options.concurrency)
    print(
        "| requests | gaps | too short | shortest | over the concurrency | seconds "
        "|\n|---|---|---|---|---|---|"
    )
    gaps = server.gaps()
    print(
        f"| {server.requests} | {len(gaps)} | {len(short_gaps)} | {gaps[0]:.4f} | {overlaps} | "
        f"{seconds:.1f} |"
    )
    sys.exit(bool(short_gaps or overlaps or any(code not in {0, 2} for code in codes)))


def url_of(random: Random, host: int, number: int, options: argparse.Namespace) -> str:
    """Return a URL of a host, at random one that redirects to another host.

    Args:
        random: The source of random numbers.
        host: Number of the host.
        number: Number of the link on its host.
        options: The options of the command line.
    """
    if random.random() >= options.redirects:
        return f"http://site{host}.example/page/{number}"
    return f"http://site{host}.example/to/site{random.randrange(options.hosts)}.example/from/{host}/{number}"


def prepare(
    folder: Path, address: str, urls: Sequence[str], options: argparse.Namespace
) -> Sequence[str]:
    """Store the links in their own database; return the command that checks them."""
    (folder / "holdfast.toml").write_text(
        f"""\
[network]
contact = "mailto:benchmark@wiki.example"

[network.connect_to]
"*:80" = "{address}"
"*:443" = "{address}"

[hosts."*"]
interval = {options.interval}
concurrency = {options.concurrency}
retry_wait = 0.05
"""
    )
    with open_job(load_config(start=folder, environment={}), "benchmark") as job:
        register_urls(job, urls)
    return [
        sys.executable,
        "-m",
        "crawler",
        "check",
        "-q",
        "--no-progress",
        "--config",
        str(folder / "holdfast.toml"),
    ]


if __name__ == "__main__":
    main()
