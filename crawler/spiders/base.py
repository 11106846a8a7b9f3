"""Define the base class of the spiders, which work for a given job or open one themselves."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from crawler.config import ConfigError, config_from_settings
from crawler.jobs.isolation import Unit, flatten_exceptions
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from crawler.scrapy_ext.log_lines import make_log_safe
from store.errors import StoreError
from store.work.runs import RunOutcome


class JobSpider(Spider):
    """Runs a part of a job as a spider.

    A spider without a job (run by `scrapy crawl`) opens one when it is created by `from_crawler`,
    with the configuration that the setting `HOLDFAST_CONFIG` names.

    Subclasses either implement `work`, which sends items through the pipelines by `emit`, or
    override `start` and yield requests and items as other spiders do (`CitationsSpider`).

    Args:
        name: Set by Scrapy.
        job: The job; None to open one.
        arguments: Passed on to Scrapy.
    """

    job: Job

    def __init__(
        self, name: str | None = None, *, job: Job | None = None, **arguments: Any
    ) -> None:
        super().__init__(name, **arguments)
        self._owns_job = job is None
        if job is not None:
            self.job = job

    @classmethod
    def from_crawler(cls, crawler: Crawler, *arguments: Any, **options: Any) -> Self:
        """Create the spider, and open a job if it was given none.

        Args:
            crawler: The crawler that runs the spider.
            *arguments: Arguments of the spider.
            **options: Arguments of the spider.

        Returns:
            The spider.

        Raises:
            UsageError: An argument or the configuration is invalid.
        """
        spider = super().from_crawler(crawler, *arguments, **options)
        close = attach_job(crawler, spider)
        try:
            spider.validate_arguments()
        except ConfigError as error:
            close()
            raise UsageError(str(error), print_help=False) from error
        if spider._owns_job:  # noqa: SLF001  its own class
            crawler.signals.connect(spider.show_counts, signals.spider_closed)
        return spider

    def show_counts(self) -> None:
        """Print one line with the counts, as our settings turn off Scrapy's own (`STATS_DUMP`)."""
        items = self.crawler.stats.get_value("item_scraped_count", 0)
        counts = (f"{name} {count:,}" for name, count in sorted(self.job.counts.items()) if count)
        details = ", ".join(counts)
        line = f"{self.name}: {items:,} done" if items else f"{self.name}: nothing was due"
        sys.stderr.write(f"{line} ({details})\n" if details else f"{line}\n")

    def validate_arguments(self) -> None:
        """Check the spider's arguments against the configuration. Raises ConfigError."""

    async def start(self) -> AsyncIterator[Any]:
        """Run `work`. It sends items through the pipelines by `emit`, so none is yielded here.

        An internal error in `work` is recorded in the job; an error of the store stops the job.

        Yields:
            Nothing.
        """
        try:
            with self.job.isolated(Unit.STEP, self.name):
                await self.work()
        except* StoreError as errors:
            self.job.stop.request(RunOutcome.FAILED, str(flatten_exceptions(errors)[0]))
        if self._owns_job:  # otherwise the command that opened it shows them
            for message in (self.job.errors.summary(), self.job.stop.detail):
                if message:
                    self.logger.warning("%s", message)
        # Scrapy expects an asynchronous generator.
        no_items: tuple[Any, ...] = ()
        for item in no_items:
            yield item

    async def work(self) -> None:
        """Do the work of the spider; called once by `start`.

        Raises:
            NotImplementedError: The subclass overrides neither `work` nor `start`.
        """
        raise NotImplementedError

    async def emit(self, item: object) -> None:
        """Send an item through the pipelines, and return when they are done with it.

        Args:
            item: One of `crawler.items`.

        Raises:
            RuntimeError: The spider is not running.
        """
        if self.crawler.engine is None:
            raise RuntimeError("items can be emitted only while the spider runs")
        await self.crawler.engine.scraper.start_itemproc_async(item, response=None)


class LimitedSpider(JobSpider):
    """Runs a part of a job that has a maximum number of links or mirrors per run.

    Args:
        name: Set by Scrapy.
        limit: The maximum number; None for the configured one.
        arguments: Those of `JobSpider`.
    """

    def __init__(
        self, name: str | None = None, *, limit: int | str | None = None, **arguments: Any
    ) -> None:
        super().__init__(name, **arguments)
        self._limit = limit

    def validate_arguments(self) -> None:
        """Check that `limit` is a whole number. Raises ConfigError."""
        if self._limit is not None:
            whole_number("limit", self._limit)

    def limit_or(self, configured: int) -> int:
        """Return the maximum number: the spider's argument, else the configured one."""
        return configured if self._limit is None else whole_number("limit", self._limit)


def whole_number(name: str, value: int | str) -> int:
    """Return the value of a spider's argument that is a number of links or pages.

    Args:
        name: The argument's name.
        value: Its value; from the command line it is a text.

    Raises:
        ConfigError: The value is no whole number, or less than 0.

    >>> whole_number("limit", "50")
    50
    """
    text = str(value)
    if not (text.isascii() and text.isdecimal()):
        raise ConfigError(f"invalid {name} {text[:40]!r}: use a whole number, such as 100")
    return int(text)


def attach_job(crawler: Crawler, spider: Any) -> Callable[[], None]:
    """Open a job for a spider that has none, and close it with the spider.

    Control characters and passwords are also removed from Scrapy's log (`make_log_safe`).

    Args:
        crawler: The crawler that runs the spider.
        spider: Any spider, also one of another project.

    Returns:
        A function that closes the job earlier, for a spider that cannot start.

    Raises:
        UsageError: The configuration is invalid, or the database cannot be opened.
    """
    resources = ExitStack()
    if not hasattr(spider, "job"):
        try:
            loaded = config_from_settings(crawler.settings)
            spider.job = resources.enter_context(open_job(loaded, f"scrapy crawl {spider.name}"))
        except (ConfigError, StoreError) as error:
            raise UsageError(str(error), print_help=False) from error

    def close(**_: Any) -> None:
        resources.close()

    crawler.signals.connect(close, signals.spider_closed, weak=False)
    # Scrapy installs its log handler anew after it has created the spider.
    crawler.signals.connect(make_log_safe, signals.spider_opened, weak=False)
    return close
