"""Measure time, size and memory of every report format, with a calibration loop.

    python -m benchmarks.reporting [--links 10000] [--probes 50] [--formats html,json]
        [--keep FOLDER] [--lang en]

Each format is rendered in its own process, so that its memory is its own. The database is filled
directly: pages in two scripts, histories of three years, archive copies of two in three links.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from benchmarks.generated_report import NOW, fill
from reports.builder import ReportScope, build_report, paused_garbage_collection
from reports.formats import ReportFormat, render
from reports.i18n import Lang
from store.schema.engine import open_database


def measure(url: str, form: ReportFormat, lang: Lang, path: Path) -> tuple[float, int, float]:
    """Return seconds, bytes and peak megabytes."""
    started = time.perf_counter()
    database = open_database(url)
    with (
        database.read() as connection,
        paused_garbage_collection(),
        path.open("w", encoding="utf-8", newline="\n") as file,
    ):
        report = build_report(
            connection,
            ReportScope(
                wiki="notes", now=NOW, lang=lang, source_url="https://git.example/{path}#L{line}"
            ),
        )
        file.writelines(render(report, form))
    database.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return time.perf_counter() - started, path.stat().st_size, memory


def calibrate() -> float:
    """Return the seconds of a loop of ten million additions on this machine."""
    started, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - started


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--links", type=int, default=10_000)
    parser.add_argument("--probes", type=int, default=5, help="raw probes kept of each link")
    parser.add_argument("--formats", default=",".join(ReportFormat))
    parser.add_argument("--lang", type=Lang, default=Lang.EN)
    parser.add_argument(
        "--keep",
        type=Path,
        help="a folder for the reports and the database, used again if it is there",
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder / 'holdfast.db'}"
        if not (folder / "holdfast.db").exists():
            database = open_database(url, durable=False)
            fill(database, arguments.links, arguments.probes)
            database.close()
        print(
            f"{arguments.links:,} links, {arguments.links * arguments.probes:,} probes; "
            f"calibration loop {calibrate():.2f} s"
        )
        for word in arguments.formats.split(","):
            form = ReportFormat(word)
            with get_context("spawn").Pool(1) as pool:
                seconds, size, memory = pool.apply(
                    measure, (url, form, arguments.lang, folder / f"report{form.suffix}")
                )
            print(f"{form:10} {seconds:6.2f} s {size / 1e6:8.2f} MB {memory:6.0f} MB of memory")
    return 0


if __name__ == "__main__":
    sys.exit(main())
