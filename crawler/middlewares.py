"""Downloader middlewares: thin, one concern each."""

from __future__ import annotations

from importlib.metadata import version
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.config import config_of


def user_agent(contact: str) -> str:
    """Say who asks and where to complain. Without the word "link", which some servers' rules refuse.

    >>> user_agent("mailto:wiki@example.org").split("(")[1]
    '+mailto:wiki@example.org)'
    """
    return f"Holdfast/{version('holdfast')} (+{contact})" if contact else f"Holdfast/{version('holdfast')} (citation preservation)"


class HonestUserAgentMiddleware:
    """Names us on every request."""

    def __init__(self, agent: str) -> None:
        self._agent = agent

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(user_agent(config_of(crawler.settings).config.network.contact))

    def process_request(self, request: Request) -> Request | Response | None:
        request.headers.setdefault("User-Agent", self._agent)
        return None
