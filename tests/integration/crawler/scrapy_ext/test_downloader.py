"""Test the downloader of probes: which of Scrapy's steps a request passes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.defer import deferred_to_future

import crawler.settings
from crawler.http.fetch import FetchRequest, RequestPermit
from crawler.scrapy_ext.download_handler import FETCH_REQUEST
from crawler.scrapy_ext.downloader import ImmediateDownloader

SLOW = "http://slow.example/"
SIGNALS = (
    signals.request_reached_downloader,
    signals.response_downloaded,
    signals.request_left_downloader,
)


class Handler:
    """Returns the request as the middlewares changed it; one host does not respond."""

    lazy = True

    async def download_request(self, request: Request) -> Response:
        if request.url == SLOW:
            raise DownloadTimeoutError
        return Response(request.url, body=request.headers.get("X-Added") or b"")

    async def close(self) -> None:
        """Do nothing."""


class Adding:
    """A middleware of the user."""

    def process_request(self, request: Request) -> None:
        request.headers["X-Added"] = "by a middleware"


def probe_meta(permit: RequestPermit | None = None) -> dict[str, Any]:
    """Return the meta of a probe's request."""
    fetch_request = FetchRequest(
        method="GET", url="http://a.example/", timeout=1, permit=permit or RequestPermit()
    )
    return {FETCH_REQUEST: fetch_request}


@pytest.fixture
def sent_signals() -> list[object]:
    return []


def download(
    sent_signals: list[object], request: Request
) -> tuple[Any, Crawler, ImmediateDownloader]:
    """Send a request and return the result. `sent_signals` receives the signals."""
    settings = {name: value for name, value in vars(crawler.settings).items() if name.isupper()}
    settings["DOWNLOAD_HANDLERS"] = {"http": Handler}
    settings["DOWNLOADER_MIDDLEWARES"] = settings["DOWNLOADER_MIDDLEWARES"] | {Adding: 600}
    process = Crawler(Spider, settings)
    process.stats = MemoryStatsCollector(process)
    process.spider = Spider("test")

    def note(signal: object) -> None:
        sent_signals.append(signal)

    for signal in SIGNALS:
        process.signals.connect(note, signal)

    async def run() -> tuple[Any, Crawler, ImmediateDownloader]:
        downloader = ImmediateDownloader(process)
        try:
            return await deferred_to_future(downloader.fetch(request)), process, downloader
        except DownloadTimeoutError as failure:
            return failure, process, downloader
        finally:
            assert not downloader.active
            downloader.close()

    return asyncio.run(run())


def test_middlewares_signals_and_stats_are_those_of_any_request(sent_signals: list[object]) -> None:
    response, process, _ = download(
        sent_signals, Request("http://a.example/", method="HEAD", meta=probe_meta())
    )
    assert response.body == b"by a middleware"
    assert sent_signals == list(SIGNALS)
    counts = {
        name: count
        for name, count in process.stats.get_stats().items()
        if not name.endswith("_bytes")
    }
    assert counts == {
        "downloader/request_count": 1,
        "downloader/request_method_count/HEAD": 1,
        "downloader/response_count": 1,
        "downloader/response_status_count/200": 1,
        "response_received_count": 1,
    }


def test_a_download_failure_is_raised_and_counted(sent_signals: list[object]) -> None:
    failure, process, _ = download(sent_signals, Request(SLOW, meta=probe_meta()))
    assert isinstance(failure, DownloadTimeoutError)
    assert sent_signals == [signals.request_reached_downloader, signals.request_left_downloader]
    assert (
        process.stats.get_value(
            "downloader/exception_type_count/scrapy.exceptions.DownloadTimeoutError"
        )
        == 1
    )


@pytest.mark.parametrize(
    ("meta", "queues"),
    [(probe_meta(), []), ({}, ["a.example"])],
    ids=["probes", "others"],
)
def test_only_requests_with_a_permit_skip_the_queues(
    sent_signals: list[object], meta: dict[str, Any], queues: list[str]
) -> None:
    response, _, downloader = download(sent_signals, Request("http://a.example/", meta=meta))
    assert response.status == 200
    assert list(downloader.slots) == queues


@pytest.mark.parametrize(("handler_enters", "count"), [(False, 1), (True, 0)])
def test_the_permit_is_entered_for_a_handler_that_enters_none(
    sent_signals: list[object], monkeypatch: pytest.MonkeyPatch, *, handler_enters: bool, count: int
) -> None:
    monkeypatch.setattr(Handler, "ENTERS_PERMITS", handler_enters, raising=False)
    entered: list[str] = []

    @asynccontextmanager
    async def acquire() -> AsyncIterator[None]:
        entered.append("permit")
        yield

    response, _, _ = download(
        sent_signals, Request("http://a.example/", meta=probe_meta(RequestPermit(acquire)))
    )
    assert response.status == 200
    assert len(entered) == count
