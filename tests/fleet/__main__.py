"""Run the long form: python -m tests.fleet [--rounds 20] [--seed 2026] [--hosts 20] [--links 60] [--speedup 1]."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from random import Random

from crawler.demo.background import run_in_thread
from tests.fleet.rounds import run_round
from tests.fleet.workers import counting_web, worker_fleet
from tests.postgresql import binaries, running_cluster

_RECOVERY_SECONDS = 90.0  # as at default settings


def main() -> None:
    """Run as many rounds as requested, and print the result of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--links", type=int, default=60, help="of each host")
    parser.add_argument(
        "--speedup",
        type=float,
        default=1,
        help="let leases, heartbeats and the pace be so many times shorter",
    )
    arguments = parser.parse_args()
    programs = binaries()
    if programs is None:
        sys.exit("there is no PostgreSQL server: .ci/system-packages installs one on Debian")
    random = Random(arguments.seed)
    with running_cluster(programs) as cluster, run_in_thread(counting_web(arguments.hosts)) as web:
        for number in range(1, arguments.rounds + 1):
            with (
                tempfile.TemporaryDirectory() as folder,
                worker_fleet(
                    Path(folder),
                    cluster,
                    web,
                    interval=1 / arguments.speedup,
                    speedup=arguments.speedup,
                    concurrency=-(-arguments.hosts // 2),
                ) as fleet,
            ):
                fleet.prepare(arguments.hosts, arguments.links)
                links = arguments.hosts * arguments.links
                outcome = run_round(
                    fleet,
                    cluster,
                    random,
                    links=links,
                    speedup=arguments.speedup,
                    within=_RECOVERY_SECONDS,
                )
            sys.stdout.write(f"round {number}: {outcome}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
