"""Measure the time of many lookups and captures as a multiple of what the rate limits require.

    python -m benchmarks.archive_requests --links 1000

An archive on loopback has copies of half of the links; the other half is captured. The rate limits
are those of the Wayback Machine, `--scale` times as fast; with a large scale the result depends
more on this machine. Prints the time and the minimum, the number of requests of each kind, and the
largest number of them in any ten scaled minutes. Exits with 1 if a limit was exceeded.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import update

from crawler.config import load_config
from crawler.demo.archive import FakeWayback
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.web import serve
from crawler.items import CaptureItem, LookupItem
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from crawler.preservation.archive_step import run_archive_step
from crawler.preservation.capture_queue import store_capture
from crawler.preservation.lookups import store_lookup
from crawler.scan.page_recorder import PageRecorder
from crawler.scan.reader import read_page
from store.schema.models import LinkRow
from store.vocabulary import State

LIMITS = {"cdx": 30, "save": 7}  # requests a minute that the archive allows
CONFIGURED_RATES = {"cdx": 24, "save": 6.5}  # requests a minute that Holdfast may send


def main() -> None:
    """Print the figures; exit with 1 if a limit was exceeded."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--links", type=int, default=1000)
    parser.add_argument(
        "--scale", type=int, default=30, help="how many times the limits are faster"
    )
    options = parser.parse_args()
    links, scale = options.links, options.scale
    with tempfile.TemporaryDirectory(prefix="archiving-") as folder:
        archive, seconds, cpu = asyncio.run(run_archive_requests(Path(folder), links, scale))
    counts = {kind: len(archive.requests_of(kind)) for kind in CONFIGURED_RATES}
    minimum = max(
        60 / scale * (count - 1) / CONFIGURED_RATES[kind] for kind, count in counts.items()
    )
    print(f"{links} links, limits {scale} times as fast")
    print(f"minimum  {minimum:6.1f} s   the slower of lookups and captures, each at its limit")
    print(
        f"took     {seconds:6.1f} s   {seconds / minimum:.3f} x the minimum; processor "
        f"{cpu:.1f} s, the archive's included"
    )
    is_exceeded = False
    for kind, count in counts.items():
        peak = archive.peak_requests(kind, 60 / scale * 10)
        is_exceeded |= peak > LIMITS[kind] * 10
        print(f"{kind:8} {count:6}     most in ten minutes: {peak} of {LIMITS[kind] * 10}")
    if is_exceeded:
        sys.exit("a limit was exceeded")


async def run_archive_requests(
    folder: Path, links: int, scale: int
) -> tuple[FakeWayback, float, float]:
    """Look up all links and capture half of them.

    Returns:
        The archive, the seconds by wall clock, and the seconds of processor time.
    """
    urls = [f"http://host{number % 50}.example/{number}" for number in range(links)]
    archive = FakeWayback(
        [StoredSnapshot(original=url, timestamp="20200101000000") for url in urls[::2]],
        fetch=_fetch,
    )
    archive.captures.keys, archive.captures.status_requests_needed = {"AKEY:SSECRET"}, 0
    async with serve(archive.app) as address:
        loaded = load_config(
            start=folder, environment={}, overrides=_settings(f"http://{address}", scale)
        )
        with open_job(loaded, "benchmark") as job:
            _cite(job, urls)

            async def emit(item: object) -> None:
                if isinstance(item, LookupItem):
                    store_lookup(job, item)
                elif isinstance(item, CaptureItem):
                    store_capture(job, item)

            wall_start, cpu_start = time.monotonic(), time.process_time()
            await run_archive_step(job, emit=emit, limit=links)
            return archive, time.monotonic() - wall_start, time.process_time() - cpu_start


def _settings(endpoint: str, scale: int) -> dict[str, Any]:
    wayback = {
        "endpoint": endpoint,
        "availability_endpoint": f"{endpoint}/wayback/available",
        "key": "AKEY",
        "secret": "SSECRET",
        "lookups_per_minute": CONFIGURED_RATES["cdx"] * scale,
        "captures_per_minute": CONFIGURED_RATES["save"] * scale,
        "captures_per_day": 100_000,
        "poll_wait": 0.05,
    }
    return {f"archives.wayback.{name}": value for name, value in wayback.items()}


def _cite(job: Job, urls: Sequence[str]) -> None:
    """Store a page that cites URLs, and mark all links as alive."""
    recorder = PageRecorder(job, job.loaded)
    recorder.add(read_page("\n\n".join(f"<{url}>" for url in urls).encode(), "page.md"))
    recorder.flush()
    with job.database.write() as connection:
        connection.execute(update(LinkRow).values(state=State.ALIVE))


async def _fetch(url: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "text/html"}, f"<title>{url}</title><p>A page.".encode()


if __name__ == "__main__":
    main()
