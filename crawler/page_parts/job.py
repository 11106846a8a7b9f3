"""Check the parts of the archive copies that are due, one archive after another.

A part is an image, a style sheet or a frame of the archived page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from crawler.archives import service_trust
from crawler.archives.link_identity import slot_of
from crawler.archives.mirror_urls import known_services
from crawler.http.fetch import Fetch
from crawler.items import Emit, PartsItem
from crawler.jobs.failed_items import failed_parts
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.page_parts.part_finder import PartFinder, parts_of
from crawler.probing.host_worker import LIMITED_DAY
from crawler.probing.session import PoliteSession
from crawler.reading import HostSessions, PoliteReader
from store.errors import LeaseLost
from store.work.page_parts import (
    ArchivedPart,
    PartsTask,
    archived_parts,
    copies_to_check,
    delete_old_parts,
    record_part_counts,
    record_parts,
    requests_since,
    schedule_part_checks,
)
from store.work.runs import HELD_HOSTS

# The time until a copy is due again. Results for its parts are stored as long.
_INTERVAL: Final = timedelta(days=180)
_INTERVAL_WITHOUT_PARTS: Final = timedelta(days=90)  # for a copy that has no parts
_RETRY_AFTER: Final = timedelta(days=7)  # if too few of the parts are known
# For the copies that an unavailable archive has left: they must not displace those of others.
_RETRY_UNAVAILABLE_AFTER: Final = timedelta(hours=20)
_MIN_KNOWN: Final = 0.5  # share of a copy's parts that must be known to store a result of the copy


@dataclass(frozen=True, slots=True)
class DueCopies:
    """The copies that are due.

    Attributes:
        with_parts: The copies whose parts are to be requested, in order.
        without_parts: The ids of the copies without parts that are due before the last of
            `with_parts`. They are scheduled for later, so that the next runs find other copies.
    """

    with_parts: tuple[PartsTask, ...] = ()
    without_parts: tuple[int, ...] = ()


async def check_due_copies(job: Job, *, fetch: Fetch, emit: Emit, limit: int) -> None:
    """Check the parts of the copies that are due, and emit an item for each copy.

    Copies without parts that come before them are postponed.

    Args:
        job: The job.
        fetch: Sends a single request.
        emit: Sends an item through the pipelines.
        limit: The maximum number of copies.
    """
    by_service: defaultdict[str, list[PartsTask]] = defaultdict(list)
    due = await job.retries.run(partial(due_copies, job, limit=limit))
    await postpone_copies_without_parts(job, due)
    for task in due.with_parts:
        by_service[task.service].append(task)
    session = PoliteSession(job, fetch)
    for service, tasks in by_service.items():
        with job.isolated(Unit.ARCHIVE, service):
            await _check_service(job, session, service, tasks, emit)
    await job.write(delete_old_parts, before=job.clock() - _INTERVAL)


def due_copies(job: Job, *, limit: int) -> DueCopies:
    """Return the copies whose parts are due, at most `limit`, and copies without parts."""
    if limit <= 0:
        return DueCopies()
    with job.database.read() as connection:
        tasks = copies_to_check(
            connection, services=_services(job), now=job.clock(), scope=job.scope
        )
    with_parts: list[PartsTask] = []
    without_parts: list[int] = []
    for task in tasks:
        if len(with_parts) == limit:
            break
        if task.has_parts:
            with_parts.append(task)
        else:
            without_parts.append(task.mirror_id)
    return DueCopies(tuple(with_parts), tuple(without_parts))


async def postpone_copies_without_parts(job: Job, due: DueCopies) -> None:
    """Schedule the copies without parts for later, as there is nothing to request."""
    if due.without_parts:
        await job.write(
            schedule_part_checks, due.without_parts, at=job.clock() + _INTERVAL_WITHOUT_PARTS
        )


def _services(job: Job) -> Sequence[str]:
    """Return the names of the archives at which parts can be requested.

    The URLs of parts have a replay modifier (`PartKind`), so archives without one are left out.
    So are those that are distrusted, and those that did not respond in this run.
    """
    trust = service_trust(job.loaded)
    return [
        name
        for name, service in known_services().items()
        if "{modifier}" in service.mirror_template
        and name not in job.unavailable_services
        and not trust.is_distrusted(name)
    ]


async def _check_service(
    job: Job, session: PoliteSession, service: str, tasks: Sequence[PartsTask], emit: Emit
) -> None:
    """Check the parts of copies at one archive.

    If it is unavailable, the copy at which that shows is due again after `_RETRY_AFTER`, and the
    remaining ones on the next day, after those of other archives.
    """
    slot = slot_of(tasks[0].url)
    budget = await job.retries.run(partial(_request_budget, job, service, slot))
    async with HostSessions(job, session) as sessions:
        reader = PoliteReader(job, sessions, budget=budget, unlimited_slots=frozenset())
        finder = PartFinder(reader, job.config.archives.wayback, job.clock)
        try:
            for position, task in enumerate(tasks):
                if job.stop:
                    return
                if finder.is_archive_unavailable:
                    remaining = [each.mirror_id for each in tasks[position:]]
                    at = job.clock() + _RETRY_UNAVAILABLE_AFTER
                    await job.write(schedule_part_checks, remaining, at=at)
                    return
                with job.isolated(Unit.PARTS, task.url) as isolation:
                    stored = await job.retries.run(partial(_stored_parts, job, task))
                    found = await finder.find(task, stored, stop=job.stop)
                    item = PartsItem(task=task, found=found)
                if isolation.error:
                    item = failed_parts(task)
                elif job.stop and item.found.unknown:
                    return  # some parts were not requested: the copy stays due
                await emit(item)
        except LeaseLost:
            job.counts[HELD_HOSTS] += 1


def _stored_parts(job: Job, task: PartsTask) -> Mapping[str, ArchivedPart]:
    """Return the stored results for the parts of a copy, by their URLs."""
    urls = [part.url for part in parts_of(task)]
    since = job.clock() - _INTERVAL
    with job.database.read() as connection:
        return archived_parts(connection, task.service, urls, since=since)


def _request_budget(job: Job, service: str, slot: str) -> ProbeBudget:
    """Return the budget of requests that the limits of the archive's slot still allow."""
    rules = job.rules_for(slot)
    limits = [rules.per_run] if rules.per_run else []
    if rules.per_day:
        now = job.clock()
        with job.database.read() as connection:
            made = requests_since(connection, slot, service, now - LIMITED_DAY, until=now)
        limits.append(max(0, rules.per_day - made))
    return ProbeBudget(min(limits, default=None))


def store_parts(job: Job, item: PartsItem) -> None:
    """Store the results for a copy's parts, and when the copy is due again.

    Raises:
        StoreError: The database cannot be written.
    """
    now, task, found = job.clock(), item.task, item.found
    known = len(found.known)
    is_enough = known > 0 and known >= _MIN_KNOWN * (known + found.unknown)
    wait = _INTERVAL if is_enough else _RETRY_AFTER
    with job.database.write() as connection:
        record_parts(connection, task.service, found.new)
        if is_enough:
            record_part_counts(
                connection, task.mirror_id, checked=known, missing=found.missing, at=now
            )
        schedule_part_checks(connection, [task.mirror_id], at=now + wait)
