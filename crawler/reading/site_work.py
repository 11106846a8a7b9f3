"""The work on one site's links, done so that an internal error costs no other site, and no link its next turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from crawler.items import DriftItem, Emit, SearchItem
from crawler.jobs.isolation import InternalError, Unit
from crawler.jobs.job import Job
from store.work.comparisons import ComparisonTask
from store.work.searches import SearchTask

_Task = TypeVar("_Task", ComparisonTask, SearchTask)


async def run_isolated(
    job: Job,
    tasks: Sequence[_Task],
    work: Callable[[Sequence[_Task], Emit], Awaitable[None]],
    *,
    emit: Emit,
    failed: Callable[[_Task, InternalError], object],
) -> None:
    """Do the work on the links of one site.

    Args:
        job: The job it is part of.
        tasks: The links, at least one.
        work: Does it, and emits what came of each link.
        emit: Takes an item through the pipelines.
        failed: Makes the item of a link that the work emitted none for, because of an internal error.
    """
    answered = set[int]()

    async def emit_and_note(item: object) -> None:
        if isinstance(item, DriftItem | SearchItem):
            answered.add(item.task.link_id)
        await emit(item)

    with job.isolated(Unit.HOST, tasks[0].url) as working:
        await work(tasks, emit_and_note)
    for task in tasks:
        if working.error and task.link_id not in answered:
            await emit(failed(task, working.error))
