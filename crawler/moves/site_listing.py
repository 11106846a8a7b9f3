"""Collect the pages that a site lists: in its sitemaps, on its home page and in its folders."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from crawler.archives.link_identity import slot_of
from crawler.http.sitemaps import Sitemap, SitePage, read_sitemap
from crawler.http.urls import absolute_url, host_of, link_key, split_url
from crawler.moves.candidates import SiteIndex
from crawler.probing.sitemap_search import similar_first, sitemap_target
from crawler.reading import PageCache, ParsedPage, PoliteReader

# The numbers of files and pages that are requested on one site.
_MAX_SITEMAPS: Final = 8
_MAX_FOLDERS: Final = 6
_MAX_LISTS: Final = 4
# Words in the URL or text of links to lists of pages.
_LIST_WORDS = re.compile(
    r"(?:^|[/\W_])(?:archives?|all|sitemap|site-map|index|posts|articles|blog|news|list|tags?"
    r"|categories|contents|library|map)(?:[/\W_]|$)"
    r"|归档|歸檔|存档|全部|列表|目录|目錄|文章|网站地图|網站地圖|新闻|新聞|一覧|記事|アーカイブ|サイトマップ"
    r"|목록|전체|사이트맵|글",
    re.IGNORECASE,
)


class SiteListing:
    """Collects the pages of one site, or of the site it moved to as a whole.

    Attributes:
        index: The pages found so far.
        incomplete_reason: Why a page or sitemap was not read in this run, or "".
    """

    def __init__(self, reader: PoliteReader, pages: PageCache) -> None:
        self._reader = reader
        self._pages = pages
        self.index = SiteIndex()
        self.incomplete_reason = ""

    async def collect(self, urls: Sequence[str]) -> None:
        """Fill the index with the pages that the site of these URLs lists.

        Raises:
            LeaseLost: Another process took the host's lease over.
        """
        origin = _origin(urls[0])
        home = await self._add_links_of(origin)
        if home is None or self._reader.is_unreachable(origin):
            return
        new_origin = _origin(home.url)
        await self._read_sitemaps(new_origin, urls)
        for folder in _folders(urls, new_origin):
            await self._add_links_of(folder)
        for url in _list_urls(home, new_origin):
            if slot_of(url) == slot_of(new_origin):
                await self._add_links_of(url)

    async def _add_links_of(self, url: str) -> ParsedPage | None:
        """Add the links of a page to its own site, and return the page if it is served."""
        page = await self._pages.page(url)
        if page is None:
            self._note_postponed()
        if page is None or not page.is_served:
            return None
        own_host = _bare_host(page.url)
        own_pages = [
            SitePage(link.url, link.text, page.url)
            for link in page.text.links
            if link.text and _bare_host(link.url) == own_host
        ]
        await asyncio.to_thread(self.index.add, own_pages)
        return page

    async def _read_sitemaps(self, origin: str, urls: Sequence[str]) -> None:
        """Read the sitemaps of a site, first those with names similar to the lost pages' URLs."""
        robots = await self._reader.robots(origin)
        sitemaps = robots.sitemaps if robots else ()
        declared = [absolute_url(sitemap, origin) for sitemap in sitemaps]
        pending = [url for url in declared if url] or [f"{origin}sitemap.xml"]
        read_keys = set[str]()
        while pending and len(read_keys) < _MAX_SITEMAPS:
            url = pending.pop(0)
            if link_key(url) in read_keys:
                continue
            read_keys.add(link_key(url))
            sitemap = await self._fetch_sitemap(url)
            await asyncio.to_thread(self._add_own_pages, sitemap, origin)
            pending = [*similar_first(sitemap.children, urls), *pending]

    def _add_own_pages(self, sitemap: Sitemap, origin: str) -> None:
        """Add a sitemap's pages of the site itself; 50,000 of them take seconds."""
        host = _bare_host(origin)
        self.index.add(page for page in sitemap.pages if _bare_host(page.url) == host)

    def _note_postponed(self) -> None:
        self.incomplete_reason = self.incomplete_reason or self._reader.postponed_reason

    async def _fetch_sitemap(self, url: str) -> Sitemap:
        """Return a sitemap; an empty one if it was not served."""
        read = await self._reader.read(sitemap_target(url))
        if read is None:
            self._note_postponed()
        if read is None or read.response.status != 200:
            return Sitemap()
        response = read.response
        # In a thread, as 50,000 pages take a second.
        return await asyncio.to_thread(read_sitemap, response.body, response.headers, read.url)


def _list_urls(home: ParsedPage, origin: str) -> Sequence[str]:
    """Return the first links of a home page to lists of pages."""
    found = []
    for link in home.text.links:
        url = absolute_url(link.url, origin)
        if url and _LIST_WORDS.search(f"{split_url(url).path} {link.text}"):
            found.append(url)
    return found[:_MAX_LISTS]


def _folders(urls: Iterable[str], origin: str) -> Iterator[str]:
    """Yield the folders of the lost pages, the deepest first: their index pages may list pages."""
    depths: dict[str, int] = {}
    for url in urls:
        folders = split_url(url).path.strip("/").split("/")[:-1]
        for depth in range(len(folders), 0, -1):
            folder = absolute_url("/" + "/".join(folders[:depth]) + "/", origin)
            depths.setdefault(folder, depth)
    yield from sorted(depths, key=lambda folder: -depths[folder])[:_MAX_FOLDERS]


def _origin(url: str) -> str:
    parts = split_url(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _bare_host(url: str) -> str:
    return host_of(url).removeprefix("www.")
