"""Test reading sitemaps: complete, gzipped, truncated, endless, or other files."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.http.sitemaps import read_sitemap

URL = "https://a.example/maps/sitemap.xml"


def urlset(*entries: str) -> bytes:
    return f'<?xml version="1.0"?><urlset>{"".join(f"<url>{entry}</url>" for entry in entries)}</urlset>'.encode()


def test_pages_are_listed_with_their_titles() -> None:
    sitemap = read_sitemap(
        urlset(
            "<loc> https://a.example/1?x=1&amp;y=2 </loc><lastmod>2026-01-01</lastmod>",
            "<loc><![CDATA[/2]]></loc><news:news><news:title>Lights &amp; boats</news:title></news:news>",
            "<image:image><image:loc>https://a.example/i.png</image:loc></image:image><loc>/3</loc>",
            "<priority>1</priority>",
            "<loc>javascript:alert(1)</loc>",
        ),
        {},
        URL,
    )
    assert [(page.url, page.title) for page in sitemap.pages] == [
        ("https://a.example/1?x=1&y=2", ""),
        ("https://a.example/2", "Lights & boats"),
        ("https://a.example/3", ""),
    ]


def test_index_names_further_sitemaps() -> None:
    body = b"<sitemapindex><sitemap><loc>/a.xml.gz</loc></sitemap><sitemap><loc>https://b.example/b.xml</loc></sitemap></sitemapindex>"
    sitemap = read_sitemap(body, {}, URL)
    assert (sitemap.pages, sitemap.children) == (
        (),
        ("https://a.example/a.xml.gz", "https://b.example/b.xml"),
    )


@pytest.mark.parametrize(
    "body",
    [
        b'<s:urlset xmlns:s="x"><s:url><s:loc>/a</s:loc></s:url></s:urlset>',
        b"<urlset><!-- <url><loc>/z</loc></url> --><url><loc>/a</loc></url><!-- cut <url><loc>/y</loc>",
        b"<urlset><url><loc>/a</loc></url><url><loc>https://a.example/cu",
    ],
    ids=["prefixes", "comments", "cut within an address"],
)
def test_only_whole_addresses_outside_of_comments_are_listed(body: bytes) -> None:
    pages = read_sitemap(body, {"content-type": "application/xml"}, URL).pages
    assert [page.url for page in pages] == ["https://a.example/a"]


FEEDS = {
    "RSS": b'<?xml version="1.0"?><rss><channel><link>/</link><item><title>Lamps</title><link>/lamps?a=1&amp;b=2</link>'
    b"<guid>4711</guid></item><item><title>No link</title></item></channel></rss>",
    "RSS 1.0": b'<rdf:RDF><item rdf:about="/x"><title>Lamps</title><link><![CDATA[/lamps?a=1&b=2]]></link></item></rdf:RDF>',
    "Atom": b'<feed><link href="/"/><entry><title>Lamps</title><link rel="edit" href="/edit"/>'
    b"<link href='/lamps?a=1&amp;b=2' rel=\"alternate\"/></entry><entry><link rel='self' href='/x'/></entry></feed>",
}


@pytest.mark.parametrize("body", FEEDS.values(), ids=FEEDS)
def test_feeds_are_sitemaps_too(body: bytes) -> None:
    (page,) = read_sitemap(body, {"content-type": "application/xml"}, URL).pages
    assert (page.url, page.title) == ("https://a.example/lamps?a=1&b=2", "Lamps")


def test_gzip_is_decompressed_within_bounds_and_up_to_an_error() -> None:
    whole = gzip.compress(urlset(*(f"<loc>/{number}</loc>" for number in range(40_000))))
    assert len(read_sitemap(whole, {}, URL).pages) == 40_000
    assert 1_000 < len(read_sitemap(whole[: len(whole) // 2], {}, URL).pages) < 40_000
    bomb = gzip.compress(b"<url><loc>/x</loc></url>" + b" " * 40_000_000, compresslevel=9)
    assert len(read_sitemap(bomb, {}, URL).pages) == 1


def test_a_plain_text_sitemap_lists_its_lines() -> None:
    sitemap = read_sitemap(
        b"https://a.example/1\r\n\r\nnot an address at all\nhttps://a.example/2\n",
        {"content-type": "text/plain"},
        URL,
    )
    assert [page.url for page in sitemap.pages] == [
        "https://a.example/1",
        "https://a.example/maps/not%20an%20address%20at%20all",
        "https://a.example/2",
    ]


def test_pages_are_limited_to_the_maximum_of_the_protocol() -> None:
    assert (
        len(read_sitemap(urlset(*("<loc>/x</loc>" for _ in range(60_000))), {}, URL).pages)
        == 50_000
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><title>404</title>Not here",
        b"<url><loc>",
        b"\x1f\x8b broken",
        b"<url>" * 50_000,
    ],
)
def test_an_invalid_sitemap_lists_nothing(body: bytes) -> None:
    assert read_sitemap(body, {"content-type": "text/html"}, URL).children == ()


@given(st.binary(max_size=200) | st.text("<>/urlsitemaploc &;", max_size=200).map(str.encode))
@settings(deadline=None)
def test_any_bytes_are_read_as_a_sitemap(body: bytes) -> None:
    read_sitemap(body, {}, URL)
