"""Write a history, run by run, through the store's own functions: data for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, select

from crawler.archives import pair
from crawler.archives.link_identity import identify
from crawler.liveness import advance, make_judgement
from crawler.pages import extract
from store.schema.engine import Database
from store.schema.models import LinkRow
from store.vocabulary import (
    HistoryPolicy,
    Judgement,
    Page,
    Probe,
    ProbeRequest,
    Reason,
    TrackedState,
)
from store.work.archives.archive_context import Circumstances
from store.work.history import ProbeResult, record_results
from store.work.leases import Lease
from store.work.links import LinkRegistry
from store.work.pages import ScanTotals, record_pages
from store.work.runs import RunOutcome, begin_run, finish_run

START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class StoredHistory:
    """A history written through the store's functions. A run ends an hour after its start."""

    database: Database
    wiki: str = ""

    def run(
        self,
        at: datetime,
        *,
        pages: Mapping[str, str] | None = None,
        answers: Mapping[str, Reason | Judgement] | None = None,
        command: str = "run",
        outcome: RunOutcome = RunOutcome.FINISHED,
        wikis: Sequence[str] | None = None,
    ) -> int:
        """Scan the pages (path -> Markdown), probe the URLs, end the run, and return its id."""
        run_id = self.begin(at, command=command, wikis=wikis)
        if pages:
            self.scan(run_id, at, pages)
        if answers:
            self.probe(run_id, at, answers)
        self.end(run_id, at + HOUR, outcome)
        return run_id

    def begin(
        self,
        at: datetime,
        *,
        command: str = "run",
        owner: str = "test:1",
        wikis: Sequence[str] | None = None,
    ) -> int:
        with self.database.write() as connection:
            return begin_run(
                connection, command=command, at=at, owner=owner, version="0", wikis=wikis
            )

    def end(self, run_id: int, at: datetime, outcome: RunOutcome = RunOutcome.FINISHED) -> None:
        with self.database.write() as connection:
            finish_run(connection, run_id, at=at, outcome=outcome, totals={})

    def scan(self, run_id: int, at: datetime, pages: Mapping[str, str]) -> ScanTotals:
        return self.store(run_id, at, [read(path, text) for path, text in pages.items()])

    def store(self, run_id: int, at: datetime, pages: Sequence[Page]) -> ScanTotals:
        with self.database.write() as connection:
            return record_pages(
                connection,
                self.link_registry(connection, run_id, at),
                pages,
                wiki=self.wiki,
                run_id=run_id,
            )

    def link_registry(self, connection: Connection, run_id: int, at: datetime) -> LinkRegistry:
        return LinkRegistry(connection, run_id=run_id, at=at, identify=identify)

    def probe(
        self,
        run_id: int,
        at: datetime,
        answers: Mapping[str, Reason | Judgement],
        *,
        lease: Lease | None = None,
    ) -> None:
        with self.database.write() as connection:
            results = [
                self.result(connection, run_id, at, url, answer, lease=lease)
                for url, answer in answers.items()
            ]
            record_results(connection, results, decide)

    def result(
        self,
        connection: Connection,
        run_id: int,
        at: datetime,
        url: str,
        answer: Reason | Judgement,
        *,
        lease: Lease | None = None,
    ) -> ProbeResult:
        """Make a probe of a stored link that ended at `at` and has this reason or judgement."""
        row = connection.execute(
            select(LinkRow.id, LinkRow.role).where(LinkRow.key == identify(url).key)
        ).one()
        judgement = make_judgement(answer) if isinstance(answer, Reason) else answer
        request = ProbeRequest(
            method="GET", url=url, at=at, elapsed_ms=20, status=judgement.status_code or 200
        )
        requests = (
            (request, replace(request, url=judgement.target, hop=1))
            if judgement.target
            else (request,)
        )
        probe = Probe(url=url, role=row.role, started_at=at, finished_at=at, requests=requests)
        return ProbeResult(
            link_id=row.id, run_id=run_id, lease=lease, probe=probe, judgement=judgement
        )

    def link_id(self, url: str) -> int:
        with self.database.read() as connection:
            return connection.execute(
                select(LinkRow.id).where(LinkRow.key == identify(url).key)
            ).scalar_one()


def read(path: str, text: str) -> Page:
    """Read a page as a scan does."""
    page = extract(text.encode(), path=path)
    citations, warnings = pair(page.citations)
    return replace(
        page,
        sha256=sha256(text.encode()).hexdigest(),
        citations=citations,
        warnings=(*page.warnings, *warnings),
    )


def decide(
    before: TrackedState, judgement: Judgement, at: datetime, circumstances: Circumstances
) -> TrackedState:
    """Return the next state by the default policy, without its random part."""
    return advance(
        before,
        judgement,
        at,
        HistoryPolicy(),
        random=0,
        archived_since_failure=circumstances.archived_since_failure,
        original_alive=circumstances.original_alive is not False,
    )
