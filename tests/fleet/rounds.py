"""Run rounds with faults: workers killed or frozen past their leases, the database stopped, a second plan.

Whatever happens, every due link is probed, no host is asked faster than it allows, and what a worker left lying is taken up again soon.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from random import Random

import psycopg

from store.work.writer import BATCH_ROWS
from tests.fleet.workers import WorkerFleet
from tests.postgresql import Cluster

_TURNS = 12  # over so many requests in a row a host's rate is measured: single gaps are blurred by a busy machine
_TOO_FAST = 1.35  # a second worker at the same host would make it 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a round. Times are seconds at default settings, rates are requests per interval."""

    killed: float  # until all hosts of the worker that was killed were asked again
    frozen: float  # the same of the one that was frozen
    twice: int  # addresses asked more than once
    highest_rate: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"recovered from a kill in {self.killed:.0f} s, from a freeze in {self.frozen:.0f} s; {self.twice} links probed twice; "
            f"no host above {self.highest_rate:.2f} of its rate; {self.seconds:.0f} s in all"
        )


def run_round(
    fleet: WorkerFleet,
    cluster: Cluster,
    random: Random,
    *,
    links: int,
    speedup: float = 1.0,
    within: float = inf,
) -> Outcome:
    """Run one round with a fleet whose links are all due.

    Raises AssertionError where anything is lost or asked too fast, or taken up again later than `within` so many seconds.
    """
    began = time.monotonic()
    fleet.web.reset()
    fleet.change("UPDATE link SET next_probe_at = now()")
    assert fleet.plan() == 0
    for _ in range(3):
        fleet.start()
    fleet.wait_until(
        lambda: (
            len(fleet.busy()) >= 2
            and all("takes jobs" in worker.output for worker in fleet.workers)
        )
    )
    (killed, killed_held), (frozen, frozen_held) = random.sample(fleet.busy(), 2)

    def kill() -> float:
        killed.send(signal.SIGKILL)
        killed.wait()
        successors = [fleet.start()]

        def supervise() -> None:
            if not successors[-1].is_running:  # the database was away when it began
                successors.append(fleet.start())

        return _until_asked_again(fleet, killed_held, speedup, meanwhile=supervise)

    def freeze() -> float:
        frozen.send(signal.SIGSTOP)
        took = _until_asked_again(fleet, frozen_held, speedup)
        time.sleep(5 / speedup)
        frozen.send(signal.SIGCONT)
        return took

    def stop_database(seconds: float = random.uniform(2, 20)) -> float:
        cluster.stop()
        time.sleep(seconds / speedup)
        cluster.start()
        return seconds

    def plan_again() -> float:
        while fleet.plan() != 0:  # the database may be away: it is tried again, as cron would
            time.sleep(1)
        return 0.0

    faults: list[Callable[[], float]] = [kill, freeze, stop_database, plan_again]
    took = _at_random_moments(faults, [random.uniform(0, 30) / speedup for _ in faults])
    fleet.wait_until(lambda: fleet.due() == 0 and _run_ended(fleet), seconds=600 / speedup)
    fleet.end()
    outcome = _check_records(fleet, took, links, time.monotonic() - began)
    assert max(outcome.killed, outcome.frozen) <= within, f"{outcome}\n{fleet.all_output()}"
    return outcome


def _at_random_moments(
    faults: Sequence[Callable[[], float]], moments: Sequence[float]
) -> dict[str, float]:
    """Cause each fault at its time, concurrently, and return their results."""

    def happen(fault: Callable[[], float], moment: float) -> float:
        time.sleep(moment)
        return fault()

    with ThreadPoolExecutor(len(faults)) as threads:
        results = list(threads.map(happen, faults, moments))
    return {fault.__name__: result for fault, result in zip(faults, results, strict=True)}


def _until_asked_again(
    fleet: WorkerFleet,
    hosts: set[str],
    speedup: float,
    meanwhile: Callable[[], None] = lambda: None,
) -> float:
    """Wait until each of these hosts was requested again or has nothing due; return the seconds at default settings."""
    since = time.monotonic()
    left = set(hosts)

    def all_asked() -> bool:
        meanwhile()
        left.difference_update(
            visit.host
            for visit in list(fleet.web.visits)
            if visit.seconds > since + 2 * fleet.interval
        )
        with suppress(psycopg.OperationalError):
            left.intersection_update(fleet.hosts_due())
        return not left

    return fleet.wait_until(all_asked) * speedup


def _run_ended(fleet: WorkerFleet) -> bool:
    return fleet.query(
        "SELECT count(*) FROM run WHERE command = 'plan' AND finished_at IS NULL"
    ) == [(0,)]


def _check_records(
    fleet: WorkerFleet, took: dict[str, float], links: int, seconds: float
) -> Outcome:
    """Compare the requests at the servers with the database."""
    visits = fleet.visits()
    assert len(visits) == links, f"{links - len(visits)} links were never asked for"
    ((probes, probed),) = fleet.query(
        "SELECT count(*), count(DISTINCT link_id) FROM probe WHERE run_id = (SELECT max(id) FROM run WHERE command = 'plan')"
    )
    assert probed == links, f"{links - probed} links have no probe of this run"
    twice = sum(times > 1 for times in visits.values())
    assert probes - probed <= twice, "a probe is stored twice that was made once"
    assert max(visits.values()) <= 3, visits.most_common(3)
    assert twice <= 2 * BATCH_ROWS, twice  # one batch of each of the two that were struck
    highest_rate = fleet.highest_rate(_TURNS)
    assert highest_rate <= _TOO_FAST, f"a host was asked at {highest_rate:.2f} times its rate"
    assert fleet.query("SELECT count(*) FROM procrastinate_jobs") == [(0,)], (
        "jobs were left in the queue"
    )
    assert fleet.query("SELECT count(*) FROM host WHERE lease_until IS NOT NULL") == [(0,)], (
        "leases were left behind"
    )
    for worker in fleet.workers:
        assert "Traceback" not in worker.output, worker.output
    return Outcome(
        killed=took["kill"],
        frozen=took["freeze"],
        twice=twice,
        highest_rate=highest_rate,
        seconds=seconds,
    )
