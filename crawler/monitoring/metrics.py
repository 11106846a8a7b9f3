"""A job and its store in Prometheus' words: kept in a file for node_exporter's textfile collector, or served while the job goes on.

Names and labels are listed in docs/monitoring.md. No label grows with the wiki: hosts and URLs are none.
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
from crawler.monitoring.events import LOGGER
from crawler.monitoring.interface import Monitor, MonitoredRun
from store.errors import StoreError
from store.queries.status import overview, states_of_all
from store.schema.engine import Database
from store.vocabulary import CaptureStatus, Role, State
from store.work.runs import RunOutcome

_EVERY_SECONDS: Final = 15.0
# How the store stands is counted more seldom, and the more so the longer that takes: of a hundred million links it is no trifle.
_STORE_SECONDS: Final = 60.0
_STORE_SHARE: Final = 50
_WEB: Final = "web"  # what is no archive
_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)
_RUNNING: Final = "running"

logger = logging.getLogger(LOGGER)
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each counter, of no use here


class MetricsUnavailable(Exception):
    """Metrics cannot go where they were wanted; the message is one line that says why."""


class RunMetrics:
    """The metrics of one job, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry()
        self.build = Gauge(
            "holdfast_build_info", "Always 1; the version of Holdfast.", ["version"], registry=own
        )
        self.started = Gauge(
            "holdfast_run_started_timestamp_seconds",
            "When this run began.",
            ["command"],
            registry=own,
        )
        self.finished = Gauge(
            "holdfast_run_finished_timestamp_seconds",
            "When this run ended; absent while it goes on.",
            ["command"],
            registry=own,
        )
        self.outcome = Gauge(
            "holdfast_run_outcome",
            "1 for how this run ended, or that it is running.",
            ["command", "outcome"],
            registry=own,
        )
        self.probes = Counter(
            "holdfast_probes",
            "Probes by what they came to.",
            ["role", "verdict", "reason"],
            registry=own,
        )
        self.requests = Counter(
            "holdfast_requests",
            "Requests of probes, by class of status or fault.",
            ["service", "method", "answer"],
            registry=own,
        )
        self.seconds = Histogram(
            "holdfast_request_seconds",
            "How long requests of probes took.",
            ["service"],
            buckets=_SECONDS,
            registry=own,
        )
        self.lookups = Counter(
            "holdfast_lookups",
            "Questions to archives for a mirror, by answer.",
            ["service", "outcome"],
            registry=own,
        )
        self.captures_asked = Counter(
            "holdfast_capture_answers",
            "Answers of archives to captures.",
            ["service", "status"],
            registry=own,
        )
        self.searches = Counter(
            "holdfast_searches",
            "Searches for broken links' new addresses, by outcome.",
            ["outcome"],
            registry=own,
        )
        self.links = Gauge(
            "holdfast_links",
            "Links and mirrors in the store, by state.",
            ["role", "state"],
            registry=own,
        )
        self.due = Gauge(
            "holdfast_links_due", "Links and mirrors that are due.", ["role"], registry=own
        )
        self.oldest_due = Gauge(
            "holdfast_oldest_due_timestamp_seconds",
            "Since when the oldest due link is due; 0: nothing is.",
            registry=own,
        )
        self.held = Gauge("holdfast_hosts_held", "Hosts that somebody is at work on.", registry=own)
        self.captures = Gauge(
            "holdfast_captures",
            "Captures in the store, by how far they have come.",
            ["status"],
            registry=own,
        )


class MetricsMonitor(Monitor):
    """Counts what a job does, and reads every now and then how the store stands. `place` is a file, or `ADDRESS:PORT` to serve at.

    Raises CannotTell where that is no place to tell anything.
    """

    def __init__(self, place: str, database: Database, clock: Callable[[], datetime]) -> None:
        self.metrics = RunMetrics()
        self._database = database
        self._clock = clock
        self._over = Event()
        self._store_again_at = 0.0
        self._file, self._close = _opened(place, self.metrics.registry)
        self._thread = Thread(target=self._go_on, name="metrics", daemon=True)

    def start_run(self, job: MonitoredRun) -> None:
        self._command = job.command
        self.metrics.build.labels(job.version).set(1)
        self.metrics.started.labels(job.command).set(job.started_at.timestamp())
        self._set_outcome(_RUNNING)
        self._tell(store=True)
        self._thread.start()

    def record_item(self, item: object) -> None:
        if isinstance(item, ProbeItem):
            self._count_probe(item)
        elif isinstance(item, LookupItem):
            self.metrics.lookups.labels(item.service, item.result.outcome).inc()
        elif isinstance(item, CaptureItem):
            self.metrics.captures_asked.labels(item.service, item.result.status).inc()
        elif isinstance(item, SearchItem):
            self.metrics.searches.labels(item.outcome).inc()

    def finish_run(self, outcome: RunOutcome) -> None:
        self._over.set()
        self._thread.join()
        self.metrics.finished.labels(self._command).set(self._clock().timestamp())
        self._set_outcome(outcome)
        self._tell(store=True)
        self._close()

    def _count_probe(self, item: ProbeItem) -> None:
        families, judgement = self.metrics, item.judgement
        families.probes.labels(item.link.role, judgement.verdict, judgement.reason).inc()
        service = (
            item.link.address.service
            if item.link.role is Role.MIRROR and item.link.address
            else _WEB
        )
        for request in item.probe.requests:
            answer = request.fault.value if request.fault else f"{(request.status or 0) // 100}xx"
            families.requests.labels(service, request.method, answer).inc()
            families.seconds.labels(service).observe(request.elapsed_ms / 1000)

    def _set_outcome(self, outcome: str) -> None:
        for word in (_RUNNING, *RunOutcome):
            self.metrics.outcome.labels(self._command, word).set(word == outcome)

    def _go_on(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            self._tell(store=monotonic() > self._store_again_at)

    def _tell(self, *, store: bool) -> None:
        try:
            if store:
                self._read_store()
            if self._file:
                write_to_textfile(str(self._file), self.metrics.registry)
        except (StoreError, OSError) as error:  # told late is better than a job lost
            logger.warning("metrics are not up to date: %s", error)

    def _read_store(self) -> None:
        families, began = self.metrics, monotonic()
        with self._database.read() as connection:
            standing, states = overview(connection, now=self._clock()), states_of_all(connection)
        for role, state in product(Role, State):
            families.links.labels(role, state).set(states.get((role, state), 0))
        for role in Role:
            families.due.labels(role).set(standing.due.get(role, 0))
        families.oldest_due.set(standing.oldest_due_at.timestamp() if standing.oldest_due_at else 0)
        families.held.set(len(standing.held))
        for status in CaptureStatus:
            families.captures.labels(status).set(standing.captures.get(status, 0))
        self._store_again_at = monotonic() + max(
            _STORE_SECONDS, _STORE_SHARE * (monotonic() - began)
        )


def _opened(place: str, registry: CollectorRegistry) -> tuple[Path | None, Callable[[], None]]:
    """Make sure that metrics can be told at a place; give its file, if it is one, and what ends the serving."""
    served = re.fullmatch(r"(\[[0-9a-f:]+\]|[\w.-]*):(\d{1,5})", place, re.IGNORECASE)
    if served is None:
        file = Path(place)
        if file.is_dir() or not file.parent.is_dir():
            raise MetricsUnavailable(
                f"{place} cannot be written: {'it is a folder' if file.is_dir() else 'there is no such folder'}"
            )
        return file, lambda: None
    address = served[1].strip("[]") or "127.0.0.1"
    try:
        server, thread = start_http_server(int(served[2]), addr=address, registry=registry)
    except (OSError, OverflowError) as error:
        raise MetricsUnavailable(
            f"metrics cannot be served at {place}: {getattr(error, 'strerror', None) or error}"
        ) from error

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return None, close
