"""Plan: queue a job for every host with due links, and one for the archives.

Planning twice, or in two processes at once, adds nothing: jobs that are queued or running are not
added again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from croniter import croniter

from crawler.fleet.queue import JobSpec, archive_step_job, enqueue, jobs_in_backoff, probe_job
from crawler.fleet.runs import join_run
from crawler.jobs.job import Job
from crawler.preservation.archive_session import WAYBACK, configured_services, may_capture
from crawler.preservation.capture_queue import wanted_captures
from crawler.preservation.due_lookups import lookups_due
from crawler.preservation.mirror_review import review_mirrors
from store.maintenance.pruning import prune
from store.schema.dialects import chunks
from store.work.archives.captures import due_captures, pending_captures, unanswered_captures
from store.work.frontier import DueFilter, DueHost, due_hosts

NO_RUN = 0  # run id of a job that only plans
DEFAULT_LOOKUPS = 1_000
_BATCH = 1_000  # jobs per transaction; workers start on the first batch while others are written
_CRON_FIELDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult:
    """The result of planning.

    Attributes:
        hosts: Hosts with due links.
        links: Due links.
        archives: Whether something is due at the archives.
        queued: Jobs added to those that were already queued.
        run_id: The run they belong to; None if nothing is due.
        in_backoff: Jobs that are not retried yet, after internal errors.
    """

    hosts: int
    links: int
    archives: bool
    queued: int
    run_id: int | None = None
    in_backoff: int = 0


def plan(job: Job, *, lookups: int = DEFAULT_LOOKUPS) -> PlanResult:
    """Queue what is due, and delete old probes.

    Args:
        job: The planning job.
        lookups: Maximum number of archive lookups, and of captures.

    Returns:
        The result of planning. A `StoreError` is raised if the database fails.
    """
    review_mirrors(job)  # first, as links whose mirrors became unusable are due for a lookup
    with job.database.read() as connection:
        due = due_hosts(connection, DueFilter(now=job.clock()))
    archives = lookups > 0 and archives_due(job)
    run_id: int | None = None
    queued = 0
    hosts: list[DueHost | None] = list(due)
    if archives:
        hosts.insert(0, None)  # stands for the archives, whose job is first as it takes long
    for batch in chunks(hosts, _BATCH):
        with job.database.write() as connection:
            run_id = join_run(connection, job)
            queued += enqueue(connection, _job_specs(batch, run_id, lookups))
    max_age = timedelta(days=job.config.history.keep_probes_days)
    prune(job.database, max_age=max_age, now=job.clock())
    with job.database.read() as connection:
        in_backoff = len(jobs_in_backoff(connection))
    return PlanResult(
        hosts=len(due),
        links=sum(host.links for host in due),
        archives=archives,
        queued=queued,
        run_id=run_id,
        in_backoff=in_backoff,
    )


def _job_specs(hosts: Sequence[DueHost | None], run_id: int, lookups: int) -> Sequence[JobSpec]:
    """Return the job of each host; for None, the job of the archives."""
    specs = []
    for host in hosts:
        if host is None:
            specs.append(archive_step_job(run_id, limit=lookups))
        else:
            specs.append(probe_job(host.id, run_id))
    return specs


def archives_due(job: Job) -> bool:
    """Return whether any lookup or capture is due."""
    if any(lookups_due(job, service, limit=1) for service in configured_services(job)):
        return True
    if not may_capture(job):
        return False
    now = job.clock()
    with job.database.read() as connection:
        is_due = bool(
            due_captures(connection, WAYBACK, now=now, limit=1)
            or unanswered_captures(connection, WAYBACK, now=now)
            or pending_captures(connection, WAYBACK)
        )
    return is_due or bool(wanted_captures(job, WAYBACK))


def queue_new_mirrors(job: Job, run_id: int) -> int:
    """Queue the hosts of newly found mirrors, so that the same run probes them.

    Args:
        job: The worker's job.
        run_id: The run that found the mirrors.

    Returns:
        The number of jobs added.
    """
    with job.database.read() as connection:
        hosts = due_hosts(connection, DueFilter(now=job.clock(), new_mirrors=True))
    with job.database.write() as connection:
        jobs = [probe_job(host.id, run_id) for host in hosts]
        # A running job on the host has selected what was due before it began.
        return enqueue(connection, jobs, behind_running=True)


def is_cron(fields: str) -> bool:
    """Return whether a text is five valid crontab fields.

    >>> is_cron("*/10 * * * *"), is_cron("soon"), is_cron("* * * * 9")
    (True, False, False)
    """
    return len(fields.split()) == _CRON_FIELDS and croniter.is_valid(fields)
