"""What pages a site has, by its own word: sitemaps, and the lists it shows its visitors."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from crawler.archives.link_identity import slot_of
from crawler.http.urls import absolute_url, host_of, link_key, split_url
from crawler.moves.candidates import SiteIndex
from crawler.moves.sitemaps import SITEMAP_LIMIT, SitePage, read_sitemap
from crawler.page_text.similarity import split_words
from crawler.probing.prober import Target
from crawler.reading.page_cache import PageCache, ReadPage
from crawler.reading.polite_reader import PoliteReader
from store.vocabulary import Role

_MOST_SITEMAPS: Final = 8
_MOST_FOLDERS: Final = 6
_MOST_LISTS: Final = 4
_LIST = re.compile(
    r"(?:^|[/\W_])(?:archives?|all|sitemap|site-map|index|posts|articles|blog|news|list|tags?|categories|contents|library|map)(?:[/\W_]|$)"
    r"|归档|歸檔|存档|全部|列表|目录|目錄|文章|网站地图|網站地圖|新闻|新聞|一覧|記事|アーカイブ|サイトマップ|목록|전체|사이트맵|글",
    re.IGNORECASE,
)


class SiteListing:
    """Asks one site, or the one it moved to as a whole, what pages it has."""

    def __init__(self, reader: PoliteReader, pages: PageCache) -> None:
        self._reader = reader
        self._pages = pages
        self.index = SiteIndex()

    async def collect(self, urls: Sequence[str]) -> None:
        """Fill the index with what the site of these URLs names. Raises LeaseLost."""
        origin = "{0.scheme}://{0.netloc}/".format(split_url(urls[0]))
        home = await self._listed(origin)
        if home is None or self._reader.is_dead(origin):
            return
        moved = "{0.scheme}://{0.netloc}/".format(split_url(home.url))
        await self._read_sitemaps(moved, urls)
        for folder in _folders(urls, moved):
            await self._listed(folder)
        anchors = [
            (url, anchor.text)
            for anchor in home.text.anchors
            if (url := absolute_url(anchor.url, moved))
        ]
        for url in [url for url, text in anchors if _LIST.search(f"{split_url(url).path} {text}")][
            :_MOST_LISTS
        ]:
            if slot_of(url) == slot_of(moved):
                await self._listed(url)

    async def _listed(self, url: str) -> ReadPage | None:
        """Take in what a page links to on its own site, if it is there."""
        page = await self._pages.page(url)
        if page is None or not page.is_served:
            return None
        own = _bare_host(page.url)
        self.index.add(
            SitePage(anchor.url, anchor.text, page.url)
            for anchor in page.text.anchors
            if anchor.text and _bare_host(anchor.url) == own
        )
        return page

    async def _read_sitemaps(self, origin: str, urls: Iterable[str]) -> None:
        robots = await self._reader.robots(origin)
        named = (
            [url for sitemap in robots.sitemaps if (url := absolute_url(sitemap, origin))]
            if robots
            else []
        )
        waiting, met = named or [f"{origin}sitemap.xml"], set[str]()
        wanted = {word for url in urls for word in split_words(split_url(url).path)}
        while waiting and len(met) < _MOST_SITEMAPS:
            url = waiting.pop(0)
            if link_key(url) in met:
                continue
            met.add(link_key(url))
            reading = await self._reader.read(
                Target(url=url, role=Role.LINK, max_bytes=SITEMAP_LIMIT, named_by_server=True)
            )
            if reading is None or reading.response.status != 200:
                continue
            sitemap = read_sitemap(reading.response.body, reading.response.headers, reading.url)
            own = [page for page in sitemap.pages if _bare_host(page.url) == _bare_host(origin)]
            await asyncio.to_thread(self.index.add, own)  # fifty thousand take seconds
            # of very many sitemaps those come first that are called like the pages looked for
            children = sorted(
                sitemap.children,
                key=lambda child: -len(wanted & set(split_words(split_url(child).path))),
            )
            waiting = [*children, *waiting]


def _folders(urls: Iterable[str], origin: str) -> Iterator[str]:
    """The folders the pages were in, the deepest first: where a page was, a list of its neighbours may be."""
    found: dict[str, int] = {}
    for url in urls:
        folders = split_url(url).path.strip("/").split("/")[:-1]
        for depth in range(len(folders), 0, -1):
            found.setdefault(absolute_url("/" + "/".join(folders[:depth]) + "/", origin), depth)
    yield from sorted(found, key=lambda folder: -found[folder])[:_MOST_FOLDERS]


def _bare_host(url: str) -> str:
    return host_of(url).removeprefix("www.")
