"""What Scrapy's log says."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

_log = logging.getLogger("scrapy.core")


class FastLogFormatter(LogFormatter):
    """Scrapy's own; what it says of each request and item is put together only where somebody hears it."""

    def crawled(
        self, request: Request, response: Response, spider: Spider
    ) -> LogFormatterResult | None:  # type: ignore[override]
        """Say that an answer came. None keeps Scrapy quiet (its documentation of `LogFormatter`)."""
        return (
            super().crawled(request, response, spider) if _log.isEnabledFor(logging.DEBUG) else None
        )

    def scraped(
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult | None:  # type: ignore[override]
        """Say that an item passed the pipelines."""
        return super().scraped(item, response, spider) if _log.isEnabledFor(logging.DEBUG) else None
