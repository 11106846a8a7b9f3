"""What watches a job: a log, metrics, traces. A job tells all of its monitors the same."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from store.work.runs import RunOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredRun:
    """The job that is watched."""

    run_id: int
    command: str
    started_at: datetime
    version: str


class Monitor:
    """Watches one job. Nothing it does may take long, and nothing may go wrong in it that stops the job."""

    def start_run(self, job: MonitoredRun) -> None:
        """Take in that a job begins."""

    def host_work(self, host: str) -> AbstractContextManager[None]:
        """Watch the work on one host, for as long as the block lasts."""
        return nullcontext()

    def record_item(self, item: object) -> None:
        """Take in what a spider gave and the store took (`crawler.items`)."""

    def finish_run(self, outcome: RunOutcome) -> None:
        """Take in how the job ended."""
