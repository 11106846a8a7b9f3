"""Read robots.txt (RFC 9309), with `Crawl-delay`, which the RFC leaves out and many sites set.

Nothing here requests a file; see `crawler.jobs.redirect_policy` for when it is fetched.
"""

from __future__ import annotations

import re
from typing import Final

from protego import Protego

from crawler.archives.archive_robots import ARCHIVE_ROBOTS
from crawler.http.fetch import BODY_LIMIT, FetchResponse
from crawler.http.urls import join_url

PRODUCT_TOKEN: Final = "Holdfast"  # noqa: S105  the word of RFC 9309, section 2.2.1
ALL_ROBOTS: Final = "*"

# Files name robots with versions, too; the product token of RFC 9309 is what stands before.
_VERSION: Final = re.compile(r"(?im)^([ \t]*user[- ]?agent[ \t]*:[ \t]*[^\s#*/]+)/[^\s#]*")
_USER_AGENT: Final = re.compile(r"(?im)^[ \t]*user[- ]?agent[ \t]*:[ \t]*([^\s#*]+)")
_TOO_MANY_REQUESTS: Final = 429


class Robots:
    r"""The rules of one site's robots.txt for one crawler.

    Args:
        text: The file's content; "" allows everything.
        agent: The crawler's product token or user agent.
        is_known: Whether the rules are those of the site. False if its response shows none, such as
            a timeout or status 503; then everything is allowed.

    >>> robots = Robots("User-agent: *\nCrawl-delay: 5\nDisallow: /private/")
    >>> robots.crawl_delay, robots.allows("https://example.org/private/a")
    (5.0, False)
    >>> robots.allows("https://example.org/a")
    True
    """

    def __init__(
        self, text: str = "", agent: str = PRODUCT_TOKEN, *, is_known: bool = True
    ) -> None:
        text = _VERSION.sub(r"\1", text)
        self._rules = Protego.parse(text)
        self._agent = agent
        self.is_known = is_known
        # A file names a robot by its whole name or the beginning of it.
        named = tuple(name.lower() for name in _USER_AGENT.findall(text))
        self._named_archive_robots = [
            robot for robot in ARCHIVE_ROBOTS if robot.name.startswith(named)
        ]

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

    def refused_archive_robot(self, url: str) -> str:
        r"""Return the robot of public archives that must not request a URL of the site.

        If the file names the robot that the archive uses today, only its rules count, else those
        for the archive's other names. Rules for all robots count if none of them is named.

        Returns:
            The robot's name, `ALL_ROBOTS` if rules for all robots refuse it, or "" for none.

        >>> robots = Robots("User-agent: archive.org_bot\nDisallow: /news/")
        >>> robots.refused_archive_robot("https://example.org/news/1")
        'archive.org_bot'
        >>> robots.refused_archive_robot("https://example.org/about")
        ''
        """
        named = self._named_archive_robots
        if not named:
            current = next(robot.name for robot in ARCHIVE_ROBOTS if robot.is_current)
            return "" if self._rules.can_fetch(url, current) else ALL_ROBOTS
        decisive = [robot for robot in named if robot.is_current] or named
        refused = (robot.name for robot in decisive if not self._rules.can_fetch(url, robot.name))
        return next(refused, "")


def robots_url(url: str) -> str:
    """Return the address of the robots.txt that applies to a URL.

    >>> robots_url("https://example.org:8443/a?b")
    'https://example.org:8443/robots.txt'
    """
    return join_url("/robots.txt", url)


def parse_robots(response: FetchResponse, agent: str = "") -> Robots:
    """Return the rules in the response to a request for robots.txt.

    A response without a success status sets no rules. By RFC 9309 (section 2.3.1.4) an unreachable
    robots.txt disallows everything. Here it allows everything, because probing its links is how an
    outage is detected.

    Args:
        response: The response.
        agent: The crawler's user agent; "" for `PRODUCT_TOKEN`.
    """
    status, body = response.status, response.body
    if status is None or not 200 <= status < 300:
        is_known = status is not None and 400 <= status < 500 and status != _TOO_MANY_REQUESTS
        return Robots(is_known=is_known)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":  # a page, such as a bot check
        return Robots(is_known=False)
    if response.fault or len(body) >= BODY_LIMIT:
        # The last line may be cut, and a shortened path would disallow more URLs.
        body = body.rpartition(b"\n")[0]
    return Robots(body.decode("utf-8-sig", "replace"), agent or PRODUCT_TOKEN)
