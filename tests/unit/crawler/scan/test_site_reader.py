"""Test reading the pages and sitemaps of a published site in a process with a time limit."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from crawler.pages.source.regex_fallback import READ_PLAINLY
from crawler.scan.limited_worker import ReadingStopped
from crawler.scan.site_reader import SiteReader

URL = "http://wiki.test/docs/"
HTML = "text/html; charset=utf-8"
LINKS = b'<p><a href="http://a.example/">A</a> <a href="next.html">next</a></p>'
# No machine reads these within a tenth of a second.
SLOW_PAGE = b"<p><a href=http://a.example/>a</a></p>" * 130_000
SLOW_SITEMAP = gzip.compress(b"<url><loc>/a</loc></url>" * 600_000)

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@pytest.mark.parametrize("padding", [b"", b" " * 100_000], ids=["small", "large"])
def test_a_page_and_its_links_are_read(padding: bytes) -> None:
    reader = SiteReader("")
    fetched = run(reader.read_page(LINKS + padding, URL, HTML))
    reader.close()
    assert fetched.page is not None
    assert [each.url for each in fetched.page.citations] == ["http://a.example/"]
    assert fetched.links == ("http://a.example/", f"{URL}next.html")
    assert not fetched.problem


def test_the_urls_of_a_page_that_takes_too_long_are_found_and_the_next_page_is_read() -> None:
    reader = SiteReader("", time_limit=0.1)
    slow = run(reader.read_page(SLOW_PAGE, URL, HTML))
    reader.close()
    assert slow.page is not None
    assert {each.url for each in slow.page.citations} == {"http://a.example/"}
    assert [warning.code for warning in slow.page.warnings] == [READ_PLAINLY]
    assert slow.problem == (
        "its links to other pages are not followed: the parser took longer than 0.1 s"
    )


def test_a_sitemap_that_takes_too_long_raises() -> None:
    reader = SiteReader("", time_limit=0.1)
    with pytest.raises(ReadingStopped, match=r"^the parser took longer than 0\.1 s"):
        run(reader.read_sitemap(SLOW_SITEMAP, f"{URL}sitemap.xml", "application/xml"))
    reader.close()


def test_nothing_is_started_after_the_end() -> None:
    reader = SiteReader("")
    run(reader.read_page(LINKS + b" " * 100_000, URL, HTML))
    reader.close()
    with pytest.raises(RuntimeError):
        run(reader.read_page(LINKS + b" " * 100_000, URL, HTML))


def test_binary_pages_have_a_problem_and_no_record() -> None:
    reader = SiteReader("")
    fetched = run(reader.read_page(b"\0" * 99, URL, HTML))
    reader.close()
    assert fetched.page is None
    assert fetched.problem
