"""Estimate how long a command takes to end after its work has stopped.

A deadline leaves room for that time.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from crawler.cli.options import CommonOptions
from crawler.jobs.job import Job
from crawler.process.lifetime import seconds_since_boot
from reports.sections import FAILING
from store.queries.link_counts import count_in_states, estimate_links

# Seconds of CPU time, measured at 200,000 links and rounded up.
_BASE = 0.4
_PER_LINK = 3e-6  # to count what the summary shows
_PER_FAILING_LINK = 50e-6  # each is read, to find out whether readers get a copy
_PER_LINK_AND_FORMAT = 22e-6  # for a report, which reads every link with its citations
_MAX_SLOWNESS = 4.0


def ending_seconds(job: Job, common: CommonOptions, *, formats: Sequence[str] = ()) -> float:
    """Estimate how long writing the last results, the reports and the summary takes.

    Args:
        job: The job; its database is counted.
        common: Holds the time at which the process was started.
        formats: Report formats that will be written.

    Returns:
        Seconds. More if the start was slow for the CPU time it needed: other programs are busy,
        too.
    """
    with job.database.read() as connection:
        links = estimate_links(connection)
        failing = count_in_states(connection, FAILING)
    per_link = _PER_LINK + len(formats) * _PER_LINK_AND_FORMAT
    seconds = _BASE + links * per_link + failing * _PER_FAILING_LINK
    return seconds * _slowness(common)


def _slowness(common: CommonOptions) -> float:
    """Return how many times longer than its CPU time the process took so far, from 1 to 4."""
    cpu_seconds = max(sum(os.times()[:4]), 0.1)  # includes child processes
    elapsed = seconds_since_boot() - common.started_at
    return min(_MAX_SLOWNESS, max(1.0, elapsed / cpu_seconds))
