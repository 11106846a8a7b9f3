"""Does it still serve? Probes what is due."""

from __future__ import annotations

from typing import Any

from crawler.local_capture import capture_from_probes
from crawler.probing.scheduler import probe_due
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import JobSpider
from store.work.frontier import DueFilter


class LivenessSpider(JobSpider):
    """Probes links and mirrors. Argument `hosts`: only these, separated by commas; `wanted`: any filter (from code)."""

    name = "liveness"

    def __init__(
        self,
        name: str | None = None,
        *,
        wanted: DueFilter | None = None,
        hosts: str = "",
        **arguments: Any,
    ) -> None:
        super().__init__(name, **arguments)
        self._wanted = wanted
        self._hosts = tuple(filter(None, hosts.split(",")))

    async def work(self) -> None:
        wanted = self._wanted or DueFilter(now=self.job.clock(), hosts=self._hosts)
        fetch = EngineFetch(self.crawler)
        async with capture_from_probes(
            self.job, wanted, fetch=fetch, emit=self.emit
        ) as capture_hook_for:
            await probe_due(
                self.job,
                wanted,
                fetch=fetch,
                emit=self.emit,
                capture_hook_for=capture_hook_for,
            )
