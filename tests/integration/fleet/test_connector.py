"""Test the connection to the queue: it waits for a server that is down or full; heartbeats go on."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException

from crawler.fleet import connector, heartbeat
from crawler.fleet.connector import ReconnectingConnector, connection_url
from crawler.fleet.heartbeat import Heartbeat
from crawler.jobs.stop_signal import StopSignal
from store.schema.engine import Database, open_without_migrating
from store.work.runs import RunOutcome
from tests.integration.fleet.conftest import rows
from tests.postgresql import Cluster, binaries, running_cluster

pytestmark = pytest.mark.postgresql


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(connector, "_STOPPING_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "INTERVAL_SECONDS", 0.05)


@pytest.fixture(scope="module")
def own_cluster(postgresql: Cluster) -> Iterator[Cluster]:
    """Start a server that the tests of this module may stop and fill."""
    programs = binaries()
    assert programs  # the fixture above found them
    with running_cluster(programs) as cluster:
        yield cluster


@pytest.fixture
def away(own_cluster: Cluster) -> Iterator[Database]:
    """Return a database on that server."""
    opened = open_without_migrating(own_cluster.new_database())
    yield opened
    opened.close()


async def query(reconnecting: ReconnectingConnector) -> int:
    return int((await reconnecting.execute_query_one_async("SELECT 42 AS answer"))["answer"])


def test_the_connection_is_reopened_after_a_server_restart(
    away: Database, own_cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> list[int]:
        reconnecting = ReconnectingConnector(away, StopSignal())
        answers = [await query(reconnecting)]
        await asyncio.to_thread(own_cluster.stop)
        asking = asyncio.create_task(query(reconnecting))
        await asyncio.sleep(0.1)
        assert not asking.done()
        await asyncio.to_thread(own_cluster.start)
        answers.append(await asking)
        await reconnecting.close_async()
        return answers

    with caplog.at_level(logging.WARNING, "fleet"):
        assert asyncio.run(scenario()) == [42, 42]
    assert len(caplog.messages) == 2  # not one for each try
    assert "is unavailable" in caplog.messages[0]
    assert "is available again" in caplog.messages[1]


def test_a_server_without_connections_left_is_waited_for(
    away: Database, own_cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    name = away.engine.url.database
    own_cluster.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 1")
    own_cluster.execute("CREATE ROLE poor LOGIN")
    taken = psycopg.connect(connection_url(away), user="poor")

    async def scenario() -> int:
        reconnecting = ReconnectingConnector(
            open_without_migrating(str(away.engine.url.set(username="poor"))), StopSignal()
        )
        asking = asyncio.create_task(query(reconnecting))
        while not caplog.messages:  # noqa: ASYNC110  a log has no event
            await asyncio.sleep(0.01)
        taken.close()
        try:
            return await asking
        finally:
            await reconnecting.close_async()

    with caplog.at_level(logging.WARNING, "fleet"):
        assert asyncio.run(scenario()) == 42
    assert "too many connections" in caplog.messages[0]


def test_after_a_stop_request_retries_end(away: Database, own_cluster: Cluster) -> None:
    stop = StopSignal()
    stop.request(RunOutcome.INTERRUPTED)
    own_cluster.stop()
    try:
        with pytest.raises(ConnectorException):
            asyncio.run(query(ReconnectingConnector(away, stop)))
    finally:
        own_cluster.start()


def test_a_query_works_after_a_cancelled_one(database: Database) -> None:
    async def scenario() -> int:
        reconnecting = ReconnectingConnector(database, StopSignal())
        slow = asyncio.create_task(reconnecting.execute_query_async("SELECT pg_sleep(60)"))
        await asyncio.sleep(0.1)
        slow.cancel()
        answer = await query(reconnecting)
        await reconnecting.close_async()
        return answer

    assert asyncio.run(scenario()) == 42


# --- heartbeats


def last_heartbeat(database: Database, worker: int) -> int:
    """Return the time of the worker's last heartbeat as a number; 0 if it has no row."""
    return int(
        (
            rows(
                database,
                "SELECT extract(epoch FROM last_heartbeat) * 1000000 FROM procrastinate_workers WHERE id = :id",
                id=worker,
            )
            or [(0,)]
        )[0][0]
    )


def wait_for_beat(database: Database, worker: int, after: int) -> int:
    until = time.monotonic() + 30
    while (latest := last_heartbeat(database, worker)) <= after:
        assert time.monotonic() < until, "the heart stands still"
        time.sleep(0.01)
    return latest


def test_heartbeats_are_sent_while_the_event_loop_is_busy(database: Database) -> None:
    async def scenario() -> None:
        heart = Heartbeat(connection_url(database), 7, asyncio.get_running_loop())
        heart.start()
        first = wait_for_beat(database, 7, 0)  # all of this without giving way to the loop
        wait_for_beat(database, 7, wait_for_beat(database, 7, first))
        heart.stop()
        assert not heart.is_alive()

    asyncio.run(scenario())


def test_no_heartbeats_are_sent_for_an_unresponsive_event_loop(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "_UNRESPONSIVE_SECONDS", 0.0)
    loop = asyncio.new_event_loop()  # nobody runs it
    heart = Heartbeat(connection_url(database), 8, loop)
    heart.start()
    time.sleep(0.3)
    heart.stop()
    loop.close()
    assert last_heartbeat(database, 8) == 0


def test_heartbeats_continue_after_a_restart_of_the_server(
    away: Database, own_cluster: Cluster
) -> None:
    own_cluster.execute(
        "CREATE TABLE procrastinate_workers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, last_heartbeat timestamptz DEFAULT now())",
        url=connection_url(away),
    )
    loop = asyncio.new_event_loop()
    runs = threading.Thread(target=loop.run_forever)
    runs.start()
    heart = Heartbeat(connection_url(away), 9, loop)
    heart.start()
    before = wait_for_beat(away, 9, 0)
    own_cluster.stop()
    own_cluster.start()
    wait_for_beat(away, 9, before)
    heart.stop()
    loop.call_soon_threadsafe(loop.stop)
    runs.join()
    loop.close()


def test_a_stopping_worker_does_not_wait_for_a_frozen_server(
    away: Database, own_cluster: Cluster
) -> None:
    async def scenario() -> None:
        stop = StopSignal()
        reconnecting = ReconnectingConnector(away, stop)
        await query(reconnecting)
        with own_cluster.frozen():
            asking = asyncio.create_task(query(reconnecting))
            await asyncio.sleep(0.1)
            stop.request(RunOutcome.INTERRUPTED)
            with pytest.raises(ConnectorException, match="does not respond"):
                await asyncio.wait_for(asking, 60)
        await reconnecting.close_async()

    asyncio.run(scenario())


def test_an_error_of_the_queue_is_one_line() -> None:
    assert connector.first_line(psycopg.Error("cannot execute DELETE\nCONTEXT: a function")) == (
        "cannot execute DELETE"
    )
