"""Read robots.txt (RFC 9309), with `Crawl-delay`, which the RFC leaves out and many sites set.

Nothing here requests a file; see `crawler.jobs.redirect_policy` for when it is fetched.
"""

from __future__ import annotations

from typing import Final

from protego import Protego

from crawler.http.fetch import BODY_LIMIT, FetchResponse
from crawler.http.urls import join_url

PRODUCT_TOKEN: Final = "Holdfast"  # noqa: S105  the word of RFC 9309, section 2.2.1


class Robots:
    r"""The rules of one site's robots.txt for one crawler.

    Args:
        text: The file's content; "" allows everything.
        agent: The crawler's product token or user agent.

    >>> robots = Robots("User-agent: *\nCrawl-delay: 5\nDisallow: /private/")
    >>> robots.crawl_delay, robots.allows("https://example.org/private/a")
    (5.0, False)
    >>> robots.allows("https://example.org/a")
    True
    """

    def __init__(self, text: str = "", agent: str = PRODUCT_TOKEN) -> None:
        self._rules = Protego.parse(text)
        self._agent = agent

    @property
    def crawl_delay(self) -> float:
        """Return the seconds between requests that the site requests, 0 without a valid number."""
        delay = self._rules.crawl_delay(self._agent) or 0.0
        return delay if delay > 0 else 0.0  # NaN becomes 0, too

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Return the addresses of sitemaps as written."""
        return tuple(self._rules.sitemaps)

    def allows(self, url: str) -> bool:
        """Return whether the crawler may request a URL of the site."""
        return self._rules.can_fetch(url, self._agent)


def robots_url(url: str) -> str:
    """Return the address of the robots.txt that applies to a URL.

    >>> robots_url("https://example.org:8443/a?b")
    'https://example.org:8443/robots.txt'
    """
    return join_url(url, "/robots.txt")


def parse_robots(response: FetchResponse, agent: str = "") -> Robots:
    """Return the rules in the response to a request for robots.txt.

    A response without a success status sets no rules. By RFC 9309 (section 2.3.1.4) an unreachable
    robots.txt disallows everything. Here it allows everything, because probing its links is how an
    outage is detected.

    Args:
        response: The response.
        agent: The crawler's user agent; "" for `PRODUCT_TOKEN`.
    """
    if response.status is None or not 200 <= response.status < 300:
        return Robots()
    body = response.body
    if response.fault or len(body) >= BODY_LIMIT:
        # The last line may be cut, and a shortened path would disallow more URLs.
        body = body.rpartition(b"\n")[0]
    return Robots(body.decode("utf-8-sig", "replace"), agent or PRODUCT_TOKEN)
