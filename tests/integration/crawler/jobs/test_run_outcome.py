"""Test the outcome of a run whose due links cannot be counted at its end."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from crawler.config import load_config
from crawler.jobs import run_outcome
from crawler.jobs.lifecycle import open_job
from crawler.scan.wiki_scan import register_urls
from store.errors import DatabaseUnavailable
from store.queries.work_left import WorkLeft, find_work_left
from store.schema.engine import Database
from store.work.frontier import DueFilter
from store.work.runs import RunOutcome, last_runs
from tests.integration.crawler.conftest import START, Clock


def run_that_checks(database: Database, clock: Clock, folder: Path) -> RunOutcome | None:
    """Return the stored outcome of a run that leaves a link due."""
    loaded = load_config(start=folder, environment={}, overrides={"db_wait": 0})
    with open_job(loaded, "check", clock=clock, database=database) as job:
        register_urls(job, ["http://a.example/"])
        run_outcome.set_due_filter(job, DueFilter(now=START))
    with database.read() as connection:
        return last_runs(connection, limit=1)[0].outcome


def test_a_run_of_which_nobody_knows_what_it_left_is_not_finished(
    database: Database, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later reports would mark as new what changed since this run."""

    def locked(*_: object, **__: object) -> NoReturn:
        raise DatabaseUnavailable("locked")

    monkeypatch.setattr(run_outcome, "find_work_left", locked)
    assert run_that_checks(database, clock, tmp_path) is RunOutcome.PARTIAL


def test_a_count_is_repeated_while_the_database_is_unavailable(
    database: Database, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [DatabaseUnavailable("locked")]

    def locked_once(*arguments: object, **named: object) -> object:
        if failures:
            raise failures.pop()
        return find_work_left(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(run_outcome, "find_work_left", locked_once)
    monkeypatch.setattr("store.work.retry_budget.RETRY_SECONDS", 0.01)
    loaded = load_config(start=tmp_path, environment={}, overrides={"db_wait": 60})
    with open_job(loaded, "check", clock=clock, database=database) as job:
        register_urls(job, ["http://a.example/"])
        run_outcome.set_due_filter(job, DueFilter(now=START))
    assert job.work_left == WorkLeft(other=1)
