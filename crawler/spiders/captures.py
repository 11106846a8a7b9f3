"""Is there a copy? Looks up mirrors near the access date, and asks archives for new ones."""

from __future__ import annotations

from typing import Any

from crawler.preservation import preserve
from crawler.spiders.jobs import JobSpider


class CapturesSpider(JobSpider):
    """Asks archives, at their pace, in worker threads. Argument `limit`: at most so many look-ups, and so many captures."""

    name = "captures"

    def __init__(self, name: str | None = None, *, limit: int | str = 1000, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self._limit = int(limit)

    async def work(self) -> None:
        await preserve(self.job, emit=self.emit, limit=self._limit)
