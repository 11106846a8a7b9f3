"""Provide a database with a queue, and jobs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from crawler.config import load_config
from crawler.fleet import schema
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from crawler.scan.wiki_scan import register_urls
from store.schema.engine import Database, open_database
from store.schema.models import Base
from tests.postgresql import Cluster

OpenJob = Callable[..., Job]
_QUEUE_TABLES = (
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_jobs",
    "procrastinate_workers",
)


@pytest.fixture(scope="session")
def _with_queue(postgresql: Cluster) -> str:
    url = postgresql.new_database()
    database = open_database(url)
    schema.upgrade_queue(database)
    database.close()
    return url


@pytest.fixture
def fleet_url(postgresql: Cluster, _with_queue: str) -> Iterator[str]:
    """Return the URL of a database with the present schema and an empty queue."""
    yield _with_queue
    tables = ", ".join([*(table.name for table in Base.metadata.sorted_tables), *_QUEUE_TABLES])
    postgresql.execute(f"TRUNCATE {tables} RESTART IDENTITY", url=_with_queue)


@pytest.fixture
def database(fleet_url: str) -> Iterator[Database]:
    opened = open_database(fleet_url)
    yield opened
    opened.close()


@pytest.fixture
def another_job(tmp_path: Path, database: Database) -> Iterator[OpenJob]:
    """Return a function that opens jobs as workers do, with settings by dotted keys."""
    with ExitStack() as opened:

        def open_one(**settings: Any) -> Job:
            loaded = load_config(start=tmp_path, environment={}, overrides=settings)
            job = opened.enter_context(
                open_job(loaded, "worker", database=database, waits_for_database=True)
            )
            job.owner = f"worker:{job.run_id}"
            return job

        yield open_one


@pytest.fixture
def job(another_job: OpenJob) -> Job:
    return another_job()


def cite(job: Job, hosts: int, links: int = 1) -> None:
    """Store a number of due links on each of some hosts."""
    register_urls(
        job, [f"http://h{host}.example/{link}" for host in range(hosts) for link in range(links)]
    )


def rows(database: Database, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def change(database: Database, statement: str, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(text(statement), values)


def queued(database: Database, columns: str = "status, lock") -> Sequence[tuple[Any, ...]]:
    """Return the jobs of the queue, in their order."""
    return rows(database, f"SELECT {columns} FROM procrastinate_jobs ORDER BY id")


def take(
    database: Database, *, worker: int | None = None, beat: str = "0 s", lock: str | None = None
) -> int:
    """Take a job from the queue as a worker with an old heartbeat would, and return its id."""
    if worker is None:
        ((worker,),) = _returning(
            database,
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - CAST(:beat AS interval)) RETURNING id",
            beat=beat,
        )
    ((job_id,),) = _returning(
        database,
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker WHERE id = "
        "(SELECT min(id) FROM procrastinate_jobs WHERE status = 'todo' AND lock = coalesce(:lock, lock)) RETURNING id",
        worker=worker,
        lock=lock,
    )
    return int(job_id)


def _returning(database: Database, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with database.write() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def now() -> datetime:
    return datetime.now(UTC)
