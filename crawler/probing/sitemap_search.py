"""Look for blocked links in the sitemaps and feeds of their own site.

A server that refuses programs often serves its sitemaps, which are for programs. A page that they
list is still offered by the site. The link stays blocked, as nobody saw the page.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from crawler.archives.link_identity import slot_of
from crawler.http.sitemaps import SITEMAP_LIMIT, Sitemap, SitePage, read_sitemap
from crawler.http.urls import absolute_url, link_key, same_address, split_url
from crawler.page_text.similarity import split_words
from crawler.politeness.rate_limit import Postponed
from crawler.probing.session import HostSession
from crawler.probing.target import ProbeTarget
from store.vocabulary import Role

_MAX_FILES: Final = 5  # sitemaps of a host that are requested
_USUAL_SITEMAP: Final = "/sitemap.xml"
_USUAL_FEED: Final = "/feed"


async def find_in_sitemaps(
    session: HostSession,
    links: Mapping[int, str],
    *,
    may_request: Callable[[], bool],
) -> Mapping[int, str | None] | None:
    """Return which links the sitemaps or feeds of their site list.

    The sitemaps that robots.txt names are read, else /sitemap.xml, else /feed. Of a sitemap index,
    sitemaps whose names resemble the links are read first. Requests are not repeated.

    Args:
        session: The session of the site's host.
        links: The URLs of the links by their ids.
        may_request: Takes one request from the budget of the host, and returns whether there was
            one.

    Returns:
        By link id, the URL of the sitemap or feed that lists the link, or None if none does. None
        if a request was not allowed now: a later run is to try again.

    Raises:
        LeaseLost: Another process took the host's lease over.
    """
    reader = _SitemapReader(session, links, may_request)
    try:
        await reader.read_all()
    except Postponed:
        return None
    return None if reader.is_out_of_budget else reader.found


class _SitemapReader:
    """Reads the sitemaps and feeds of one site until all links are found.

    Attributes:
        found: By link id, the URL of the sitemap or feed that lists the link, or None.
        is_out_of_budget: Whether a request was not sent because the budget was spent.
    """

    def __init__(
        self, session: HostSession, links: Mapping[int, str], may_request: Callable[[], bool]
    ) -> None:
        self._session = session
        self._links = links
        self._may_request = may_request
        self._requested: set[str] = set()
        self.found: dict[int, str | None] = dict.fromkeys(links)
        self.is_out_of_budget = False

    async def read_all(self) -> None:
        """Read the sitemaps that robots.txt names, or those at the usual addresses."""
        origin = _origin(next(iter(self._links.values())))
        robots = await self._session.robots(origin)
        declared = [absolute_url(each, origin) for each in robots.sitemaps]
        await self._read_sitemaps(list(filter(None, declared)) or [f"{origin}{_USUAL_SITEMAP}"])
        if not declared and not self._is_any_found:
            await self._read_sitemaps([f"{origin}{_USUAL_FEED}"])

    @property
    def _is_any_found(self) -> bool:
        return any(self.found.values())

    async def _read_sitemaps(self, pending: Sequence[str]) -> None:
        """Read sitemaps or feeds, and the sitemaps that an index names."""
        pages = self._links.values()
        pending = similar_first(pending, pages)
        while pending and not all(self.found.values()):
            url, *pending = pending
            sitemap = await self._read(url)
            if sitemap is None:
                continue
            listed = await asyncio.to_thread(_listed_links, self._links, sitemap.pages)
            self.found |= dict.fromkeys(listed, url)
            pending = [*similar_first(sitemap.children, pages), *pending]

    async def _read(self, url: str) -> Sitemap | None:
        """Return a sitemap or feed; None if it was not requested or not served."""
        key = link_key(url)
        if key in self._requested or len(self._requested) >= _MAX_FILES:
            return None
        if slot_of(url) != self._session.slot or await self._session.refusal(url):
            return None
        if not self._may_request():
            self.is_out_of_budget = True
            return None
        self._requested.add(key)
        page = await self._session.read_page(sitemap_target(url), max_tries=1)
        if page.response.status != 200:
            return None
        body, headers = page.response.body, page.response.headers
        return await asyncio.to_thread(read_sitemap, body, headers, page.url)


def sitemap_target(url: str) -> ProbeTarget:
    """Return the request of a sitemap, which is read within its limit."""
    return ProbeTarget(url=url, role=Role.LINK, max_bytes=SITEMAP_LIMIT, named_by_server=True)


def similar_first(sitemaps: Iterable[str], pages: Iterable[str]) -> list[str]:
    """Return the URLs of sitemaps, those first whose paths share most words with those of pages.

    >>> similar_first(["/sitemap-shop.xml", "/sitemap-news.xml"], ["https://a.example/news/1"])
    ['/sitemap-news.xml', '/sitemap-shop.xml']
    """
    words = {word for url in pages for word in _words_of_path(url)}
    return sorted(sitemaps, key=lambda url: -len(words & _words_of_path(url)))


def _listed_links(links: Mapping[int, str], pages: Iterable[SitePage]) -> Sequence[int]:
    """Return the ids of the links that are among the pages of a sitemap."""
    by_path: defaultdict[str, list[int]] = defaultdict(list)
    for link_id, url in links.items():
        by_path[_path_of(url)].append(link_id)
    return [
        link_id
        for page in pages
        for link_id in by_path.get(_path_of(page.url), ())
        if same_address(page.url, links[link_id])
    ]


def _path_of(url: str) -> str:
    """Return a URL's path without escapes, in lower case; few pages of a site share it."""
    return unquote(split_url(url).path).rstrip("/").lower()


def _words_of_path(url: str) -> set[str]:
    return set(split_words(split_url(url).path))


def _origin(url: str) -> str:
    parts = split_url(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
