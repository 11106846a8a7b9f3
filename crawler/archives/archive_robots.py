"""List the robots of public archives, by their names in robots.txt.

Only robots of the Wayback Machine are listed: it archives any page, also on request. Archive-It and
Heritrix are left out, because institutions use them for sites of their choice. archive.today does
not read robots.txt.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class ArchiveRobot(Struct, frozen=True):
    """A robot that requests, or once requested, pages for the Wayback Machine.

    Attributes:
        name: Its product token, as in `User-agent:`.
        source: Where the name is documented, or was seen in use.
        is_current: The archive requests pages under this name today. The others are names that
            sites still write when they mean the archive.
    """

    name: str
    source: str
    is_current: bool = False


_NEWS_SITES_STUDY: Final = "Nieman Lab, 20 May 2026: the robots that 382 news sites refuse"

ARCHIVE_ROBOTS: Final = (
    ArchiveRobot("archive.org_bot", "https://archive.org/details/archive.org_bot", is_current=True),
    # Alexa's robot. The Wayback Machine received the pages that it crawled until 2020.
    ArchiveRobot("ia_archiver", "archive.org/about/exclude.php, as of 2014"),
    ArchiveRobot("ia_archiver-web.archive.org", _NEWS_SITES_STUDY),
    ArchiveRobot("special_archiver", _NEWS_SITES_STUDY),
)
