"""Determine the outcome of a run from the links that it should have checked and left due."""

from __future__ import annotations

import logging
from dataclasses import replace

from sqlalchemy import Connection

from crawler.jobs.job import Job
from store.errors import StoreError
from store.queries.work_left import WorkLeft, find_work_left
from store.work.frontier import DueFilter
from store.work.runs import RunOutcome


def set_due_filter(job: Job, due_filter: DueFilter) -> None:
    """Set the filter that selects the links of a job, unless one is set already.

    A filter for archive copies found during the run is not set: a run is complete without them.
    """
    if job.due_filter is None and not due_filter.new_mirrors:
        job.due_filter = replace(due_filter, checked_before=job.started_at)


def job_outcome(job: Job) -> RunOutcome:
    """Return the outcome of a job that raised no exception.

    If the links that are left cannot be counted, the run is not known to be complete, so that no
    report compares with it.
    """
    if job.stop.outcome is not None:
        return job.stop.outcome
    try:
        return outcome_for(count_work_left(job))
    except StoreError as error:
        logging.getLogger("holdfast.jobs").debug("cannot count what is left to check: %s", error)
        return RunOutcome.PARTIAL


def outcome_for(left: WorkLeft) -> RunOutcome:
    """Return the outcome of a run that was not stopped.

    A run that skipped paused hosts only is complete: some hosts request a pause in every run, and
    reports compare complete runs only.

    Args:
        left: The numbers of links that the run left due. Another process held the leases on the
            hosts of the `held` ones, the `limited` ones are beyond a limit on requests, and the
            run ended before the turn of the `other` ones.

    Returns:
        PARTIAL if there are held or other links, else DEADLINE if there are limited ones.
    """
    if left.held or left.other:
        return RunOutcome.PARTIAL
    return RunOutcome.DEADLINE if left.limited else RunOutcome.FINISHED


def count_work_left(job: Job) -> WorkLeft:
    """Count the links of a job that are still due, and keep the counts in `job.work_left`.

    Returns:
        The counts.

    Raises:
        StoreError: They cannot be counted.
    """
    if job.work_left is None:
        due_filter = job.due_filter
        if due_filter is None:
            job.work_left = WorkLeft()
        else:
            job.work_left = job.read_blocking(
                lambda connection: read_work_left(job, connection, due_filter)
            )
    return job.work_left


def read_work_left(job: Job, connection: Connection, due_filter: DueFilter) -> WorkLeft:
    """Return the numbers of a run's links that are still due, by the cause.

    Args:
        job: A job of that run.
        connection: A connection in a transaction.
        due_filter: Selects the run's links; its `checked_before` is the time the run began.
    """
    is_budget_spent = job.budget.is_spent
    has_network = job.stop.outcome is not RunOutcome.NETWORK_DOWN

    def is_limited(host: str) -> bool:
        if not has_network:
            return False  # whatever the limits are, they are not why links were left
        rules = job.rules_for(host)
        return is_budget_spent or bool(rules.per_run or rules.per_day)

    return find_work_left(
        connection,
        due_filter,
        now=job.clock(),
        owner=job.owner,
        is_limited=is_limited,
        links_awaiting=job.links_awaiting,
    )
