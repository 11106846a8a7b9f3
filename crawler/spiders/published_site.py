"""Define which URLs belong to a published site, and the Scrapy settings to crawl it."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.config import HostRules
from crawler.http.urls import host_of, is_web_url


@dataclass(frozen=True, slots=True)
class PublishedSite:
    """A site: the pages on its host whose URL begins with that of its folder.

    >>> site = PublishedSite("https://wiki.example/docs/index.html")
    >>> site.contains("http://wiki.example/docs/a/"), site.contains("https://wiki.example/b/")
    (True, False)
    >>> site.url_of("/robots.txt")
    'https://wiki.example/robots.txt'

    Attributes:
        url: The URL that the crawl begins with; empty if no site is crawled.
    """

    url: str

    def contains(self, url: str) -> bool:
        """Return whether a URL is one of the site's pages, by http or https."""
        is_on_host = is_web_url(url) and host_of(url) == host_of(self.url)
        return is_on_host and _without_scheme(url).startswith(_without_scheme(self._folder))

    def url_of(self, path: str) -> str:
        """Return the URL of a path on the site's host."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}{path}"

    @property
    def _folder(self) -> str:
        """Return the URL of the folder that the site's first page is in, with its slash."""
        has_path = self.url.count("/") > 2
        return f"{self.url.rpartition('/')[0]}/" if has_path else f"{self.url}/"


def crawl_settings(rules: HostRules, *, max_pages: int) -> dict[str, object]:
    """Return the Scrapy settings for the crawl of a site.

    Unlike probes of single cited URLs, a crawl obeys robots.txt, follows redirects and retries.

    Args:
        rules: The rules of the site's host.
        max_pages: Maximum number of pages.
    """
    return {
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": "Holdfast",
        "REDIRECT_ENABLED": True,
        "RETRY_ENABLED": True,
        "DOWNLOAD_DELAY": rules.interval,
        "CONCURRENT_REQUESTS_PER_DOMAIN": rules.concurrency,
        "DOWNLOAD_TIMEOUT": rules.timeout,
        "CLOSESPIDER_PAGECOUNT": max_pages,
    }


def _without_scheme(url: str) -> str:
    """Return what follows `://` in a URL."""
    return url.partition("://")[2]
