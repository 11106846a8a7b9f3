"""Run several crawls after one another in one reactor, and stop them on Ctrl-C."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.cli.exit_codes import ExitCode
from crawler.cli.terminal.console import TerminalOutput
from crawler.jobs.guarded_monitor import GuardedMonitor
from crawler.jobs.job import Job
from crawler.monitoring.interface import Monitor
from crawler.process.garbage_collection import enable_for_crawls
from store.work.runs import RunOutcome

_T = TypeVar("_T")
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _ItemMonitor(Monitor):
    """Calls a function with each item that the pipelines stored."""

    def __init__(self, on_item: Callable[[object], None]) -> None:
        self._on_item = on_item

    def record_item(self, item: object) -> None:
        """Call the function with the item."""
        self._on_item(item)


class CrawlRunner:
    """Runs spiders, one after another, in one reactor."""

    def __init__(self, process: AsyncCrawlerProcess) -> None:
        self._process = process

    async def crawl(
        self,
        spider: type[Spider],
        job: Job,
        *,
        on_item: Callable[[Any], None] = lambda _: None,
        **arguments: Any,
    ) -> None:
        """Run a spider for a job until it ends.

        Args:
            spider: The spider's class.
            job: The job it works for.
            on_item: Called with each item that passed the pipelines.
            arguments: Further arguments of the spider.
        """
        crawler = self._process.create_crawler(spider)
        crawler.settings.set("HOLDFAST_CONFIG", job.loaded, priority="cmdline")

        # A monitor, because Scrapy creates a task per item for handlers of its item signals.
        monitor = GuardedMonitor(_ItemMonitor(on_item), job)
        job.monitors.append(monitor)
        try:
            await self._process.crawl(crawler, job=job, **arguments)
        finally:
            job.monitors.remove(monitor)


def run_crawls(work: Callable[[CrawlRunner], Awaitable[_T]]) -> _T:
    """Start the reactor, run the work and stop the reactor.

    Call it once in a process: a reactor cannot be restarted.

    Args:
        work: Coroutine function that runs the crawls.

    Returns:
        The result of the work.
    """
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    # The command line has set up the log.
    settings.set("LOG_INSTALL_ROOT_HANDLER", value=False, priority="cmdline")
    # Spiders are given by their classes; Scrapy's loader would import all of them.
    loader = "scrapy.spiderloader.DummySpiderLoader"
    settings.set("SPIDER_LOADER_CLASS", loader, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    enable_for_crawls()
    # Scrapy has set this logger to DEBUG, and records that no handler shows take time as well.
    handler_levels = (handler.level for handler in logging.getLogger().handlers)
    logging.getLogger("scrapy").setLevel(min(handler_levels, default=logging.WARNING))
    task = asyncio.get_event_loop().create_task(_run_in_reactor(process, work))

    def stop(_: Any) -> None:
        # Imported here: the process installs its reactor after this module is imported.
        from twisted.internet import reactor  # noqa: PLC0415

        for number in _STOP_SIGNALS:  # from here on, Ctrl-C raises KeyboardInterrupt again
            asyncio.get_event_loop().remove_signal_handler(number)
            # SIGTERM, too, so that cleanup runs.
            signal.signal(number, signal.default_int_handler)
        reactor.stop()  # type: ignore[misc]  # Twisted's reactor has no type

    task.add_done_callback(stop)
    process.start(stop_after_crawl=False, install_signal_handlers=False)
    return task.result()


async def _run_in_reactor(
    process: AsyncCrawlerProcess, work: Callable[[CrawlRunner], Awaitable[_T]]
) -> _T:
    """Wait until the reactor runs, and return the result of the work."""
    await asyncio.sleep(0)  # the reactor must run before it can be stopped
    return await work(CrawlRunner(process))


def drain_on_signals(job: Job, terminal: TerminalOutput) -> None:
    """Stop the job in an orderly way on the first Ctrl-C or SIGTERM, and at once on the second.

    Stored results are kept, and the leases of hosts are released. Call it in the running loop.
    """
    loop, stop = asyncio.get_running_loop(), job.stop

    def handle() -> None:
        if stop:
            terminal.warn("stopped at once: results so far are saved, the rest stays due")
            sys.stderr.flush()
            job.release_leases()
            os._exit(ExitCode.STOPPED)
        terminal.warn(
            "stopping: finishing requests in progress (press Ctrl-C again to stop at once)"
        )
        stop.request(RunOutcome.INTERRUPTED, "stopped by request")

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, handle)
