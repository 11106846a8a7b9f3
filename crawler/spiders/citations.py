"""What do the pages cite? Reads pages, from files or from a published site, and gives each with its citations to the pipelines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response, TextResponse
from scrapy.linkextractors import LinkExtractor
from scrapy.utils.sitemap import Sitemap, sitemap_urls_from_robots
from twisted.python.failure import Failure

from crawler.config import Config, ConfigError, LoadedConfig
from crawler.http import decode_text
from crawler.items import PageItem
from crawler.pages import NotText
from crawler.scanning import page_sources, read_fetched_page, read_page
from crawler.spiders.jobs import JobSpider
from crawler.urls import host_of
from store.vocabulary import Page, PageWarning

_LARGEST_PAGE = 5 * 1024 * 1024
_MOST_PAGES = 50_000
_LINKS = LinkExtractor(tags=("a", "area"), unique=True)


class CitationsSpider(JobSpider):
    """Reads Markdown pages, or a published site.

    Argument `pages`: files, folders or globs, separated by commas; else those of the configuration. Argument `site`: a site's address; its
    sitemap is read first, then links are followed on the same host, below the address given, as robots.txt allows. Argument `wiki`: only
    this one of several wikis, whose the pages and the site are.
    """

    wikis: Sequence[LoadedConfig]

    name = "citations"

    def __init__(self, name: str | None = None, *, pages: str = "", site: str = "", wiki: str = "", **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self._wiki = wiki
        self._pages = tuple(filter(None, pages.split(",")))
        self._site = site
        self._below = site.rpartition("/")[0] + "/" if site.count("/") > 2 else f"{site}/"

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

    def prepare(self) -> None:
        self.wikis = self.job.loaded.wikis([self._wiki] if self._wiki else ())
        if len(self.wikis) > 1 and (self._site or self._pages):
            raise ConfigError("pages and site are of one wiki: name it with -a wiki=NAME")

    async def start(self) -> AsyncIterator[Any]:
        if self._site:
            yield self._ask(self._absolute("/robots.txt"), self.parse_robots)
            yield self._ask(self._site, self.parse_site)
            return
        for wiki in self.wikis:
            for source in page_sources(wiki, self._pages):
                if isinstance(source, PageWarning):
                    self.logger.warning("%s: %s", source.page, source.message)
                elif source.file:
                    yield Request(
                        source.file.absolute().as_uri(),
                        callback=self.parse,
                        errback=self.unread,
                        cb_kwargs={"path": source.path, "wiki": wiki.config},
                        dont_filter=True,
                    )

    def parse(self, response: Response, *, path: str, wiki: Config) -> Iterator[PageItem]:
        """Read a file."""
        try:
            yield PageItem(
                wiki=wiki.wiki, page=read_page(response.body, path, dialect=wiki.dialect, own_archive=wiki.archives.local.base_url)
            )
        except NotText as error:
            self.logger.warning("%s: %s", path, error)

    def parse_robots(self, response: Response) -> Iterator[Request]:
        """Find the sitemaps a site declares; else the one where it usually lies."""
        self._heed_orders()
        declared = list(sitemap_urls_from_robots(response.body, base_url=response.url))
        for url in declared or [self._absolute("/sitemap.xml")]:
            yield self._ask(url, self.parse_sitemap)

    def parse_sitemap(self, response: Response) -> Iterator[Request]:
        """Follow a sitemap, or an index of them."""
        self._heed_orders()
        sitemap = Sitemap(response.body)
        for entry in sitemap:
            if sitemap.type == "sitemapindex":
                yield self._ask(entry["loc"], self.parse_sitemap)
            elif self._is_ours(entry["loc"]):
                yield self._ask(entry["loc"], self.parse_site)

    def parse_site(self, response: Response) -> Iterator[PageItem | Request]:
        """Read a fetched page, and follow its links to others."""
        self._heed_orders()
        if not isinstance(response, TextResponse) or not self._is_ours(response.url) or "html" not in _content_type(response):
            return
        try:
            yield PageItem(wiki=self.wikis[0].config.wiki, page=self._fetched(response))
        except NotText as error:
            self.logger.warning("%s: %s", response.url, error)
        # Scrapy would decode the page by any charset Python has a codec for, `base64` too.
        readable = response.replace(body=decode_text(response.body, _content_type(response)).encode(), encoding="utf-8")
        for link in _LINKS.extract_links(readable):
            if self._is_ours(link.url):
                yield self._ask(link.url, self.parse_site)

    def _fetched(self, response: Response) -> Page:
        wiki = self.wikis[0].config
        return read_fetched_page(response.body, response.url, own_archive=wiki.archives.local.base_url)

    def unread(self, failure: Failure) -> None:
        """Note a page that could not be read; the others go on."""
        request = getattr(failure, "request", None)
        self.logger.warning("%s could not be read: %s", request.url if request else "a page", failure.value)

    def _heed_orders(self) -> None:
        if self.job.stop:
            raise CloseSpider(self.job.stop.detail)

    def _ask(self, url: str, callback: Any) -> Request:
        return Request(url.partition("#")[0], callback=callback, errback=self.unread, meta={"holdfast_max_bytes": _LARGEST_PAGE})

    def _absolute(self, path: str) -> str:
        scheme, _, rest = self._site.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}{path}"

    def _is_ours(self, url: str) -> bool:
        return host_of(url) == host_of(self._site) and url.partition("://")[2].startswith(self._below.partition("://")[2])


def _content_type(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"text/html").decode("latin-1").lower()
