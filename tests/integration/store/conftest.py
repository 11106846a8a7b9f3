"""A database of its own for each test, on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import Database, open_database
from tests.integration.store.diary import Diary


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'holdfast.db'}", durable=False)
    yield opened
    opened.close()


@pytest.fixture
def diary(database: Database) -> Diary:
    return Diary(database)
