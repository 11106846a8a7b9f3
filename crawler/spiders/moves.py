"""The spider that searches for the new addresses of broken links."""

from __future__ import annotations

from typing import Any

from crawler.moves.job import search_lost_pages
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import JobSpider, whole_number


class MovesSpider(JobSpider):
    """Searches for the new addresses of broken links, at the archive and on their sites.

    Args:
        name: Set by Scrapy.
        limit: Maximum number of links.
        only_short_links: Only links of shorteners.
        arguments: Those of `JobSpider`.
    """

    name = "moves"

    def __init__(
        self,
        name: str | None = None,
        *,
        limit: int | str = 1000,
        only_short_links: bool | str = False,
        **arguments: Any,
    ) -> None:
        super().__init__(name, **arguments)
        self._limit = limit
        self._only_short_links = str(only_short_links).lower() in {"1", "true", "yes"}

    def validate_arguments(self) -> None:
        """Check that `limit` is a whole number. Raises ConfigError."""
        whole_number("limit", self._limit)

    async def work(self) -> None:
        """Search for the new addresses of the links that are due."""
        fetch = EngineFetch(self.crawler)
        await search_lost_pages(
            self.job,
            fetch=fetch,
            emit=self.emit,
            limit=whole_number("limit", self._limit),
            only_short_links=self._only_short_links,
        )
