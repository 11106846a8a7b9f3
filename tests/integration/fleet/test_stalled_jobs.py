"""Test stalled jobs: any other worker requeues them once, for when their hosts are free."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from crawler.fleet import stalled_jobs
from crawler.fleet.queue import JobSpec, archive_step_job, enqueue, probe_job
from crawler.fleet.stalled_jobs import requeue_job, requeue_stalled, requeue_unstarted
from crawler.jobs.job import Job
from crawler.preservation.archive_session import service_slot
from store.schema.engine import Database
from tests.integration.fleet.conftest import change, cite, queued, rows, take
from tests.integration.store.leasing import ensure_host

pytestmark = pytest.mark.postgresql
DEAD = "31 s"


def add(database: Database, *orders: JobSpec) -> None:
    with database.write() as connection:
        enqueue(connection, orders)


@pytest.fixture(autouse=True)
def _hosts(job: Job, database: Database) -> None:
    cite(job, hosts=3)
    add(database, *(probe_job(host, job.run_id) for host in (1, 2, 3)))


def test_only_the_jobs_of_stalled_workers_are_requeued(job: Job, database: Database) -> None:
    take(database, beat=DEAD)
    alive = take(database, beat="29 s")
    assert requeue_stalled(job) == 1
    assert sorted(queued(database)) == [("doing", "host:2"), ("todo", "host:1"), ("todo", "host:3")]
    assert rows(database, "SELECT id FROM procrastinate_jobs WHERE status = 'doing'") == [(alive,)]
    assert requeue_stalled(job) == 0


def test_jobs_of_a_worker_whose_row_was_pruned_are_requeued(job: Job, database: Database) -> None:
    take(database)
    change(database, "DELETE FROM procrastinate_workers")
    assert requeue_stalled(job) == 1
    assert {status for status, _ in queued(database)} == {"todo"}


def test_a_requeued_job_waits_for_the_lease_of_its_last_holder(
    job: Job, database: Database
) -> None:
    until = job.clock() + timedelta(seconds=42)
    change(
        database,
        "UPDATE host SET lease_owner = 'the dead', lease_until = :until WHERE id = 1",
        until=until,
    )
    change(
        database,
        "UPDATE host SET lease_until = :until WHERE id = 2",
        until=job.clock() - timedelta(seconds=1),
    )
    take(database, beat=DEAD)
    take(database, beat=DEAD)
    assert requeue_stalled(job) == 2
    waiting = dict(rows(database, "SELECT lock, scheduled_at FROM procrastinate_jobs"))
    assert waiting == {"host:1": until, "host:2": None, "host:3": None}


def test_the_archives_wait_for_the_lease_on_the_service(job: Job, database: Database) -> None:
    add(database, archive_step_job(job.run_id, limit=10))
    until = job.clock() + timedelta(seconds=42)
    with database.write() as connection:
        service = ensure_host(connection, service_slot("wayback"))
    change(database, "UPDATE host SET lease_until = :until WHERE id = :id", until=until, id=service)
    taken = take(database, lock="archives")
    requeue_job(job, taken, archive_step_job(job.run_id, limit=10))
    assert ("todo", "archives", until) in rows(
        database, "SELECT status, lock, scheduled_at FROM procrastinate_jobs"
    )


def test_one_worker_at_a_time_looks_for_stalled_jobs(job: Job, database: Database) -> None:
    take(database, beat=DEAD)
    with database.write() as connection:
        assert connection.execute(
            text(f"SELECT pg_try_advisory_xact_lock({stalled_jobs._LOCK})")
        ).scalar_one()
        assert requeue_stalled(job) == 0
    assert requeue_stalled(job) == 1


def test_a_job_that_its_worker_does_not_run_is_requeued_at_the_second_call(
    job: Job, database: Database
) -> None:
    unheard, begun = take(database), 0
    ((worker,),) = rows(
        database, "SELECT worker_id FROM procrastinate_jobs WHERE id = :id", id=unheard
    )
    begun = take(database, worker=worker)
    suspects = requeue_unstarted(job, worker, {begun}, frozenset())
    assert suspects == {unheard}
    assert (
        requeue_unstarted(job, worker, {begun, unheard}, suspects) == frozenset()
    )  # it had just been taken
    assert requeue_unstarted(job, worker, {begun}, suspects) == frozenset()
    assert sorted(queued(database)) == [("doing", "host:2"), ("todo", "host:1"), ("todo", "host:3")]
