"""What our spiders have in common: each works for a job, its own or one it is given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from crawler.config import ConfigError, config_from_settings
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from store.errors import StoreError
from store.work.runs import RunOutcome


class JobSpider(Spider):
    """Works for `job`. Run by `scrapy crawl` it opens one for itself, from the configuration that `HOLDFAST_CONFIG` names."""

    job: Job

    def __init__(
        self, name: str | None = None, *, job: Job | None = None, **arguments: Any
    ) -> None:
        super().__init__(name, **arguments)
        self._is_alone = job is None  # nobody else tells how the job ended
        if job is not None:
            self.job = job

    @classmethod
    def from_crawler(cls, crawler: Crawler, *arguments: Any, **options: Any) -> Self:
        spider = super().from_crawler(crawler, *arguments, **options)
        close = attach_job(crawler, spider)
        try:
            spider.validate_arguments()
        except ConfigError as error:
            close()
            raise UsageError(str(error), print_help=False) from error
        return spider

    def validate_arguments(self) -> None:
        """See whether the arguments go with the job, before anything begins. Raises ConfigError."""

    async def start(self) -> AsyncIterator[Any]:
        """Do the work; items go to the pipelines as they come, so none is left to be yielded here."""
        try:
            with self.job.isolated(Unit.STEP, self.name):
                await self.work()
        except* StoreError as errors:
            self.job.stop.request(RunOutcome.FAILED, str(_first(errors)))
        if self._is_alone:
            for said in filter(None, (self.job.errors.summary(), self.job.stop.detail)):
                self.logger.warning("%s", said)
        for nothing in tuple[Any, ...]():
            yield nothing

    async def work(self) -> None:
        """Do what the spider is for."""
        raise NotImplementedError

    async def emit(self, item: object) -> None:
        """Take an item through the pipelines; return when they are done with it."""
        if self.crawler.engine is None:
            raise RuntimeError("items are emitted while the spider runs")
        await self.crawler.engine.scraper.start_itemproc_async(item, response=None)


def attach_job(crawler: Crawler, spider: Any) -> Callable[[], None]:
    """Open a job for a spider that was given none, until it is closed or what this gives back is called. Raises UsageError.

    The spider may be another project's, which knows nothing of jobs.
    """
    own = ExitStack()
    if not hasattr(spider, "job"):
        try:
            job = own.enter_context(
                open_job(config_from_settings(crawler.settings), f"scrapy crawl {spider.name}")
            )
        except (ConfigError, StoreError) as error:
            raise UsageError(str(error), print_help=False) from error
        spider.job = job

    def close(**_: Any) -> None:
        own.close()

    crawler.signals.connect(close, signals.spider_closed, weak=False)
    return close


def _first(errors: BaseExceptionGroup[Exception]) -> BaseException:
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
