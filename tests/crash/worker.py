"""Probe and capture what is due, and print what is written, until the process is killed.

python -m tests.crash.worker URL NOW [--once]

Each line of standard output is an acknowledgement: `probe LINK MICROSECONDS`, or `capture ID STATUS`. NOW is its clock, in seconds since
1970. Without `--once` it lives through one month after the other until somebody ends it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import Connection, select

from crawler.archives.link_identity import identify
from crawler.liveness import judge
from store.schema.engine import Database, open_database
from store.schema.models import CaptureRow
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    PageEvidence,
    Probe,
    ProbeRequest,
    Role,
    Snapshot,
)
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import (
    CaptureTask,
    due_captures,
    mark_requested,
    queue_captures,
)
from store.work.frontier import DueFilter, DueHost, due_hosts, due_links
from store.work.history import ProbeResult, Result
from store.work.leases import Lease
from store.work.links import LinkRegistry
from store.work.runs import begin_run
from store.work.writer import HistoryWriter
from tests.integration.store.leasing import acquire_lease, release_lease
from tests.integration.store.stored_history import decide

_LEASE = timedelta(seconds=60)
_AT_ONCE = 7  # results between two flushes: often, so that kills hit them
_MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AcknowledgingWriter(HistoryWriter):
    """Print the probes of each batch once it is committed."""

    def _commit(self, batch: Sequence[Result]) -> None:
        super()._commit(batch)
        for result in batch:
            if isinstance(result, ProbeResult):
                say(f"probe {result.link_id} {(result.probe.finished_at - EPOCH) // _MICROSECOND}")


class Worker:
    """The worker process (see the module)."""

    def __init__(self, database: Database, now: datetime) -> None:
        self._database = database
        self._now = now
        self._ticks = count()
        self._writer = AcknowledgingWriter(database, decide)
        with database.write() as connection:
            self._run_id = begin_run(
                connection, command="check", at=now, owner="crash", version="0"
            )

    async def work(self) -> int:
        """Probe and capture all that is due now, and return the number of probes."""
        probes = 0
        for host in self._due():
            with self._database.write() as connection:
                lease = acquire_lease(
                    connection, host.id, owner="crash", now=self._now, length=_LEASE
                )
            if lease is None:
                continue
            probes += await self._probe(host, lease)
            with self._database.write() as connection:
                release_lease(connection, lease, next_allowed_at=self._now)
            self._capture(host)
        await self._writer.close()
        return probes

    def month_later(self) -> None:
        self._now += timedelta(days=30)

    def _due(self) -> Sequence[DueHost]:
        with self._database.read() as connection:
            return due_hosts(connection, DueFilter(now=self._now))

    async def _probe(self, host: DueHost, lease: Lease) -> int:
        with self._database.read() as connection:
            links = due_links(connection, host.id, DueFilter(now=self._now), limit=100)
        results: list[ProbeResult] = []
        for link in links:
            at = self._now + next(self._ticks) * _MICROSECOND
            request = ProbeRequest(
                method="GET",
                url=link.url,
                at=at,
                elapsed_ms=9,
                status=404 if link.id % 3 == 0 else 200,
            )
            page = PageEvidence(length=2_000, title="石桥", text="一座石桥的记述。" * 100)
            probe = Probe(
                url=link.url,
                role=link.role,
                started_at=at,
                finished_at=at,
                requests=(request,),
                evidence=page,
            )
            results.append(
                ProbeResult(
                    link_id=link.id,
                    run_id=self._run_id,
                    lease=lease,
                    probe=probe,
                    judgement=judge(probe),
                )
            )
            await self._writer.put(results[-1])
            if len(results) % _AT_ONCE == 0 or link is links[-1]:
                await self._writer.flush()
        return len(results)

    def _capture(self, host: DueHost) -> None:
        """Take one capture of the host's links from the decision to the mirror."""
        with self._database.write() as connection:
            links = due_links(
                connection, host.id, DueFilter(now=self._now, ignore_schedule=True), limit=3
            )
            ids = [link.id for link in links if link.role is Role.LINK]
            queue_captures(connection, ids, service="wayback", run_id=self._run_id, at=self._now)
        with self._database.read() as connection:
            tasks = due_captures(connection, "wayback", now=self._now, limit=3)
        for task in tasks:
            with self._database.write() as connection:
                mark_requested(connection, task.capture_id, at=self._now, check_at=self._now)
            say(f"capture {task.capture_id} {CaptureStatus.REQUESTED}")
            with self._database.write() as connection:
                self._record(connection, task)
            say(f"capture {task.capture_id} {CaptureStatus.CAPTURED}")

    def _record(self, connection: Connection, task: CaptureTask) -> None:
        stamp = f"{self._now:%Y%m%d%H%M%S}"
        url = f"https://web.archive.org/web/{stamp}/{task.url}"
        snapshot = Snapshot(
            service="wayback", url=url, original=task.url, captured_at=self._now, status=200
        )
        registry = LinkRegistry(connection, run_id=self._run_id, at=self._now, identify=identify)
        answer = CaptureResult(status=CaptureStatus.CAPTURED, snapshot=snapshot)
        record_capture(connection, registry, task, answer, at=self._now, next_try_at=None)
        # A capture never stands there without the mirror it made.
        assert connection.execute(
            select(CaptureRow.mirror_id).where(CaptureRow.id == task.capture_id)
        ).scalar_one()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def live(worker: Worker, *, once: bool) -> None:
    while await worker.work() or not once:
        if not once:
            worker.month_later()


def main() -> None:
    url, now, *rest = sys.argv[1:]
    database = open_database(url)
    asyncio.run(live(Worker(database, EPOCH + timedelta(seconds=int(now))), once="--once" in rest))
    database.close()


if __name__ == "__main__":
    main()
