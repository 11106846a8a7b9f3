"""Read the pages and sitemaps of a published site in a process, each within a time limit.

They are written by whoever runs the site, and reading them must not stop the requests of a crawl.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from scrapy.http import HtmlResponse
from scrapy.linkextractors import LinkExtractor

from crawler.archives import pair_page
from crawler.http.charsets import decode_text
from crawler.http.sitemaps import Sitemap, read_sitemap
from crawler.pages import NotText
from crawler.pages.source.regex_fallback import find_urls_by_regex
from crawler.process.daemon_threads import DaemonExecutor
from crawler.scan.limited_worker import LimitedWorker, ReadingStopped
from crawler.scan.page_source import PageSource
from crawler.scan.reader import describe_failure, read_fetched_page
from store.vocabulary import Page

_TIME_LIMIT = 10.0  # seconds for a page with its links, or a sitemap
# Time limit for the search by regular expression, which limits itself to less on an idle machine.
_FALLBACK_SECONDS = 60.0
_SMALL_BYTES = 65_536  # what is not larger is read in time without a process
_MAX_RESULT_BYTES = 64 * 1024 * 1024  # of a page's record; one of 5 MB needs less
_LINK_EXTRACTOR = LinkExtractor(tags=("a", "area"), unique=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _FetchedSource(PageSource):
    """The body of a response; its path is the URL.

    Attributes:
        content_type: The Content-Type header in lower case.
        is_sitemap: Whether it is to be read as a sitemap.
    """

    content_type: str = ""
    is_sitemap: bool = False


_EMPTY = _FetchedSource(path="", size=0, data=b"", is_sitemap=True)


class FetchedPage(msgspec.Struct, frozen=True):
    """A page of a published site as read.

    Attributes:
        page: The record of the page; None if it could not be read.
        links: The URLs that it links to.
        problem: Why the page, or its links, could not be read; empty if they could.
    """

    page: Page | None = None
    links: tuple[str, ...] = ()
    problem: str = ""


_decode_page = msgspec.msgpack.Decoder(FetchedPage).decode
_decode_sitemap = msgspec.msgpack.Decoder(Sitemap).decode


@dataclass(frozen=True, slots=True)
class _FetchedReader:
    """Reads responses; this is what the process runs.

    Attributes:
        local_archive_url: The base URL of the local archive.
    """

    local_archive_url: str

    def read_batch(self, batch: Sequence[tuple[_FetchedSource, str]]) -> bytes:
        """Return what was read of the one response of a batch, as MessagePack."""
        ((source, reason),) = batch
        if source.is_sitemap:
            headers = {"content-type": source.content_type}
            return msgspec.msgpack.encode(read_sitemap(source.read(), headers, source.path))
        return self._read_page(source, reason)

    def _read_page(self, source: _FetchedSource, reason: str) -> bytes:
        """Return a page; if its parser fails, the URLs that a regular expression finds."""
        if not reason:
            try:
                packed = msgspec.msgpack.encode(self._parse(source))
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # noqa: BLE001  also a panic of native code
                reason = describe_failure(error)
            else:
                if len(packed) <= _MAX_RESULT_BYTES:
                    return packed
                reason = "it has too many or too long links"
        try:
            page = find_urls_by_regex(source.read(), path=source.path, reason=reason)
        except NotText as error:
            return msgspec.msgpack.encode(FetchedPage(problem=str(error)))
        page = pair_page(page, local_archive_url=self.local_archive_url)
        problem = f"its links to other pages are not followed: {reason}"
        return msgspec.msgpack.encode(FetchedPage(page, problem=problem))

    def _parse(self, source: _FetchedSource) -> FetchedPage:
        """Return a page with its links; raises what the parsers raise."""
        try:
            page = read_fetched_page(
                source.read(), source.path, local_archive_url=self.local_archive_url
            )
        except NotText as error:
            return FetchedPage(links=_links_of(source)[0], problem=str(error))
        links, problem = _links_of(source)
        return FetchedPage(page, links, problem)


def _links_of(source: _FetchedSource) -> tuple[tuple[str, ...], str]:
    """Return the URLs that a page links to, and why they could not be read ("" if they could)."""
    try:
        # Scrapy would accept any codec of Python as charset, `base64` too.
        text = decode_text(source.read(), source.content_type)
        readable = HtmlResponse(source.path, body=text.encode(), encoding="utf-8")
        return tuple(link.url for link in _LINK_EXTRACTOR.extract_links(readable)), ""
    except (LookupError, ValueError) as error:
        return (), f"cannot read its links: {type(error).__name__}"


class SiteReader:
    """Reads the responses of one crawl, one after another.

    Args:
        local_archive_url: The base URL of the local archive.
        time_limit: Seconds for a page with its links, or for a sitemap.
    """

    def __init__(self, local_archive_url: str, *, time_limit: float = _TIME_LIMIT) -> None:
        self._reader = _FetchedReader(local_archive_url)
        self._worker = LimitedWorker(self._reader, _EMPTY, time_limit=time_limit)
        self._thread = DaemonExecutor(1, name="site-reader")

    async def read_page(self, body: bytes, url: str, content_type: str) -> FetchedPage:
        """Return a page with its links; after the time limit, the URLs found in its text."""
        source = _FetchedSource(
            path=url, size=len(body), data=body, format="html", content_type=content_type
        )
        return _decode_page(await self._read(source))

    async def read_sitemap(self, body: bytes, url: str, content_type: str) -> Sitemap:
        """Return the content of a sitemap.

        Raises:
            ReadingStopped: It took too long.
        """
        source = _FetchedSource(
            path=url, size=len(body), data=body, content_type=content_type, is_sitemap=True
        )
        return _decode_sitemap(await self._read(source))

    def close(self) -> None:
        """End the process; what is being read then raises ReadingStopped."""
        self._thread.shutdown()
        self._worker.kill()

    async def _read(self, source: _FetchedSource) -> bytes:
        """Return what was read of a response, as MessagePack."""
        # A small file can still be a compressed large one.
        is_gzip = source.read()[:2] == b"\x1f\x8b"
        if source.size <= _SMALL_BYTES and not is_gzip:
            return self._reader.read_batch([(source, "")])
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._read_in_worker, source)

    def _read_in_worker(self, source: _FetchedSource) -> bytes:
        """Return what the process read. Raises ReadingStopped if it failed twice."""
        try:
            packed: bytes = self._worker.read(source)
        except ReadingStopped as error:
            if source.is_sitemap:
                raise
            packed = self._worker.read(source, str(error), time_limit=_FALLBACK_SECONDS)
        return packed
