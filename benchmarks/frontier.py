"""Measure memory and processor time per probe for growing numbers of due links and hosts.

    python -m benchmarks.frontier [--sizes 20000:3000 200000:30000] [--limit 2000]

Each size is LINKS:HOSTS. Holdfast makes `--limit` probes and stops. The processor time of a run
with one probe is subtracted. Memory is the peak of the whole command.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.link_checkers import CheckerTask
from benchmarks.loopback import PORT, environment_of, run_in_own_mounts, served, timed


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", nargs="+", default=["20000:3000", "200000:30000"])
    parser.add_argument("--limit", type=int, default=2000)
    options = parser.parse_args()
    run_in_own_mounts("benchmarks.frontier")
    print(
        "| links | hosts | probes | peak MB | CPU ms a probe | CPU s of start and end "
        "|\n|---|---|---|---|---|---|"
    )
    for size in options.sizes:
        links, hosts = map(int, size.split(":"))
        with (
            tempfile.TemporaryDirectory(prefix="frontier-") as name,
            served(Path(name), hosts, 0.15),
        ):
            task = CheckerTask(
                urls=[
                    f"http://site{number % hosts}.bench:{PORT}/page/{number}"
                    for number in range(links)
                ],
                folder=Path(name),
                environment=environment_of(Path(name)),
                hosts_at_once=128,
            )
            command = task.prepare_holdfast("--limit")
            one_probe, _ = timed([*command, "1"], task.folder, task.environment)
            whole, _ = timed([*command, str(options.limit)], task.folder, task.environment)
        per_probe = (whole.cpu - one_probe.cpu) * 1000 / (options.limit - 1)
        print(
            (
                f"| {links:,} | {hosts:,} | {options.limit:,} | {whole.memory:.0f} | "
                f"{per_probe:.2f} | {one_probe.cpu:.1f} |"
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
