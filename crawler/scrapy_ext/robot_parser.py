"""Read robots.txt for Scrapy's middleware as everywhere else in Holdfast, within its bounds."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.robotstxt import RobotParser

from crawler.http.fetch import BODY_LIMIT
from crawler.politeness.robots import PRODUCT_TOKEN, Robots


class BoundedRobotParser(RobotParser):
    """The rules of a robots.txt for Holdfast; the user agent given by Scrapy is ignored.

    Args:
        body: The file, or the beginning of it that was read.
    """

    def __init__(self, body: bytes) -> None:
        if len(body) >= BODY_LIMIT:
            # The last line may be cut, and a shortened path would disallow more URLs.
            body = body.rpartition(b"\n")[0]
        self._robots = Robots(body.decode("utf-8-sig", "replace"), PRODUCT_TOKEN)

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> Self:
        """Return the rules of a robots.txt."""
        del crawler
        return cls(robotstxt_body)

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:
        """Return whether Holdfast may request a URL."""
        del user_agent
        return self._robots.allows(url.decode() if isinstance(url, bytes) else url)
