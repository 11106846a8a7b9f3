"""Is there a copy? Looks up mirrors near the access date, and asks archives for new ones."""

from __future__ import annotations

from typing import Any

from crawler.local_capture import capture_locally, complete_captures
from crawler.preservation import run_archive_step
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import JobSpider
from store.vocabulary import LOCAL


class CapturesSpider(JobSpider):
    """Asks archives, at their pace, in worker threads. Argument `limit`: at most so many look-ups, and so many captures.

    With `to` as `local` it asks no archive, and keeps copies on a disk of our own; with a limit of 0 it only completes those that probes brought.
    """

    name = "captures"

    def __init__(
        self, name: str | None = None, *, limit: int | str = 1000, to: str = "", **arguments: Any
    ) -> None:
        super().__init__(name, **arguments)
        self._limit = int(limit)
        self._to = to

    async def work(self) -> None:
        if self._to == LOCAL and not self._limit:
            await complete_captures(self.job, fetch=EngineFetch(self.crawler), emit=self.emit)
        elif self._to == LOCAL:
            await capture_locally(
                self.job, fetch=EngineFetch(self.crawler), emit=self.emit, limit=self._limit
            )
        else:
            await run_archive_step(self.job, emit=self.emit, limit=self._limit)
