"""Crawl published sites among the pages of a wiki. Imports Scrapy; reading files does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.steps.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.targets import Target
from crawler.cli.terminal.console import TerminalOutput
from crawler.config import LoadedConfig
from crawler.items import PageItem
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from crawler.scan.discovery import published_sites
from crawler.spiders.citations import CitationsSpider
from store.vocabulary import Page


async def crawl_sites(
    crawls: CrawlRunner,
    job: Job,
    wiki: LoadedConfig,
    pages: Sequence[str],
    terminal: TerminalOutput,
    *,
    on_page: Callable[[Page], None] = lambda _: None,
    on_unreachable: Callable[[str], None] | None = None,
) -> int:
    """Crawl the published sites among the pages of a wiki.

    Args:
        crawls: Runs the spider.
        job: The job.
        wiki: The configuration of the wiki.
        pages: Pages named on the command line; empty for those of the configuration.
        terminal: Where messages go.
        on_page: Called with each page.
        on_unreachable: Called with a message about each site that cannot be connected to (default:
            a warning).

    Returns:
        The number of pages read.
    """
    if job.stop:
        return 0
    read = 0

    def on_item(item: Any) -> None:
        nonlocal read
        if isinstance(item, PageItem):
            read += 1
            on_page(item.page)

    for site in published_sites(wiki, pages):
        terminal.note(f"reading {site}")
        connection_errors: list[str] = []
        await crawls.crawl(
            CitationsSpider,
            job,
            site=site,
            wiki=wiki.config.wiki,
            connection_errors=connection_errors,
            on_item=on_item,
        )
        if connection_errors:
            message = f"{site} cannot be reached: {connection_errors[0]}"
            if on_unreachable is None:
                terminal.warn(message)
            else:
                on_unreachable(message)
    return read


def scan_sites(
    loaded: LoadedConfig,
    targets: Sequence[Target],
    terminal: TerminalOutput,
    pages: Sequence[str],
    *,
    on_page: Callable[[Page], None] = lambda _: None,
) -> int:
    """Run a job that crawls the published sites of several wikis.

    Args:
        loaded: The configuration.
        targets: The wikis.
        terminal: Where messages go.
        pages: Pages named on the command line; empty for those of the configuration.
        on_page: Called with each page.

    Returns:
        The number of pages read.

    Raises:
        CommandFailed: No page could be read.
    """
    problems: list[str] = []
    with open_job(loaded, "scan") as job:

        async def work(crawls: CrawlRunner) -> int:
            drain_on_signals(job, terminal)
            total = 0
            for target in targets:
                total += await crawl_sites(
                    crawls,
                    job,
                    target.wiki,
                    pages,
                    terminal,
                    on_page=on_page,
                    on_unreachable=problems.append,
                )
            return total

        read = run_crawls(work)
    if not read:
        problem = "; ".join(problems) or "no page of the site could be read"
        raise CommandFailed(
            f"{problem}: check its address, and open it in a browser", ExitCode.FAILED
        )
    for problem in problems:
        terminal.warn(problem)
    return read
