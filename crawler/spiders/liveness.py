"""The spider that probes due links and mirrors."""

from __future__ import annotations

from typing import Any

from crawler.local_capture.probe_capture import capture_from_probes
from crawler.probing.scheduler import probe_due
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import JobSpider
from store.work.frontier import DueFilter


class LivenessSpider(JobSpider):
    """Probes due links and mirrors.

    Args:
        name: Set by Scrapy.
        due_filter: Which links to probe (from code only); None for all that are due.
        hosts: Only these hosts, comma-separated.
        arguments: Those of `JobSpider`.
    """

    name = "liveness"

    def __init__(
        self,
        name: str | None = None,
        *,
        due_filter: DueFilter | None = None,
        hosts: str = "",
        **arguments: Any,
    ) -> None:
        super().__init__(name, **arguments)
        self._due_filter = due_filter
        self.hosts = tuple(host.strip() for host in hosts.split(",") if host.strip())

    async def work(self) -> None:
        """Probe what is due."""
        due_filter = self._due_filter or DueFilter(now=self.job.clock(), hosts=self.hosts)
        fetch = EngineFetch(self.crawler)
        capturing = capture_from_probes(self.job, due_filter, fetch=fetch, emit=self.emit)
        async with capturing as capture_hook_for:
            await probe_due(
                self.job,
                due_filter,
                fetch=fetch,
                emit=self.emit,
                capture_hook_for=capture_hook_for,
            )
