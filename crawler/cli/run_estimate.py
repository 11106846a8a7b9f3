"""Estimate how long a run takes from what is due in the database."""

from __future__ import annotations

from crawler.jobs.job import Job
from crawler.politeness.run_estimate import RunEstimate, estimate_run
from crawler.preservation import WAYBACK, may_capture
from crawler.preservation.capture_queue import wanted_captures
from crawler.preservation.due_lookups import lookups_due
from store.work.frontier import DueFilter, due_hosts
from store.work.lookups import found_share


def estimate_job(job: Job, *, limit: int) -> RunEstimate:
    """Estimate what a run will do from here on.

    Args:
        job: The job, after the pages are scanned.
        limit: Maximum number of lookups, and of captures.

    Returns:
        The estimate; empty of what is not due.
    """
    lookups = len(lookups_due(job, WAYBACK, limit=limit)) if limit else 0
    captures = 0
    if may_capture(job):
        captures = len(wanted_captures(job, WAYBACK))
    with job.database.read() as connection:
        hosts = due_hosts(connection, DueFilter(now=job.clock(), scope=job.scope))
        share = found_share(connection, WAYBACK)
    return estimate_run(
        job.config, hosts, lookups=lookups, captures=captures, limit=limit, found_share=share
    )
