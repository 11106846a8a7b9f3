"""The first step of a job: pages of files and of published sites into the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from crawler.cli.console import TerminalOutput
from crawler.cli.page_sources import find_sources, show_warning
from crawler.config import LoadedConfig
from crawler.jobs.job import Job
from crawler.scan.discovery import PageSource
from crawler.scan.ingest import ScanResult, record_scan
from crawler.scan.reader import sites
from store.vocabulary import Page

if TYPE_CHECKING:
    from crawler.cli.crawl_runner import CrawlRunner

_SHOWN = 10


def scan(job: Job, wiki: LoadedConfig, pages: Sequence[str], screen: TerminalOutput) -> ScanResult:
    """Read the pages of a wiki that changed; keep their citations."""
    sources = find_sources(wiki, pages)
    with screen.progress(
        "reading pages", sum(isinstance(source, PageSource) for source in sources)
    ) as advance:
        result = record_scan(job, wiki, sources, whole=not pages, on_page=advance)
    shown = result.warnings if screen.verbose else result.warnings[:_SHOWN]
    for warning in shown:
        show_warning(screen, warning)
    if len(shown) < len(result.warnings):
        screen.warn(
            f"{len(result.warnings) - len(shown)} more warnings about pages; -v shows them, and so does the report"
        )
    return result


async def crawl_sites(
    crawls: CrawlRunner,
    job: Job,
    wiki: LoadedConfig,
    pages: Sequence[str],
    screen: TerminalOutput,
    *,
    on_page: Callable[[Page], None] = lambda _: None,
) -> int:
    """Crawl the published sites among the pages of a wiki; give the number of pages read."""
    from crawler.items import PageItem  # noqa: PLC0415  files are read without
    from crawler.spiders.citations import CitationsSpider  # noqa: PLC0415  only sites need Scrapy here

    read = 0
    for site in () if job.stop else sites(wiki, pages):

        def on_item(item: Any) -> None:
            nonlocal read
            if isinstance(item, PageItem):
                read += 1
                on_page(item.page)

        screen.note(f"reading {site}")
        await crawls.crawl(CitationsSpider, job, site=site, wiki=wiki.config.wiki, on_item=on_item)
    return read
