"""Test that commands end when a PostgreSQL server freezes while they wait for it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.acceptance.folder import Folder, one_line
from tests.postgresql import Cluster, binaries, running_cluster

pytestmark = pytest.mark.postgresql

COMMANDS = (
    ("report",),
    ("status",),
    ("history", "http://a.example/"),
    ("db", "info"),
    ("db", "check"),
    ("db", "export", "all.jsonl"),
    ("fix",),
    ("ack", "--all"),
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Start a PostgreSQL server that tests may freeze."""
    programs = binaries()
    if programs is None:
        pytest.skip("this system has no PostgreSQL server")
    with running_cluster(programs) as started:
        yield started


def waiting_sessions(session: psycopg.Connection) -> int:
    """Return how many sessions wait for a lock."""
    found = session.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted").fetchone()
    assert found is not None
    return int(found[0])


def test_a_frozen_server_ends_each_command_in_one_line(folder: Folder, cluster: Cluster) -> None:
    """The server freezes within a statement of each command, which no limit of its own ends."""
    url = cluster.new_database()
    folder.write("holdfast.toml", f"db = {json.dumps(url)}\ndb_wait = 1\n")
    folder.write("page.md", "<http://a.example/>\n")
    assert folder.run_in_process("scan").returncode == 0
    with psycopg.connect(url) as session:
        session.execute("LOCK TABLE link, page, citation IN ACCESS EXCLUSIVE MODE")
        started = [folder.start(*command) for command in COMMANDS]
        while waiting_sessions(session) < len(started):
            assert all(running.poll() is None for running in started)
            time.sleep(0.05)
        with cluster.frozen():
            messages = [running.communicate(timeout=120)[1] for running in started]
    for command, running, message in zip(COMMANDS, started, messages, strict=True):
        assert running.returncode is not None
        done = subprocess.CompletedProcess(command, running.returncode, "", message)
        assert "the server does not respond" in one_line(done, 1)
