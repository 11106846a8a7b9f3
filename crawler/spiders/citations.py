"""Read pages with their citations, from files or a published site."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler.config import Config, ConfigError, LoadedConfig
from crawler.http.urls import absolute_url, host_of, is_web_url
from crawler.items import PageItem, RemovedPageItem
from crawler.pages import NotText
from crawler.politeness.robots import Robots
from crawler.scan.discovery import page_sources
from crawler.scan.included_files import included_file_reader
from crawler.scan.limited_worker import ReadingStopped
from crawler.scan.page_source import PageSource
from crawler.scan.reader import read_page
from crawler.scan.site_reader import FetchedPage, SiteReader
from crawler.spiders.base import JobSpider
from crawler.spiders.published_site import PublishedSite, crawl_settings
from crawler.spiders.url_set import BoundedUrlSet
from store.errors import StoreError
from store.vocabulary import PageWarning
from store.work.stored_pages import page_hashes

_MAX_PAGE_BYTES = 5 * 1024 * 1024  # also of a sitemap, before it is decompressed
_MAX_ROBOTS_BYTES = 512 * 1024  # RFC 9309 requires crawlers to read 500 KiB
_MAX_PAGES = 50_000
_MAX_SITEMAPS = 1_000


class CitationsSpider(JobSpider):
    """Reads the pages of a wiki, or crawls a published site.

    On a site, the sitemap is read first. Then links are followed to pages whose URL begins with
    that of the site's folder, as robots.txt allows. Pages that an earlier crawl stored are
    requested, too, to find out which of them were removed.

    Args:
        name: Set by Scrapy.
        pages: Files, folders or globs, comma-separated (default: those of the configuration).
        site: URL of a published site to crawl instead.
        wiki: Name of the wiki that the pages or the site belong to.
        connection_errors: A list that the errors are appended to if no connection to the site was
            possible; None to log them.
        arguments: Those of `JobSpider`.
    """

    name = "citations"
    wikis: Sequence[LoadedConfig]

    def __init__(
        self,
        name: str | None = None,
        *,
        pages: str = "",
        site: str = "",
        wiki: str = "",
        connection_errors: list[str] | None = None,
        **arguments: Any,
    ) -> None:
        super().__init__(name, **arguments)
        self._connection_errors = connection_errors
        self._has_response = False
        self._connection_failures: dict[str, str] = {}  # first URL by error
        self._wiki = wiki
        self._pages = tuple(filter(None, pages.split(",")))
        self._site = PublishedSite(site)
        self._page_urls = BoundedUrlSet(_MAX_PAGES)
        self._sitemap_urls = BoundedUrlSet(_MAX_SITEMAPS)
        self._stored_urls: frozenset[str] = frozenset()  # of pages that an earlier crawl stored
        self._has_requested_stored = False
        self._default_sitemap = ""  # requested if robots.txt declares none
        self._reader = SiteReader("")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *arguments: Any, **options: Any) -> Self:
        """Create the spider, with the settings for crawling a site if there is one.

        Args:
            crawler: The crawler that runs the spider.
            *arguments: Arguments of the spider.
            **options: Arguments of the spider.

        Returns:
            The spider.
        """
        spider = super().from_crawler(crawler, *arguments, **options)
        site = spider._site  # noqa: SLF001  this class's attribute
        if site.url:
            rules = spider.job.rules_for(host_of(site.url))
            settings = crawl_settings(rules, max_pages=_MAX_PAGES)
            crawler.settings.setdict(settings, priority="spider")
        return spider

    def validate_arguments(self) -> None:
        """Check the arguments against the configuration.

        Raises:
            ConfigError: `site` is no URL, or `wiki` is missing or unknown.
        """
        self.wikis = self.job.loaded.wikis([self._wiki] if self._wiki else ())
        if self._site.url and not is_web_url(self._site.url):
            raise ConfigError(
                f"invalid site {self._site.url!r}: use a URL that begins with http:// or https://"
            )
        if self._site.url:
            self._reader = SiteReader(self.wikis[0].config.archives.local.base_url)
        if len(self.wikis) > 1 and (self._site.url or self._pages):
            raise ConfigError("pages and site must belong to one wiki: choose it with -a wiki=NAME")

    async def start(self) -> AsyncIterator[Any]:
        """Yield the first requests of a site, or the items of all pages."""
        if self._site.url:
            self._stored_urls = await self._read_stored_urls()
            yield self._robots_request()
            yield self._request(self._site.url, self.parse_site)
            return
        for wiki in self.wikis:
            for source in page_sources(wiki, self._pages):
                if isinstance(source, PageWarning):
                    self.logger.warning("%s: %s", source.page, source.message)
                elif item := self._read_item(source, wiki.config):
                    yield item

    def parse_robots(self, response: Response) -> Iterator[Request]:
        """Request the sitemaps that robots.txt declares, or else /sitemap.xml."""
        self._close_if_stopped()
        declared = Robots(response.body.decode("utf-8-sig", "replace")).sitemaps
        absolute_urls = [absolute_url(sitemap, response.url) for sitemap in declared]
        found = [url for url in absolute_urls if url]
        if len(found) < len(declared):
            self.logger.warning(
                "%s declares sitemaps that are no http or https URLs: they are skipped",
                response.url,
            )
        yield from self._declared_or_default_sitemaps(found)

    def continue_without_robots(self, failure: Failure) -> Iterator[Request]:
        """Request /sitemap.xml of a site whose robots.txt could not be read."""
        if not _is_missing(failure):  # a site need not have a robots.txt
            self.log_failure(failure)
        yield from self._declared_or_default_sitemaps(())

    def continue_without_sitemap(self, failure: Failure) -> None:
        """Log that a sitemap could not be read, unless it is missing and none was declared."""
        request = getattr(failure, "request", None)
        is_default = request is not None and request.url == self._default_sitemap
        if not (is_default and _is_missing(failure)):
            self.log_failure(failure)

    def continue_without_page(self, failure: Failure) -> Iterator[RemovedPageItem]:
        """Yield that a stored page was removed, or log that a page could not be fetched."""
        request = getattr(failure, "request", None)
        url = request.url if request else ""
        if url in self._stored_urls and _is_missing(failure):
            self._has_response = True
            yield RemovedPageItem(wiki=self.wikis[0].config.wiki, url=url)
        else:
            self.log_failure(failure)

    async def parse_sitemap(self, response: Response) -> AsyncIterator[Request]:
        """Request the pages of a sitemap, and the sitemaps of an index."""
        self._close_if_stopped()
        try:
            sitemap = await self._reader.read_sitemap(
                response.body, response.url, _content_type(response)
            )
        except ReadingStopped as error:
            self.logger.warning("%s is not read: %s", response.url, error)
            return
        if not sitemap.pages and not sitemap.children:
            self.logger.warning("%s is not a readable sitemap: it lists no pages", response.url)
        if len(response.body) >= _MAX_PAGE_BYTES:
            self.logger.warning(
                "%s is larger than %d bytes: the rest was not read",
                response.url,
                _MAX_PAGE_BYTES,
            )
        for request in self._sitemap_requests(sitemap.children):
            yield request
        for request in self._page_requests(page.url for page in sitemap.pages):
            yield request

    async def parse_site(self, response: Response) -> AsyncIterator[PageItem | Request]:
        """Yield a fetched page, and requests for the pages that it links to."""
        self._close_if_stopped()
        self._has_response = True
        if (
            not isinstance(response, TextResponse)
            or not self._site.contains(response.url)
            or "html" not in _content_type(response)
        ):
            return
        fetched = await self._read_response(response)
        if fetched.problem:
            self.logger.warning("%s: %s", response.url, fetched.problem)
        if fetched.page is not None:
            yield PageItem(wiki=self.wikis[0].config.wiki, page=fetched.page)
        for request in self._page_requests(fetched.links):
            yield request
        if not self._has_requested_stored:
            # Only now: a site that shows no page at all must not empty the wiki.
            self._has_requested_stored = True
            for request in self._page_requests(sorted(self._stored_urls)):
                yield request

    async def _read_stored_urls(self) -> frozenset[str]:
        """Return the URLs of the site's pages that earlier crawls stored; stop if that fails."""
        try:
            stored = await self.job.read(page_hashes, self.wikis[0].config.wiki)
        except StoreError as error:
            self.job.stop_on_store_error(error)
            raise CloseSpider(str(error)) from error
        return frozenset(path for path in stored if self._site.contains(path))

    def _read_item(self, source: PageSource, wiki: Config) -> PageItem | None:
        """Read a page of the wiki's own files; return None, after a warning, if that fails."""
        try:
            page = read_page(
                source.read(),
                source.path,
                page_format=source.format,
                dialect=wiki.dialect,
                local_archive_url=wiki.archives.local.base_url,
                read_file=included_file_reader(source),
            )
        except (OSError, NotText) as error:
            self.logger.warning("%s: %s", source.path, error)
            return None
        return PageItem(wiki=wiki.wiki, page=page)

    def _robots_request(self) -> Request:
        """Return the request for robots.txt, which is always allowed (RFC 9309, section 2.2.2)."""
        request = self._request(
            self._site.url_of("/robots.txt"), self.parse_robots, max_bytes=_MAX_ROBOTS_BYTES
        )
        meta = {**request.meta, "dont_obey_robotstxt": True}
        return request.replace(meta=meta, errback=self.continue_without_robots)

    def _declared_or_default_sitemaps(self, declared: Sequence[str]) -> Iterator[Request]:
        """Request the sitemaps that robots.txt declares, or /sitemap.xml if it declares none."""
        if declared:
            yield from self._sitemap_requests(declared)
            return
        self._default_sitemap = self._site.url_of("/sitemap.xml")
        yield from self._sitemap_requests([self._default_sitemap])

    def _sitemap_requests(self, urls: Iterable[str]) -> Iterator[Request]:
        """Request those sitemaps that were not requested before, up to the limit."""
        for url in urls:
            if self._sitemap_urls.add(url):
                request = self._request(url, self.parse_sitemap)
                yield request.replace(errback=self.continue_without_sitemap)
        self._warn_if_full(self._sitemap_urls, "sitemaps")

    def _page_requests(self, urls: Iterable[str]) -> Iterator[Request]:
        """Request those pages of the site that were not requested before, up to the limit."""
        for url in urls:
            if self._site.contains(url) and self._page_urls.add(url):
                request = self._request(url, self.parse_site)
                yield request.replace(errback=self.continue_without_page)
        self._warn_if_full(self._page_urls, "pages")

    def _warn_if_full(self, urls: BoundedUrlSet, kind: str) -> None:
        """Log once that more URLs were found than are requested."""
        if urls.is_exceeded and not urls.has_warned:
            urls.has_warned = True
            self.logger.warning(
                "%s lists more than %d %s: the rest is not read", self._site.url, urls.limit, kind
            )

    async def _read_response(self, response: Response) -> FetchedPage:
        """Return a fetched page with its citations and links."""
        try:
            return await self._reader.read_page(
                response.body, response.url, _content_type(response)
            )
        except ReadingStopped as error:
            return FetchedPage(problem=f"was skipped: {error}")

    def log_failure(self, failure: Failure) -> None:
        """Log a page that could not be fetched; the crawl continues.

        A failed connection is logged when the spider closes, and once for all pages with the same
        error.
        """
        request = getattr(failure, "request", None)
        url = request.url if request else "a page"
        if isinstance(failure.value, HttpError | IgnoreRequest):
            self._has_response = True
            self.logger.warning("cannot fetch %s: %s", url, failure.value)
        else:
            self._connection_failures.setdefault(str(failure.value), url)

    def closed(self, reason: str) -> None:
        """Report failed connections, once for each error."""
        del reason
        self._reader.close()
        if self._connection_errors is not None and not self._has_response:
            self._connection_errors += self._connection_failures
            return
        for problem, url in self._connection_failures.items():
            self.logger.warning("cannot fetch %s: %s", url, problem)

    def _close_if_stopped(self) -> None:
        """Raise CloseSpider if the job must stop."""
        if self.job.stop:
            raise CloseSpider(self.job.stop.detail)

    def _request(self, url: str, callback: Any, *, max_bytes: int = _MAX_PAGE_BYTES) -> Request:
        """Return a request without the fragment of its URL."""
        return Request(
            url.partition("#")[0],
            callback=callback,
            errback=self.log_failure,
            meta={"holdfast_max_bytes": max_bytes},
        )


def _is_missing(failure: Failure) -> bool:
    """Return whether a server answered that it has no such file."""
    error = failure.value
    return isinstance(error, HttpError) and error.response.status in {404, 410}


def _content_type(response: Response) -> str:
    """Return the content type in lower case; `text/html` if the response names none."""
    return (response.headers.get("Content-Type") or b"text/html").decode("latin-1").lower()
