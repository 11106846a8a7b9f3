"""Choose control pages: other pages of a candidate's site.

Text that a control page shares with the candidate belongs to the site, and is not evidence that a
page moved. A control is as near to the candidate as possible: in its folder rather than the home
page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from crawler.http.urls import host_of, link_key, same_address, split_url
from crawler.liveness.rules.redirects import is_home_page
from crawler.moves.candidates import SiteIndex
from crawler.moves.lost_page import LostPage
from crawler.moves.title_matching import title_similarity
from crawler.reading import PageCache, ParsedPage

_MAX_CONTROLS: Final = 2
_MAX_REQUESTED: Final = 3  # pages requested as controls for one candidate
SAME_TITLE: Final = 0.9  # titles from this similarity on are the same


class ControlPages:
    """Chooses control pages among those that were read, and reads more if there are too few."""

    def __init__(self, pages: PageCache, index: SiteIndex) -> None:
        self._pages = pages
        self._index = index

    async def choose(self, lost: LostPage, page: ParsedPage) -> Sequence[ParsedPage]:
        """Return the nearest control pages.

        Args:
            lost: The lost page.
            page: The candidate that is compared with it.

        Returns:
            At most two pages.

        Raises:
            LeaseLost: Another process took the host's lease over.
        """
        others = [other for other in self._pages.served if _may_be_control(lost, page, other)]
        depth = _depth(page.url)
        near = [other for other in others if _shared_folders(other.url, page.url) >= depth]
        linked: Sequence[str] = ()
        if len(near) < _MAX_CONTROLS:
            # In a thread, as a site may list 400,000 pages.
            linked = await asyncio.to_thread(self._linked_urls, page)
        for url in linked[:_MAX_REQUESTED]:
            if len(near) >= _MAX_CONTROLS:
                break
            other = await self._pages.page(url)
            if other is None or not other.is_served or other in near:
                continue
            if _may_be_control(lost, page, other):
                near.append(other)
        found = near or others
        found.sort(key=lambda other: -_shared_folders(other.url, page.url))
        return found[:_MAX_CONTROLS]

    def _linked_urls(self, page: ParsedPage) -> Sequence[str]:
        """Return the URLs of other pages of a page's site, the nearest first."""
        linked = [link.url for link in page.text.links]
        linked += self._index.urls_near(page.url)
        host = host_of(page.url)
        same_site = {
            link_key(url): url for url in linked if host_of(url) == host and not is_home_page(url)
        }
        same_site.pop(link_key(page.url), None)

        def distance(url: str) -> tuple[int, int]:
            return -_shared_folders(url, page.url), abs(_depth(url) - _depth(page.url))

        return sorted(same_site.values(), key=distance)


def _may_be_control(lost: LostPage, page: ParsedPage, other: ParsedPage) -> bool:
    """Return whether a page of the site is neither the candidate nor the lost page."""
    if same_address(other.url, page.url) or host_of(other.url) != host_of(page.url):
        return False
    if not other.text_shingles:
        return False
    # The version of a page for printers must not be its own control.
    canonical = page.text.canonical
    is_canonical = bool(canonical) and same_address(canonical, other.url)
    return title_similarity(lost.title, other.text.title) < SAME_TITLE and not is_canonical


def _shared_folders(url: str, other: str) -> int:
    """Return how many folders two URLs share, counted from the root."""
    count = 0
    for folder, other_folder in zip(_folders(url), _folders(other), strict=False):
        if folder != other_folder:
            break
        count += 1
    return count


def _folders(url: str) -> Sequence[str]:
    return split_url(url).path.strip("/").split("/")[:-1]


def _depth(url: str) -> int:
    return len(_folders(url))
