"""Test leases of killed processes: released at once on their own machine, else when they expire."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from store.schema.engine import Database
from store.schema.models import HostRow
from store.work.lease_owners import has_process_ended, process_owner_name
from store.work.leases import leases_of_owners, release_abandoned
from tests.integration.store.leasing import acquire_lease, ensure_host
from tests.integration.store.stored_history import HOUR, START

PRINT = "from store.work.lease_owners import process_owner_name; print(process_owner_name(), flush=True)"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


@pytest.fixture
def ended_owner() -> str:
    """Return the owner name of a process of this machine that has ended."""
    return subprocess.run(
        [sys.executable, "-c", PRINT], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_killed_process_has_ended_even_as_a_zombie(ended_owner: str) -> None:
    running = [sys.executable, "-c", f"{PRINT}; input()"]
    with subprocess.Popen(
        running, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        owner = process.stdout.readline().strip()
        assert not has_process_ended(owner)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie now
        assert has_process_ended(owner)
    assert has_process_ended(owner)
    assert has_process_ended(ended_owner)
    assert not has_process_ended(process_owner_name())


def test_a_process_id_that_is_used_again_is_another_process(ended_owner: str) -> None:
    name, _, identity = process_owner_name().partition("#")
    started, _, machine = identity.partition("-")
    assert has_process_ended(f"{name}#{int(started) - 1}-{machine}")


@pytest.mark.parametrize("part", [0, 1, 2, 3])
def test_processes_of_other_machines_are_unknown(ended_owner: str, part: int) -> None:
    """Another host, another PID namespace, another boot, a name in the old form."""
    name, _, identity = ended_owner.partition("#")
    started, namespace, boot = identity.split("-", 2)
    owner = [
        f"other{name}#{identity}",
        f"{name}#{started}-1{namespace}-{boot}",
        f"{name}#{started}-{namespace}-0{boot}",
        name,
    ][part]
    assert not has_process_ended(owner)


def test_only_leases_of_dead_processes_are_released_with_a_pause(
    database: Database, ended_owner: str
) -> None:
    owners = {
        "a.example": ended_owner,
        "b.example": ended_owner,
        "c.example": "elsewhere:1",
        "d.example": process_owner_name(),
    }
    with database.write() as connection:
        for name, owner in owners.items():
            assert acquire_lease(
                connection, ensure_host(connection, name), owner=owner, now=START, length=HOUR
            )
        connection.execute(
            update(HostRow).where(HostRow.name == "b.example").values(next_allowed_at=START + HOUR)
        )
        assert release_abandoned(connection, now=START, pause=lambda _: timedelta(seconds=7)) == 2
        assert release_abandoned(connection, now=START, pause=lambda _: timedelta(seconds=7)) == 0
        assert [name for name, _ in leases_of_owners(connection, set(owners.values()))] == [
            "c.example",
            "d.example",
        ]
        allowed = {
            row.name: row.next_allowed_at
            for row in connection.execute(select(HostRow.name, HostRow.next_allowed_at))
        }
        assert (allowed["a.example"], allowed["b.example"]) == (
            START + timedelta(seconds=7),
            START + HOUR,
        )
        assert acquire_lease(
            connection, ensure_host(connection, "a.example"), owner="next", now=START, length=HOUR
        )
