"""Test a fleet under faults in a short round. The long form, at default settings: `make fleet`."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from crawler.demo.background import BackgroundLoop
from tests.fleet.rounds import run_round
from tests.fleet.workers import counting_web, worker_fleet
from tests.postgresql import Cluster, binaries, running_cluster

HOSTS, LINKS, SPEEDUP = 8, 60, 10


@pytest.mark.postgresql
def test_no_link_is_lost_and_no_host_is_requested_too_fast(
    tmp_path: Path, background: BackgroundLoop, postgresql: Cluster
) -> None:
    programs = binaries()
    assert programs  # the fixture found them
    web = background.start(counting_web(HOSTS))
    with (
        running_cluster(programs) as own,  # it is stopped in the middle
        worker_fleet(
            tmp_path, own, web, interval=1 / SPEEDUP, speedup=SPEEDUP, concurrency=HOSTS // 2
        ) as fleet,
    ):
        fleet.prepare(HOSTS, LINKS)
        run_round(fleet, own, Random(2026), links=HOSTS * LINKS, speedup=SPEEDUP)
