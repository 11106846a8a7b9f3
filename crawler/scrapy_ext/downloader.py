"""Pass the requests of probes to the download handler without Scrapy's queues.

They wait for their permit (rate limiter and lease), which the handler enters when it is ready to
send. A second queue would only delay requests that are already allowed.
"""

from __future__ import annotations

from scrapy import Request, signals
from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.misc import load_object
from twisted.internet.defer import Deferred

from crawler.http.fetch import RequestPermit
from crawler.scrapy_ext.download_handler import FETCH_REQUEST


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

    async def _fetch_now(self, request: Request) -> Response | Request:
        """Pass a request through the downloader middlewares at once, without a queue."""
        self.active.add(request)
        try:
            return await self.middleware.download_async(self._send, request)
        finally:
            self.active.remove(request)

    async def _send(self, request: Request) -> Response:
        """Download a request within its permit, with the signals of Scrapy's downloader."""
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
