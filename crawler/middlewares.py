"""Downloader middlewares: thin, one concern each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.http import Response

from crawler.config import config_from_settings
from crawler.jobs.isolation import Unit, is_unexpected


class HonestUserAgentMiddleware:
    """Names us on every request."""

    def __init__(self, agent: str) -> None:
        self._agent = agent

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(config_from_settings(crawler.settings).config.network.user_agent)

    def process_request(self, request: Request) -> Request | Response | None:
        request.headers.setdefault("User-Agent", self._agent)
        return None


class IsolationMiddleware:
    """Confines an unexpected exception of a callback to the page it was called for: the crawl of a site goes on without."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_spider_exception(
        self, response: Response, exception: Exception
    ) -> Iterable[Any] | None:
        """Return nothing in the place of what the callback would have; None passes the exception on (Scrapy's documentation)."""
        if isinstance(exception, (CloseSpider, DropItem)) or not is_unexpected(exception):
            return None
        self._crawler.spider.job.errors.note(Unit.PAGE, response.url, exception)  # type: ignore[union-attr]  # all our spiders have one
        return ()
