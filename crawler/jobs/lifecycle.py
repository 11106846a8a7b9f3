"""Begin and finish a job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from time import monotonic

from crawler.config import LoadedConfig
from crawler.config.proxy_address import check_environment
from crawler.jobs.clock import Clock, clock_of
from crawler.jobs.configured_database import open_configured_database
from crawler.jobs.job import Job
from crawler.jobs.run_outcome import count_work_left, job_outcome
from crawler.jobs.stop_signal import StopSignal
from crawler.politeness.host_rules import rules_for
from crawler.process.version import holdfast_version
from store.errors import DatabaseLocked, StoreError
from store.schema.engine import Database
from store.work.lease_owners import process_owner_name
from store.work.leases import release_abandoned
from store.work.retry_budget import RetryBudget
from store.work.runs import RunOutcome, begin_run, finish_run

_NO_RUN = 0  # the id of no run: the database refuses rows that refer to it


@contextmanager
def open_job(
    loaded: LoadedConfig,
    command: str,
    *,
    clock: Clock | None = None,
    database: Database | None = None,
    waits_for_database: bool = False,
    wikis: Sequence[str] | None = None,
    seconds: float | None = None,
) -> Iterator[Job]:
    """Open the database and begin a run; finish the run when the block ends, however it ends.

    Args:
        loaded: The configuration.
        command: The command's name, stored with the run.
        clock: Returns the present time; by default the database's clock.
        database: An open database; by default the configured one is opened, and closed at the end.
        waits_for_database: Whether the job waits without limit while the database is unavailable.
        wikis: The wikis the run covers completely; None for all.
        seconds: How long the process may continue; no wait for the database takes longer. None
            sets no limit.

    Yields:
        The job.

    Raises:
        StoreError: The database cannot be opened or written.
        ConfigError: The environment names an invalid proxy.
    """
    if not loaded.config.network.proxy:
        check_environment()
    stop = StopSignal()
    retries = RetryBudget(
        None if waits_for_database else loaded.config.db_wait, stopped=lambda: bool(stop)
    )
    if seconds is not None:
        retries.set_deadline(monotonic() + seconds)
    # Only a lock is waited for, so that a wrong database URL is reported at once.
    wait = partial(retries.run_blocking, retry_on=DatabaseLocked)
    opened = database or wait(partial(open_configured_database, loaded))
    try:
        job_clock = clock or clock_of(opened)
        owner = process_owner_name()
        begin = partial(_begin, opened, loaded, command, owner=owner, clock=job_clock, wikis=wikis)
        job = Job(
            loaded=loaded,
            database=opened,
            run_id=wait(begin),
            owner=owner,
            clock=job_clock,
            stop=stop,
            waits_for_database=waits_for_database,
            retries=retries,
        )
        with _finish_at_end(job):
            yield job
    finally:
        if database is None:
            opened.close()


@contextmanager
def open_dry_job(loaded: LoadedConfig) -> Iterator[Job]:
    """Open the database for a dry run: no run is begun, and no result can be stored.

    Args:
        loaded: The configuration.

    Yields:
        The job.

    Raises:
        StoreError: The database cannot be opened.
    """
    database = open_configured_database(loaded)
    try:
        owner = process_owner_name()
        yield Job(
            loaded=loaded, database=database, run_id=_NO_RUN, owner=owner, clock=clock_of(database)
        )
    finally:
        database.close()


def _begin(
    database: Database,
    loaded: LoadedConfig,
    command: str,
    *,
    owner: str,
    clock: Clock,
    wikis: Sequence[str] | None,
) -> int:
    """Store a new run, after the leases of dead processes are released. Returns the run's id."""

    # Nobody knows when a dead process sent its last request: each of its hosts gets a pause.
    def pause(host: str) -> timedelta:
        return timedelta(seconds=rules_for(loaded.config, host).interval)

    with database.write() as connection:
        release_abandoned(connection, now=clock(), pause=pause)
        return begin_run(
            connection,
            command=command,
            at=clock(),
            owner=owner,
            version=holdfast_version(),
            wikis=wikis,
        )


@contextmanager
def _finish_at_end(job: Job) -> Iterator[None]:
    """Store the outcome of the run when the block ends."""
    # Read now, as a fleet's worker changes `job.run_id` to the run of its queued jobs.
    run_id = job.run_id
    outcome = RunOutcome.FAILED
    try:
        yield
        outcome = job_outcome(job)
    except KeyboardInterrupt:
        outcome = RunOutcome.INTERRUPTED
        raise
    finally:
        if job.due_filter is not None:
            # Counting takes long on a large wiki, so it is done before the writing transaction.
            # If it fails, the outcome is stored without the counts.
            with suppress(StoreError):
                count_work_left(job)
        job.retries.run_blocking(partial(_finish, job, run_id, outcome))


def _finish(job: Job, run_id: int, outcome: RunOutcome) -> None:
    with job.database.write() as connection:
        left = job.work_left.to_totals() if job.due_filter and job.work_left else {}
        totals = {**job.counts, **left}
        finish_run(connection, run_id, at=job.clock(), outcome=outcome, totals=totals)
