"""Wrap a monitor, so that its exceptions do not end the job."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from crawler.jobs.isolation import Isolation, Unit
from crawler.jobs.job import Job
from crawler.monitoring.interface import Monitor, MonitoredRun
from store.work.runs import RunOutcome


class GuardedMonitor(Monitor):
    """Forwards every event to another monitor; catches, counts and logs its exceptions.

    Args:
        monitor: The monitor that gets the events.
        job: The job that counts the errors.
    """

    def __init__(self, monitor: Monitor, job: Job) -> None:
        self._monitor = monitor
        self._job = job

    def start_run(self, run: MonitoredRun) -> None:
        """Forward the start of a run."""
        with self._isolated():
            self._monitor.start_run(run)

    @contextmanager
    def host_work(self, host: str) -> Iterator[None]:
        """Forward the start and the end of the work on a host."""
        entered: AbstractContextManager[None] | None = None
        with self._isolated():
            context = self._monitor.host_work(host)
            context.__enter__()
            entered = context
        try:
            yield
        finally:
            if entered is not None:
                with self._isolated():
                    entered.__exit__(*sys.exc_info())

    def record_item(self, item: object) -> None:
        """Forward a stored item."""
        with self._isolated():
            self._monitor.record_item(item)

    def finish_run(self, outcome: RunOutcome) -> None:
        """Forward the end of a run."""
        with self._isolated():
            self._monitor.finish_run(outcome)

    def _isolated(self) -> Isolation:
        return self._job.isolated(Unit.MONITOR, type(self._monitor).__name__)
