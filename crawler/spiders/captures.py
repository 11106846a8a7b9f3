"""The spider that looks up mirrors, requests captures and saves local copies."""

from __future__ import annotations

from typing import Any

from crawler.config import ConfigError
from crawler.local_capture.capture_run import capture_locally, complete_captures
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import JobSpider, whole_number
from store.vocabulary import LOCAL


class CapturesSpider(JobSpider):
    """Makes lookups and captures at archives, or saves pages to the local archive.

    Archives are queried in worker threads, within their rate limits.

    Args:
        name: Set by Scrapy.
        limit: Maximum number of lookups, and of captures. With `to="local"`, 0 only completes the
            captures made by probes.
        to: `local` to save pages to the local archive instead of querying archives.
        arguments: Those of `JobSpider`.
    """

    name = "captures"

    def __init__(
        self, name: str | None = None, *, limit: int | str = 1000, to: str = "", **arguments: Any
    ) -> None:
        super().__init__(name, **arguments)
        self._limit = limit
        self._to = to

    def validate_arguments(self) -> None:
        """Check the arguments.

        Raises:
            ConfigError: `limit` is no whole number, or `to` is neither `local` nor empty.
        """
        whole_number("limit", self._limit)
        if self._to not in ("", LOCAL):
            raise ConfigError(f"invalid to {self._to[:40]!r}: use {LOCAL}, or leave it out")

    async def work(self) -> None:
        """Make the lookups and captures."""
        limit = whole_number("limit", self._limit)
        if self._to != LOCAL:
            # Imported here: the archives' clients are slow to import, and local copies need none.
            from crawler.preservation.archive_step import run_archive_step  # noqa: PLC0415

            await run_archive_step(self.job, emit=self.emit, limit=limit)
            return
        fetch = EngineFetch(self.crawler)
        if limit:
            await capture_locally(self.job, fetch=fetch, emit=self.emit, limit=limit)
        else:
            await complete_captures(self.job, fetch=fetch, emit=self.emit)
