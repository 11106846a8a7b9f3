"""Test item pipelines: which items they process, and which they pass on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crawler.pipelines import (
    ArchivePipeline,
    HistoryPipeline,
    MovesAndDriftPipeline,
    PagePipeline,
)


@pytest.mark.parametrize(
    "pipeline", [PagePipeline, HistoryPipeline, ArchivePipeline, MovesAndDriftPipeline]
)
def test_other_items_are_passed_on_without_using_the_job(pipeline: type[Any]) -> None:
    item, without_job = object(), None
    assert asyncio.run(pipeline(without_job).process_item(item)) is item
