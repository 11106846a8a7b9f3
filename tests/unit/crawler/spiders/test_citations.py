"""Test that sitemaps and links of a site are followed up to a limit, each URL once."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import XmlResponse

from crawler.jobs.stop_signal import StopSignal
from crawler.spiders import citations
from crawler.spiders.citations import CitationsSpider

SITE = "http://wiki.test/docs/"


@pytest.fixture
def spider(monkeypatch: pytest.MonkeyPatch) -> CitationsSpider:
    monkeypatch.setattr(citations, "_MAX_PAGES", 5)
    monkeypatch.setattr(citations, "_MAX_SITEMAPS", 3)
    job: Any = SimpleNamespace(stop=StopSignal())
    return CitationsSpider(job=job, site=SITE)


def requested_urls(spider: CitationsSpider, kind: str, numbers: range) -> list[str]:
    """Return the URLs that the spider requests after a sitemap with numbered entries."""
    entries = "".join(f"<{kind}><loc>{SITE}{number}</loc></{kind}>" for number in numbers)
    response = XmlResponse(
        f"{SITE}map.xml", body=entries.encode(), headers={"Content-Type": "application/xml"}
    )

    async def requests() -> list[str]:
        return [request.url async for request in spider.parse_sitemap(response)]

    return asyncio.run(requests())


@pytest.mark.parametrize(
    ("kind", "limit", "noun"), [("sitemap", 3, "sitemaps"), ("url", 5, "pages")]
)
def test_no_more_urls_than_the_limit_are_requested(
    spider: CitationsSpider, caplog: pytest.LogCaptureFixture, kind: str, limit: int, noun: str
) -> None:
    with caplog.at_level(logging.WARNING):
        assert requested_urls(spider, kind, range(2)) == [f"{SITE}0", f"{SITE}1"]
        assert requested_urls(spider, kind, range(2)) == []  # each once
        assert not caplog.messages
        assert requested_urls(spider, kind, range(100)) == [
            f"{SITE}{number}" for number in range(2, limit)
        ]
        assert requested_urls(spider, kind, range(100, 200)) == []
    assert caplog.messages == [f"{SITE} lists more than {limit} {noun}: the rest is not read"]
