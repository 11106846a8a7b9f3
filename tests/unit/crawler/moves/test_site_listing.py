"""Test how the pages that a site lists are collected, with a reader of tables."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from crawler.http.fetch import FetchResponse
from crawler.http.sitemaps import SitePage, read_sitemap
from crawler.liveness import make_judgement
from crawler.moves.candidates import SiteIndex
from crawler.moves.site_listing import SiteListing
from crawler.page_text.main_text import PageLink, PageText
from crawler.probing.target import PageRead, ProbeTarget
from crawler.reading import PageCache, ParsedPage, PoliteReader
from store.vocabulary import Probe, Reason

A = "http://a.example"
SITEMAP = b"<urlset><url><loc>http://a.example/one</loc></url></urlset>"


class Reader:
    """Serves the same sitemap for each URL."""

    postponed_reason = ""

    async def robots(self, url: str) -> None:
        return None

    def is_unreachable(self, url: str) -> bool:
        return False

    async def read(self, target: ProbeTarget) -> PageRead:
        at = datetime(2026, 5, 4, tzinfo=UTC)
        probe = Probe(url=target.url, role=target.role, started_at=at, finished_at=at)
        return PageRead(probe=probe, response=FetchResponse(status=200, body=SITEMAP))


class Pages:
    """Serves a page with one link for each URL."""

    async def page(self, url: str) -> ParsedPage:
        text = PageText(links=(PageLink(f"{A}/two", "Two"),))
        return ParsedPage(url=url, judgement=make_judgement(Reason.OK), text=text)


def test_lists_are_read_and_indexed_in_other_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list may have 50,000 pages, and other hosts are requested meanwhile."""
    threads: set[threading.Thread] = set()
    add = SiteIndex.add

    def read(*arguments: Any) -> object:
        threads.add(threading.current_thread())
        return read_sitemap(*arguments)

    def add_pages(index: SiteIndex, pages: Iterable[SitePage]) -> None:
        threads.add(threading.current_thread())
        add(index, pages)

    listing = SiteListing(cast("PoliteReader", Reader()), cast("PageCache", Pages()))
    monkeypatch.setattr("crawler.moves.site_listing.read_sitemap", read)
    monkeypatch.setattr(SiteIndex, "add", add_pages)
    asyncio.run(listing.collect([f"{A}/news/gone"]))
    assert listing.index.urls_near(f"{A}/x") == [f"{A}/two", f"{A}/one"]
    assert threads
    assert threading.main_thread() not in threads
