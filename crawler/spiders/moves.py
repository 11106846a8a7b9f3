"""Where did it go? Looks for the new addresses of links that are broken for good."""

from __future__ import annotations

from typing import Any

from crawler.moves.job import search_lost_pages
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import JobSpider


class MovesSpider(JobSpider):
    """Asks the archive and the sites of broken links. Argument `limit`: at most so many links."""

    name = "moves"

    def __init__(
        self, name: str | None = None, *, limit: int | str = 1000, **arguments: Any
    ) -> None:
        super().__init__(name, **arguments)
        self._limit = int(limit)

    async def work(self) -> None:
        await search_lost_pages(
            self.job, fetch=EngineFetch(self.crawler), emit=self.emit, limit=self._limit
        )
