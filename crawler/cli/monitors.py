"""Attach the monitors of a job: the log, metrics (--metrics) and traces (if configured)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from crawler.cli.lazy_imports import metrics_monitor, trace_monitor
from crawler.cli.terminal.console import TerminalOutput
from crawler.jobs.guarded_monitor import GuardedMonitor
from crawler.jobs.job import Job
from crawler.jobs.run_outcome import job_outcome
from crawler.monitoring.interface import Monitor, MonitoredRun
from crawler.monitoring.log import LogMonitor
from crawler.process.version import holdfast_version
from store.work.runs import RunOutcome

_COLLECTOR_VARIABLES = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)


@contextmanager
def monitored(
    job: Job, command: str, terminal: TerminalOutput, *, metrics: str | None = None
) -> Iterator[None]:
    """Monitor a job while the block runs.

    Args:
        job: The job to monitor.
        command: Name of the command.
        terminal: Where warnings go.
        metrics: Value of the option --metrics.

    Raises:
        CommandFailed: Metrics cannot be written or served where the option says.
    """
    chosen: list[Monitor] = [LogMonitor()]
    if metrics is not None:
        chosen.append(metrics_monitor(metrics, job))
    if tracing := _tracing_monitor(terminal):
        chosen.append(tracing)
    monitors = job.monitors = [GuardedMonitor(monitor, job) for monitor in chosen]
    run = MonitoredRun(
        run_id=job.run_id, command=command, started_at=job.clock(), version=holdfast_version()
    )
    for monitor in monitors:
        monitor.start_run(run)
    outcome = RunOutcome.FAILED
    try:
        yield
        outcome = job_outcome(job)
    finally:
        for monitor in monitors:
            monitor.finish_run(outcome)


def _tracing_monitor(terminal: TerminalOutput) -> Monitor | None:
    """Return the monitor that exports traces; None without a collector.

    If the extra is missing, a warning is shown.
    """
    variable = next((name for name in _COLLECTOR_VARIABLES if os.environ.get(name)), None)
    is_disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if variable is None or is_disabled:
        return None
    try:
        return trace_monitor(holdfast_version())
    except ModuleNotFoundError as error:
        terminal.warn(
            f"{variable} is set, but traces are not sent because {error.name} is not installed: "
            "run pip install '.[otel]' in Holdfast's checkout"
        )
        return None
