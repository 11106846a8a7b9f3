"""A short round of everything that can happen to a fleet. The long form, at default settings: `make fleet`."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from crawler.demo.background import BackgroundLoop
from tests.fleet.crew import counting_web, crew
from tests.fleet.rounds import play
from tests.postgresql import Cluster, binaries, running_cluster

HOSTS, LINKS, HASTE = 8, 60, 10


@pytest.mark.postgresql
def test_whatever_happens_nothing_is_lost_and_no_host_asked_too_fast(
    tmp_path: Path, background: BackgroundLoop, postgresql: Cluster
) -> None:
    programs = binaries()
    assert programs  # the fixture found them
    web = background.start(counting_web(HOSTS))
    with (
        running_cluster(programs) as own,  # it is stopped in the middle
        crew(tmp_path, own, web, interval=1 / HASTE, haste=HASTE, at_once=HOSTS // 2) as fleet,
    ):
        fleet.prepare(HOSTS, LINKS)
        play(fleet, own, Random(2026), links=HOSTS * LINKS, haste=HASTE)
