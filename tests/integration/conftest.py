"""Provide databases of both kinds: an SQLite file and a PostgreSQL database for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.schema.engine import open_database
from store.schema.models import Base
from tests.postgresql import Cluster, binaries, running_cluster


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """Start a PostgreSQL server for the whole session."""
    programs = binaries()
    if programs is None:
        missing = (
            "this system has no PostgreSQL server (.ci/system-packages installs one on Debian)"
        )
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with running_cluster(programs) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def _migrated(postgresql: Cluster) -> str:
    url = postgresql.new_database()
    open_database(url).close()
    return url


@pytest.fixture
def postgresql_url(postgresql: Cluster, _migrated: str) -> Iterator[str]:
    """Return the URL of a database on that server, with the present schema and no rows."""
    yield _migrated
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    postgresql.execute(
        f"TRUNCATE {tables} RESTART IDENTITY", url=_migrated
    )  # quicker than a new database


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, _migrated_file: Path) -> str:
    """Return the URL of an SQLite file with the present schema and no rows."""
    path = tmp_path / "holdfast.db"
    shutil.copy(_migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty database; each test that uses it runs on both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
