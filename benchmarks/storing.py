"""Measure a large database: queries of reports and spiders, writing probes, size.

    python -m benchmarks.storing [--links 100000] [--probes-each 50] [--text 2000]
        [--db URL | --postgresql] [--keep FILE]

Creates a history of that many links (one run a week, one probe a link and run, one GET in four),
runs each query some times, and writes probes as a job does: one batch a transaction, with requests,
evidence, span and tracked state. Next to every figure is the speed of a plain Python loop at that
time: compare figures of one machine, and consider the loop. `--postgresql` starts a temporary
server.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from sqlalchemy import Connection, func, insert, select

from crawler.liveness import advance
from store.maintenance.integrity import check_database
from store.maintenance.inventory import read_inventory
from store.queries.link_history import probes_of, spans_of
from store.queries.status import store_status
from store.schema.dialects import chunks
from store.schema.engine import Database, open_database
from store.schema.json_codec import encode
from store.schema.models import CitationRow, HostRow, LinkRow, PageRow, ProbeRow, RunRow, SpanRow
from store.vocabulary import (
    HistoryPolicy,
    Judgement,
    PageEvidence,
    Probe,
    ProbeRequest,
    Reason,
    Role,
    State,
    TrackedState,
    Verdict,
)
from store.work.archive_context import Circumstances
from store.work.frontier import DueFilter, due_hosts, due_links
from store.work.history import ProbeResult, record_probes
from tests.postgresql import binaries, running_cluster

START = datetime(2025, 1, 6, 3, tzinfo=UTC)
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
BATCH = 200
SAYS = {
    "ok": (Verdict.ALIVE, Reason.OK),
    "gone": (Verdict.BROKEN, Reason.NOT_FOUND),
    "wall": (Verdict.BLOCKED, Reason.FORBIDDEN),
}
SAID = {
    word: Judgement(verdict=verdict, reason=reason, status_code=200)
    for word, (verdict, reason) in SAYS.items()
}
FILLER = (
    "一座石桥的记述，作者在 2016 年看过原文。 "
    "The page as its author read it, in words of two languages. "
)


class Generator:
    """Write a history directly into the tables; the product's writer is measured afterwards."""

    def __init__(
        self, database: Database, *, links: int, probes_each: int, text: int, seed: int = 1
    ) -> None:
        self._database = database
        self._links = links
        self._runs = probes_each
        self._random = Random(seed)
        self._evidence = encode(
            PageEvidence(
                length=48_000,
                title="石桥论坛",
                text=(FILLER * 40)[:text],
                simhash=2**63,
            )
        )

    def generate(self) -> None:
        hosts = max(1, self._links // 25)
        self._insert(RunRow, ({"id": n + 1, **self._run(n)} for n in range(self._runs)))
        self._insert(HostRow, ({"id": n + 1, "name": f"host-{n}.example"} for n in range(hosts)))
        stories = [self._story() for _ in range(self._links)]
        self._insert(LinkRow, (self._link(n, hosts, story) for n, story in enumerate(stories)))
        pages = max(1, self._links // 10)
        self._insert(PageRow, ({"id": n + 1, **self._page(n)} for n in range(pages)))
        self._insert(CitationRow, (self._citation(n, n % pages) for n in range(self._links)))
        self._insert(
            SpanRow, (span for n, story in enumerate(stories) for span in self._spans(n, story))
        )
        self._insert(
            ProbeRow,
            (
                self._probe(n, run, story[run])
                for run in range(self._runs)
                for n, story in enumerate(stories)
            ),
        )

    def _insert(self, model: Any, rows: Iterator[dict[str, Any]]) -> None:
        while some := list(islice(rows, 5_000)):
            with self._database.write() as connection:
                connection.execute(insert(model), some)

    def _story(self) -> list[str]:
        """Return the verdict of each of a link's probes: mostly the same as the one before."""
        said, word = [], "ok" if self._random.random() < 0.9 else "wall"
        for _ in range(self._runs):
            if self._random.random() < {"ok": 0.01, "gone": 0.1, "wall": 0.05}[word]:
                word = self._random.choice(("ok", "gone", "wall"))
            said.append(word)
        return said

    def _run(self, number: int) -> dict[str, Any]:
        at = START + number * WEEK
        totals = {"link:alive": self._links * 9 // 10, "link:broken": self._links // 10}
        return {
            "command": "run",
            "started_at": at,
            "finished_at": at + timedelta(hours=5),
            "outcome": "finished",
            "owner": "",
            "version": "0",
            "totals": totals,
        }

    def _link(self, number: int, hosts: int, story: list[str]) -> dict[str, Any]:
        path = f"2016/{number}/an-address-of-usual-length.html?id={number}"
        url = f"https://host-{number % hosts}.example/{path}"
        at = START + (self._runs - 1) * WEEK + number * SECOND / 10
        same = next((n for n, word in enumerate(reversed(story)) if word != story[-1]), len(story))
        verdict, reason = SAYS[story[-1]]
        state = {
            "ok": State.ALIVE,
            "wall": State.BLOCKED,
            "gone": State.BROKEN if same > 2 else State.SUSPECT,
        }[story[-1]]
        since = at - (same - 1) * WEEK
        failing = state in {State.BROKEN, State.SUSPECT}
        return {
            "id": number + 1,
            "key": url,
            "url": url,
            "role": "link",
            "host_id": number % hosts + 1,
            "first_run_id": 1,
            "state": state,
            "verdict": verdict,
            "reason": reason,
            "state_since": since,
            "checked_at": at,
            "probes": len(story),
            "first_failed_at": since if failing else None,
            "consecutive_failures": same if failing else 0,
            "last_alive_at": at if state is State.ALIVE else None,
            "changed_run_id": self._runs - same + 1,
            "next_probe_at": at + timedelta(days=7 + self._random.random()),
            "status_code": 200,
            "final_url": url,
        }

    def _page(self, number: int) -> dict[str, Any]:
        path = f"docs/{number % 100}/第{number}页.md"
        return {
            "path": path,
            "sha256": "0" * 64,
            "encoding": "utf-8",
            "title": path,
            "anchors": [],
            "skipped": {},
            "first_run_id": 1,
            "last_run_id": 1,
        }

    def _citation(self, number: int, page: int) -> dict[str, Any]:
        return {
            "page_id": page + 1,
            "link_id": number + 1,
            "line": number % 400 + 1,
            "column": 3,
            "start": 0,
            "end": 60,
            "url": f"https://x/{number}",
            "text": "一个来源",
            "kind": "footnote",
            "section": ["参考"],
            "quoted": False,
            "block": 0,
            "salvaged": False,
            "first_run_id": 1,
        }

    def _spans(self, number: int, story: list[str]) -> Iterator[dict[str, Any]]:
        first = 0
        for place in range(1, len(story) + 1):
            if place < len(story) and story[place] == story[first]:
                continue
            verdict, reason = SAYS[story[first]]
            moments = [START + run * WEEK + number * SECOND / 10 for run in (first, place - 1)]
            yield {
                "link_id": number + 1,
                "verdict": verdict,
                "reason": reason,
                "first_at": moments[0],
                "last_at": moments[1],
                "probes": place - first,
                "first_run_id": first + 1,
                "last_run_id": place,
            }
            first = place

    def _probe(self, number: int, run: int, word: str) -> dict[str, Any]:
        at = START + run * WEEK + number * SECOND / 10
        verdict, reason = SAYS[word]
        get = (number + run) % 4 == 0 or word != "ok"
        request = request_of(
            f"https://host-{number}.example/2016/{number}/an-address-of-usual-length.html",
            at,
            word,
            get=get,
        )
        return {
            "link_id": number + 1,
            "run_id": run + 1,
            "started_at": at,
            "finished_at": at,
            "verdict": verdict,
            "reason": reason,
            "detail": "",
            "requests": [encode(request)],
            "evidence": self._evidence if get else None,
        }


def request_of(url: str, at: datetime, word: str, *, get: bool) -> ProbeRequest:
    status = {"ok": 200, "gone": 404, "wall": 403}[word]
    headers = {
        "content-type": "text/html; charset=utf-8",
        "server": "nginx",
        "last-modified": "Mon, 06 Jan 2025 03:00:00 GMT",
    }
    return ProbeRequest(
        method="GET" if get else "HEAD",
        url=url,
        at=at,
        elapsed_ms=180,
        status=status,
        headers=headers,
        peer="93.184.216.34",
    )


def questions(links: int, now: datetime, last_run: int) -> dict[str, Callable[[Connection], Any]]:
    """Return the queries of reports and spiders by name."""
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
    month = func.count(SpanRow.id).label("spans")
    year = (
        select(SpanRow.verdict, SpanRow.first_run_id, month)
        .where(SpanRow.first_at > now - timedelta(days=365))
        .group_by(SpanRow.verdict, SpanRow.first_run_id)
    )
    return {
        "broken now": lambda c: c.execute(failing.where(LinkRow.state == State.BROKEN)).all(),
        "broke since the last run": lambda c: c.execute(
            failing.where(
                LinkRow.state.in_((State.BROKEN, State.SUSPECT)),
                LinkRow.changed_run_id > last_run - 1,
            )
        ).all(),
        "due: hosts": lambda c: due_hosts(c, DueFilter(now=now)),
        "due: one host's links": lambda c: due_links(c, 7, DueFilter(now=now)),
        "one link's history": lambda c: (spans_of(c, links // 2), probes_of(c, links // 2)),
        "one page's state": lambda c: c.execute(
            of_page.where(
                PageRow.wiki == "",
                PageRow.path == "docs/5/第5页.md",
                CitationRow.gone_run_id.is_(None),
            )
        ).all(),
        "status": lambda c: store_status(c, now=now),
        "a year's trend: run totals": lambda c: c.execute(
            select(RunRow.started_at, RunRow.totals)
        ).all(),
        "a year's trend: spans": lambda c: c.execute(year).all(),
    }


def decide(
    standing: TrackedState, judgement: Judgement, at: datetime, circumstances: Circumstances
) -> TrackedState:
    return advance(
        standing,
        judgement,
        at,
        HistoryPolicy(),
        random=0.5,
        archived_since_failure=circumstances.archived_since_failure,
    )


def write_probes(
    database: Database, links: int, text: int, now: datetime, probes: int = 10_000
) -> tuple[float, float]:
    """Write probes in batches; return the number a second, and a second of processor time."""
    random = Random(2)
    page = PageEvidence(
        length=48_000,
        title="石桥论坛",
        text=(FILLER * 40)[:text],
        simhash=2**63,
    )
    results = []
    for number in range(probes):
        at, word = now + number * SECOND, random.choice(("ok", "ok", "ok", "gone"))
        request = request_of(
            f"https://host-{number}.example/2016/{number}/an-address-of-usual-length.html",
            at,
            word,
            get=True,
        )
        request = replace(request, method="GET")
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
            ProbeResult(link_id=link_id, run_id=1, lease=None, probe=probe, judgement=SAID[word])
        )
    begun, worked = time.perf_counter(), time.process_time()
    for batch in chunks(results, BATCH):
        with database.write() as connection:
            record_probes(connection, batch, decide)
    return probes / (time.perf_counter() - begun), probes / (time.process_time() - worked)


def calibrate() -> float:
    """Return the iterations of a plain loop, in millions a second."""
    begun, total = time.perf_counter(), 0
    for number in range(3_000_000):
        total += number & 7
    return 3 / (time.perf_counter() - begun)


def timed(
    database: Database, ask: Callable[[Connection], Any], times: int = 7
) -> tuple[float, int]:
    """Return the median in milliseconds, and the number of rows."""
    took, answer = [], None
    for _ in range(times):
        begun = time.perf_counter()
        with database.read() as connection:
            answer = ask(connection)
        took.append((time.perf_counter() - begun) * 1_000)
    return median(took), len(answer) if isinstance(answer, (list, tuple)) else 1


def measure(database: Database, *, links: int, probes_each: int, text: int) -> None:
    begun = time.perf_counter()
    if not read_inventory(database).rows["link"]:
        Generator(database, links=links, probes_each=probes_each, text=text).generate()
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
    for name, ask in questions(links, now, inventory.rows["run"]).items():
        loop = calibrate()
        took, rows = timed(database, ask)
        print(f"{name:28} {took:9.1f} ms {rows:8,} rows   (loop {loop:5.1f} M/s)")
    for turn in range(3):
        loop = calibrate()
        rate, busy = write_probes(database, links, text, now + turn * WEEK)
        print(
            f"{'whole probes written':28} {rate:9,.0f} a second, {busy:,.0f} a second of "
            f"processor time   (loop {loop:5.1f} M/s)"
        )
    begun = time.perf_counter()
    found = len(list(check_database(database)))
    print(f"{'check':28} {time.perf_counter() - begun:9.1f} s  {found:8,} found")


@contextmanager
def database_of(arguments: argparse.Namespace) -> Iterator[Database]:
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
