"""Databases of both kinds: a file of its own for each test, and a server's database of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.engine import open_database
from tests.postgresql import Cluster, binaries, running_cluster


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A PostgreSQL server for the whole session."""
    programs = binaries()
    if programs is None:
        missing = "this system has no PostgreSQL server (.ci/system-packages installs one on Debian)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with running_cluster(programs) as cluster:
        open_database(cluster.new_database(), durable=False).close()  # test_1: the others are copies of it
        yield cluster


@pytest.fixture
def postgresql_url(postgresql: Cluster) -> Iterator[str]:
    """The address of a database on that server, with the present schema and no rows."""
    url = postgresql.new_database(template="test_1")
    yield url
    postgresql.drop_database(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: each test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'holdfast.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url
