"""Measure time, size and memory of every report format, with a calibration loop.

    python -m benchmarks.report_formats [--links 10000] [--probes 5] [--formats html,json]
        [--keep FOLDER] [--lang en]

Each format is rendered in its own process, so that its peak memory can be measured. The database
is filled without a run: pages in two scripts, histories of one year, archive copies of two in
three links.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from benchmarks.calibration import loop_speed
from benchmarks.generated_report import fill
from benchmarks.generated_rows import NOW
from reports.builder import build_report, paused_garbage_collection
from reports.formats import ReportFormat, render
from reports.i18n import Lang
from reports.report_scope import ReportScope
from store.schema.engine import open_database


def measure(
    db_url: str, report_format: ReportFormat, lang: Lang, path: Path
) -> tuple[float, int, float]:
    """Write a report to a file.

    Returns:
        The seconds, the size of the file in bytes, and the peak memory in MiB.
    """
    started = time.perf_counter()
    database = open_database(db_url)
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
        file.writelines(render(report, report_format))
    database.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return time.perf_counter() - started, path.stat().st_size, memory


def main() -> int:
    """Print a line for each format."""
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
        db_url = f"sqlite:///{folder / 'holdfast.db'}"
        if not (folder / "holdfast.db").exists():
            database = open_database(db_url, durable=False)
            fill(database, arguments.links, arguments.probes)
            database.close()
        print(
            f"{arguments.links:,} links, {arguments.links * arguments.probes:,} probes; "
            f"calibration loop {loop_speed():.1f} M/s"
        )
        for word in arguments.formats.split(","):
            report_format = ReportFormat(word)
            with get_context("spawn").Pool(1) as pool:
                seconds, size, memory = pool.apply(
                    measure,
                    (
                        db_url,
                        report_format,
                        arguments.lang,
                        folder / f"report{report_format.suffix}",
                    ),
                )
            figures = f"{seconds:6.2f} s {size / 1e6:8.2f} MB {memory:6.0f} MB of memory"
            print(f"{report_format:10} {figures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
