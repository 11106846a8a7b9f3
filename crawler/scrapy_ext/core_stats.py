"""Scrapy's core stats, without a handler of the signal that is sent for each item.

That signal may have asynchronous handlers, so Scrapy starts a task for each of them and waits for
all: a tenth of the processor time of a HEAD. `crawler.pipelines.ItemCounter` counts the items.
"""

from __future__ import annotations

from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.extensions.corestats import CoreStats


class CoreStatsWithoutItems(CoreStats):
    """Collects what `CoreStats` does, but does not count the items that passed the pipelines."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the extension for a crawler."""
        stats = super().from_crawler(crawler)
        crawler.signals.disconnect(stats.item_scraped, signals.item_scraped)
        return stats
