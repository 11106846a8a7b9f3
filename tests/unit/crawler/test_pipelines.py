"""Test item pipelines: which items they process, and which they pass on."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawler.items import PageItem
from crawler.jobs.isolation import InternalErrors, Isolation
from crawler.jobs.stop_signal import StopSignal
from crawler.pipelines import (
    ArchivePipeline,
    HistoryPipeline,
    MovesAndDriftPipeline,
    PagePipeline,
)
from store.errors import DatabaseUnavailable
from store.vocabulary import Page
from store.work.runs import RunOutcome


@pytest.mark.parametrize(
    "pipeline", [PagePipeline, HistoryPipeline, ArchivePipeline, MovesAndDriftPipeline]
)
def test_other_items_are_passed_on_without_using_the_job(pipeline: type[Any]) -> None:
    item, without_job = object(), None
    assert asyncio.run(pipeline(without_job).process_item(item)) is item


class FakeRecorder:
    """Records whether its pages were to be written, and may fail to write them."""

    def __init__(self, *, fails: bool) -> None:
        self.is_flushed = False
        self._fails = fails

    def flush(self) -> None:
        self.is_flushed = True
        if self._fails:
            raise DatabaseUnavailable("the server is away")


class SlowRecorder:
    """Records how many pages were added at the same time."""

    def __init__(self) -> None:
        self.most_at_once = 0
        self._in_progress = 0

    def add(self, page: Page) -> None:
        del page
        self._in_progress += 1
        self.most_at_once = max(self.most_at_once, self._in_progress)
        time.sleep(0.02)
        self._in_progress -= 1


def test_pages_that_arrive_together_are_added_one_after_another() -> None:
    """A batch that another thread is beginning to write would lose the page."""
    isolated = partial(Isolation, InternalErrors(Counter()))
    spider = SimpleNamespace(job=SimpleNamespace(isolated=isolated))
    stats = SimpleNamespace(inc_value=lambda _: None)
    pipeline = PagePipeline(cast("Any", SimpleNamespace(spider=spider, stats=stats)))
    recorder = SlowRecorder()
    pipeline._recorders = cast("Any", {"a": recorder})

    async def process() -> None:
        items = [PageItem(wiki="a", page=Page(path=str(number), sha256="")) for number in range(4)]
        await asyncio.gather(*map(pipeline.process_item, items))

    asyncio.run(process())
    assert recorder.most_at_once == 1


def test_a_run_whose_last_pages_cannot_be_stored_is_failed() -> None:
    job = SimpleNamespace(stop=StopSignal())
    pipeline = PagePipeline(cast("Any", SimpleNamespace(spider=SimpleNamespace(job=job))))
    recorders = {"a": FakeRecorder(fails=True), "b": FakeRecorder(fails=False)}
    pipeline._recorders = cast("Any", recorders)
    asyncio.run(pipeline.close_spider())
    assert job.stop.outcome is RunOutcome.FAILED
    assert recorders["b"].is_flushed
