"""What a site's robots.txt says to us: how long to wait between requests, and what it would rather not have asked. Pure.

Read as RFC 9309 has it, with `Crawl-delay`, which it leaves out and many sites set.
"""

from __future__ import annotations

from protego import Protego

from crawler.http import BODY_LIMIT
from crawler.http.fetch import FetchResponse
from crawler.http.urls import join_url

PRODUCT_TOKEN = "Holdfast"


class Robots:
    r"""One site's rules for `agent`.

    >>> robots = Robots("User-agent: *\nCrawl-delay: 5\nDisallow: /private/")
    >>> robots.delay, robots.allows("https://example.org/private/a"), robots.allows("https://example.org/a")
    (5.0, False, True)
    """

    def __init__(self, text: str = "", agent: str = PRODUCT_TOKEN) -> None:
        self._rules = Protego.parse(text)
        self._agent = agent

    @property
    def crawl_delay(self) -> float:
        """Seconds between requests, 0 where it names none that makes sense."""
        delay = self._rules.crawl_delay(self._agent) or 0.0
        return delay if delay > 0 else 0.0  # what is not a number is not more than 0 either

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps it names, as written."""
        return tuple(self._rules.sitemaps)

    def allows(self, url: str) -> bool:
        return self._rules.can_fetch(url, self._agent)


def robots_url(url: str) -> str:
    """Where the rules for a URL stand.

    >>> robots_url("https://example.org:8443/a?b")
    'https://example.org:8443/robots.txt'
    """
    return join_url(url, "/robots.txt")


def parse_robots(answer: FetchResponse, agent: str = "") -> Robots:
    """Read what came for a robots.txt. Whatever is no success sets no rules: a site that is down is judged by its links."""
    if answer.status is None or not 200 <= answer.status < 300:
        return Robots()
    body = answer.body
    if answer.fault or len(body) >= BODY_LIMIT:
        body = body.rpartition(b"\n")[0]  # half a path would forbid more than the whole
    return Robots(body.decode("utf-8-sig", "replace"), agent or PRODUCT_TOKEN)
