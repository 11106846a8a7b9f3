"""Test the writer of a process: batches, flushes, lost leases, an unavailable database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from crawler.liveness import make_judgement
from store.errors import DatabaseUnavailable
from store.schema.engine import Database
from store.schema.models import HostRow, LinkRow, ProbeRow
from store.vocabulary import Judgement, Reason, State
from store.work import retry_budget, writer
from store.work.history import Advance, HostResult, ProbeResult, Result, record_results
from store.work.leases import Lease, Release
from store.work.retry_budget import RetryBudget
from store.work.writer import BATCH_ROWS, HistoryWriter
from tests.integration.store.leasing import acquire_lease, ensure_host
from tests.integration.store.stored_history import HOUR, START, StoredHistory, decide


@pytest.fixture
def urls(stored_history: StoredHistory) -> Sequence[str]:
    """Return cited links, a few more than one batch."""
    urls = [f"http://x.example/{number}" for number in range(BATCH_ROWS + 5)]
    stored_history.run(START, pages={"a.md": "\n\n".join(f"<{url}>" for url in urls)})
    return urls


def results(
    stored_history: StoredHistory,
    urls: Sequence[str],
    *,
    lease: Lease | None = None,
    answer: Judgement | None = None,
) -> list[ProbeResult]:
    with stored_history.database.read() as connection:
        return [
            stored_history.result(
                connection, 1, START, url, answer or make_judgement(Reason.OK), lease=lease
            )
            for url in urls
        ]


def record_batches(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Collect the link ids of each batch that is written from here on."""
    batches: list[list[int]] = []

    def record(connection: Connection, results: Sequence[Result], advance: Advance) -> None:
        record_results(connection, results, advance)
        probes = [result for result in results if isinstance(result, ProbeResult)]
        batches.append([result.link_id for result in probes])

    monkeypatch.setattr(writer, "record_results", record)
    return batches


def wait_for_probes(database: Database, number: int) -> None:
    """Wait until a number of probes are written, for at most half a minute."""
    give_up = monotonic() + 30
    while probes(database) < number:
        assert monotonic() < give_up
        sleep(0.01)


def probes(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count(ProbeRow.id))).scalar_one()


def leased(database: Database, host: str = "x.example") -> Lease:
    with database.write() as connection:
        lease = acquire_lease(
            connection, ensure_host(connection, host), owner="one", now=START, length=HOUR
        )
    assert lease is not None
    return lease


def acquire_elsewhere(database: Database, lease: Lease) -> None:
    with database.write() as connection:
        assert acquire_lease(
            connection, lease.host_id, owner="two", now=START + 2 * HOUR, length=HOUR
        )


def test_flush_returns_when_everything_put_is_written(
    stored_history: StoredHistory, urls: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = record_batches(monkeypatch)

    async def work() -> int:
        history = HistoryWriter(stored_history.database, decide)
        for result in results(stored_history, urls):
            await history.put(result)
        await history.flush()
        written = probes(stored_history.database)
        await history.close()
        return written

    assert asyncio.run(work()) == len(urls)
    assert [len(batch) for batch in batches] == [BATCH_ROWS, 5]
    assert [link_id for batch in batches for link_id in batch] == [
        stored_history.link_id(url) for url in urls
    ]


def test_a_full_batch_is_written_without_a_flush(
    stored_history: StoredHistory, urls: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "BATCH_SECONDS", 3_600)

    async def work() -> None:
        history = HistoryWriter(stored_history.database, decide)
        for result in results(stored_history, urls):
            await history.put(result)
        await asyncio.to_thread(wait_for_probes, stored_history.database, BATCH_ROWS)
        await history.close()

    asyncio.run(work())
    assert probes(stored_history.database) == len(urls)


def test_an_incomplete_batch_is_written_after_a_while(
    stored_history: StoredHistory, urls: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "BATCH_SECONDS", 0.01)

    async def work() -> None:
        history = HistoryWriter(stored_history.database, decide)
        await history.put(results(stored_history, urls[:1])[0])
        await asyncio.to_thread(wait_for_probes, stored_history.database, 1)
        await history.close()

    asyncio.run(work())
    assert probes(stored_history.database) == 1


def test_closing_writes_the_rest_and_may_be_repeated(
    stored_history: StoredHistory, urls: Sequence[str]
) -> None:
    async def work() -> None:
        history = HistoryWriter(stored_history.database, decide)
        for result in results(stored_history, urls[:3]):
            await history.put(result)
        await history.close()
        await history.close()

    asyncio.run(work())
    assert probes(stored_history.database) == 3


def test_writing_from_many_tasks_loses_and_doubles_nothing(
    stored_history: StoredHistory, urls: Sequence[str]
) -> None:
    async def work() -> None:
        history = HistoryWriter(stored_history.database, decide)
        every = results(stored_history, urls)

        async def put_every_fourth(number: int) -> None:
            for result in every[number::4]:
                await history.put(result)
                if result.link_id % 10 == 0:
                    await history.flush()

        await asyncio.gather(*(put_every_fourth(number) for number in range(4)))
        await history.close()

    asyncio.run(work())
    assert probes(stored_history.database) == len(urls)
    with stored_history.database.read() as connection:
        assert set(connection.scalars(select(LinkRow.probes))) == {1}


def test_leases_are_released_with_the_results_and_a_lost_lease_affects_no_other(
    stored_history: StoredHistory, urls: Sequence[str]
) -> None:
    ours, lost = leased(stored_history.database), leased(stored_history.database, "y.example")
    acquire_elsewhere(stored_history.database, lost)

    def host_result(lease: Lease) -> HostResult:
        return HostResult(
            release=Release(lease=lease, next_allowed_at=START),
            judgement=make_judgement(Reason.OK),
            at=START,
        )

    async def work() -> None:
        history = HistoryWriter(stored_history.database, decide)
        for result in results(stored_history, urls[:3], lease=ours):
            await history.put(result)
        await asyncio.gather(history.release(host_result(lost)), history.release(host_result(ours)))
        assert probes(stored_history.database) == 3
        await history.close()

    asyncio.run(work())
    with stored_history.database.read() as connection:
        hosts = connection.execute(
            select(HostRow.name, HostRow.lease_owner, HostRow.state).order_by(HostRow.name)
        ).all()
    assert [tuple(host) for host in hosts] == [
        ("x.example", None, State.ALIVE),
        ("y.example", "two", State.UNCHECKED),
    ]


def test_releases_that_come_together_share_a_transaction_with_earlier_results(
    stored_history: StoredHistory, urls: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = record_batches(monkeypatch)
    leases = [
        leased(stored_history.database, name) for name in ("x.example", "y.example", "z.example")
    ]

    async def work() -> None:
        history = HistoryWriter(stored_history.database, decide)
        await history.put(*results(stored_history, urls[:1], lease=leases[0]))

        async def end(lease: Lease) -> None:
            await asyncio.sleep(0.005 * lease.host_id)
            await history.release(
                HostResult(release=Release(lease=lease, next_allowed_at=START), at=START)
            )

        await asyncio.gather(*map(end, leases))
        await history.close()

    asyncio.run(work())
    assert [len(batch) for batch in batches] == [1]
    with stored_history.database.read() as connection:
        assert (
            connection.execute(
                select(HostRow.lease_owner).where(
                    HostRow.id.in_([lease.host_id for lease in leases])
                )
            )
            .scalars()
            .all()
            == [None] * 3
        )


def test_results_under_a_lost_lease_are_dropped_and_the_others_kept(
    stored_history: StoredHistory, urls: Sequence[str], caplog: pytest.LogCaptureFixture
) -> None:
    lost = leased(stored_history.database)
    acquire_elsewhere(stored_history.database, lost)

    async def work() -> None:
        history = HistoryWriter(stored_history.database, decide)
        for result in (
            *results(stored_history, urls[:2], lease=lost),
            *results(stored_history, urls[2:5]),
        ):
            await history.put(result)
        await history.close()

    asyncio.run(work())
    with stored_history.database.read() as connection:
        states = list(connection.scalars(select(LinkRow.state).order_by(LinkRow.id).limit(5)))
    assert states == [State.UNCHECKED, State.UNCHECKED, State.ALIVE, State.ALIVE, State.ALIVE]
    assert "not written" in caplog.text


def test_database_that_comes_back_gets_everything(
    stored_history: StoredHistory, urls: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry_budget, "RETRY_SECONDS", 0.0)
    troubles = iter([DatabaseUnavailable("locked"), DatabaseUnavailable("still locked")])

    def fail_first(*arguments: Any) -> None:
        for trouble in troubles:
            raise trouble
        record_results(*arguments)

    monkeypatch.setattr(writer, "record_results", fail_first)

    async def work() -> None:
        history = HistoryWriter(stored_history.database, decide)
        for result in results(stored_history, urls[:3]):
            await history.put(result)
        await history.close()

    asyncio.run(work())
    assert probes(stored_history.database) == 3


def test_results_whose_commit_was_made_without_a_reply_count_once(
    stored_history: StoredHistory, urls: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second count of one failure would confirm that a link is broken too early."""
    monkeypatch.setattr(retry_budget, "RETRY_SECONDS", 0.0)
    commit = HistoryWriter._commit
    lost: list[int] = []

    def commit_and_lose_the_reply(history: HistoryWriter, batch: Sequence[Result]) -> None:
        commit(history, batch)
        if not lost:
            lost.append(len(batch))
            raise DatabaseUnavailable("server closed the connection unexpectedly")

    monkeypatch.setattr(HistoryWriter, "_commit", commit_and_lose_the_reply)
    answer = make_judgement(Reason.NOT_FOUND)

    async def work() -> None:
        history = HistoryWriter(stored_history.database, decide)
        for result in results(stored_history, urls[:3], answer=answer):
            await history.put(result)
        await history.close()

    asyncio.run(work())
    assert lost == [3]
    assert probes(stored_history.database) == 3
    with stored_history.database.read() as connection:
        counted = connection.execute(
            select(LinkRow.probes, LinkRow.consecutive_failures).where(LinkRow.url.in_(urls[:3]))
        ).all()
    assert [tuple(row) for row in counted] == [(1, 1)] * 3


def test_writers_get_the_error_of_a_database_that_stays_unavailable(
    stored_history: StoredHistory, urls: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry_budget, "RETRY_SECONDS", 0.0)

    def always_fail(*_: object) -> None:
        raise DatabaseUnavailable("no room left")

    monkeypatch.setattr(writer, "record_results", always_fail)

    async def work() -> None:
        history = HistoryWriter(stored_history.database, decide, retries=RetryBudget(0.2))
        await history.put(results(stored_history, urls[:1])[0])
        with pytest.raises(DatabaseUnavailable, match="no room"):
            await history.flush()
        with pytest.raises(DatabaseUnavailable, match="no room"):
            await history.close()

    asyncio.run(work())
    assert probes(stored_history.database) == 0


def test_an_error_of_a_background_batch_is_raised_by_the_next_call(
    stored_history: StoredHistory, urls: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "BATCH_SECONDS", 0.0)

    async def work() -> None:
        def fail(*_: object) -> None:
            raise DatabaseUnavailable("no room left")

        monkeypatch.setattr(writer, "record_results", fail)
        history = HistoryWriter(stored_history.database, decide, retries=RetryBudget(0))
        first, second = results(stored_history, urls[:2])
        await history.put(first)
        assert history._batch_task
        await asyncio.wait({history._batch_task}, timeout=30)
        with pytest.raises(DatabaseUnavailable, match="no room"):
            await history.put(second)

    asyncio.run(work())
