"""Confine an internal error to the links of one site, and emit an item for each of them."""

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
    make_failed_item: Callable[[_Task, InternalError], object],
) -> None:
    """Run work on the links of one site.

    After an internal error, an item is emitted for each link that has none yet.

    Args:
        job: The job.
        tasks: The links, at least one.
        work: Does the work, and emits one item for each link.
        emit: Sends an item through the pipelines.
        make_failed_item: Makes the item of a link for which `work` emitted none, from the link and
            the error.
    """
    finished = set[int]()  # ids of links

    async def emit_and_record(item: object) -> None:
        if isinstance(item, DriftItem | SearchItem):
            finished.add(item.task.link_id)
        await emit(item)

    with job.isolated(Unit.HOST, tasks[0].url) as isolation:
        await work(tasks, emit_and_record)
    for task in tasks:
        if isolation.error and task.link_id not in finished:
            await emit(make_failed_item(task, isolation.error))
