"""Pass the requests of probes to the download handler without Scrapy's queues.

They wait for their permit (rate limiter and lease), which the handler enters when it is ready to
send. A second queue would only delay requests that are already allowed.
"""

from __future__ import annotations

import logging

from scrapy import Request, Spider, signals
from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.log import logformatter_adapter
from scrapy.utils.misc import load_object
from twisted.internet.defer import Deferred

from crawler.http.fetch import RequestPermit
from crawler.scrapy_ext.download_handler import FETCH_REQUEST

logger = logging.getLogger("scrapy.core.engine")  # where the engine logs responses


class ImmediateDownloader(Downloader):
    """Scrapy's downloader, but requests with `holdfast_fetch` in their meta skip its queues.

    Middlewares and signals are the same. If the download handler does not enter permits (it has
    no `ENTERS_PERMITS`), this class does.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._enters_permits: dict[str, bool] = {}

    def fetch(  # type: ignore[override]  # the parent's may have a spider, too
        self, request: Request
    ) -> Deferred[Response | Request]:
        """Return the response to a request."""
        if FETCH_REQUEST in request.meta:
            return deferred_from_coro(self._fetch_now(request))
        return super().fetch(request)

    async def download_now(self, request: Request) -> Response:
        """Return the response to a request, as `ExecutionEngine.download_async` does.

        The engine would pass it through a `Deferred`, two futures and a task, and then look for
        the next request of a queue that is empty.

        Raises:
            RuntimeError: No spider is running.
        """
        engine, spider = self.crawler.engine, self.crawler.spider
        slot = engine._slot if engine else None  # noqa: SLF001  it has no public name
        if slot is None or spider is None:
            raise RuntimeError(f"no spider is running: {request} cannot be sent")
        while True:
            slot.add_request(request)  # the engine waits for it before it closes
            try:
                result = await self._fetch_now(request)
            finally:
                slot.remove_request(request)
            if isinstance(result, Response):
                break
            request = result  # of a middleware
        self._report(result, request, spider)
        return result

    def _report(self, response: Response, request: Request, spider: Spider) -> None:
        """Log a response and send the signal for it, as the engine does."""
        if response.request is None:
            response.request = request
        line = self.crawler.logformatter.crawled(response.request, response, spider)
        if line is not None:
            logger.log(*logformatter_adapter(line), extra={"spider": spider})
        self.signals.send_catch_log(
            signals.response_received, response=response, request=response.request, spider=spider
        )

    async def _fetch_now(self, request: Request) -> Response | Request:
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
            async with self._permit_of(request):
                response = await self.handlers.download_request_async(request)
            self.signals.send_catch_log(
                signals.response_downloaded, response=response, request=request, spider=spider
            )
            return response
        finally:
            self.signals.send_catch_log(
                signals.request_left_downloader, request=request, spider=spider
            )

    def _permit_of(self, request: Request) -> RequestPermit:
        """Return the permit to enter; one without limits if the handler enters the real one."""
        scheme = request.url.partition(":")[0]
        if scheme not in self._enters_permits:
            handler = self.crawler.settings.getwithbase("DOWNLOAD_HANDLERS").get(scheme)
            enters = bool(handler) and getattr(load_object(handler), "ENTERS_PERMITS", False)
            self._enters_permits[scheme] = enters
        if self._enters_permits[scheme]:
            return RequestPermit()
        permit: RequestPermit = request.meta[FETCH_REQUEST].permit
        return permit
