"""Check the database, the last run and the free disk space."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url

from crawler.config import LoadedConfig
from crawler.doctor.model import CheckResult, CheckStatus
from crawler.jobs.clock import system_clock
from store.errors import StoreError
from store.queries.status import store_status
from store.schema.engine import open_without_migrating
from store.schema.upgrade import HEAD, read_revision
from store.work.lease_owners import short_owner_name
from store.work.runs import last_runs

# Free bytes on the disk; the history of 100,000 links grows by about this much in a year.
_MIN_FREE_BYTES = 500_000_000
_MAX_RUN_AGE = timedelta(days=2)  # a daily job that did not run for so long no longer runs


def check_database(loaded: LoadedConfig) -> Iterator[CheckResult]:
    """Yield the results for the database. Its schema is not upgraded."""
    try:
        url = make_url(loaded.database_url)
        file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        if file and not file.exists():
            yield CheckResult(
                CheckStatus.OK, f"database {file}: does not exist yet, the first run creates it"
            )
        else:
            yield from _check_contents(loaded)
        if file:
            yield from _check_disk_space(file)
    except StoreError as error:
        yield CheckResult(CheckStatus.PROBLEM, str(error))


def _check_contents(loaded: LoadedConfig) -> Iterator[CheckResult]:
    """Yield the state of the schema, the work that is due or in progress, and the last run."""
    now = system_clock()
    database = open_without_migrating(
        loaded.database_url, unresponsive_seconds=loaded.config.db_wait
    )
    try:
        with database.read() as connection:
            revision = read_revision(connection)
            if revision != HEAD:
                yield CheckResult(
                    CheckStatus.NOTE,
                    f"database {database.url}: schema {revision}, current is {HEAD}",
                    "run holdfast db upgrade; any run upgrades it, too",
                )
                return
            runs = last_runs(connection, limit=1)
            status = store_status(connection, now=now)
    finally:
        database.close()
    due = sum(status.due.values())
    yield CheckResult(CheckStatus.OK, f"database {database.url}; links and mirrors due: {due:,}")
    if status.leased:
        owners = sorted({short_owner_name(host.owner) for host in status.leased})
        owner = owners[0] if len(owners) == 1 else f"{len(owners)} processes"
        yield CheckResult(
            CheckStatus.OK, f"hosts being checked now: {len(status.leased)}, by {owner}"
        )
    if not runs:
        return
    last = runs[0]
    if now - last.started_at > _MAX_RUN_AGE:
        yield CheckResult(
            CheckStatus.NOTE,
            f"the last run was on {last.started_at:%Y-%m-%d}",
            "schedule runs: docs/schedules.md has examples",
        )
    elif last.finished_at and last.outcome:
        yield CheckResult(CheckStatus.OK, f"the last run ended: {last.outcome}")


def _check_disk_space(file: Path) -> Iterator[CheckResult]:
    """Yield a note if little space is free on the disk of the database."""
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    free = shutil.disk_usage(folder).free
    if free < _MIN_FREE_BYTES:
        yield CheckResult(
            CheckStatus.NOTE,
            f"only {free / 1e6:,.0f} MB free on the disk of {file}",
            "free disk space: a run fails when the disk is full",
        )
