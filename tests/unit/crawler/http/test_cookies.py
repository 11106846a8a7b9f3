"""Test that cookies are stored and sent as browsers do (RFC 6265, section 5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.cookies import CookieJar, read_cookie, read_cookie_date

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
URL = "https://www.a.example/folder/page?q"


def cookie_header(value: str, url: str = URL, *, set_at: str = URL) -> str:
    """Return the Cookie header of a request for `url` after a response from `set_at` set one cookie."""
    jar = CookieJar()
    jar.store(set_at, [value], NOW)
    return jar.header_for(url)


def test_fifty_cookies_of_one_response_are_kept() -> None:
    jar = CookieJar()
    jar.store(URL, [f"c{number}=1" for number in range(50)], NOW)
    assert jar.header_for(URL).count("=1") == 50


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("a=b", "a=b"),
        ("a=b; Path=/; Expires=Fri, 31 Dec 9999 23:59:59 -1200", "a=b"),
        ("a=b; Secure; SameSite=None; Partitioned", "a=b"),
        (' a = "b c" ; Secure', 'a="b c"'),
        ('a={"b": "c, d", "e": [1]}; Path=/', 'a={"b": "c, d", "e": [1]}'),
        ("a=b=c", "a=b=c"),
        ("a=", "a="),
        ("=b", "b"),
        ("a", "a"),
        ("caf\u00c3\u00a9=1", "café=1"),
        ("", ""),
        ("; Path=/", ""),
        ("a=b\x01", ""),
        ("a\r\nX: y=b", ""),
        ("a=" + "b" * 5_000, ""),
        # expired when they come
        ("a=b; Max-Age=0", ""),
        ("a=b; Max-Age=-1", ""),
        ("a=b; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=b"),
        ("a=b; Expires=Thu, 01-Jan-70 00:00:00 GMT", ""),
        ("a=b; expires=Thu Jan  1 00:00:00 1970", ""),
        ("a=b; Max-Age=soon; Expires=never", "a=b"),
        # paths
        ("a=b; Path=/folder", "a=b"),
        ("a=b; Path=/folder/", "a=b"),
        ("a=b; Path=/fold", ""),
        ("a=b; Path=/other", ""),
        ("a=b; Path=other", "a=b"),
        ("a=b; Path=", "a=b"),
        # domains
        ("a=b; Domain=a.example", "a=b"),
        ("a=b; Domain=.A.Example", "a=b"),
        ("a=b; domain=www.a.example", "a=b"),
        ("a=b; Domain=", "a=b"),
        ("a=b; Domain=b.example", ""),
        ("a=b; Domain=x.www.a.example", ""),
        ("a=b; Domain=example", ""),
    ],
)
def test_a_cookie_is_sent_back_as_browsers_send_it(value: str, header: str) -> None:
    assert cookie_header(value) == header


@pytest.mark.parametrize(
    ("value", "set_at", "url", "is_sent"),
    [
        ("a=b", URL, "https://a.example/folder/", False),
        ("a=b; Domain=a.example; Path=/", URL, "https://a.example/", True),
        ("a=b; Domain=a.example; Path=/", URL, "https://x.y.a.example/", True),
        ("a=b; Domain=a.example; Path=/", URL, "https://ba.example/", False),
        ("a=b; Domain=co.uk; Path=/", "https://x.co.uk/", "https://y.co.uk/", False),
        ("a=b; Domain=github.io; Path=/", "https://x.github.io/", "https://y.github.io/", False),
        ("a=b; Domain=192.0.2.1", "http://192.0.2.1/", "http://192.0.2.1/", True),
        ("a=b; Domain=2.1", "http://192.0.2.1/", "http://192.0.2.1/", False),
        ("a=b; Domain=例え.jp", "https://www.例え.jp/", "https://xn--r8jz45g.jp/", True),
        ("a=b; Path=/", URL, "https://WWW.a.example:8443/", True),  # cookies ignore the port
        ("a=b; Path=/; Secure", URL, "http://www.a.example/", False),
        ("a=b; Path=/; Secure", "http://a.example/", "http://a.example/", True),
    ],
)
def test_cookie_is_sent_only_to_matching_urls(
    value: str, set_at: str, url: str, is_sent: bool
) -> None:
    assert bool(cookie_header(value, url, set_at=set_at)) is is_sent


def test_the_same_cookie_is_replaced_and_another_path_is_another_cookie() -> None:
    jar = CookieJar()
    jar.store(URL, ["a=1; Path=/", "a=2; Path=/folder", "b=3; Path=/"], NOW)
    assert jar.header_for(URL) == "a=2; a=1; b=3"  # longer paths first
    jar.store(URL, ["a=9; Path=/"], NOW)
    jar.store(URL, ["b=; Path=/; Max-Age=0"], NOW)
    assert jar.header_for(URL) == "a=2; a=9"


def test_cookies_are_bounded() -> None:
    jar = CookieJar()
    for number in range(50):
        jar.store(URL, [f"{number}-{name}={'x' * 1_000}" for name in range(50)], NOW)
    assert len(jar.header_for(URL)) <= 16_384


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 1994),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 1994),
        ("Sun Nov  6 08:49:37 1994", 1994),
        ("06 nov 69 1:2:3", 2069),
        ("30 Feb 2020 00:00:00", None),
        ("1 Jan 2020", None),
        ("٣ Jan 2020 00:00:00", None),
        ("", None),
    ],
)
def test_cookie_dates_are_parsed_by_the_rules_of_rfc_6265(text: str, year: int | None) -> None:
    found = read_cookie_date(text)
    assert (found.year if found else None) == year


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_cookie_is_read_or_none(value: str, url: str) -> None:
    for where in (URL, url):
        found = read_cookie(value, where, NOW)
        assert found is None or not any(char < " " and char != "\t" for char in found[0].value)
