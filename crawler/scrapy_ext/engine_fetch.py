"""From a prober's question to Scrapy's engine and back: requests pass the middlewares, signals and stats as any other."""

from __future__ import annotations

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
from scrapy.http import Headers, Response

from crawler.http import read_header
from crawler.http.content_encoding import ACCEPT_ENCODING
from crawler.http.fetch import FetchRequest, FetchResponse
from crawler.politeness.rate_limit import Postponed
from crawler.scrapy_ext.download_handler import CUT_SHORT, EXCHANGE, LACKS, RequestFailed
from crawler.scrapy_ext.downloader import TURN
from crawler.scrapy_ext.raw_headers import header_lists, ready_headers
from store.errors import StoreError
from store.vocabulary import Fault

# What a browser would say: some servers refuse who says nothing.
_HEADERS = {
    b"Accept": b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    b"Accept-Language": b"zh-CN,zh;q=0.9,en;q=0.8,*;q=0.5",
    b"Accept-Encoding": ACCEPT_ENCODING.encode(),
}
# What other handlers raise, should ours be swapped out.
_FAULTS: tuple[tuple[type[Exception], Fault], ...] = (
    (CannotResolveHostError, Fault.NAME_NOT_FOUND),
    (DownloadConnectionRefusedError, Fault.REFUSED),
    (DownloadTimeoutError, Fault.TIMEOUT),
    (UnsupportedURLSchemeError, Fault.INVALID_URL),
    (DownloadFailedError, Fault.RESET),
)


class EngineFetch:
    """Sends a prober's requests through a running crawler's engine."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    async def __call__(self, ask: FetchRequest) -> FetchResponse:
        if self._crawler.engine is None:
            raise RuntimeError("the crawler has no engine yet: fetch from the spider's start() on")
        request = Request(
            ask.url,
            method=ask.method,
            meta={
                "verbatim_url": True,  # percent-escapes go out as they were written
                TURN: ask.permit,
                "download_slot": ask.slot,
                "download_timeout": ask.timeout,
                "holdfast_max_bytes": ask.max_bytes,
                "holdfast_record": ask.record_limit,
            },
            dont_filter=True,
        )
        request.headers = _headers(ask)
        try:
            return _answer(await self._crawler.engine.download_async(request))
        except (Postponed, StoreError):  # it was not sent
            raise
        except RequestFailed as failure:
            return FetchResponse(fault=failure.fault, detail=failure.detail)
        except IgnoreRequest as ignored:  # by a middleware the user added
            return FetchResponse(fault=Fault.INTERRUPTED, detail=str(ignored))
        except DownloadFailedError as error:
            return FetchResponse(
                fault=next(fault for kind, fault in _FAULTS if isinstance(error, kind)),
                detail=str(error)[:200],
            )
        except UnsupportedURLSchemeError as error:
            return FetchResponse(fault=Fault.INVALID_URL, detail=str(error)[:200])


def _headers(ask: FetchRequest) -> Headers:
    """Put our headers together with those set for this host, whatever the case of their names."""
    headers = ready_headers({name: [value] for name, value in _HEADERS.items()})
    for name, value in ask.headers.items():
        headers[name] = value
    if ask.cookie:
        set_for_host = (headers.get("Cookie") or b"").decode("latin-1")
        headers["Cookie"] = "; ".join(filter(None, (set_for_host, ask.cookie)))
    return headers


def _answer(response: Response) -> FetchResponse:
    named = (
        (name.decode("latin-1").lower(), values)
        for name, values in header_lists(response.headers)
        if values
    )
    headers = {name: read_header(name, values) for name, values in named}
    return FetchResponse(
        status=response.status,
        headers=headers,
        cookies=[value.decode("latin-1") for value in response.headers.getlist("Set-Cookie")],
        body=response.body,
        peer=str(response.ip_address or ""),
        fault=Fault.TRUNCATED if CUT_SHORT in response.flags else None,
        exchange=response.meta.get(EXCHANGE),
        not_recorded=response.meta.get(LACKS, ""),
    )
