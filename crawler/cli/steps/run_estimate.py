"""Estimate the duration of a run from the links that are due in the database, and show it."""

from __future__ import annotations

from crawler.cli.steps.estimate_text import ANNOUNCED_FROM, SHOWN_HOSTS, describe_estimate
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import format_duration, pluralize
from crawler.jobs.job import Job
from crawler.politeness.run_estimate import RunEstimate, estimate_run
from crawler.preservation.archive_session import WAYBACK, may_capture
from crawler.preservation.capture_queue import wanted_captures
from crawler.preservation.due_lookups import lookups_due
from store.work.archives.lookups import found_share
from store.work.frontier import DueFilter, due_hosts


def estimate_job(job: Job, *, limit: int) -> RunEstimate:
    """Estimate the number and duration of the probes, lookups and captures of a run.

    Args:
        job: The job, after the pages are scanned.
        limit: Maximum number of lookups, and of captures.

    Returns:
        The estimate, with zero for each part without due work.
    """
    lookups = len(job.run_blocking(lookups_due, WAYBACK, limit=limit)) if limit else 0
    captures = 0
    if may_capture(job):
        captures = len(job.run_blocking(wanted_captures, WAYBACK))
    hosts = job.read_blocking(due_hosts, DueFilter(now=job.clock(), scope=job.scope))
    share = job.read_blocking(found_share, WAYBACK)
    return estimate_run(
        job.config, hosts, lookups=lookups, captures=captures, max_captures=limit, found_share=share
    )


def announce_run(job: Job, terminal: TerminalOutput, *, limit: int) -> None:
    """Show how long the whole run will take, if that is a minute or more.

    Args:
        job: The job, after the pages are scanned.
        terminal: Where to show it.
        limit: Maximum number of lookups, and of captures.
    """
    estimate = estimate_job(job, limit=limit)
    if estimate.total >= ANNOUNCED_FROM:
        terminal.note(describe_estimate(estimate))
        for host in estimate.hosts[:SHOWN_HOSTS]:
            if host.duration >= ANNOUNCED_FROM:
                probes = pluralize(host.links, "probe")
                terminal.note(f"  {host.name}: {probes}, {format_duration(host.duration)}")
