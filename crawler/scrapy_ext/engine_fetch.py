"""Send the requests of probes through Scrapy's engine.

Like other requests, they pass the downloader middlewares and are counted in signals and stats.
"""

from __future__ import annotations

from typing import Final

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response

from crawler.http.content_encoding import ACCEPT_ENCODING
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.http.headers import decode_header
from crawler.scrapy_ext.download_handler import (
    DATA_LOSS,
    FETCH_REQUEST,
    FETCH_RESPONSE,
    RECEIVED_HEADERS,
    DownloadFailed,
)
from store.vocabulary import Fault

# As browsers send them: some servers refuse clients that send none.
_DEFAULT_HEADERS: Final = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8,*;q=0.5",
    "Accept-Encoding": ACCEPT_ENCODING,
}
# Exceptions that other download handlers raise; the first type that matches counts.
_FAULTS: Final[tuple[tuple[type[Exception], Fault], ...]] = (
    (CannotResolveHostError, Fault.NAME_NOT_FOUND),
    (DownloadConnectionRefusedError, Fault.REFUSED),
    (DownloadTimeoutError, Fault.TIMEOUT),
    (DownloadFailedError, Fault.RESET),
)
_MAX_DETAIL: Final = 200  # characters


class EngineFetch:
    """Sends requests through a running crawler's engine. Implements `Fetch`.

    Args:
        crawler: The crawler. It must be running when a request is sent.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    async def __call__(self, fetch_request: FetchRequest) -> FetchResponse:
        """Send a request.

        Returns:
            The response, or the fault that the request ended with.

        Raises:
            RuntimeError: The crawler is not running.
            Postponed: No request may be sent to the slot now, so the request was not sent.
            LeaseLost: The lease is over, so the request was not sent.
        """
        if self._crawler.engine is None:
            raise RuntimeError("the crawler has no engine yet: fetch from the spider's start() on")
        request = _to_scrapy_request(fetch_request)
        try:
            response = await self._crawler.engine.download_async(request)
        except DownloadFailed as failure:
            return FetchResponse(fault=failure.fault, detail=failure.detail)
        except IgnoreRequest as ignored:  # raised by a middleware that the user added
            return FetchResponse(fault=Fault.INTERRUPTED, detail=str(ignored))
        except DownloadFailedError as error:
            fault = next(fault for kind, fault in _FAULTS if isinstance(error, kind))
            return FetchResponse(fault=fault, detail=str(error)[:_MAX_DETAIL])
        except UnsupportedURLSchemeError as error:
            return FetchResponse(fault=Fault.INVALID_URL, detail=str(error)[:_MAX_DETAIL])
        return to_fetch_response(response)


def _to_scrapy_request(fetch_request: FetchRequest) -> Request:
    """Return the Scrapy request that carries a prober's request in its meta."""
    return Request(
        fetch_request.url,
        method=fetch_request.method,
        headers=_headers(fetch_request),
        meta={
            "verbatim_url": True,  # percent-escapes are sent as they were written
            "download_slot": fetch_request.slot,
            "download_timeout": fetch_request.timeout,
            FETCH_REQUEST: fetch_request,
        },
        dont_filter=True,
    )


def _headers(fetch_request: FetchRequest) -> dict[str, str]:
    """Return the default headers with those of the request, which replace them in any letter case.

    This is a dict and not Scrapy's `Headers`, which would normalise all names and values again.
    """
    headers = dict(_DEFAULT_HEADERS)
    for name, value in fetch_request.headers.items():
        headers[name.title()] = value
    if fetch_request.cookie:
        configured = headers.get("Cookie", "")
        headers["Cookie"] = "; ".join(filter(None, (configured, fetch_request.cookie)))
    return headers


def to_fetch_response(response: Response) -> FetchResponse:
    """Return Scrapy's response as a `FetchResponse`.

    Usually this is the object that the download handler received. If a middleware replaced the
    response (`Response.replace` makes new headers), it is built from the replacement.
    """
    received: FetchResponse = response.meta.get(FETCH_RESPONSE, FetchResponse())
    if response.headers is response.meta.get(RECEIVED_HEADERS):
        return received
    headers = {}
    for name, values in response.headers.items():
        if values:
            lower_name = name.decode("latin-1").lower()
            headers[lower_name] = decode_header(lower_name, values)
    return FetchResponse(
        status=response.status,
        headers=headers,
        cookies=[value.decode("latin-1") for value in response.headers.getlist("Set-Cookie")],
        body=response.body,
        peer=str(response.ip_address or ""),
        fault=Fault.TRUNCATED if DATA_LOSS in response.flags else None,
        exchange=received.exchange,
        not_recorded=received.not_recorded,
    )
