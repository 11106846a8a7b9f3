"""Test that sessions are ended whose process was frozen while it sent statements."""

from __future__ import annotations

import time
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


def freeze_and_end(database: Database, url: str) -> None:
    """Open a session that stops among its statements, and end it. Raises the driver's error."""
    until = time.monotonic() + 60
    with psycopg.connect(url) as frozen, frozen.pipeline():
        frozen.execute("SELECT 1")  # sent, without what ends a series of statements
        assert end_sessions(database, timedelta(hours=1)) == 0
        while not end_sessions(database, ANY_TIME):
            assert time.monotonic() < until, "the session was not ended"
            time.sleep(0.02)


def test_only_sessions_that_stopped_among_their_statements_are_ended(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    url = database.engine.url.set(drivername="postgresql").render_as_string()
    with psycopg.connect(url) as idle:
        idle.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError):
            freeze_and_end(database, url)
        assert idle.execute("SELECT 2").fetchone() == (2,)
    assert end_sessions(database, ANY_TIME) == 0
    database.close()
