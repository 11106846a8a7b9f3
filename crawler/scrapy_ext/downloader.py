"""The downloader behind probes: from the engine through the middlewares to the download handler, with no queue in between."""

from __future__ import annotations

from typing import Final

from scrapy import Request, signals
from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.misc import load_object
from twisted.internet.defer import Deferred

from crawler.http.fetch import RequestPermit

TURN: Final = "holdfast_turn"  # in a request's meta: the `crawler.politeness.rate_limit.Turn` that whoever sends it enters


class ImmediateDownloader(Downloader):
    """Scrapy's own downloader; requests whose meta has `holdfast_turn` pass by its queues.

    They wait for their party's turn instead, which the download handler enters when it is ready to send. For a handler
    that knows nothing of turns (one without `ENTERS_TURNS`) it is entered here. Middlewares and signals are the same.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._entering: dict[str, bool] = {}

    def fetch(self, request: Request) -> Deferred[Response | Request]:  # type: ignore[override]  # the parent's spider is of older days
        """Give what comes of a request."""
        return (
            deferred_from_coro(self._pass(request))
            if TURN in request.meta
            else super().fetch(request)
        )

    async def _pass(self, request: Request) -> Response | Request:
        self.active.add(request)
        try:
            return await self.middleware.download_async(self._send, request)
        finally:
            self.active.remove(request)

    async def _send(self, request: Request) -> Response:
        spider = self.crawler.spider
        self.signals.send_catch_log(
            signals.request_reached_downloader, request=request, spider=spider
        )
        try:
            async with RequestPermit() if self._enters_turns(request) else request.meta[TURN]:
                response = await self.handlers.download_request_async(request)
            self.signals.send_catch_log(
                signals.response_downloaded, response=response, request=request, spider=spider
            )
            return response
        finally:
            self.signals.send_catch_log(
                signals.request_left_downloader, request=request, spider=spider
            )

    def _enters_turns(self, request: Request) -> bool:
        """Tell whether the download handler of a request enters its turn by itself."""
        scheme = request.url.partition(":")[0]
        if scheme not in self._entering:
            handler = self.crawler.settings.getwithbase("DOWNLOAD_HANDLERS").get(scheme)
            self._entering[scheme] = bool(handler) and getattr(
                load_object(handler), "ENTERS_TURNS", False
            )
        return self._entering[scheme]
