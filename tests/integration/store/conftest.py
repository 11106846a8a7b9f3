"""Provide an open database, on SQLite and again on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.schema.engine import Database, open_database
from tests.integration.store.stored_history import StoredHistory


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url, durable=False)
    yield opened
    opened.close()


@pytest.fixture
def stored_history(database: Database) -> StoredHistory:
    return StoredHistory(database)
