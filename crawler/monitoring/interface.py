"""The interface of monitors."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from store.work.runs import RunOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredRun:
    """The run that is monitored.

    Attributes:
        run_id: Its id in the store.
        command: Name of the command.
        started_at: When it started.
        version: The version of Holdfast.
    """

    run_id: int
    command: str
    started_at: datetime
    version: str


class Monitor:
    """Reports on one run. Its methods must be fast, and must not raise."""

    def start_run(self, run: MonitoredRun) -> None:
        """Report that the run starts."""

    def host_work(self, host: str) -> AbstractContextManager[None]:
        """Return a context for the work on one host."""
        return nullcontext()

    def record_item(self, item: object) -> None:
        """Report an item that was stored (`crawler.items`)."""

    def finish_run(self, outcome: RunOutcome) -> None:
        """Report how the run ended."""
