"""Planning: every host with due links becomes a job, and so do the archives where there is something to ask them.

Planning twice, or in two places at once, adds nothing: what waits or is at work already is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from croniter import croniter

from crawler.fleet.queue import archives_job, enqueue, parked_jobs, probe_job
from crawler.fleet.runs import join_run
from crawler.jobs.job import Job
from crawler.preservation import WAYBACK, configured_services
from crawler.preservation.captures import wanted_captures
from crawler.preservation.lookups import lookups_due
from crawler.preservation.mirror_review import review_mirrors
from store.maintenance.upkeep import prune
from store.schema.dialects import chunks
from store.work.captures import due_captures, unanswered_captures, pending_captures
from store.work.frontier import DueFilter, due_hosts

NO_RUN = 0  # of a job that only plans
LOOKUPS = 1_000
_BATCH = (
    1_000  # jobs in one transaction: workers begin with the first while the last are still written
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult:
    """What a plan came to: `hosts` with `links` are due, `queued` jobs were added to those that waited already, for the run `run_id`."""

    hosts: int
    links: int
    archives: bool
    queued: int
    run_id: int | None = None
    parked: int = 0  # jobs that are not tried for now, after internal errors


def plan(job: Job, *, lookups: int = LOOKUPS) -> PlanResult:
    """Queue what is due, and at most so many look-ups and captures. Raises StoreError."""
    review_mirrors(job)  # what proved worthless since is to be replaced
    with job.database.read() as connection:
        due = due_hosts(connection, DueFilter(now=job.clock()))
    archives = lookups > 0 and archives_due(job)
    run_id, queued = None, 0
    for batch in chunks([*([None] if archives else ()), *due], _BATCH):
        with job.database.write() as connection:
            run_id = join_run(connection, job)
            orders = [
                probe_job(host.id, run_id) if host else archives_job(run_id, limit=lookups)
                for host in batch
            ]
            queued += enqueue(connection, orders)
    prune(job.database, max_age=timedelta(days=job.config.history.keep_probes_days), now=job.clock())
    with job.database.read() as connection:
        parked = len(parked_jobs(connection))
    links = sum(host.links for host in due)
    return PlanResult(
        hosts=len(due), links=links, archives=archives, queued=queued, run_id=run_id, parked=parked
    )


def archives_due(job: Job) -> bool:
    """Tell whether any archive is to be asked for anything."""
    if any(lookups_due(job, service, limit=1) for service in configured_services(job)):
        return True
    if not job.config.archives.captures_enabled:
        return False
    now = job.clock()
    with job.database.read() as connection:
        if (
            due_captures(connection, WAYBACK, now=now, limit=1)
            or unanswered_captures(connection, WAYBACK, now=now)
            or pending_captures(connection, WAYBACK)
        ):
            return True
    return bool(wanted_captures(job, WAYBACK))


def queue_new_mirrors(job: Job, run_id: int) -> int:
    """Queue the hosts of mirrors that were just found, so that the run that found them looks at them, too."""
    with job.database.read() as connection:
        hosts = due_hosts(connection, DueFilter(now=job.clock(), new_mirrors=True))
    with job.database.write() as connection:
        return enqueue(connection, [probe_job(host.id, run_id) for host in hosts])


def is_cron(fields: str) -> bool:
    """Tell whether these are a crontab's five fields.

    >>> is_cron("*/10 * * * *"), is_cron("soon"), is_cron("* * * * 9")
    (True, False, False)
    """
    return len(fields.split()) == 5 and croniter.is_valid(fields)
