"""Run a job: what all work of one run shares.

A `Job` holds the configuration, the database, the clock and the limits of a run. This package also
has the leases on hosts (`HostLease`, one per host and process, pooled by `HostLeases`), the
request to stop, and the isolation of internal errors. It knows nothing about what is requested.
"""

from crawler.jobs.host_lease import HostLease
from crawler.jobs.isolation import InternalError, Isolation, Unit
from crawler.jobs.job import Job
from crawler.jobs.lease_pool import HostLeases
from crawler.jobs.lifecycle import open_job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.jobs.stop_signal import StopSignal

__all__ = [
    "HostLease",
    "HostLeases",
    "InternalError",
    "Isolation",
    "Job",
    "ProbeBudget",
    "StopSignal",
    "Unit",
    "open_job",
]
