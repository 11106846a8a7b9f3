"""Measure a large database: its size, the queries of reports and spiders, and writing probes.

    python -m benchmarks.database [--links 100000] [--probes-each 50] [--text 2000]
        [--db URL | --postgresql] [--keep FILE]

Generates a history of `--links` links: one run a week, in which each link is probed once, every
fourth time by GET. Runs each query seven times, and writes probes as a job does: one transaction
for a batch, with requests, evidence, span and tracked state. Each figure is printed with the speed
of a plain Python loop at that time, which shows how busy the machine was. `--postgresql` starts a
temporary server.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from sqlalchemy import Connection, Select, func, select

from benchmarks.calibration import loop_speed
from benchmarks.generated_history import (
    FILLER,
    JUDGEMENTS,
    SECOND,
    START,
    WEEK,
    HistoryGenerator,
    request_of,
)
from crawler.liveness import advance
from store.maintenance.integrity import check_database
from store.maintenance.inventory import read_inventory
from store.queries.link_history import probes_of, spans_of
from store.queries.status import store_status
from store.schema.dialects import chunks
from store.schema.engine import Database, open_database
from store.schema.models import CitationRow, LinkRow, PageRow, RunRow, SpanRow
from store.vocabulary import (
    HistoryPolicy,
    Judgement,
    PageEvidence,
    Probe,
    Role,
    State,
    TrackedState,
)
from store.work.archives.archive_context import Circumstances
from store.work.frontier import DueFilter, due_hosts, due_links
from store.work.history import ProbeResult, record_results
from tests.postgresql import binaries, running_cluster

BATCH = 200


def queries(links: int, now: datetime, last_run: int) -> dict[str, Callable[[Connection], Any]]:
    """Return the queries of reports and spiders by name.

    Args:
        links: The number of links in the store.
        now: The present time.
        last_run: The id of the last run.
    """
    return {
        **{
            name: partial(_fetch_all, statement)
            for name, statement in _report_statements(now, last_run).items()
        },
        "due: hosts": lambda connection: due_hosts(connection, DueFilter(now=now)),
        "due: one host's links": lambda connection: due_links(connection, 7, DueFilter(now=now)),
        "one link's history": lambda connection: (
            spans_of(connection, links // 2),
            probes_of(connection, links // 2),
        ),
        "status": lambda connection: store_status(connection, now=now),
    }


def _fetch_all(statement: Select[Any], connection: Connection) -> Any:
    return connection.execute(statement).all()


def _report_statements(now: datetime, last_run: int) -> dict[str, Select[Any]]:
    """Return the statements of reports by name."""
    failing = select(
        LinkRow.id,
        LinkRow.url,
        LinkRow.state,
        LinkRow.reason,
        LinkRow.state_since,
        LinkRow.first_failed_at,
        LinkRow.checked_at,
    )
    of_page = failing.join(CitationRow, CitationRow.link_id == LinkRow.id).join(
        PageRow, PageRow.id == CitationRow.page_id
    )
    spans_of_year = (
        select(SpanRow.verdict, SpanRow.first_run_id, func.count(SpanRow.id).label("spans"))
        .where(SpanRow.first_at > now - timedelta(days=365))
        .group_by(SpanRow.verdict, SpanRow.first_run_id)
    )
    return {
        "broken now": failing.where(LinkRow.state == State.BROKEN),
        "broke since the last run": failing.where(
            LinkRow.state.in_((State.BROKEN, State.SUSPECT)), LinkRow.changed_run_id > last_run - 1
        ),
        "one page's state": of_page.where(
            PageRow.wiki == "",
            PageRow.path == "docs/5/第5页.md",
            CitationRow.gone_run_id.is_(None),
        ),
        "a year's trend: run totals": select(RunRow.started_at, RunRow.totals),
        "a year's trend: spans": spans_of_year,
    }


def decide(
    tracked: TrackedState, judgement: Judgement, at: datetime, circumstances: Circumstances
) -> TrackedState:
    """Return the tracked state after a judgement, as the product decides it."""
    return advance(
        tracked,
        judgement,
        at,
        HistoryPolicy(),
        random=0.5,
        archived_since_failure=circumstances.archived_since_failure,
    )


def write_probes(
    database: Database, links: int, text: int, now: datetime, probes: int = 10_000
) -> tuple[float, float]:
    """Write probes in batches.

    Args:
        database: The database.
        links: Number of its links.
        text: Characters of visible text in the evidence of a probe.
        now: When the first probe was made.
        probes: Number of probes to write.

    Returns:
        The number of probes written per second, and per second of processor time.
    """
    random = Random(2)
    page = PageEvidence(
        length=48_000,
        title="石桥论坛",
        text=(FILLER * 40)[:text],
        simhash=2**63,
    )
    results = []
    for number in range(probes):
        at, result = now + number * SECOND, random.choice(("ok", "ok", "ok", "gone"))
        request = request_of(
            f"https://host-{number}.example/2016/{number}/an-address-of-usual-length.html",
            at,
            result,
            get=True,
        )
        probe = Probe(
            url=request.url,
            role=Role.LINK,
            started_at=at,
            finished_at=at,
            requests=(request,),
            evidence=page,
        )
        link_id = random.randrange(links) + 1
        results.append(
            ProbeResult(
                link_id=link_id, run_id=1, lease=None, probe=probe, judgement=JUDGEMENTS[result]
            )
        )
    wall_start, cpu_start = time.perf_counter(), time.process_time()
    for batch in chunks(results, BATCH):
        with database.write() as connection:
            record_results(connection, batch, decide)
    wall, cpu = time.perf_counter() - wall_start, time.process_time() - cpu_start
    return probes / wall, probes / cpu


def time_query(
    database: Database, query: Callable[[Connection], Any], times: int = 7
) -> tuple[float, int]:
    """Run a query several times; return the median in milliseconds, and the number of rows."""
    milliseconds, result = [], None
    for _ in range(times):
        start = time.perf_counter()
        with database.read() as connection:
            result = query(connection)
        milliseconds.append((time.perf_counter() - start) * 1_000)
    return median(milliseconds), len(result) if isinstance(result, (list, tuple)) else 1


def measure(database: Database, *, links: int, probes_each: int, text: int) -> None:
    """Generate the history if the database is empty, then measure and print the figures."""
    begun = time.perf_counter()
    if not read_inventory(database).rows["link"]:
        HistoryGenerator(database, links=links, probes_each=probes_each, text=text).generate()
        print(f"generated in {time.perf_counter() - begun:.0f} s")
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    inventory = read_inventory(database)
    links, probes = inventory.rows["link"], inventory.rows["probe"]
    now = START + inventory.rows["run"] * WEEK + timedelta(hours=6)
    print(
        f"{database.engine.dialect.name}: {links:,} links, {probes:,} probes, "
        f"{inventory.rows['span']:,} spans"
    )
    print(
        f"{inventory.size_bytes / 1e6:,.0f} MB, {inventory.size_bytes / max(probes, 1):,.0f} "
        "bytes a probe with all that belongs to it"
    )
    for name, query in queries(links, now, inventory.rows["run"]).items():
        loop = loop_speed()
        milliseconds, rows = time_query(database, query)
        print(f"{name:28} {milliseconds:9.1f} ms {rows:8,} rows   (loop {loop:5.1f} M/s)")
    for week in range(3):
        loop = loop_speed()
        rate, cpu_rate = write_probes(database, links, text, now + week * WEEK)
        print(
            f"{'whole probes written':28} {rate:9,.0f} a second, {cpu_rate:,.0f} a second of "
            f"processor time   (loop {loop:5.1f} M/s)"
        )
    begun = time.perf_counter()
    found = len(list(check_database(database)))
    print(f"{'check':28} {time.perf_counter() - begun:9.1f} s  {found:8,} found")


@contextmanager
def database_of(arguments: argparse.Namespace) -> Iterator[Database]:
    """Open the database that the options name; a temporary one by default."""
    if arguments.postgresql:
        programs = binaries()
        if programs is None:
            sys.exit("there is no PostgreSQL server: .ci/system-packages installs one on Debian")
        with running_cluster(programs, fsync=True) as cluster:
            yield open_database(cluster.new_database())
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield open_database(
                arguments.db or f"sqlite:///{arguments.keep or Path(folder) / 'store.db'}"
            )


def main() -> None:
    """Create the database, run the queries, write probes, print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--links", type=int, default=100_000)
    parser.add_argument("--probes-each", type=int, default=50)
    parser.add_argument(
        "--text", type=int, default=2_000, help="characters of visible text kept of each page read"
    )
    parser.add_argument("--db", help="an empty database of yours")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--keep", type=Path, help="make the SQLite file here and leave it")
    arguments = parser.parse_args()
    with database_of(arguments) as database:
        try:
            measure(
                database,
                links=arguments.links,
                probes_each=arguments.probes_each,
                text=arguments.text,
            )
        finally:
            database.close()


if __name__ == "__main__":
    main()
