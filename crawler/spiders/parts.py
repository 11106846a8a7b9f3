"""The spider that looks for the parts of archive copies."""

from __future__ import annotations

from crawler.page_parts import check_due_copies
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import LimitedSpider


class PartsSpider(LimitedSpider):
    """Looks for the images, style sheets and frames of archive copies; see `LimitedSpider`."""

    name = "parts"

    async def work(self) -> None:
        """Look for the parts of the copies that are due."""
        limit = self.limit_or(self.job.config.archives.part_checks_per_run)
        fetch = EngineFetch(self.crawler)
        await check_due_copies(self.job, fetch=fetch, emit=self.emit, limit=limit)
