"""The spider of a fleet worker; its Scrapy engine sends the requests of all jobs."""

from __future__ import annotations

from typing import Any

from crawler.fleet.worker import FleetWorker
from crawler.jobs.isolation import is_unexpected
from crawler.scrapy_ext.engine_fetch import EngineFetch
from crawler.spiders.base import JobSpider
from store.work.runs import RunOutcome


class WorkerSpider(JobSpider):
    """Runs a fleet worker. The arguments `cron` and `once` are those of `FleetWorker`."""

    name = "worker"

    def __init__(
        self,
        name: str | None = None,
        *,
        cron: str | None = None,
        once: bool = False,
        **arguments: Any,
    ) -> None:
        super().__init__(name, **arguments)
        self._cron = cron
        self._once = once

    async def work(self) -> None:
        """Take jobs until the worker is stopped."""
        worker = FleetWorker(
            self.job,
            fetch=EngineFetch(self.crawler),
            emit=self.emit,
            cron=self._cron,
            once=self._once,
        )
        try:
            await worker.run()
        except BaseException as error:
            if is_unexpected(error):
                self.job.stop.request(
                    RunOutcome.FAILED,
                    "an internal error ended this worker; its jobs in progress are requeued",
                )
            raise
