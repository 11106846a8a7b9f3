"""The spider that looks for the parts of archive copies."""

from __future__ import annotations

from typing import Any

from crawler.page_parts import check_due_copies
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import JobSpider


class PartsSpider(JobSpider):
    """Looks for the images, style sheets and frames of archive copies.

    Args:
        name: Set by Scrapy.
        limit: Maximum number of copies; None for that of the configuration.
        arguments: Those of `JobSpider`.
    """

    name = "parts"

    def __init__(
        self, name: str | None = None, *, limit: int | str | None = None, **arguments: Any
    ) -> None:
        super().__init__(name, **arguments)
        self._limit = limit

    async def work(self) -> None:
        """Look for the parts of the copies that are due."""
        configured = self.job.config.archives.part_checks_per_run
        limit = configured if self._limit is None else int(self._limit)
        fetch = EngineFetch(self.crawler)
        await check_due_copies(self.job, fetch=fetch, emit=self.emit, limit=limit)
