"""A job: one run's configuration, database, clock and standing orders, shared by its spiders."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache, partial
from importlib.metadata import version
from random import random
from threading import Thread
from time import monotonic
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from crawler.archives.link_identity import identify
from crawler.config import Config, LoadedConfig
from crawler.config.hosts import HostRules
from crawler.config.proxy_address import check_environment
from crawler.jobs import HostLeases
from crawler.jobs.batching import Batcher
from crawler.jobs.clock import Clock, clock_of, system_clock
from crawler.jobs.isolation import InternalErrors, Isolation, Unit
from crawler.jobs.probe_budget import ProbeBudget
from crawler.jobs.stop_signal import DRAIN_SECONDS, StopSignal
from crawler.liveness import advance, make_judgement
from crawler.monitoring.interface import Monitor
from crawler.politeness.host_rules import rules_for
from crawler.politeness.rate_limit import RateLimiters
from crawler.politeness.url_filters import UrlFilters
from store.errors import DatabaseUnavailable, StoreError
from store.schema.engine import Database, open_database
from store.vocabulary import HistoryPolicy, Judgement, Reason, TrackedState
from store.work.frontier import DueLink
from store.work.history import Advance, Circumstances, HostResult, ProbeResult
from store.work.lease_owners import process_owner_name
from store.work.leases import (
    LEASE_LENGTH,
    Lease,
    Release,
    acquire_leases,
    ensure_hosts,
    leases_of_owners,
    release_abandoned,
    release_leases,
)
from store.work.links import LinkRegistry
from store.work.retry_budget import RetryBudget
from store.work.runs import RunOutcome, begin_run, finish_run
from store.work.scope import EVERYTHING, Scope
from store.work.writer import HistoryWriter

_P = ParamSpec("_P")
_T = TypeVar("_T")

_RELEASE_SECONDS = 2.0  # for giving everything back before a second Ctrl-C ends the process
_REMEMBERED_RULES = 4096  # parties: more than are asked side by side


@dataclass
class Job:
    """See the module. `scope` says which links it is about; `monitors` watch it."""

    loaded: LoadedConfig
    database: Database
    run_id: int
    owner: str
    clock: Clock = system_clock
    stop: StopSignal = field(default_factory=StopSignal)
    budget: ProbeBudget = field(default_factory=ProbeBudget)
    waits_for_database: bool = False  # it waits for a database that is away, as long as that takes
    scope: Scope = EVERYTHING
    counts: Counter[str] = field(default_factory=Counter)
    monitors: list[Monitor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.url_filters = UrlFilters.from_config(self.config)
        self.rate_limiters = RateLimiters(self.rules_for)
        self.errors = InternalErrors(self.counts)
        self.retries = RetryBudget(
            None if self.waits_for_database else self.config.db_wait,
            stopped=lambda: bool(self.stop),
        )
        self.writer = HistoryWriter(
            self.database,
            bind_history_policy(self.config.history.policy),
            on_failure=self._instead_of,
            retries=self.retries,
        )
        self.claims = Batcher(self._claim)
        self.host_leases = HostLeases(self)
        self._rules = lru_cache(maxsize=_REMEMBERED_RULES)(partial(rules_for, self.config))

    @property
    def config(self) -> Config:
        return self.loaded.config

    def _claim(self, hosts: Sequence[int | str]) -> Sequence[Lease | None]:
        """Claim the leases on hosts, each given by its id or, where that is not known, by its name."""
        with self.database.write() as connection:
            named = ensure_hosts(connection, {host for host in hosts if isinstance(host, str)})
            ids = [named[host] if isinstance(host, str) else host for host in hosts]
            leases = acquire_leases(
                connection, ids, owner=self.owner, now=self.clock(), length=LEASE_LENGTH
            )
        return [leases.get(host_id) for host_id in ids]

    def stop_on_store_error(self, error: StoreError) -> None:
        """Take in that the store failed: going on would only lose more, unless it is worth waiting for."""
        if not (self.waits_for_database and isinstance(error, DatabaseUnavailable)):
            self.stop.request(RunOutcome.FAILED, str(error))

    def isolated(
        self, unit: Unit, subject: str, *, expected: tuple[type[BaseException], ...] = ()
    ) -> Isolation:
        """Return a context that confines unexpected exceptions to its block, counted and logged.

        Args:
            unit: What kind of work the block does.
            subject: What it is about: a URL, a host, a path, a name.
            passing: Exceptions that are expected here, beside those that always are (`crawler.jobs.isolation`).
        """
        return Isolation(self.errors, unit, subject, expected)

    def _instead_of(self, result: ProbeResult | HostResult, error: Exception) -> ProbeResult | None:
        """Return what is written for a probe that cannot be written: that it failed. A lease not given back runs out by itself."""
        if not isinstance(result, ProbeResult):
            self.errors.record(Unit.ITEM, f"host {result.lease.host_id}", error)
            return None
        noted = self.errors.record(Unit.ITEM, result.probe.url, error)
        if result.judgement.reason is Reason.INTERNAL_ERROR:
            return None  # it was the second attempt
        bare = replace(result.probe, requests=(), evidence=None, skipped=Reason.INTERNAL_ERROR)
        return replace(
            result, probe=bare, judgement=make_judgement(Reason.INTERNAL_ERROR, str(noted))
        )

    async def read(
        self, query: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Run a store function in a worker thread, in a read-only transaction of its own.

        Args:
            query: Takes the transaction's connection, then `args` and `kwargs`. What it returns
                must be complete: the transaction has ended when the caller gets it.
            *args: Passed on to `query`.
            **kwargs: Passed on to `query`.

        Returns:
            What `query` returned.

        Raises:
            StoreError: The database cannot be read.
        """

        def in_transaction() -> _T:
            with self.database.read() as connection:
                return query(connection, *args, **kwargs)

        return await asyncio.to_thread(in_transaction)

    async def write(
        self, change: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Run a store function in a worker thread, in a writing transaction of its own.

        The transaction is committed when the function returns and rolled back when it raises.

        Args:
            change: Takes the transaction's connection, then `args` and `kwargs`.
            *args: Passed on to `change`.
            **kwargs: Passed on to `change`.

        Returns:
            What `change` returned.

        Raises:
            StoreError: The database cannot be written.
        """

        def in_transaction() -> _T:
            with self.database.write() as connection:
                return change(connection, *args, **kwargs)

        return await asyncio.to_thread(in_transaction)

    async def write_with_retry(self, write: Callable[[], None]) -> None:
        """Write in a worker thread, again while the database is away and the job may wait. Raises StoreError."""
        await self.retries.run(write)

    def stop_within(self, seconds: float | None, *, shutdown_seconds: float = 0.0) -> None:
        """Order the job to stop so early that its process ends in time. Called in the running loop.

        Args:
            seconds: How long the process may go on; None sets no limit.
            ending: How long it will take to end once the work has stopped.
        """
        if seconds is None:
            return
        self.retries.set_deadline(monotonic() + seconds)
        self.stop.drain_seconds = min(DRAIN_SECONDS, max(seconds, 0.0) / 10)
        reserve = min(self.stop.drain_seconds + shutdown_seconds, 0.75 * max(seconds, 0.0))
        self.stop.request_after(seconds - reserve)

    def release_leases(self) -> None:
        """Release every host that this process holds, as it is about to end. Takes two seconds at most."""
        releasing = Thread(target=self._release_leases, daemon=True)
        releasing.start()
        releasing.join(_RELEASE_SECONDS)

    def _release_leases(self) -> None:
        with suppress(StoreError), self.database.write() as connection:
            now = self.clock()
            releases = [
                Release(
                    lease=lease,
                    next_allowed_at=now
                    + timedelta(seconds=self.rate_limiters.get(host).seconds_until_next),
                )
                for host, lease in leases_of_owners(connection, [self.owner])
            ]
            release_leases(connection, releases)

    @contextmanager
    def monitor_host(self, host: str) -> Iterator[None]:
        """Let the job's monitors know of the work on a host, for as long as the block lasts."""
        with ExitStack() as watched:
            for monitor in self.monitors:
                watched.enter_context(monitor.host_work(host))
            yield

    def rules_for(self, slot: str) -> HostRules:
        """Give a party's rules; those last asked for are remembered."""
        return self._rules(slot)

    def excludes(self, link: DueLink) -> bool:
        """Tell whether the configuration's patterns keep a link from being asked."""
        return self.url_filters.excludes(link.url, link.address.original if link.address else None)

    def link_registry(self, connection: Any) -> LinkRegistry:
        return LinkRegistry(connection, run_id=self.run_id, at=self.clock(), identify=identify)


def bind_history_policy(policy: HistoryPolicy) -> Advance:
    """Bind the state machine to a policy, in the form the store calls it."""

    def decide(
        standing: TrackedState, judgement: Judgement, at: Any, circumstances: Circumstances
    ) -> TrackedState:
        return advance(
            standing,
            judgement,
            at,
            policy,
            random=random(),  # noqa: S311  no secret
            archived_since_failure=circumstances.archived_since_failure,
            original_alive=circumstances.original_alive is not False,
        )

    return decide


@contextmanager
def open_job(
    loaded: LoadedConfig,
    command: str,
    *,
    clock: Clock | None = None,
    database: Database | None = None,
    waits_for_database: bool = False,
    wikis: Sequence[str] | None = None,
) -> Iterator[Job]:
    """Open the database, begin a run, and finish it whatever happens. Without a `clock`, it goes by the database's.

    Raises StoreError, and ConfigError where the environment names a proxy that cannot be one.

    `wikis` are those the run is about, whole (None: all there are).
    """
    if not loaded.config.network.proxy:
        check_environment()
    own = database or open_database(loaded.database_url)
    owner = process_owner_name()
    try:
        clock = clock or clock_of(own)
        with own.write() as connection:
            release_abandoned(connection, now=clock(), pause=partial(_pause_of, loaded))
            run_id = begin_run(
                connection,
                command=command,
                at=clock(),
                owner=owner,
                version=version("holdfast"),
                wikis=wikis,
            )
        opened = Job(
            loaded=loaded,
            database=own,
            run_id=run_id,
            owner=owner,
            clock=clock,
            waits_for_database=waits_for_database,
        )
        outcome = RunOutcome.FAILED
        try:
            yield opened
            outcome = opened.stop.outcome or RunOutcome.FINISHED
        except KeyboardInterrupt:
            outcome = RunOutcome.INTERRUPTED
            raise
        finally:
            opened.retries.run_blocking(partial(_finish, opened, outcome))
    finally:
        if database is None:
            own.close()


def _pause_of(loaded: LoadedConfig, host: str) -> timedelta:
    return timedelta(seconds=rules_for(loaded.config, host).interval)


def _finish(job: Job, outcome: RunOutcome) -> None:
    with job.database.write() as connection:
        finish_run(connection, job.run_id, at=job.clock(), outcome=outcome, totals=dict(job.counts))
