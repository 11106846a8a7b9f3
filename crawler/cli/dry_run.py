"""Print what `holdfast archive --dry-run` would do."""

from __future__ import annotations

import math
from datetime import timedelta

import click

from crawler.cli.terminal.console import one_line
from crawler.cli.terminal.log_setup import print_message
from crawler.cli.terminal.text_format import format_duration, pluralize
from crawler.config.archives import WaybackConfig
from crawler.jobs.job import Job
from crawler.local_capture.capture_run import incomplete_captures, wanted_local_captures
from crawler.moves.job import due_searches
from crawler.page_parts import due_copies
from crawler.preservation.archive_session import WAYBACK, may_capture
from crawler.preservation.capture_queue import wanted_captures
from crawler.preservation.due_lookups import lookups_due
from crawler.preservation.lookups import lookup_url

_ALL = 10_000_000  # more lookups than are ever due


def print_archive_plan(job: Job, *, limit: int, find_moved: bool = False) -> None:
    """Print the lookups, captures and searches that would be made, one a line, and their numbers.

    Args:
        job: The job.
        limit: Maximum number of each kind.
        find_moved: Whether new addresses would be searched for.
    """
    if find_moved:
        for search in job.run_blocking(due_searches, limit=limit):
            click.echo(f"find                 {one_line(search.url)}")
    due = job.run_blocking(lookups_due, WAYBACK, limit=_ALL)
    lookups = [task for task in due[:limit] if lookup_url(task.url)]
    for task in lookups:
        click.echo(f"look up  {task.target_time:%Y-%m-%d}  {one_line(task.url)}")
    candidates = job.run_blocking(wanted_captures, WAYBACK)
    for candidate in candidates[:limit]:
        reasons = one_line("; ".join(candidate.reasons))
        click.echo(f"capture              {one_line(candidate.url)}  ({reasons})")
    archives = job.config.archives
    disabled = ""
    if not archives.captures_enabled:
        disabled = " (captures are disabled: set API keys, or capture = true under [archives])"
    elif not may_capture(job):
        disabled = " (no captures: archives.trust doubts the Wayback Machine)"
    elif not archives.wayback.captures_per_day:
        disabled = " (no captures: archives.wayback.captures_per_day is 0)"
    duration = _capture_duration(len(candidates), archives.wayback)
    captures = pluralize(len(candidates), "capture")
    later = f" now and {len(due) - limit:,} in later runs" if len(due) > limit else ""
    planned = f"{pluralize(len(lookups), 'lookup')}{later}"
    if checks := job.run_blocking(due_copies, limit=archives.part_checks_per_run).with_parts:
        planned += f", the parts of {pluralize(len(checks), 'archive copy')}"
    print_message(f"{planned}, {captures}{disabled}{duration}")


def _capture_duration(candidates: int, wayback: WaybackConfig) -> str:
    """Return how long the captures will take; empty if none is made."""
    per_day = wayback.captures_per_day
    if not candidates or not per_day:
        return ""
    days = math.ceil(candidates / per_day)
    if days > 1:
        return f"; at {pluralize(per_day, 'capture')} a day: {days} days"
    duration = timedelta(minutes=candidates / wayback.captures_per_minute)
    return f"; the captures take about {format_duration(duration)}"


def print_local_plan(job: Job, *, limit: int) -> None:
    """Print the pages that would be saved to the local archive, in order, with the reasons."""
    candidates = job.run_blocking(wanted_local_captures)
    for candidate in candidates[:limit]:
        reasons = one_line("; ".join(candidate.reasons))
        click.echo(f"save  {one_line(candidate.url)}  ({reasons})")
    incomplete = len(job.run_blocking(incomplete_captures))
    to_complete = ""
    if incomplete:
        to_complete = f", {pluralize(incomplete, 'page')} fetched by probes to complete"
    folder = job.loaded.local_archive
    print_message(f"{pluralize(len(candidates), 'page')} to save in {folder}{to_complete}")
