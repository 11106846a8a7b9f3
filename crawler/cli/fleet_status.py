"""The line of `holdfast status` about a fleet's queue. Needs the extra `fleet`."""

from __future__ import annotations

from sqlalchemy import Connection

from crawler.cli.terminal.text_format import pluralize
from crawler.fleet import queue, schema
from reports.wording.sanitize import plain
from reports.wording.time_format import format_time

_MAX_ROWS = 5
_MAX_LINE_LENGTH = 1_000


def describe_queue(connection: Connection) -> str | None:
    """Return a line about jobs, live workers and jobs in backoff; None if there is no queue."""
    if schema.applied_migration(connection) is None:
        return None
    jobs = pluralize(queue.count_pending(connection), "job")
    workers = pluralize(queue.count_workers(connection), "worker")
    return f"queue: {jobs}, {workers}{_describe_backoffs(connection)}"


def _describe_backoffs(connection: Connection) -> str:
    """Return the part of the line about jobs in backoff after internal errors; "" for none."""
    jobs = queue.jobs_in_backoff(connection)
    if not jobs:
        return ""
    names = ", ".join(f"{job.name} until {format_time(job.until)}" for job in jobs[:_MAX_ROWS])
    more = " …" if len(jobs) > _MAX_ROWS else ""
    return plain(f"; {len(jobs)} in backoff after internal errors: {names}{more}", _MAX_LINE_LENGTH)
