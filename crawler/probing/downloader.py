"""The downloader behind probes: from the engine through the middlewares to the download handler, with no queue in between."""

from __future__ import annotations

from typing import Final

from scrapy import Request, signals
from scrapy.core.downloader import Downloader
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred

TURN_TAKEN: Final = "holdfast_turn_taken"


class PromptDownloader(Downloader):
    """Scrapy's own downloader; requests whose meta has `holdfast_turn_taken` pass by its queues.

    Whoever made them waited for their party's turn already. They are sent through the same middlewares, with the same signals.
    """

    def fetch(self, request: Request) -> Deferred[Response | Request]:  # type: ignore[override]  # the parent's spider is of older days
        """Give what comes of a request."""
        return deferred_from_coro(self._pass(request)) if TURN_TAKEN in request.meta else super().fetch(request)

    async def _pass(self, request: Request) -> Response | Request:
        self.active.add(request)
        try:
            return await self.middleware.download_async(self._send, request)
        finally:
            self.active.remove(request)

    async def _send(self, request: Request) -> Response:
        spider = self.crawler.spider
        self.signals.send_catch_log(signals.request_reached_downloader, request=request, spider=spider)
        try:
            response = await self.handlers.download_request_async(request)
            self.signals.send_catch_log(signals.response_downloaded, response=response, request=request, spider=spider)
            return response
        finally:
            self.signals.send_catch_log(signals.request_left_downloader, request=request, spider=spider)
