"""The spider that compares living pages with the mementos of what was cited."""

from __future__ import annotations

from crawler.drift.job import compare_due_links
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import LimitedSpider


class DriftSpider(LimitedSpider):
    """Compares living pages with mementos; see `LimitedSpider`."""

    name = "drift"

    async def work(self) -> None:
        """Compare the pages that are due."""
        limit = self.limit_or(self.job.config.drift.per_run)
        fetch = EngineFetch(self.crawler)
        await compare_due_links(self.job, fetch=fetch, emit=self.emit, limit=limit)
