"""Run a benchmark and write its output into a dated file.

    .venv/bin/python benchmarks/record.py probing -- .venv/bin/python -m benchmarks.probing --tls

Writes `benchmarks/results/probing-DATE.txt`: the command, the commit, the machine and its load
before and after, then the output. A second run on the same day is appended.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"


def describe_machine() -> str:
    """Return the number of processors, the system and the Python version."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}, {python}"


def current_commit() -> str:
    """Return the checked-out commit, with `+` if the work tree differs."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def load_average() -> str:
    """Return the load average of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def main() -> int:
    """Run the command and append the record.

    Returns:
        The exit code of the command.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", help="name of the file in benchmarks/results")
    parser.add_argument("command", nargs="+", help="the benchmark and its options, after --")
    given = parser.parse_args()
    load_before = load_average()
    done = subprocess.run(given.command, stdout=subprocess.PIPE, text=True, check=False)
    now = datetime.now(UTC)
    record = [
        f"$ {' '.join(given.command)}",
        f"{now:%Y-%m-%d %H:%M} UTC, commit {current_commit()}",
        f"{describe_machine()}; load average {load_before} before, {load_average()} after",
        "",
        done.stdout,
        "",
    ]
    target = RESULTS / f"{given.name}-{now:%Y-%m-%d}.txt"
    with target.open("a", encoding="utf-8") as file:
        file.write("\n".join(record))
    sys.stdout.write(done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
