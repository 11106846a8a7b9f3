"""The state that one run shares: configuration, database, clock, limits, and the stop signal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from threading import Thread
from time import monotonic
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection

from crawler.archives.link_identity import identify
from crawler.config import Config, LoadedConfig
from crawler.config.hosts import HostRules
from crawler.jobs.archive_proxy import ArchiveProxy
from crawler.jobs.batcher import Batcher
from crawler.jobs.capture_wait import CaptureWait
from crawler.jobs.clock import Clock, system_clock
from crawler.jobs.failed_items import failed_probe
from crawler.jobs.history_policy import bind_history_policy
from crawler.jobs.isolation import InternalErrors, Isolation, Unit
from crawler.jobs.lease_batches import acquire_host_leases, release_leases_of
from crawler.jobs.lease_pool import HostLeases
from crawler.jobs.probe_budget import ProbeBudget
from crawler.jobs.stop_signal import DEADLINE_DETAIL, DRAIN_SECONDS, StopSignal
from crawler.jobs.store_access import StoreAccess
from crawler.monitoring.interface import Monitor
from crawler.politeness.host_rules import rules_for
from crawler.politeness.rate_limiter_registry import RateLimiterRegistry
from crawler.politeness.url_filters import UrlFilters
from store.errors import DatabaseUnavailable, LeaseLost, StoreError
from store.queries.work_left import WorkLeft
from store.schema.engine import Database
from store.vocabulary import Probe, Reason
from store.work.frontier import DueFilter, DueLink
from store.work.history import HostResult, ProbeResult
from store.work.host_knowledge import record_siblings
from store.work.leases import Lease
from store.work.links import LinkRegistry
from store.work.retry_budget import RetryBudget
from store.work.runs import RunOutcome
from store.work.scope import EVERYTHING, Scope
from store.work.writer import HistoryWriter

_P = ParamSpec("_P")
_T = TypeVar("_T")

# How long an ending process may take to release its leases; a longer wait makes users press Ctrl-C.
_RELEASE_SECONDS: Final = 2.0
_MAX_CACHED_RULES: Final = 4096  # slots; more than are requested at the same time


@dataclass
class Job(StoreAccess):
    """The state that all work of one run shares. Use `open_job` to begin one.

    A slot is what a rate limit applies to, as in Scrapy: a host, or all hosts of one archive.

    Attributes:
        loaded: The configuration and where it was found.
        database: The open database.
        run_id: The run in the database.
        owner: The name under which this process holds leases.
        clock: Returns the present time.
        stop: The request to stop; work ends once it is true.
        budget: How many more probes may be made.
        waits_for_database: Whether the job continues while the database is unreachable; `retries`
            then has no limit.
        scope: The links that the job may work on.
        reads_archive_robots: Whether to read which pages robots.txt files forbid archives to copy,
            for the captures of later runs.
        capture_wait: How long captures are waited for; None for as long as the service may take.
        counts: What the run counts, such as probes by role and verdict; stored as its totals.
        monitors: They get the job's events.
        due_filter: Selects the links that the job should check; None until that is known.
        links_to_reprobe: Ids of links that cannot be judged yet, for example as their pages may
            show another text at each request. They become due again a day later.
        unavailable_services: The archives that did not respond to lookups.
        unanswered_lookups: The lookups for a further copy that got no answer, as link id and
            archive. They are not repeated in this run.
        links_awaiting: Numbers of links that stay due because a host that they redirect to may not
            be requested now: by the links' host, then by that host.
        work_left: The links of the job that are still due; None until they were counted
            (`crawler.jobs.run_outcome`).
        retries: The time that may be spent on waiting for the database.
        url_filters: The configured URL patterns.
        started_at: When the job started.
        rate_limiters: The rate limiters of all slots.
        errors: Records internal errors.
        writer: Writes probes and lease releases in batches.
        lease_batcher: Acquires leases in batches, by the host's id or, if that is unknown, its
            name.
        sibling_batcher: Stores probes of random URLs in batches.
        host_leases: The pool of host leases.
        archive_proxy: Tests the proxy for archives.
    """

    loaded: LoadedConfig
    database: Database
    run_id: int
    owner: str
    clock: Clock = system_clock
    stop: StopSignal = field(default_factory=StopSignal)
    budget: ProbeBudget = field(default_factory=ProbeBudget)
    waits_for_database: bool = False
    scope: Scope = EVERYTHING
    reads_archive_robots: bool = True
    capture_wait: CaptureWait | None = None
    counts: Counter[str] = field(default_factory=Counter)
    monitors: list[Monitor] = field(default_factory=list)
    due_filter: DueFilter | None = None
    links_to_reprobe: set[int] = field(default_factory=set)
    unavailable_services: set[str] = field(default_factory=set)
    unanswered_lookups: set[tuple[int, str]] = field(default_factory=set)
    links_awaiting: dict[str, Mapping[str, int]] = field(default_factory=dict)
    work_left: WorkLeft | None = None
    retries: RetryBudget = field(default_factory=RetryBudget)

    def __post_init__(self) -> None:
        self.started_at = self.clock()
        self.url_filters = UrlFilters.from_config(self.config)
        self.rate_limiters = RateLimiterRegistry(self.rules_for)
        self.errors = InternalErrors(self.counts)
        self.writer = HistoryWriter(
            self.database,
            bind_history_policy(self.config.history.policy),
            on_failure=self._failed_result,
            retries=self.retries,
        )
        self.lease_batcher = Batcher(self._acquire_leases, run=self.retries.run)
        self.sibling_batcher = Batcher(self._record_siblings, run=self.retries.run)
        self.host_leases = HostLeases(self)
        self.archive_proxy = ArchiveProxy(self.config)
        self._rules = lru_cache(maxsize=_MAX_CACHED_RULES)(partial(rules_for, self.config))
        self._host_budgets: dict[str, ProbeBudget] = {}
        self._run_of_budgets = self.run_id

    @property
    def config(self) -> Config:
        """Return the configuration."""
        return self.loaded.config

    def run_blocking(
        self, step: Callable[Concatenate[Job, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Run a function that takes the job and reads the database, as `read_blocking` does."""
        return self.retries.run_blocking(partial(step, self, *args, **kwargs))

    def isolated(
        self, unit: Unit, subject: str, *, expected: tuple[type[BaseException], ...] = ()
    ) -> Isolation:
        """Return a context that confines unexpected exceptions to its block, counted and logged.

        Args:
            unit: The kind of work that the block does.
            subject: The URL, host, path or name that the work is for.
            expected: Exceptions that pass through, besides those that always do.
        """
        return Isolation(self.errors, unit, subject, expected)

    def stop_on_store_error(self, error: StoreError) -> None:
        """Stop the job after a store error, as further work could not be stored.

        A job that waits for its database continues if the database is only unreachable.
        """
        if not (self.waits_for_database and isinstance(error, DatabaseUnavailable)):
            self.stop.request(RunOutcome.FAILED, str(error))

    def stop_within(self, seconds: float | None, *, shutdown_seconds: float = 0.0) -> None:
        """Stop the job early enough for its process to end in time.

        It is called in the running event loop.

        Args:
            seconds: How long the process may continue; None sets no limit.
            shutdown_seconds: How long the process needs after the work has stopped.
        """
        if seconds is None:
            return
        self.retries.set_deadline(monotonic() + seconds)
        # Draining takes a tenth of a short time at most; a quarter of it always remains for work.
        self.stop.drain_seconds = min(DRAIN_SECONDS, max(seconds, 0.0) / 10)
        reserve = min(self.stop.drain_seconds + shutdown_seconds, 0.75 * max(seconds, 0.0))
        if seconds <= 0:
            self.stop_for_deadline()
        else:
            self.stop.request_after(seconds - reserve)

    def stop_for_deadline(self) -> None:
        """Stop the job because its time is over, which is no failure."""
        self.stop.request(RunOutcome.DEADLINE, DEADLINE_DETAIL)

    def release_leases(self) -> None:
        """Release every lease of this process, which is about to end, within two seconds."""
        releasing = Thread(target=self._release_leases, daemon=True)
        releasing.start()
        releasing.join(_RELEASE_SECONDS)

    def _release_leases(self) -> None:
        def pause_of(host: str) -> float:
            return self.rate_limiters.limiter_for(host).seconds_until_next

        with suppress(StoreError):
            release_leases_of(self.database, self.owner, now=self.clock(), pause_of=pause_of)

    @contextmanager
    def monitor_host(self, host: str) -> Iterator[None]:
        """Report the start and the end of the block to the monitors as the work on a host."""
        with ExitStack() as monitored:
            for monitor in self.monitors:
                monitored.enter_context(monitor.host_work(host))
            yield

    def rules_for(self, slot: str) -> HostRules:
        """Return the rules of a slot (`slot_of` a URL); those of recent slots are cached."""
        return self._rules(slot)

    def host_budget(self, host: str) -> ProbeBudget:
        """Return the probes that `per_run` still allows at a host in the present run."""
        limit = self.rules_for(host).per_run
        if not limit:
            return ProbeBudget()
        if self._run_of_budgets != self.run_id:  # a fleet's worker works for many runs
            self._host_budgets.clear()
            self._run_of_budgets = self.run_id
        return self._host_budgets.setdefault(host, ProbeBudget(limit))

    def excludes(self, link: DueLink) -> bool:
        """Return whether the configuration's patterns exclude a link from being requested."""
        return self.url_filters.excludes(link.url, link.address.original if link.address else None)

    def link_registry(self, connection: Connection) -> LinkRegistry:
        """Return a registry that finds or creates links within a transaction."""
        return LinkRegistry(connection, run_id=self.run_id, at=self.clock(), identify=identify)

    def _acquire_leases(self, hosts: Sequence[int | str]) -> Sequence[Lease | None]:
        """Return the leases on hosts, given by id or name; None where another process holds it."""
        return acquire_host_leases(self.database, hosts, owner=self.owner, now=self.clock())

    def _record_siblings(self, probes: Sequence[tuple[Lease, Probe]]) -> Sequence[LeaseLost | None]:
        """Store probes of random URLs, each with the lease it was made under.

        Returns:
            For each probe None, or the error if its lease was lost and it was not stored.
        """
        with self.database.write() as connection:
            return record_siblings(connection, probes)

    def _failed_result(
        self, result: ProbeResult | HostResult, error: Exception
    ) -> ProbeResult | None:
        """Count the internal error of a result that cannot be written.

        Returns:
            The result that records the internal error; None if nothing is written instead. A lease
            that cannot be released expires by itself.
        """
        if not isinstance(result, ProbeResult):
            self.errors.record(Unit.ITEM, f"host {result.lease.host_id}", error)
            return None
        recorded = self.errors.record(Unit.ITEM, result.probe.url, error)
        if result.judgement.reason is Reason.INTERNAL_ERROR:
            return None  # it was the second attempt
        return failed_probe(result, recorded)
