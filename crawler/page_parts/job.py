"""Look for the parts of the archive copies that are due, at each archive under its own rules."""

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
from crawler.page_parts.requests import PartFinder, parts_of
from crawler.probing.host_worker import LIMITED_DAY
from crawler.probing.session import PoliteSession
from crawler.reading import OpenSessions, PoliteReader
from store.errors import LeaseLost
from store.work.page_parts import (
    ArchivedPart,
    PartsTask,
    archived_parts,
    copies_to_check,
    delete_old_parts,
    record_copy,
    record_parts,
    requests_since,
    schedule_part_checks,
)

_REPEAT_AFTER: Final = timedelta(days=180)  # also how long an answer about a part is believed
_RETRY_AFTER: Final = timedelta(days=7)  # where an archive answered for too few parts
_NO_PARTS_AFTER: Final = timedelta(days=90)  # until copies without parts are looked at again
_MIN_KNOWN: Final = 0.5  # share of a copy's parts that must be known to be stored


@dataclass(frozen=True, slots=True)
class DueCopies:
    """The copies that are due.

    Attributes:
        wanted: Those whose parts are to be looked for, in order.
        empty: The ids of those without parts that come before them.
    """

    wanted: tuple[PartsTask, ...] = ()
    empty: tuple[int, ...] = ()


async def check_due_copies(job: Job, *, fetch: Fetch, emit: Emit, limit: int) -> None:
    """Look for the parts of the copies that are due, and emit an item for each.

    Copies without parts that come before them are put off.

    Args:
        job: The job.
        fetch: Sends a single request.
        emit: Sends an item through the pipelines.
        limit: The maximum number of copies.
    """
    services: defaultdict[str, list[PartsTask]] = defaultdict(list)
    due = await job.retries.run(partial(due_copies, job, limit=limit))
    await put_off_empty_copies(job, due)
    for task in due.wanted:
        services[task.service].append(task)
    session = PoliteSession(job, fetch)
    for service, tasks in services.items():
        with job.isolated(Unit.ARCHIVE, service):
            await _check_service(job, session, service, tasks, emit)
    await job.write(delete_old_parts, before=job.clock() - _REPEAT_AFTER)


def due_copies(job: Job, *, limit: int) -> DueCopies:
    """Return the copies whose parts are to be looked for, at most `limit`."""
    if limit <= 0:
        return DueCopies()
    with job.database.read() as connection:
        tasks = copies_to_check(
            connection, services=_services(job), now=job.clock(), scope=job.scope
        )
    wanted = [task for task in tasks if task.has_parts][:limit]
    end = tasks.index(wanted[-1]) if len(wanted) == limit else len(tasks)
    empty = [task.mirror_id for task in tasks[:end] if not task.has_parts]
    return DueCopies(tuple(wanted), tuple(empty))


async def put_off_empty_copies(job: Job, due: DueCopies) -> None:
    """Schedule the copies without parts for later, as there is nothing to look for."""
    if due.empty:
        await job.write(schedule_part_checks, due.empty, at=job.clock() + _NO_PARTS_AFTER)


def _services(job: Job) -> Sequence[str]:
    """Return the archives that can be asked for a part.

    Those that are distrusted, and those that did not respond in this run, are left out.
    """
    trust = service_trust(job.loaded)
    return [
        name
        for name, service in known_services().items()
        if "{modifier}" in (service.mirror_template or "")
        and name not in job.unavailable_services
        and not trust.is_distrusted(name)
    ]


async def _check_service(
    job: Job, session: PoliteSession, service: str, tasks: Sequence[PartsTask], emit: Emit
) -> None:
    """Look for parts at one archive. What is left when it is ill or held elsewhere stays due."""
    slot = slot_of(tasks[0].url)
    budget = await job.retries.run(partial(_request_budget, job, service, slot))
    async with OpenSessions(job, session) as sessions:
        reader = PoliteReader(job, sessions, budget=budget, unlimited_slots=frozenset())
        finder = PartFinder(reader, job.config.archives.wayback, job.clock)
        try:
            for task in tasks:
                if job.stop or finder.is_archive_away:
                    return
                with job.isolated(Unit.PARTS, task.url) as isolation:
                    known = await job.retries.run(partial(_known_parts, job, task))
                    found = await finder.find(task, known, stop=job.stop)
                    item = PartsItem(task=task, found=found)
                if isolation.error:
                    item = failed_parts(task)
                elif job.stop and item.found.unknown:
                    return  # the rest was not asked for: the copy stays due
                await emit(item)
        except LeaseLost:
            job.counts["host:held"] += 1


def _known_parts(job: Job, task: PartsTask) -> Mapping[str, ArchivedPart]:
    urls = [part.url for part in parts_of(task)]
    since = job.clock() - _REPEAT_AFTER
    with job.database.read() as connection:
        return archived_parts(connection, task.service, urls, since=since)


def _request_budget(job: Job, service: str, slot: str) -> ProbeBudget:
    """Return how many requests the limits of the archive's slot still allow."""
    rules = job.rules_for(slot)
    limits = [rules.per_run] if rules.per_run else []
    if rules.per_day:
        with job.database.read() as connection:
            made = requests_since(connection, slot, service, job.clock() - LIMITED_DAY)
        limits.append(max(0, rules.per_day - made))
    return ProbeBudget(min(limits, default=None))


def store_parts(job: Job, item: PartsItem) -> None:
    """Store what was found of a copy's parts, and when they are looked for next.

    Raises:
        StoreError: The database cannot be written.
    """
    now, task, found = job.clock(), item.task, item.found
    known = len(found.answers)
    is_enough = known > 0 and known >= _MIN_KNOWN * (known + found.unknown)
    wait = _REPEAT_AFTER if is_enough else _RETRY_AFTER
    with job.database.write() as connection:
        record_parts(connection, task.service, found.new)
        if is_enough:
            record_copy(connection, task.mirror_id, checked=known, missing=found.missing, at=now)
        schedule_part_checks(connection, [task.mirror_id], at=now + wait)
