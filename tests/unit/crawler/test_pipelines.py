"""Test item pipelines: which items they process, and which they pass on."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawler.jobs.stop_signal import StopSignal
from crawler.pipelines import (
    ArchivePipeline,
    HistoryPipeline,
    MovesAndDriftPipeline,
    PagePipeline,
)
from store.errors import DatabaseUnavailable
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


def test_a_run_whose_last_pages_cannot_be_stored_is_failed() -> None:
    job = SimpleNamespace(stop=StopSignal())
    pipeline = PagePipeline(cast("Any", SimpleNamespace(spider=SimpleNamespace(job=job))))
    recorders = {"a": FakeRecorder(fails=True), "b": FakeRecorder(fails=False)}
    pipeline._recorders = cast("Any", recorders)
    asyncio.run(pipeline.close_spider())
    assert job.stop.outcome is RunOutcome.FAILED
    assert recorders["b"].is_flushed
