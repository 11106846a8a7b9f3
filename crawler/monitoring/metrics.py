"""Export Prometheus metrics of a run and of the store: to a file, or served over HTTP.

The file is for the textfile collector of node_exporter. docs/monitoring.md lists names and labels.
Hosts and URLs are no labels: the number of time series must not grow with the wiki.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime
from itertools import product
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Final

import prometheus_client
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    start_http_server,
    write_to_textfile,
)

from crawler.items import CaptureItem, LookupItem, ProbeItem, SearchItem
from crawler.monitoring.interface import Monitor, MonitoredRun
from store.errors import StoreError
from store.queries.status import count_all_states, store_status
from store.schema.engine import Database
from store.vocabulary import CaptureStatus, Role, State
from store.work.runs import RunOutcome

_WRITE_INTERVAL_SECONDS: Final = 15.0
# Counting a hundred million links is slow. So the store is read at most once a minute, and reading
# takes at most 2 % of the time.
_STORE_INTERVAL_SECONDS: Final = 60.0
_STORE_INTERVAL_FACTOR: Final = 50
_NO_ARCHIVE_LABEL: Final = "web"  # value of the label `service` for requests to no archive
_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)
_RUNNING: Final = "running"

logger = logging.getLogger("holdfast.monitoring")
# `_created` metrics would add a time series for each counter.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class MetricsUnavailable(Exception):
    """Metrics cannot be written to a file or served at an address. The message is one line."""


class RunMetrics:
    """The metrics of one run, in a registry of their own.

    Attributes are named as the metrics, without the prefix `holdfast_`.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._add_run_metrics()
        self._add_store_metrics()

    def _add_run_metrics(self) -> None:
        """Add the metrics of the run and of the items that it stores."""
        self.build = self._gauge(
            "build_info", "Always 1; the label is the version of Holdfast.", "version"
        )
        self.started = self._gauge("run_started_timestamp_seconds", "Start of this run.", "command")
        self.finished = self._gauge(
            "run_finished_timestamp_seconds",
            "End of this run; absent while it is running.",
            "command",
        )
        self.outcome = self._gauge(
            "run_outcome",
            "1 for the outcome of this run (or running), 0 for the others.",
            "command",
            "outcome",
        )
        self.probes = self._counter(
            "probes", "Probes by verdict and reason.", "role", "verdict", "reason"
        )
        self.requests = self._counter(
            "requests",
            "HTTP requests of probes, by status class or network fault.",
            "service",
            "method",
            "result",
        )
        self.request_duration = Histogram(
            "holdfast_request_seconds",
            "Duration of HTTP requests of probes.",
            ["service"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.lookups = self._counter("lookups", "Archive lookups by outcome.", "service", "outcome")
        self.capture_results = self._counter(
            "capture_results", "Results of capture requests to archives.", "service", "status"
        )
        self.searches = self._counter(
            "searches", "Searches for the new addresses of broken links, by outcome.", "outcome"
        )

    def _add_store_metrics(self) -> None:
        """Add the metrics of what the database contains."""
        self.links = self._gauge(
            "links", "Links and mirrors in the database, by state.", "role", "state"
        )
        self.due = self._gauge("links_due", "Links and mirrors that are due.", "role")
        self.oldest_due = self._gauge(
            "oldest_due_timestamp_seconds",
            "Time since which the oldest due link is due; 0 if none is due.",
        )
        self.leased = self._gauge("hosts_leased", "Hosts leased by a run or worker now.")
        self.captures = self._gauge("captures", "Captures in the database, by status.", "status")

    def _gauge(self, name: str, description: str, *labels: str) -> Gauge:
        """Return a new gauge in the registry."""
        return Gauge(f"holdfast_{name}", description, labels, registry=self.registry)

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        """Return a new counter in the registry."""
        return Counter(f"holdfast_{name}", description, labels, registry=self.registry)


class MetricsMonitor(Monitor):
    """Counts the items of a run, and reads the state of the store at most once a minute.

    Args:
        target: A file, or ADDRESS:PORT to serve metrics at.
        database: The database to count.
        clock: Returns the current time.

    Raises:
        MetricsUnavailable: The target cannot be used.
    """

    def __init__(self, target: str, database: Database, clock: Callable[[], datetime]) -> None:
        self.metrics = RunMetrics()
        self._database = database
        self._clock = clock
        self._is_finished = Event()
        self._next_store_read_at = 0.0
        self._file, self._close = _open_target(target, self.metrics.registry)
        self._thread = Thread(target=self._update_regularly, name="metrics", daemon=True)

    def start_run(self, run: MonitoredRun) -> None:
        """Set the metrics of the run, and start to update regularly."""
        self._command = run.command
        self.metrics.build.labels(run.version).set(1)
        self.metrics.started.labels(run.command).set(run.started_at.timestamp())
        self._set_outcome(_RUNNING)
        self._update(read_store=True)
        self._thread.start()

    def record_item(self, item: object) -> None:
        """Count an item."""
        if isinstance(item, ProbeItem):
            self._count_probe(item)
        elif isinstance(item, LookupItem):
            self.metrics.lookups.labels(item.service, item.result.outcome).inc()
        elif isinstance(item, CaptureItem):
            self.metrics.capture_results.labels(item.service, item.result.status).inc()
        elif isinstance(item, SearchItem):
            self.metrics.searches.labels(item.outcome).inc()

    def finish_run(self, outcome: RunOutcome) -> None:
        """Update a last time, and stop serving."""
        self._is_finished.set()
        self._thread.join()
        self.metrics.finished.labels(self._command).set(self._clock().timestamp())
        self._set_outcome(outcome)
        self._update(read_store=True)
        self._close()

    def _count_probe(self, item: ProbeItem) -> None:
        """Count a probe and its requests."""
        metrics, judgement, link = self.metrics, item.judgement, item.link
        metrics.probes.labels(link.role, judgement.verdict, judgement.reason).inc()
        service = _NO_ARCHIVE_LABEL
        if link.role is Role.MIRROR and link.address:
            service = link.address.service
        for request in item.probe.requests:
            result = f"{(request.status or 0) // 100}xx"
            if request.fault:
                result = request.fault.value
            metrics.requests.labels(service, request.method, result).inc()
            metrics.request_duration.labels(service).observe(request.elapsed_ms / 1000)

    def _set_outcome(self, current: str) -> None:
        """Set the metric of the current outcome to 1, and those of the others to 0."""
        for outcome in (_RUNNING, *RunOutcome):
            self.metrics.outcome.labels(self._command, outcome).set(outcome == current)

    def _update_regularly(self) -> None:
        """Update the metrics until the run is finished; the work of the thread."""
        while not self._is_finished.wait(_WRITE_INTERVAL_SECONDS):
            self._update(read_store=monotonic() > self._next_store_read_at)

    def _update(self, *, read_store: bool) -> None:
        """Update the metrics of the store if wanted, and write the file if there is one."""
        # Metrics must not end a run. If the store cannot be read, the outcome is still written.
        if read_store:
            try:
                self._read_store()
            except StoreError as error:
                logger.warning("cannot update metrics: %s", error)
        if self._file:
            try:
                write_to_textfile(str(self._file), self.metrics.registry)
            except OSError as error:
                logger.warning("cannot update metrics: %s", error)

    def _read_store(self) -> None:
        """Set the metrics of the store, and decide when it is read next."""
        metrics, started_at = self.metrics, monotonic()
        with self._database.read() as connection:
            status = store_status(connection, now=self._clock())
            states = count_all_states(connection)
        for role, state in product(Role, State):
            metrics.links.labels(role, state).set(states.get((role, state), 0))
        for role in Role:
            metrics.due.labels(role).set(status.due.get(role, 0))
        oldest = status.oldest_due_at
        metrics.oldest_due.set(oldest.timestamp() if oldest else 0)
        metrics.leased.set(len(status.leased))
        for capture_status in CaptureStatus:
            count = status.captures.get(capture_status, 0)
            metrics.captures.labels(capture_status).set(count)
        elapsed = monotonic() - started_at
        pause = max(_STORE_INTERVAL_SECONDS, _STORE_INTERVAL_FACTOR * elapsed)
        self._next_store_read_at = monotonic() + pause


def _open_target(
    target: str, registry: CollectorRegistry
) -> tuple[Path | None, Callable[[], None]]:
    """Check that metrics can be written to a file, or start serving them.

    Args:
        target: A file, or ADDRESS:PORT.
        registry: The metrics to serve.

    Returns:
        The file (None if served), and a function that stops serving.

    Raises:
        MetricsUnavailable: The target cannot be used.
    """
    address_and_port = re.fullmatch(r"(\[[0-9a-f:]+\]|[\w.-]*):(\d{1,5})", target, re.IGNORECASE)
    if address_and_port is None:
        file = Path(target)
        if re.fullmatch(r"[^/\\]*:[^/\\]*", target):
            raise MetricsUnavailable(
                f"{target} is no address with a port number: use e.g. 127.0.0.1:9108, "
                f"or ./{target} for a file of this name"
            )
        if file.is_dir():
            raise MetricsUnavailable(f"cannot write {target}: it is a folder: name a file in it")
        if not file.parent.is_dir():
            raise MetricsUnavailable(
                f"cannot write {target}: its folder does not exist: create it first"
            )
        return file, lambda: None
    address = address_and_port[1].strip("[]") or "127.0.0.1"
    try:
        server, thread = start_http_server(
            int(address_and_port[2]), addr=address, registry=registry
        )
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MetricsUnavailable(
            f"cannot serve metrics at {target}: {reason}: use another address or port"
        ) from error

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return None, close
