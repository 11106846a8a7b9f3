"""Measure how long single callbacks block the event loop while Holdfast probes.

    python -m benchmarks.stalls [--urls 2000] [--hosts 200] [--method get|head|conditional]

While a callback runs, no request is sent and no response is read. Prints the longest callbacks and
how many took more than 5 ms, by wall clock and by the processor time of the loop's thread. On a
busy machine, only the processor time is caused by Holdfast. The first probe of a link is a GET;
HEAD and conditional requests are measured with the second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.link_checkers import CheckerTask
from benchmarks.loopback import PORT, environment_of, run_in_own_mounts, served, timed
from crawler.cli.main import run as run_holdfast

LIMIT: Final = 0.005  # seconds
_SHOWN: Final = 8


class Callback(NamedTuple):
    """A callback of the event loop.

    Attributes:
        wall: Its seconds by wall clock.
        cpu: Its seconds of processor time.
        name: The name of its coroutine or function.
    """

    wall: float
    cpu: float
    name: str


def main() -> None:
    """Run Holdfast in a process that records its callbacks, and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--urls", type=int, default=2000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--method", choices=["get", "head", "conditional"], default="get")
    options = parser.parse_args()
    run_in_own_mounts("benchmarks.stalls")
    kind = ["tls", "etag"] if options.method == "conditional" else ["tls"]
    with (
        tempfile.TemporaryDirectory(prefix="stalls-") as name,
        served(Path(name), options.hosts, 0.15, *kind),
    ):
        task = CheckerTask(
            urls=[
                f"https://site{number % options.hosts}.bench:{PORT}/page/{number}"
                for number in range(options.urls)
            ],
            folder=Path(name),
            environment=environment_of(Path(name), tls=True),
            method=options.method,
        )
        command = task.prepare_holdfast()
        if options.method != "get":
            timed(command, task.folder, task.environment, expected_codes=(0, 2))
        recorded = task.folder / "callbacks.json"
        python, module, _, *arguments = command
        timed(
            [python, module, "benchmarks.stalls", str(recorded), *arguments],
            task.folder,
            task.environment | {"RECORD_STALLS": "1"},
            expected_codes=(0, 2),
        )
        report([Callback(*each) for each in json.loads(recorded.read_text())])


def record(file: Path, arguments: Sequence[str]) -> None:
    """Run Holdfast in this process and write the duration of every callback to a file."""
    callbacks: list[Callback] = []
    run = asyncio.Handle._run  # noqa: SLF001  the event loop calls this for every callback

    def timed_run(handle: Any) -> None:
        description = _describe(handle)
        wall_start, cpu_start = time.perf_counter(), time.thread_time()
        run(handle)
        cpu, wall = time.thread_time() - cpu_start, time.perf_counter() - wall_start
        if wall > LIMIT / 5:  # shorter ones are not worth their memory
            callbacks.append(Callback(wall, cpu, description))

    asyncio.Handle._run = timed_run  # type: ignore[assignment]  # noqa: SLF001
    sys.argv = ["holdfast", *arguments]
    try:
        run_holdfast()
    finally:
        file.write_text(json.dumps(callbacks))


def _describe(handle: Any) -> str:
    """Return the name of a callback's function, or of the coroutine if it is a step of a task."""
    callback = handle._callback  # noqa: SLF001
    owner = getattr(callback, "__self__", None)
    coroutine = owner.get_coro() if isinstance(owner, asyncio.Task) else None
    named = coroutine or callback
    return str(getattr(named, "__qualname__", repr(named)))


def report(callbacks: Sequence[Callback]) -> None:
    """Print the longest callbacks, and how many were over the limit, by both clocks."""
    durations = {
        "wall clock": [(each.wall, each.name) for each in callbacks],
        "processor time": [(each.cpu, each.name) for each in callbacks],
    }
    for clock, measured in durations.items():
        over = sum(seconds > LIMIT for seconds, _ in measured)
        print(f"{clock}: {over} callbacks over 5 ms")
        for seconds, name in sorted(measured, reverse=True)[:_SHOWN]:
            print(f"    {seconds * 1000:6.1f} ms  {name}")
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")


if __name__ == "__main__":
    if "RECORD_STALLS" in os.environ:
        record(Path(sys.argv[1]), sys.argv[2:])
    else:
        main()
