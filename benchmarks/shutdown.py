"""Measure how `check` ends on a large wiki: seconds after its deadline, and its peak memory.

    python -m benchmarks.shutdown [--links 200000] [--hosts 30000] [--deadline 30]

All links are cited and due. The first row is a check that stops at its deadline. For the second,
all links are marked as failing and one probe is made: at its end, Holdfast must look up which of
the failing links have a copy that readers can reach.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks.link_checkers import CheckerTask
from benchmarks.loopback import PORT, environment_of, run_in_own_mounts, served, timed

_LINKS_PER_PAGE = 500
_ALL_FAIL = (
    "UPDATE link SET state = 'suspect', verdict = 'broken', reason = 'timeout', "
    "consecutive_failures = 1"
)


def write_pages(folder: Path, links: int, hosts: int) -> None:
    """Write the pages of a wiki.

    Args:
        folder: The folder to create.
        links: Number of cited links.
        hosts: Number of their hosts.
    """
    folder.mkdir()
    urls = [f"http://site{number % hosts}.bench:{PORT}/page/{number}" for number in range(links)]
    for first in range(0, links, _LINKS_PER_PAGE):
        lines = (f"- <{url}>\n" for url in urls[first : first + _LINKS_PER_PAGE])
        (folder / f"{first}.md").write_text("".join(lines))


def main() -> None:
    """Print the table of both checks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--links", type=int, default=200_000)
    parser.add_argument("--hosts", type=int, default=30_000)
    parser.add_argument("--deadline", type=int, default=30, help="seconds")
    options = parser.parse_args()
    run_in_own_mounts("benchmarks.shutdown")
    print(
        "| links | hosts | | s after the deadline | CPU s | peak MB |\n|---|---|---|---|---|---|",
        flush=True,
    )
    with (
        tempfile.TemporaryDirectory(prefix="ending-") as name,
        served(Path(name), options.hosts, 0.15),
    ):
        folder = Path(name)
        environment = environment_of(folder)
        task = CheckerTask(urls=[], folder=folder, environment=environment, hosts_at_once=128)
        check = [word for word in task.prepare_holdfast() if word != "-q"]
        write_pages(folder / "wiki", options.links, options.hosts)
        config = str(folder / "holdfast.toml")
        scan = [*check[:3], "scan", "-q", "--config", config, str(folder / "wiki")]
        timed(scan, folder, environment)
        size = f"| {options.links:,} | {options.hosts:,} |"

        deadline = ["--deadline", f"{options.deadline}s"]
        cost, _ = timed([*check, *deadline], folder, environment)
        delay = cost.wall - options.deadline
        print(f"{size} deadline | {delay:.1f} | {cost.cpu:.1f} | {cost.memory:.0f} |", flush=True)

        with closing(sqlite3.connect(task.database)) as connection, connection:
            connection.execute(_ALL_FAIL)
        cost, _ = timed([*check, "--limit", "1"], folder, environment)
        print(f"{size} all fail | | {cost.cpu:.1f} | {cost.memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
