"""Test a full disk, a locked database, a server that stops, a clock that jumps: nothing is lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text, update

from crawler.liveness import make_judgement
from store.errors import DatabaseDamaged, DatabaseUnavailable, DatabaseUrlError, StoreError
from store.maintenance.integrity import check_database
from store.queries.link_history import spans_of
from store.schema.engine import Database, open_database, open_without_migrating
from store.schema.models import HostRow, LinkRow, ProbeRow
from store.vocabulary import Reason
from store.work import retry_budget
from store.work.frontier import DueFilter, due_hosts, due_links
from store.work.history import HostResult, ProbeResult
from store.work.writer import HistoryWriter
from tests.integration.store.leasing import acquire_lease, ensure_host
from tests.integration.store.stored_history import DAY, HOUR, START, StoredHistory, decide
from tests.postgresql import Cluster, binaries, running_cluster

URLS = [f"https://x.example/{number}" for number in range(300)]
PAGES = {"a.md": "\n\n".join(f"<{url}>" for url in URLS)}


@pytest.fixture(autouse=True)
def _immediate_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make retries immediate."""
    monkeypatch.setattr(retry_budget, "RETRY_SECONDS", 0.01)


def results(stored_history: StoredHistory) -> Sequence[ProbeResult]:
    with stored_history.database.read() as connection:
        return [
            stored_history.result(connection, 1, START, url, make_judgement(Reason.OK))
            for url in URLS
        ]


def write_through(
    database: Database,
    every: Sequence[ProbeResult],
    trouble: Callable[[], None],
    relief: Callable[[], None],
) -> int:
    """Write results during an error that ends after two attempts. Returns: the stored probes."""
    met = threading.Semaphore(0)

    class Noting(HistoryWriter):
        def _commit_by_lease(self, batch: Sequence[ProbeResult | HostResult]) -> None:
            try:
                super()._commit_by_lease(batch)
            except DatabaseUnavailable:
                met.release()
                raise

    async def work() -> None:
        history = Noting(database, decide)
        await asyncio.to_thread(trouble)
        for result in every:
            await history.put(result)
        flushing = asyncio.create_task(history.flush())
        for _ in range(2):
            await asyncio.to_thread(met.acquire)
        await asyncio.to_thread(relief)
        await flushing
        await history.close()

    asyncio.run(work())
    with database.read() as connection:
        return connection.execute(select(func.count(ProbeRow.id))).scalar_one()


def test_full_disk_is_waited_for_and_nothing_is_lost(sqlite_url: str) -> None:
    database = open_database(sqlite_url, durable=False)
    stored_history = StoredHistory(database)
    stored_history.run(START, pages=PAGES)
    limit = [0]

    @event.listens_for(database.engine, "begin")
    def limit_file_size(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={limit[0] or 1_000_000}")

    def fill_disk() -> None:
        with database.read() as connection:
            limit[0] = connection.exec_driver_sql("PRAGMA page_count").scalar_one() + 1

    def free_disk() -> None:
        limit[0] = 0

    every = results(stored_history)
    fill_disk()
    with (
        pytest.raises(DatabaseUnavailable, match="no space left on the disk"),
        database.write() as connection,
    ):
        connection.execute(
            insert(HostRow), [{"name": "x" * 900 + str(number)} for number in range(100)]
        )
    free_disk()
    assert write_through(database, every, fill_disk, free_disk) == len(URLS)
    assert list(check_database(database)) == []
    database.close()


_HOLDER = """
import sys, sqlite3
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


def test_a_file_locked_by_another_process_is_waited_for(sqlite_url: str) -> None:
    database = open_database(sqlite_url, durable=False, busy_timeout_ms=20)
    stored_history = StoredHistory(database)
    stored_history.run(START, pages=PAGES)
    every, path = results(stored_history), database.engine.url.database or ""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:

        def wait_for_it() -> None:
            assert holder.stdout
            assert holder.stdout.readline() == "held\n"

        def release_lock() -> None:
            holder.communicate("now\n")

        assert write_through(database, every, wait_for_it, release_lock) == len(URLS)
    database.close()


@pytest.mark.postgresql
def test_a_row_locked_by_another_transaction_is_waited_for_with_a_message(
    postgresql_url: str,
) -> None:
    database = open_database(postgresql_url, busy_timeout_ms=20)
    stored_history = StoredHistory(database)
    stored_history.run(START, pages=PAGES)
    every, holder = results(stored_history), database.engine.connect()

    def lock_row() -> None:
        holder.execute(update(LinkRow).where(LinkRow.url == URLS[0]).values(note="held"))

    lock_row()
    with (
        pytest.raises(DatabaseUnavailable, match="locked by another program"),
        database.write() as connection,
    ):
        connection.execute(update(LinkRow).where(LinkRow.url == URLS[0]).values(note="mine"))
    holder.rollback()
    assert write_through(database, every, lock_row, holder.rollback) == len(URLS)
    holder.close()
    database.close()


@pytest.fixture
def stoppable_cluster() -> Iterator[Cluster]:
    """Start a PostgreSQL server that tests may stop."""
    programs = binaries()
    if programs is None:
        pytest.skip("this system has no PostgreSQL server")
    with running_cluster(programs) as cluster:
        yield cluster


@pytest.mark.postgresql
@pytest.mark.usefixtures("postgresql")
def test_all_results_are_written_after_a_server_outage(stoppable_cluster: Cluster) -> None:
    database = open_database(stoppable_cluster.new_database())
    stored_history = StoredHistory(database)
    stored_history.run(START, pages=PAGES)
    every = results(stored_history)
    assert write_through(database, every, stoppable_cluster.stop, stoppable_cluster.start) == len(
        URLS
    )
    stoppable_cluster.stop()
    with (
        pytest.raises(DatabaseUnavailable, match="cannot be used") as error,
        database.read() as connection,
    ):
        connection.execute(select(LinkRow.id))
    assert "\n" not in str(error.value)
    stoppable_cluster.start()
    assert list(check_database(database)) == []
    database.close()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("53100", DatabaseUnavailable, "no space left"),
        ("XX001", DatabaseDamaged, "restore a backup"),
        ("55P03", DatabaseUnavailable, "locked by another program"),
        ("40P01", DatabaseUnavailable, "conflict with another one: try again"),
        ("57014", DatabaseUnavailable, "cannot be used"),
        ("25006", DatabaseUnavailable, "is read-only: make it writable"),
        ("42501", DatabaseUrlError, "lacks a right .trouble.: grant it"),
    ],
)
def test_errors_of_the_server_are_translated(
    postgresql_url: str, code: str, error: type[StoreError], message: str
) -> None:
    database = open_database(postgresql_url)
    with pytest.raises(error, match=message), database.write() as connection:
        connection.execute(
            text(f"DO $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{code}'; END $$")
        )
    database.close()


def _freeze_in_mid_transaction(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("SELECT 1"))
        time.sleep(0.3)


@pytest.mark.postgresql
def test_a_stalled_transaction_is_reported_and_can_be_repeated(postgresql_url: str) -> None:
    """A process was frozen within a transaction, and the server ended it to free its rows."""
    database = open_without_migrating(postgresql_url, idle_timeout_ms=50)
    with pytest.raises(DatabaseUnavailable, match="idle for too long"):
        _freeze_in_mid_transaction(database)
    with database.write() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    database.close()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/none", "postgresql://nobody:hush@/none?host=/nowhere"]
)
def test_an_unreachable_server_is_one_line(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be used") as error:
        open_database(url)
    assert "\n" not in str(error.value)
    assert "hush" not in str(error.value)


def test_clock_set_back_leaves_nothing_waiting_for_years(stored_history: StoredHistory) -> None:
    """A run with a clock ten years ahead is killed with a lease; then the clock is right again."""
    ahead = START + 3650 * DAY
    url, database = URLS[0], stored_history.database
    stored_history.run(START, pages={"a.md": f"<{url}>"}, answers={url: Reason.OK})
    stored_history.run(ahead, answers={url: Reason.NOT_FOUND})
    with database.write() as connection:
        host = ensure_host(connection, "x.example")
        assert acquire_lease(connection, host, owner="killed", now=ahead, length=HOUR)
        connection.execute(update(HostRow).values(next_allowed_at=ahead))
    now = START + 10 * DAY
    stored_history.begin(now)
    with database.write() as connection:
        (due,) = due_hosts(connection, DueFilter(now=now))
        assert due.next_allowed_at is None
        assert [link.url for link in due_links(connection, due.id, DueFilter(now=now))] == [url]
        assert acquire_lease(connection, due.id, owner="next", now=now, length=HOUR)
    stored_history.run(now, answers={url: Reason.OK})
    stored_history.run(now + HOUR, answers={url: Reason.OK})
    with database.read() as connection:
        spans = spans_of(connection, stored_history.link_id(url))
        assert due_hosts(connection, DueFilter(now=now + HOUR)) == []
    assert [(span.reason, span.first_at, span.probes) for span in spans] == [
        (Reason.OK, START, 1),
        (Reason.NOT_FOUND, ahead, 1),
        (Reason.OK, now, 2),
    ]
    assert list(check_database(database)) == []


def test_clock_a_little_apart_on_two_machines_changes_nothing(
    stored_history: StoredHistory,
) -> None:
    url = URLS[0]
    stored_history.run(START + HOUR / 2, pages={"a.md": f"<{url}>"}, answers={url: Reason.OK})
    stored_history.begin(START)
    with stored_history.database.read() as connection:
        assert due_hosts(connection, DueFilter(now=START + HOUR)) == []
