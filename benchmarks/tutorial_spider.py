"""A link checker like the spider of Scrapy's tutorial: a list of requests, default settings.

    python benchmarks/tutorial_spider.py URLS METHOD CONCURRENCY PER_HOST INTERVAL

Reads one URL a line, yields an item for each response, and prints how many were alive.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response


class LinkSpider(scrapy.Spider):
    """Requests every URL once."""

    name = "links"

    def __init__(self, urls: str, method: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._urls = Path(urls).read_text().split()
        self._method = method
        self.alive = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self._urls:
            yield scrapy.Request(url, method=self._method, meta={"handle_httpstatus_all": True})

    def parse(self, response: Response) -> Iterator[dict[str, Any]]:
        self.alive += response.status < 400
        yield {"url": response.url, "status": response.status}


def main(urls: str, method: str, concurrency: str, per_host: str, interval: str) -> None:
    process = CrawlerProcess(
        {
            "CONCURRENT_REQUESTS": int(concurrency),
            "CONCURRENT_REQUESTS_PER_DOMAIN": int(per_host),
            "DOWNLOAD_DELAY": float(interval),
            "DOWNLOAD_VERIFY_CERTIFICATES": True,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "LOG_LEVEL": "ERROR",
        }
    )
    crawler = process.create_crawler(LinkSpider)
    process.crawl(crawler, urls=urls, method=method)
    process.start()
    print(getattr(crawler.spider, "alive", 0))


if __name__ == "__main__":
    main(*sys.argv[1:])
