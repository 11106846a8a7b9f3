"""Does it still say what was cited? Compares living pages with the mementos of them."""

from __future__ import annotations

from typing import Any

from crawler.drift.job import compare_due_links
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import JobSpider


class DriftSpider(JobSpider):
    """Reads pages and mementos. Argument `limit`: at most so many links; without it, what the configuration says."""

    name = "drift"

    def __init__(
        self, name: str | None = None, *, limit: int | str | None = None, **arguments: Any
    ) -> None:
        super().__init__(name, **arguments)
        self._limit = limit

    async def work(self) -> None:
        limit = self.job.config.drift.per_run if self._limit is None else int(self._limit)
        await compare_due_links(
            self.job, fetch=EngineFetch(self.crawler), emit=self.emit, limit=limit
        )
