"""Test that a frozen PostgreSQL server is given up, and that a slow statement is not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import func, select, text

from store.errors import DatabaseUnavailable
from store.schema import server_watch
from store.schema.engine import Database, open_database
from store.schema.models import LinkRow
from tests.postgresql import Cluster, binaries, running_cluster

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Start a server that tests may freeze."""
    programs = binaries()
    if programs is None:
        pytest.skip("this system has no PostgreSQL server")
    with running_cluster(programs) as started:
        yield started


@pytest.fixture
def database(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(server_watch, "_PING_TIMEOUT_SECONDS", 1.0)
    opened = open_database(cluster.new_database(), unresponsive_seconds=1)
    yield opened
    opened.close()


def count_links(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count(LinkRow.id))).scalar_one()


def has_waiting_session(session: psycopg.Connection) -> bool:
    """Return whether another session of the same database waits for a lock."""
    statement = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    return session.execute(statement).fetchone() != (0,)


def test_a_statement_on_a_frozen_server_fails(cluster: Cluster, database: Database) -> None:
    errors: list[Exception] = []

    def count() -> None:
        try:
            count_links(database)
        except DatabaseUnavailable as error:
            errors.append(error)

    counting = threading.Thread(target=count, daemon=True)
    url = database.engine.url.set(drivername="postgresql").render_as_string()
    with psycopg.connect(url) as session:
        session.execute("LOCK TABLE link IN ACCESS EXCLUSIVE MODE")
        counting.start()
        while not has_waiting_session(session):
            assert counting.is_alive()
            time.sleep(0.02)
        with cluster.frozen():
            counting.join(60)
            assert not counting.is_alive()
    assert "the server does not respond" in str(errors[0])
    assert count_links(database) == 0  # over a new connection


def test_a_slow_statement_ends(database: Database) -> None:
    with database.read() as connection:
        assert connection.execute(text("SELECT 7 FROM pg_sleep(4)")).scalar_one() == 7
