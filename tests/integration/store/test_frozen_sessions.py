"""Test that sessions are ended whose process was frozen while it sent statements."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from store.maintenance.frozen_sessions import end_frozen_sessions
from store.schema.engine import Database, open_database

pytestmark = pytest.mark.postgresql
ANY_TIME = timedelta()


def end_sessions(database: Database, age: timedelta) -> int:
    with database.write() as connection:
        return end_frozen_sessions(connection, age=age)


def end_frozen(database: Database, frozen: psycopg.Connection) -> None:
    """End a frozen session once the server knows of its state. Raises the driver's error."""
    until = time.monotonic() + 60
    assert end_sessions(database, timedelta(hours=1)) == 0
    while not end_sessions(database, ANY_TIME):
        assert time.monotonic() < until, "the session was not ended"
        time.sleep(0.02)
    frozen.execute("SELECT 2")


def freeze_among_statements(database: Database, url: str) -> None:
    with psycopg.connect(url) as frozen, frozen.pipeline():
        frozen.execute("SELECT 1")  # sent, without what ends a series of statements
        end_frozen(database, frozen)


def freeze_before_next_statement(database: Database, url: str) -> None:
    with psycopg.connect(url) as frozen:
        frozen.execute("SET idle_in_transaction_session_timeout = 100")
        frozen.pgconn.enter_pipeline_mode()
        frozen.pgconn.send_flush_request()  # as the first bytes of a statement, it stops the limit
        frozen.pgconn.flush()
        time.sleep(0.5)
        end_frozen(database, frozen)


@pytest.mark.parametrize("freeze", [freeze_among_statements, freeze_before_next_statement])
def test_only_sessions_that_stopped_among_their_statements_are_ended(
    postgresql_url: str, freeze: Callable[[Database, str], None]
) -> None:
    database = open_database(postgresql_url)
    url = database.engine.url.set(drivername="postgresql").render_as_string()
    with psycopg.connect(url, autocommit=True) as idle:
        idle.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError):
            freeze(database, url)
        assert idle.execute("SELECT 2").fetchone() == (2,)
    assert end_sessions(database, ANY_TIME) == 0
    database.close()
