"""Test the requisites of pages and style sheets in all charsets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.local_capture.captured_page import CapturedPage, requisites_of
from tests.unit.crawler.local_archive.exchanges import exchange

URL = "https://a.example/b"


@pytest.mark.parametrize("charset", ["base64", "idna", "undefined", "x" * 5_000, "gbk", "utf-8"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/css", b"a{background:url(c.png?\xe9)}"),
        ("text/html", b"<meta charset=rot13><img src='c.png?\xe9'>"),
    ],
)
def test_requisites_of_pages_in_any_charset(kind: str, body: bytes, charset: str) -> None:
    response = replace(exchange(URL, body), headers={"content-type": f"{kind}; charset={charset}"})
    assert [
        url.partition("?")[0] for url in requisites_of(CapturedPage(url=URL, exchanges=[response]))
    ] == ["https://a.example/c.png"]
