"""Test that Holdfast's settings keep Scrapy's core stats, and that no item waits for a handler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import DropItem
from scrapy.settings import Settings

import crawler.settings

ITEMS = ({"page": 1}, {"page": 2}, {"page": 3, "dropped": True})


class Yielding(Spider):
    """Yields some items."""

    name = "yielding"

    async def start(self) -> AsyncIterator[Any]:
        for item in ITEMS:
            yield item


class Dropping:
    """A pipeline of the user."""

    def process_item(self, item: Any) -> Any:
        if "dropped" in item:
            raise DropItem("unwanted")
        return item


def crawl() -> Crawler:
    settings = Settings()
    settings.setmodule(crawler.settings)
    settings.set("ITEM_PIPELINES", {Dropping: 1, "crawler.pipelines.ItemCounter": 1000})
    settings.set("TWISTED_REACTOR_ENABLED", value=False)
    process = AsyncCrawlerRunner(settings).create_crawler(Yielding)
    asyncio.run(process.crawl_async())
    return process


def test_items_that_passed_and_items_that_were_dropped_are_counted() -> None:
    process = crawl()
    assert process.stats is not None
    stats = process.stats.get_stats()
    assert stats["item_scraped_count"] == 2
    assert stats["item_dropped_count"] == 1
    assert stats["finish_reason"] == "finished"


@pytest.mark.parametrize("signal", [signals.item_scraped, signals.response_received])
def test_no_signal_handler_is_called_for_each_item_or_response(signal: object) -> None:
    assert crawl().signals.send_catch_log(signal, spider=None) == []
