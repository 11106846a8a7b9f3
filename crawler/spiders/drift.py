"""The spider that compares living pages with the mementos of what was cited."""

from __future__ import annotations

from typing import Any

from crawler.drift.job import compare_due_links
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import JobSpider


class DriftSpider(JobSpider):
    """Compares living pages with mementos.

    Args:
        name: Set by Scrapy.
        limit: Maximum number of links; None for that of the configuration.
        arguments: Those of `JobSpider`.
    """

    name = "drift"

    def __init__(
        self, name: str | None = None, *, limit: int | str | None = None, **arguments: Any
    ) -> None:
        super().__init__(name, **arguments)
        self._limit = limit

    async def work(self) -> None:
        """Compare the pages that are due."""
        limit = self.job.config.drift.per_run if self._limit is None else int(self._limit)
        fetch = EngineFetch(self.crawler)
        await compare_due_links(self.job, fetch=fetch, emit=self.emit, limit=limit)
