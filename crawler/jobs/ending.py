"""Decide how a run ended: by what it was to check and left due."""

from __future__ import annotations

import logging
from dataclasses import replace

from sqlalchemy import Connection

from crawler.jobs.job import Job
from store.errors import StoreError
from store.queries.work_left import WorkLeft, find_work_left
from store.work.frontier import DueFilter
from store.work.runs import RunOutcome


def note_wanted(job: Job, wanted: DueFilter) -> None:
    """Store which links a job is to check, for `count_work_left`. The first filter counts.

    Archive copies found during the run are not among them: nobody expects those to be checked.
    """
    if job.wanted is None and not wanted.new_mirrors:
        job.wanted = replace(wanted, checked_before=job.began)


def outcome_of(job: Job) -> RunOutcome:
    """Return how a job ended that raised no exception."""
    if job.stop.outcome is not None:
        return job.stop.outcome
    return outcome_with(count_work_left(job))


def outcome_with(left: WorkLeft) -> RunOutcome:
    """Return how a run ended that was not stopped, by what it left due.

    A run is complete even if hosts requested a pause: some do so in every run, and reports compare
    with complete runs only.
    """
    if left.held or left.other:
        return RunOutcome.PARTIAL
    return RunOutcome.DEADLINE if left.limited else RunOutcome.FINISHED


def count_work_left(job: Job) -> WorkLeft:
    """Count what a job was to check and left due. The result is kept with the job."""
    if job.left is None:
        job.left = _find(job)
    return job.left


def work_left_by(job: Job, connection: Connection, wanted: DueFilter) -> WorkLeft:
    """Return what is still due of the links that a run was to check.

    Args:
        job: A job of that run.
        connection: A connection in a transaction.
        wanted: The links, with `checked_before` the run's beginning.
    """
    is_budget_spent = job.budget.is_spent

    def is_limited(host: str) -> bool:
        rules = job.rules_for(host)
        return is_budget_spent or bool(rules.per_run or rules.per_day)

    return find_work_left(
        connection, wanted, now=job.clock(), owner=job.owner, is_limited=is_limited
    )


def _find(job: Job) -> WorkLeft:
    if job.wanted is None:
        return WorkLeft()
    try:
        with job.database.read() as connection:
            return work_left_by(job, connection, job.wanted)
    except StoreError as error:  # the run ended all the same, and how is stored if possible
        logging.getLogger("holdfast.jobs").debug("cannot count what is left to check: %s", error)
        return WorkLeft()
