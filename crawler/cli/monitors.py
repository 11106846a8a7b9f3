"""Who watches a job from the command line: the log always, metrics where they are asked for, traces where the environment names a collector."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed
from crawler.jobs.job import Job
from crawler.monitoring.guarded import GuardedMonitor
from crawler.monitoring.interface import Monitor, MonitoredRun
from crawler.monitoring.log import LogMonitor
from store.work.runs import RunOutcome

_COLLECTORS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)


@contextmanager
def monitored(
    job: Job, command: str, screen: TerminalOutput, *, metrics: str | None = None
) -> Iterator[None]:
    """Have a job watched while the block lasts. Raises Failure where metrics cannot go where they are wanted."""
    chosen: list[Monitor] = [LogMonitor(), *_metrics(job, metrics), *_traces(screen)]
    monitors = job.monitors = [GuardedMonitor(monitor, job) for monitor in chosen]
    facts = MonitoredRun(
        run_id=job.run_id, command=command, started_at=job.clock(), version=version("holdfast")
    )
    for monitor in monitors:
        monitor.start_run(facts)
    outcome = RunOutcome.FAILED
    try:
        yield
        outcome = job.stop.outcome or RunOutcome.FINISHED
    finally:
        for monitor in monitors:
            monitor.finish_run(outcome)


def _metrics(job: Job, place: str | None) -> Iterator[Monitor]:
    if place is None:
        return
    from crawler.monitoring.metrics import MetricsMonitor, MetricsUnavailable  # noqa: PLC0415  takes long to import, and is seldom wanted

    try:
        yield MetricsMonitor(place, job.database, job.clock)
    except MetricsUnavailable as fault:
        raise CommandFailed(f"--metrics: {fault}") from fault


def _traces(screen: TerminalOutput) -> Iterator[Monitor]:
    named = next((name for name in _COLLECTORS if os.environ.get(name)), None)
    if named is None or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    try:
        from crawler.monitoring.traces import trace_monitor  # noqa: PLC0415  needs the extra
    except ModuleNotFoundError as error:
        screen.warn(
            f"{named} is set, but nothing is sent there: {error.name} is missing; install holdfast[otel]"
        )
        return
    yield trace_monitor(version("holdfast"))
