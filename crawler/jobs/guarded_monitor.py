"""A monitor that cannot harm the job it watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from crawler.jobs.isolation import Isolation, Unit
from crawler.jobs.job import Job
from crawler.monitoring.interface import Monitor, MonitoredRun
from store.work.runs import RunOutcome


class GuardedMonitor(Monitor):
    """Passes everything on to another monitor; an internal error of that one is counted, and ends nothing."""

    def __init__(self, monitor: Monitor, job: Job) -> None:
        self._monitor = monitor
        self._job = job

    def start_run(self, job: MonitoredRun) -> None:
        with self._isolated():
            self._monitor.start_run(job)

    @contextmanager
    def host_work(self, host: str) -> Iterator[None]:
        watching: AbstractContextManager[None] | None = None
        with self._isolated():
            entered = self._monitor.host_work(host)
            entered.__enter__()
            watching = entered
        try:
            yield
        finally:
            if watching is not None:
                with self._isolated():
                    watching.__exit__(*sys.exc_info())

    def record_item(self, item: object) -> None:
        with self._isolated():
            self._monitor.record_item(item)

    def finish_run(self, outcome: RunOutcome) -> None:
        with self._isolated():
            self._monitor.finish_run(outcome)

    def _isolated(self) -> Isolation:
        return self._job.isolated(Unit.MONITOR, type(self._monitor).__name__)
