"""How long a command will take to end once its work has stopped: what a deadline must leave room for."""

from __future__ import annotations

import os
from collections.abc import Sequence

from crawler.cli.options import CommonOptions
from crawler.jobs.job import Job
from crawler.process.lifetime import seconds_since_boot
from store.queries.link_counts import estimate_links

# Seconds of the processor's time, measured at 200,000 links and rounded up.
_BASE = 0.4
_PER_LINK = 3e-6  # to count what the summary tells
_PER_LINK_AND_FORMAT = 22e-6  # for a report, which reads every link with its places
_BUSIEST = 4.0  # how much longer than alone, at most


def ending_seconds(job: Job, common: CommonOptions, *, formats: Sequence[str] = ()) -> float:
    """Estimate how long it will take to write the last results, the reports and the summary.

    Args:
        job: Whose database it is.
        common: Knows when the process was started.
        formats: Of the reports that will be written.

    Returns:
        Seconds. More where the start took long for what it did: other programs are busy, too.
    """
    with job.database.read() as connection:
        links = estimate_links(connection)
    per_link = _PER_LINK + len(formats) * _PER_LINK_AND_FORMAT
    return (_BASE + links * per_link) * _slowness(common)


def _slowness(common: CommonOptions) -> float:
    """Compare how long the start took with the processor's time it needed."""
    needed = max(sum(os.times()[:4]), 0.1)  # that of its workers included
    return min(_BUSIEST, max(1.0, (seconds_since_boot() - common.started_at) / needed))
