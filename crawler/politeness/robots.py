"""Read robots.txt (RFC 9309), with `Crawl-delay`, which the RFC leaves out and many sites set.

Nothing here requests a file; see `crawler.jobs.redirect_filter` for when it is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from protego import Protego

from crawler.archives.archive_robots import ARCHIVE_ROBOTS
from crawler.http.fetch import FetchResponse
from crawler.http.urls import join_url

PRODUCT_TOKEN: Final = "Holdfast"  # noqa: S105  the word of RFC 9309, section 2.2.1
ALL_ROBOTS: Final = "*"

ROBOTS_LIMIT: Final = 500 * 1024  # bytes that are read; RFC 9309, section 2.5: at least so many

# All spellings of the field's name that the parser accepts, at the beginning of a line.
_USER_AGENT: Final = re.compile(r"user(?:-|\s*)agent\s*:?\s*(.*)", re.IGNORECASE)
_NAME: Final = re.compile(r"[^\s*]+")
_UNNEEDED_NAME: Final = "other-robots"  # replaces the names of robots whose rules are not needed
_TOO_MANY_REQUESTS: Final = 429
# The parser stores each rule for every robot that its group names: up to the square of the file.
_MAX_NAMES: Final = 12  # distinct names of the crawler and of archives' robots
_MAX_LINES: Final = 20_000


class Robots:
    r"""The rules of one site's robots.txt for one crawler.

    Args:
        text: The file's content; "" allows everything.
        agent: The crawler's product token or user agent.
        is_known: Whether the rules are those of the site. False if its response shows none, such as
            a timeout or status 503; then everything is allowed.

    Attributes:
        size: The length of the file in characters.

    >>> robots = Robots("User-agent: *\nCrawl-delay: 5\nDisallow: /private/")
    >>> robots.crawl_delay, robots.allows("https://example.org/private/a")
    (5.0, False)
    >>> robots.allows("https://example.org/a")
    True
    """

    def __init__(
        self, text: str = "", agent: str = PRODUCT_TOKEN, *, is_known: bool = True
    ) -> None:
        lines, names = _simplified_lines(text, agent)
        self._rules = Protego.parse("\n".join(lines))
        self._agent = agent
        self.is_known = is_known
        self.size = len(text)
        # A file names a robot by its whole name or the beginning of it.
        self._named_archive_robots = [
            robot for robot in ARCHIVE_ROBOTS if any(map(robot.name.startswith, names))
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
        current_robots = [robot for robot in named if robot.is_current]
        for robot in current_robots or named:
            if not self._rules.can_fetch(url, robot.name):
                return robot.name
        return ""


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
    if response.fault or len(body) >= ROBOTS_LIMIT:
        # The last line may be cut, and a shortened path would disallow more URLs.
        body = body.rpartition(b"\n")[0]
    return Robots(body.decode("utf-8-sig", "replace"), agent or PRODUCT_TOKEN)


def _simplified_lines(text: str, agent: str) -> tuple[Sequence[str], Sequence[str]]:
    """Return the first lines of a robots.txt, with one name for all robots that are not needed.

    A robot is needed if it is the crawler or a robot of an archive. At most `_MAX_NAMES` names of
    such robots are kept.

    Args:
        text: The file's content.
        agent: The crawler's product token or user agent.

    Returns:
        At most `_MAX_LINES` lines; and the kept names, in lower case, without `*`.
    """
    lines, kept = list[str](), dict[str, None]()
    for line in text.splitlines()[:_MAX_LINES]:
        field = _USER_AGENT.match(line.partition("#")[0].strip())
        if field is None or not field[1]:
            lines.append(line)
            continue
        # Some files name robots with a version; the product token is what stands before it.
        name = field[1].lower().partition("/")[0].strip()
        if name not in kept and len(kept) < _MAX_NAMES and _is_needed(name, agent):
            kept[name] = None
        lines.append(f"User-agent: {name if name in kept else _UNNEEDED_NAME}")
    words = (_NAME.match(name) for name in kept)
    return lines, [word[0] for word in words if word is not None]


def _is_needed(name: str, agent: str) -> bool:
    """Return whether a name in a robots.txt may mean the crawler, an archive's robot, or all.

    Args:
        name: The name in lower case.
        agent: The crawler's product token or user agent.
    """
    if name == ALL_ROBOTS:
        return True
    needed = [agent.lower(), *(robot.name for robot in ARCHIVE_ROBOTS)]
    part = name.replace("*", "")
    return bool(name) and any(part in each for each in needed)
