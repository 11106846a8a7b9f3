"""Kill a worker at a random moment, and compare the database with what it had acknowledged."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import func, select

from store.maintenance.integrity import check_database
from store.schema.engine import Database
from store.schema.json_codec import decode
from store.schema.models import CaptureRow, LinkRow, ProbeRow
from store.vocabulary import CaptureStatus, PageEvidence, ProbeRequest
from store.work.frontier import DueFilter, due_hosts
from tests.crash.worker import EPOCH
from tests.integration.store.stored_history import START, StoredHistory

_ORDER = list(CaptureStatus)
# Between two rounds: whatever times a worker reached, the next one begins later.
_YEARS = timedelta(days=3650)


@dataclass(frozen=True)
class RoundResults:
    """The results of the rounds."""

    killed: int
    acknowledged: int
    probes: int


def prepare(database: Database) -> None:
    """Cite two hundred links on seven hosts."""
    urls = [f"https://host-{number % 7}.example/{number}" for number in range(200)]
    StoredHistory(database).run(START, pages={"page.md": "\n\n".join(f"<{url}>" for url in urls)})


def run_rounds(database: Database, *, rounds: int, seed: int) -> RoundResults:
    """Kill a number of workers, then run one to its end; fail if anything acknowledged is missing or incomplete."""
    random, acknowledged = Random(seed), set[str]()
    for number in range(rounds):
        acknowledged |= kill_one(database, random, now=START + (number + 1) * _YEARS)
        compare_with(database, acknowledged)
    last = START + (rounds + 1) * _YEARS
    acknowledged |= set(finish(database, last))
    compare_with(database, acknowledged)
    with database.read() as connection:
        assert due_hosts(connection, DueFilter(now=last)) == [], "the last worker left hosts due"
        probes = connection.execute(select(func.count(ProbeRow.id))).scalar_one()
    return RoundResults(rounds, len(acknowledged), probes)


def start(database: Database, *arguments: str) -> subprocess.Popen[str]:
    url = database.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.crash.worker", url, *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_one(database: Database, random: Random, *, now: datetime) -> set[str]:
    """Start a worker, kill it after some acknowledgements, and return its complete lines."""
    worker = start(database, seconds(now))
    assert worker.stdout
    message = [worker.stdout.readline() for _ in range(random.randrange(1, 150))]
    time.sleep(random.random() / 50)
    worker.kill()
    message += worker.stdout.readlines()
    worker.stdout.close()
    assert worker.wait() == -9, "it was not killed"
    return {line.strip() for line in message if line.endswith("\n")}


def finish(database: Database, now: datetime) -> Sequence[str]:
    """Run a worker until nothing is due, and return its lines."""
    worker = start(database, seconds(now), "--once")
    output, _ = worker.communicate()
    assert worker.returncode == 0
    return output.splitlines()


def compare_with(database: Database, acknowledged: set[str]) -> None:
    """Compare the database with what was acknowledged, and with itself."""
    assert list(check_database(database)) == []
    with database.read() as connection:
        probes = connection.execute(
            select(ProbeRow.link_id, ProbeRow.finished_at, ProbeRow.requests, ProbeRow.evidence)
        ).all()
        there = {
            f"probe {row.link_id} {(row.finished_at - EPOCH) // timedelta(microseconds=1)}"
            for row in probes
        }
        statuses = {
            row.id: row.status
            for row in connection.execute(select(CaptureRow.id, CaptureRow.status))
        }
        made = set(
            connection.scalars(select(CaptureRow.id).where(CaptureRow.mirror_id.is_not(None)))
        )
        counted = connection.execute(select(func.sum(LinkRow.probes))).scalar_one()
    assert {line for line in acknowledged if line.startswith("probe")} <= there
    assert counted == len(probes), "a probe that the link does not count, or the reverse"
    for row in probes:
        assert [decode(ProbeRequest, request).method for request in row.requests] == ["GET"]
        assert decode(PageEvidence, row.evidence).title == "石桥"
    for _, capture, status in (line.split() for line in acknowledged if line.startswith("capture")):
        assert _ORDER.index(statuses[int(capture)]) >= _ORDER.index(CaptureStatus(status))
    assert made == {
        capture for capture, status in statuses.items() if status is CaptureStatus.CAPTURED
    }


def seconds(now: datetime) -> str:
    return str(int((now - EPOCH).total_seconds()))
