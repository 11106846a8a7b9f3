"""What do the pages cite? Reads pages, from files or from a published site, and gives each with its citations to the pipelines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response, TextResponse
from scrapy.linkextractors import LinkExtractor
from twisted.python.failure import Failure

from crawler.config import Config, ConfigError, LoadedConfig
from crawler.http import decode_text
from crawler.http.urls import absolute_url, host_of, is_external, link_key
from crawler.items import PageItem
from crawler.moves.sitemaps import read_sitemap
from crawler.pages import NotText
from crawler.politeness.robots import Robots
from crawler.scan.discovery import page_sources
from crawler.scan.page_source import PageSource
from crawler.scan.reader import read_fetched_page, read_page
from crawler.spiders.base import JobSpider
from store.vocabulary import Page, PageWarning

_LARGEST_PAGE = 5 * 1024 * 1024  # bytes; also of a sitemap, before it is unpacked
_LARGEST_ROBOTS = 512 * 1024  # more than RFC 9309 has crawlers read
_MOST_PAGES = 50_000
_MOST_SITEMAPS = 1_000
_LINKS = LinkExtractor(tags=("a", "area"), unique=True)


class CitationsSpider(JobSpider):
    """Reads Markdown pages, or a published site.

    Argument `pages`: files, folders or globs, separated by commas; else those of the configuration. Argument `site`: a site's address; its
    sitemap is read first, then links are followed on the same host, below the address given, as robots.txt allows. Argument `wiki`: only
    this one of several wikis, whose the pages and the site are.
    """

    wikis: Sequence[LoadedConfig]

    name = "citations"

    def __init__(
        self,
        name: str | None = None,
        *,
        pages: str = "",
        site: str = "",
        wiki: str = "",
        **arguments: Any,
    ) -> None:
        super().__init__(name, **arguments)
        self._wiki = wiki
        self._pages = tuple(filter(None, pages.split(",")))
        self._site = site
        self._below = site.rpartition("/")[0] + "/" if site.count("/") > 2 else f"{site}/"
        self._page_addresses = _Addresses(_MOST_PAGES)
        self._sitemap_addresses = _Addresses(_MOST_SITEMAPS)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *arguments: Any, **options: Any) -> Self:
        spider = super().from_crawler(crawler, *arguments, **options)
        if spider._site:  # noqa: SLF001  its own
            rules = spider.job.rules_for(host_of(spider._site))  # noqa: SLF001
            # A site is crawled as crawlers do, unlike single cited addresses.
            crawler.settings.setdict(
                {
                    "ROBOTSTXT_OBEY": True,
                    "ROBOTSTXT_USER_AGENT": "Holdfast",
                    "REDIRECT_ENABLED": True,
                    "RETRY_ENABLED": True,
                    "DOWNLOAD_DELAY": rules.interval,
                    "CONCURRENT_REQUESTS_PER_DOMAIN": rules.concurrency,
                    "DOWNLOAD_TIMEOUT": rules.timeout,
                    "CLOSESPIDER_PAGECOUNT": _MOST_PAGES,
                },
                priority="spider",
            )
        return spider

    def validate_arguments(self) -> None:
        self.wikis = self.job.loaded.wikis([self._wiki] if self._wiki else ())
        if self._site and not is_external(self._site):
            raise ConfigError(
                "site is the address of a published site: write it with http:// or https://"
            )
        if len(self.wikis) > 1 and (self._site or self._pages):
            raise ConfigError("pages and site are of one wiki: name it with -a wiki=NAME")

    async def start(self) -> AsyncIterator[Any]:
        if self._site:
            yield self._ask(
                self._absolute("/robots.txt"), self.parse_robots, max_bytes=_LARGEST_ROBOTS
            )
            yield self._ask(self._site, self.parse_site)
            return
        for wiki in self.wikis:
            for source in page_sources(wiki, self._pages):
                if isinstance(source, PageWarning):
                    self.logger.warning("%s: %s", source.page, source.message)
                elif item := self._read(source, wiki.config):
                    yield item

    def parse_robots(self, response: Response) -> Iterator[Request]:
        """Find the sitemaps a site declares; else the one where it usually lies."""
        self._heed_orders()
        declared = Robots(response.body.decode("utf-8-sig", "replace")).sitemaps
        found = [url for sitemap in declared if (url := absolute_url(sitemap, response.url))]
        if len(found) < len(declared):
            self.logger.warning(
                "%s names sitemaps that are no http or https addresses: they are skipped",
                response.url,
            )
        yield from self._sitemaps(found or [self._absolute("/sitemap.xml")])

    def parse_sitemap(self, response: Response) -> Iterator[Request]:
        """Follow a sitemap, or an index of them."""
        self._heed_orders()
        sitemap = read_sitemap(
            response.body, {"content-type": _content_type(response)}, response.url
        )
        if not sitemap.pages and not sitemap.children:
            self.logger.warning(
                "%s could not be read as a sitemap: it names no pages", response.url
            )
        if len(response.body) >= _LARGEST_PAGE:
            self.logger.warning(
                "%s is larger than %d bytes: the rest of it was not read",
                response.url,
                _LARGEST_PAGE,
            )
        yield from self._sitemaps(sitemap.children)
        yield from self._site_pages(page.url for page in sitemap.pages)

    def parse_site(self, response: Response) -> Iterator[PageItem | Request]:
        """Read a fetched page, and follow its links to others."""
        self._heed_orders()
        if (
            not isinstance(response, TextResponse)
            or not self._is_ours(response.url)
            or "html" not in _content_type(response)
        ):
            return
        try:
            yield PageItem(wiki=self.wikis[0].config.wiki, page=self._fetched(response))
        except NotText as error:
            self.logger.warning("%s: %s", response.url, error)
        yield from self._site_pages(self._links(response))

    def _read(self, source: PageSource, wiki: Config) -> PageItem | None:
        """Read a page of the wiki's own files; None, and a warning, where that fails."""
        try:
            page = read_page(
                source.read(),
                source.path,
                dialect=wiki.dialect,
                local_archive_url=wiki.archives.local.base_url,
            )
        except (OSError, NotText) as error:
            self.logger.warning("%s: %s", source.path, error)
            return None
        return PageItem(wiki=wiki.wiki, page=page)

    def _links(self, response: TextResponse) -> Sequence[str]:
        """Return the addresses that a page links to; none, and a warning, where its encoding or base address is none."""
        try:
            # Scrapy would decode the page by any charset Python has a codec for, `base64` too.
            readable = response.replace(
                body=decode_text(response.body, _content_type(response)).encode(), encoding="utf-8"
            )
            return [link.url for link in _LINKS.extract_links(readable)]
        except (LookupError, ValueError) as error:
            self.logger.warning(
                "%s: its links could not be read: %s", response.url, type(error).__name__
            )
            return ()

    def _sitemaps(self, urls: Iterable[str]) -> Iterator[Request]:
        for url in urls:
            if self._sitemap_addresses.admit(url):
                yield self._ask(url, self.parse_sitemap)
        self._warn_if_full(self._sitemap_addresses, "sitemaps")

    def _site_pages(self, urls: Iterable[str]) -> Iterator[Request]:
        for url in urls:
            if self._is_ours(url) and self._page_addresses.admit(url):
                yield self._ask(url, self.parse_site)
        self._warn_if_full(self._page_addresses, "pages")

    def _warn_if_full(self, addresses: _Addresses, what: str) -> None:
        if addresses.left_out and not addresses.told:
            addresses.told = True
            self.logger.warning(
                "%s names more than %d %s: the rest is not read", self._site, addresses.most, what
            )

    def _fetched(self, response: Response) -> Page:
        wiki = self.wikis[0].config
        return read_fetched_page(
            response.body, response.url, local_archive_url=wiki.archives.local.base_url
        )

    def unread(self, failure: Failure) -> None:
        """Note a page that could not be read; the others go on."""
        request = getattr(failure, "request", None)
        self.logger.warning(
            "%s could not be read: %s", request.url if request else "a page", failure.value
        )

    def _heed_orders(self) -> None:
        if self.job.stop:
            raise CloseSpider(self.job.stop.detail)

    def _ask(self, url: str, callback: Any, *, max_bytes: int = _LARGEST_PAGE) -> Request:
        return Request(
            url.partition("#")[0],
            callback=callback,
            errback=self.unread,
            meta={"holdfast_max_bytes": max_bytes},
        )

    def _absolute(self, path: str) -> str:
        scheme, _, rest = self._site.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}{path}"

    def _is_ours(self, url: str) -> bool:
        own = is_external(url) and host_of(url) == host_of(self._site)
        return own and url.partition("://")[2].startswith(self._below.partition("://")[2])


class _Addresses:
    """Addresses that a site names: each is admitted once, and no more of them than `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.left_out = False
        self.told = False  # that some were left out
        self._seen: set[str] = set()

    def admit(self, url: str) -> bool:
        """Tell whether an address is to be requested."""
        key = link_key(url)
        if key in self._seen:
            return False
        if len(self._seen) >= self.most:
            self.left_out = True
            return False
        self._seen.add(key)
        return True


def _content_type(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"text/html").decode("latin-1").lower()
