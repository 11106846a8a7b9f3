"""Provide jobs on a database of their own, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.config import load_config
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from store.schema.engine import Database, open_database

START = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that tests set."""

    now: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url, durable=False)
    yield opened
    opened.close()


OpenJob = Callable[..., Job]


@pytest.fixture
def another_job(tmp_path: Path, clock: Clock, database: Database) -> Iterator[OpenJob]:
    """Return a function that opens jobs on one database and clock, with settings by dotted keys."""
    with ExitStack() as opened:

        def open_one(**settings: Any) -> Job:
            # These tests count requests; those about random URLs set `sibling_days`, and those
            # about what archives may not copy `archive_robots_days`.
            hosts = dict(settings.get("hosts", {}))
            hosts["*"] = {"sibling_days": 0, "archive_robots_days": 0} | hosts.get("*", {})
            settings["hosts"] = hosts
            loaded = load_config(start=tmp_path, environment={}, overrides=settings)
            job = opened.enter_context(open_job(loaded, "run", clock=clock, database=database))
            job.owner = f"job:{job.run_id}"
            return job

        yield open_one


@pytest.fixture
def job(another_job: OpenJob) -> Job:
    """Return a job without rate limits."""
    return another_job(hosts={"*": {"interval": 0, "retry_wait": 0}})
