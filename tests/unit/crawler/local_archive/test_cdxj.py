"""Test SURT keys and lookups in CDXJ indexes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from crawler.local_archive.cdxj import (
    find_entries,
    format_line,
    parse_line,
    read_index,
    write_index,
)
from crawler.local_archive.model import IndexEntry
from crawler.local_archive.surt import surt_key


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://example.org/", "org,example)/"),
        ("https://www.Example.ORG:443/A/B/?x=1#f", "org,example)/a/b?x=1"),
        ("http://www2.example.org:8080/", "org,example:8080)/"),
        ("http://u:p@example.org/a//b/../c/.", "org,example)/a/c"),
        ("http://example.org/?b&a=1&a=0&B=2&", "org,example)/?&a=0&a=1&b&b=2"),
        ("http://example.org/?", "org,example)/"),
        ("http://192.0.2.1/a", "1,2,0,192)/a"),
        ("http://example.org/%7Ea%2520b/%E5%9B%BE", "org,example)/~a%20b/%e5%9b%be"),
        ("http://example.org/?sid=0123456789abcdef0123456789ABCDEF&a=1", "org,example)/?a=1"),
        (
            "http://example.org/x?a=1&PHPSESSID=0123456789abcdef0123456789abcdef",
            "org,example)/x?&a=1",
        ),
        ("http://example.org/(a(0123456789abcdefghijklmn))/p.aspx", "org,example)/p.aspx"),
        ("http://web.example.org/", "org,example,web)/"),
        ("urn:x:y", "urn:x:y"),
    ],
)
def test_surt_key_of_a_url(url: str, key: str) -> None:
    assert surt_key(url) == key


@pytest.mark.parametrize(
    "rest",
    [
        "?q=" + "a" * 300_000,
        "?q=" + "cfid=" * 60_000,
        "?q=" + "sid=" * 75_000,
        "?" + "cfid=1&cftoken=&" * 20_000,
        "%" + "25" * 150_000,
        "(0123456789abcdefghijklmn)/" * 11_000,
    ],
)
def test_the_key_of_a_hostile_url_is_computed_in_linear_time(rest: str) -> None:
    """In quadratic time most of these take minutes or hours."""
    assert surt_key(f"http://example.org/{rest}").startswith("org,example)/")


def test_a_session_of_coldfusion_is_left_out_of_a_key() -> None:
    assert surt_key("http://example.org/?b=1&cfid=7&cftoken=8&a=2") == "org,example)/?a=2&b=1"
    assert surt_key("http://example.org/?xcfid=7&cftoken=8&a=2") == "org,example)/?xa=2"
    assert surt_key("http://example.org/?cfid=&cftoken=8") == "org,example)/?cfid=&cftoken=8"


def entry_of_record(
    number: int, *, url: str = "http://a.example/x", timestamp: str = ""
) -> IndexEntry:
    timestamp = timestamp or f"20260504{number:06}"
    return IndexEntry(
        key=surt_key(url),
        timestamp=timestamp,
        url=url,
        mime="text/html",
        status=200,
        digest="sha1:A",
        length=9,
        offset=number,
        filename="a.warc.gz",
    )


def test_cdxj_lines_are_parsed_back() -> None:
    written = entry_of_record(1, url="http://a.example/图?a b")
    assert parse_line(format_line(written)) == written
    assert format_line(written).isascii()


def test_an_entry_is_found_among_many(tmp_path: Path) -> None:
    urls = [
        f"http://{host}.example/{path}"
        for host in ("a", "aa", "b")
        for path in ("", "1", "10", "1/0", "?q", "~")
    ]
    entries = [entry_of_record(number, url=url) for url in urls for number in range(20)]
    random.Random(7).shuffle(entries)
    write_index(tmp_path / "a.cdxj", entries)
    for wanted in entries:
        found = list(find_entries(tmp_path / "a.cdxj", wanted.url, wanted.timestamp))
        assert found == sorted(
            each
            for each in entries
            if each.url == wanted.url and each.timestamp >= wanted.timestamp
        )
    for url, timestamp in (
        ("http://c.example/", "2026"),
        ("http://0.example/", "2026"),
        (urls[0], "2027"),
    ):
        assert list(find_entries(tmp_path / "a.cdxj", url, timestamp)) == []


def test_urls_with_the_same_key_are_distinguished(tmp_path: Path) -> None:
    urls = ["http://a.example/Ab", "http://a.example/aB", "http://www.a.example/ab"]
    write_index(tmp_path / "a.cdxj", [entry_of_record(1, url=url) for url in urls])
    for url in urls:
        assert [found.url for found in find_entries(tmp_path / "a.cdxj", url, "2026")] == [url]


def test_a_failed_write_leaves_the_index_unchanged(tmp_path: Path) -> None:
    write_index(tmp_path / "a.cdxj", [entry_of_record(1)])
    (tmp_path / "a.cdxj.part").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_index(tmp_path / "a.cdxj", [entry_of_record(2)])
    assert read_index(tmp_path / "a.cdxj") == [entry_of_record(1)]
    assert read_index(tmp_path / "b.cdxj") is None
    (tmp_path / "empty.cdxj").touch()
    assert list(find_entries(tmp_path / "empty.cdxj", "http://a.example/", "2026")) == []
