"""Test which URLs ask an archive to copy a page."""

from __future__ import annotations

import pytest

from crawler.archives.capture_urls import requests_capture

X = "https://a.example/b?c=d"
CAPTURES = (
    f"https://web.archive.org/save/{X}",
    f"http://web.archive.org/save/_embed/{X}",
    f"https://web.archive.org//save/{X}",
    f"HTTPS://WEB.ARCHIVE.ORG/Save/{X}",
    f"https://web.archive.org:443/save/{X}",
    f"https://web.archive.org/save?url={X}",
    f"https://archive.ph/submit/?url={X}",
    f"https://archive.today/submit?anyway=1&url={X}",
    f"https://archive.is/?run=1&url={X}",
    f"https://archive.is/?url={X}&run=1",
    f"https://archive.md/78efA/again?url={X}",
    f"http://www.webcitation.org/archive?url={X}&email=a@a.example",
    f"https://megalodon.jp/pc/get_simple/decide?url={X}",
    f"https://arquivo.pt/services/savepagenow?url={X}",
)
OTHERS = (
    f"https://web.archive.org/web/20210805110426/{X}",
    "https://web.archive.org/web/2021/https://a.example/save/b",
    "https://web.archive.org/save/",
    "https://web.archive.org/save",
    "https://web.archive.org/save/status/spn2-1",
    "https://web.archive.org/saved/b",
    f"https://web.archive.org/web/*/{X}",
    "https://archive.ph/78efA",
    f"https://archive.ph/{X}",
    f"https://archive.ph/newest/{X}",
    "https://archive.ph/submit/",
    "https://archive.ph/search/?q=run=1",
    f"http://www.webcitation.org/query?url={X}&date=2009-11-01",
    f"https://a.example/save/{X}",
    f"https://web.archive.org.a.example/save/{X}",
    "http://[nonsense/save/b",
    "",
)


@pytest.mark.parametrize("url", CAPTURES)
def test_an_address_that_asks_an_archive_to_copy_a_page(url: str) -> None:
    assert requests_capture(url)


@pytest.mark.parametrize("url", OTHERS)
def test_other_addresses(url: str) -> None:
    assert not requests_capture(url)
