"""Scrapy middlewares: one concern each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.stats import DownloaderStats
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.http import Response
from scrapy.statscollectors import StatsCollector

from crawler.config import config_from_settings
from crawler.jobs.isolation import Unit, is_unexpected


class ContactUserAgentMiddleware:
    """Sets the User-Agent with the configured contact on every request that has none."""

    def __init__(self, agent: str) -> None:
        self._agent = agent

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware for a crawler."""
        return cls(config_from_settings(crawler.settings).config.network.user_agent)

    def process_request(self, request: Request) -> Request | Response | None:
        """Set the User-Agent."""
        request.headers.setdefault("User-Agent", self._agent)
        return None


class RequestCounter(DownloaderStats):
    """Counts requests and responses as Scrapy's `DownloaderStats` does, but not their bytes.

    To count the bytes of a request, Scrapy would serialise each request.
    """

    def __init__(self, stats: StatsCollector) -> None:
        super().__init__(stats)
        self._count = stats.inc_value  # looking the method up takes as long as the call

    def process_request(self, request: Request) -> Request | Response | None:  # type: ignore[override]  # Scrapy no longer passes a spider
        """Count a request."""
        self._count("downloader/request_count")
        self._count(f"downloader/request_method_count/{request.method}")
        return None

    def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Count a response."""
        self._count("response_received_count")  # in place of Scrapy's core stats
        self._count("downloader/response_count")
        self._count(f"downloader/response_status_count/{response.status}")
        return response


class IsolationMiddleware:
    """Confines an unexpected exception of a callback to the page that it was called for."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware for a crawler."""
        return cls(crawler)

    def process_spider_exception(
        self, response: Response, exception: Exception
    ) -> Iterable[Any] | None:
        """Record an unexpected exception, and end the callback without further items.

        Returns:
            No items; None passes an expected exception on to other middlewares.
        """
        if isinstance(exception, (CloseSpider, DropItem)) or not is_unexpected(exception):
            return None
        spider: Any = self._crawler.spider  # a `JobSpider`, or one that the add-on gave a job
        spider.job.errors.record(Unit.PAGE, response.url, exception)
        return ()
