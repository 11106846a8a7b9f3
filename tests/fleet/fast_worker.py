"""Run `holdfast worker` with shorter waits or a wrong clock.

python -m tests.fleet.fast_worker [--speedup N] [--ahead SECONDS] COMMAND...

`--speedup 10` lets leases, heartbeats and rounds last a tenth of what they do; `--ahead` is how far this process's clock is ahead of the
database's (behind it, if negative).
"""

from __future__ import annotations

import argparse
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta

import time_machine

from crawler.cli import fleet_database
from crawler.cli.main import run
from crawler.fleet import connector, heartbeat, maintenance, network_watch, worker
from crawler.http import connectivity
from crawler.jobs import host_lease, lease_batches
from store.work import retry_budget

_WAITS = (
    (lease_batches, ("LEASE_LENGTH",)),
    (host_lease, ("LEASE_LENGTH", "_RENEW_SECONDS", "_VALID_SECONDS")),
    (heartbeat, ("INTERVAL_SECONDS", "STALLED_SECONDS")),
    (maintenance, ("EVERY_SECONDS", "_FROZEN_SECONDS")),
    (connector, ("_RETRY_SECONDS",)),
    (worker, ("_POLL_SECONDS",)),
    (network_watch, ("_RETRY_SECONDS",)),
    (connectivity, ("_TIMEOUT_SECONDS",)),
    (retry_budget, ("RETRY_SECONDS",)),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speedup", type=float, default=1)
    parser.add_argument("--ahead", type=float, default=0)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    shorten_waits(arguments.speedup)
    with moved(arguments.ahead):
        return run(arguments.command)


def shorten_waits(times: float) -> None:
    """Divide every wait by a number."""
    fleet_database._IDLE_TRANSACTION_MS = int(fleet_database._IDLE_TRANSACTION_MS / times)
    network_watch._WAITS_SECONDS = tuple(wait / times for wait in network_watch._WAITS_SECONDS)  # type: ignore[assignment]
    for module, names in _WAITS:
        for name in names:
            setattr(module, name, getattr(module, name) / times)


def moved(seconds: float) -> AbstractContextManager[object]:
    return (
        time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=True)
        if seconds
        else nullcontext()
    )


if __name__ == "__main__":
    sys.exit(main())
