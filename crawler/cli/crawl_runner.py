"""Running spiders from the command line: one reactor, several crawls after one another, our own answer to Ctrl-C."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import ExitCode
from crawler.jobs.job import Job
from store.work.runs import RunOutcome

_T = TypeVar("_T")
_STOPPING = (signal.SIGINT, signal.SIGTERM)


class CrawlRunner:
    """Runs our spiders, one after another, in one reactor."""

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
        """Run a spider for a job to its end. `on_item` hears of each item that passed the pipelines."""
        crawler = self._process.create_crawler(spider)
        crawler.settings.set("HOLDFAST_CONFIG", job.loaded, priority="cmdline")

        def scraped(item: Any) -> None:
            on_item(item)

        crawler.signals.connect(scraped, signals.item_scraped)
        await self._process.crawl(crawler, job=job, **arguments)


def run_crawls(work: Callable[[CrawlRunner], Awaitable[_T]]) -> _T:
    """Start the reactor, do the work, stop it. Once a process: a reactor cannot be started twice."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set(
        "LOG_INSTALL_ROOT_HANDLER", value=False, priority="cmdline"
    )  # the command line has set up the log
    process = AsyncCrawlerProcess(settings)
    # What is imported by now stays for good: to look for garbage in it again and again takes a twentieth of a long job's time.
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    # Scrapy has just opened this logger for everything; a record made for nobody still costs its making, on each request.
    logging.getLogger("scrapy").setLevel(
        min((handler.level for handler in logging.getLogger().handlers), default=logging.WARNING)
    )
    task = asyncio.get_event_loop().create_task(_work(process, work))

    def stop(_: Any) -> None:
        from twisted.internet import reactor  # noqa: PLC0415  exists only once the process has installed it

        for number in _STOPPING:  # from here on Ctrl-C means what it always does
            asyncio.get_event_loop().remove_signal_handler(number)
            signal.signal(
                number, signal.default_int_handler
            )  # SIGTERM too: what is begun is cleaned up
        reactor.stop()  # type: ignore[misc]  # Twisted's module-level reactor has no type of its own

    task.add_done_callback(stop)
    process.start(stop_after_crawl=False, install_signal_handlers=False)
    return task.result()


async def _work(process: AsyncCrawlerProcess, work: Callable[[CrawlRunner], Awaitable[_T]]) -> _T:
    await asyncio.sleep(0)  # the reactor must run before it can be stopped
    return await work(CrawlRunner(process))


def drain_on_signals(job: Job, screen: TerminalOutput) -> None:
    """Let the first Ctrl-C or SIGTERM end the job in order, and the second end it at once. What is written stays written, and hosts are released."""
    loop, stop = asyncio.get_running_loop(), job.stop

    def handle() -> None:
        if stop:
            screen.warn("stopped at once; what was written is kept, the rest stays due")
            sys.stderr.flush()
            job.release_leases()
            os._exit(ExitCode.STOPPED)
        screen.warn("stopping: finishing what is under way (again to stop at once)")
        stop.request(RunOutcome.INTERRUPTED, "stopped by request")

    for number in _STOPPING:
        loop.add_signal_handler(number, handle)
