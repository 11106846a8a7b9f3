"""Measure the processor time of commands that make no requests, from start to end.

    python benchmarks/startup.py [--times N]

Runs the commands in a folder that `holdfast demo` created, in turn with a Python interpreter that
does nothing. A busy machine slows all of them: compare the ratios to that interpreter.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

NOTHING = ("-c", "pass")
STORE = ("-c", "import sqlalchemy")  # the minimum of every command that reads the database
FORMATS = (
    "html",
    "markdown",
    "json",
    "jsonl",
    "csv",
    "junit",
    "sarif",
    "github",
    "atom",
    "comment",
)
COMMANDS: Sequence[Sequence[str]] = (
    ("--help",),
    ("report", "--help"),
    ("scan", "--format", "jsonl", "wiki"),
    *(("report", "--format", name) for name in FORMATS),
    ("status",),
    ("history", "http://www.lamplight.example/demo"),
    ("fix",),
    ("scan", "wiki"),
    ("init", "--dry-run"),
    ("doctor",),
)


def processor_seconds(arguments: Sequence[str], folder: Path) -> float:
    """Return the processor seconds of one process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the processor time of each command, and its ratio to an interpreter's."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--times", type=int, default=7, help="How often each is run; the least counts."
    )
    times = parser.parse_args().times
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "demo"
        subprocess.run(
            [sys.executable, "-m", "crawler", "demo", "--quiet", "--folder", folder],
            cwd=parent,
            capture_output=True,
            check=True,
        )
        rows = {
            "python -c pass": NOTHING,
            "import sqlalchemy": STORE,
            **{
                " ".join(("holdfast", *command)): ("-m", "crawler", *command)
                for command in COMMANDS
            },
        }
        fastest = dict.fromkeys(rows, float("inf"))
        for _ in range(times):
            for name, arguments in rows.items():
                fastest[name] = min(fastest[name], processor_seconds(arguments, folder))
    for name, seconds in fastest.items():
        print(f"{seconds:6.3f} s {seconds / fastest['python -c pass']:5.1f} x  {name}")


if __name__ == "__main__":
    main()
