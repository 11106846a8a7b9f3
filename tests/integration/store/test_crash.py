"""Test a few kills, and a process frozen past its lease (the short form of tests/crash)."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta

from sqlalchemy import func, select

from store.errors import DatabaseUnavailable
from store.schema.engine import Database, open_database
from store.schema.models import HostRow, ProbeRow
from tests.crash.rounds import compare_with, prepare, run_rounds, seconds, start
from tests.integration.store.leasing import acquire_lease, ensure_host
from tests.integration.store.stored_history import DAY, START


def test_killed_processes_lose_nothing_that_they_reported_as_written(database: Database) -> None:
    prepare(database)
    results = run_rounds(database, rounds=3, seed=2026)
    assert results.acknowledged > 200
    assert results.probes >= 200


def test_holder_frozen_past_its_lease_writes_nothing_when_it_wakes(database_url: str) -> None:
    database = open_database(database_url, busy_timeout_ms=100)
    prepare(database)
    worker = start(database, seconds(START + DAY), "--once")
    assert worker.stdout
    message = [worker.stdout.readline() for _ in range(20)]
    while True:
        os.kill(worker.pid, signal.SIGSTOP)
        try:
            take_every_host(database)
            break
        except DatabaseUnavailable:  # frozen within a transaction, which this test is not about
            os.kill(worker.pid, signal.SIGCONT)
            time.sleep(0.003)
    written = count(database)
    os.kill(worker.pid, signal.SIGCONT)
    rest, _ = worker.communicate()
    assert worker.returncode == 0
    assert 20 <= written < 200, "it was frozen in the middle of its work"
    assert count(database) == written
    compare_with(database, {line.strip() for line in (*message, *rest.splitlines())})
    database.close()


def take_every_host(database: Database) -> None:
    """Acquire all hosts repeatedly, with a clock that is ahead by a minute or more."""
    with database.write() as connection:
        ensure_host(
            connection, "web.archive.org"
        )  # captures would create it, and make its mirrors due
        for host_id in connection.scalars(select(HostRow.id).order_by(HostRow.id)).all():
            late = START + DAY + timedelta(seconds=61)
            assert acquire_lease(
                connection, host_id, owner="heir", now=late, length=timedelta(days=36_500)
            )


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count(ProbeRow.id))).scalar_one()
