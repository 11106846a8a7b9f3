"""Test plans: what is due becomes jobs of one run, however often and wherever it is planned."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from crawler.fleet import planner, runs
from crawler.fleet.maintenance import MaintenanceLoop
from crawler.fleet.planner import plan, queue_new_mirrors
from crawler.fleet.queue import enqueue, probe_job
from crawler.fleet.runs import finish_run_if_done, report_totals, wait_for_run
from crawler.jobs.job import Job
from crawler.probing import stored_probes
from store.schema.engine import Database
from store.work.runs import RunOutcome
from tests.integration.fleet.conftest import OpenJob, change, cite, queued, rows, take

pytestmark = pytest.mark.postgresql


def planned_runs(database: Database) -> list[tuple[object, ...]]:
    return rows(database, "SELECT outcome FROM run WHERE command = 'plan' ORDER BY id")


def test_every_host_with_due_links_becomes_a_job_the_longest_first(
    job: Job, database: Database
) -> None:
    cite(job, hosts=1, links=2)
    cite(job, hosts=3, links=1)
    change(
        database,
        "UPDATE link SET next_probe_at = now() + interval '1 day' WHERE url LIKE '%h2.example%'",
    )
    done = plan(job)
    assert (done.hosts, done.links, done.queued, done.archives) == (2, 3, 2, False)
    assert queued(database, "lock, args") == [
        (f"host:{host}", {"host_id": host, "run_id": done.run_id}) for host in (1, 2)
    ]


def test_plan_without_due_links_begins_no_run(job: Job, database: Database) -> None:
    assert plan(job).run_id is None
    assert planned_runs(database) == []


def test_concurrent_and_repeated_planning_adds_each_job_once(
    another_job: OpenJob, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "_BATCH", 2)
    jobs = [another_job() for _ in range(4)]
    cite(jobs[0], hosts=9)
    with ThreadPoolExecutor(4) as threads:
        plans = list(threads.map(plan, jobs))
    assert sum(done.queued for done in plans) == 9
    assert len({done.run_id for done in plans}) == 1
    take(database)
    assert plan(jobs[0]).queued == 0
    assert len(queued(database)) == 9
    assert planned_runs(database) == [(None,)]


def test_new_mirrors_are_queued_behind_a_job_that_is_running_on_their_host(
    job: Job, database: Database
) -> None:
    """That job has selected what was due when it began, so the run would end without them."""
    cite(job, hosts=1)
    run_id = plan(job).run_id or 0
    take(database)
    change(
        database,
        "INSERT INTO mirror (link_id, service, timestamp, snapshot_id, origin, first_run_id) "
        "VALUES (1, 'x', '', '', 'found', :run)",
        run=run_id,
    )
    assert queue_new_mirrors(job, run_id) == 1
    assert queue_new_mirrors(job, run_id) == 0
    assert queued(database) == [("doing", "host:1"), ("todo", "host:1")]


def test_a_run_ends_when_none_of_its_jobs_is_left(job: Job, database: Database) -> None:
    cite(job, hosts=1)
    run_id = plan(job).run_id
    assert run_id is not None
    assert finish_run_if_done(job) is None
    taken = take(database)
    assert finish_run_if_done(job) is None
    change(database, "DELETE FROM procrastinate_jobs WHERE id = :id", id=taken)
    report_totals(job, run_id, {"link:alive": 1})
    report_totals(job, run_id, {"link:alive": 2, "link:moved": 1})
    assert finish_run_if_done(job) == run_id
    assert finish_run_if_done(job) is None
    assert rows(
        database,
        "SELECT outcome, totals->>'link:alive', totals->>'link:moved' FROM run WHERE id = :id",
        id=run_id,
    ) == [("partial", "3", "1")]  # the link of the job that vanished is still due
    waiting = Job(loaded=job.loaded, database=database, run_id=run_id, owner="", clock=job.clock)
    wait_for_run(waiting, None, notify=print)
    assert waiting.counts == {"link:alive": 3, "link:moved": 1}


def test_a_worker_without_jobs_of_a_run_applies_its_mementos(
    another_job: OpenJob, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = []

    def search(_connection: object, run_id: int) -> dict[int, bool]:
        searched.append(run_id)
        return {}

    monkeypatch.setattr(stored_probes, "links_with_new_mementos", search)
    planner_job, idle = another_job(), another_job()
    cite(planner_job, hosts=1)
    run_id = plan(planner_job).run_id
    change(database, "DELETE FROM procrastinate_jobs")
    assert finish_run_if_done(idle) == run_id
    assert searched == [run_id]


@pytest.mark.parametrize("is_ending", [True, False])
def test_each_worker_schedules_the_links_that_it_must_probe_again(
    job: Job, database: Database, is_ending: bool
) -> None:
    cite(job, hosts=2)
    (busy,), (done,) = rows(database, "SELECT id FROM link ORDER BY id")
    maintenance = MaintenanceLoop(job, (), once=False)
    job.links_to_reprobe.add(busy)
    maintenance._maintain(0, frozenset([1]), Counter())
    assert job.links_to_reprobe == {busy}  # its probe may not be stored yet
    job.links_to_reprobe = {done}
    if is_ending:
        asyncio.run(maintenance.report_progress())
    else:
        maintenance._maintain(0, frozenset(), Counter())
    assert not job.links_to_reprobe
    due = [("false",), ("true",)]
    assert (
        rows(
            database,
            "SELECT (next_probe_at > now() + interval '19 hours')::text FROM link ORDER BY id",
        )
        == due
    )


def test_waiting_for_a_run_ends_at_the_deadline(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(runs, "_NOTIFY_INTERVAL_SECONDS", 0.0)
    cite(job, hosts=1)
    job.run_id = plan(job).run_id or 0
    message: list[str] = []
    wait_for_run(job, 0.1, notify=message.append)
    assert job.stop.outcome is RunOutcome.DEADLINE
    assert message[0] == "jobs left: 1; workers: 0: start one with holdfast worker"


def test_a_run_whose_queue_never_becomes_empty_ends_after_a_day(
    job: Job, database: Database
) -> None:
    cite(job, hosts=2)
    first = plan(job).run_id
    change(
        database,
        "UPDATE run SET started_at = :then WHERE id = :id",
        then=job.clock() - timedelta(hours=25),
        id=first,
    )
    second = plan(job)
    assert second.run_id != first
    assert second.queued == 0
    assert planned_runs(database) == [("deadline",), (None,)]
    with database.write() as connection:
        enqueue(connection, [probe_job(99, first or 0)])
    assert plan(job).run_id == second.run_id
