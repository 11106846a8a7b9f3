"""Test how URLs are read: hosts, requested forms, link keys and canonical hosts."""

from __future__ import annotations

import re

import pytest
from ada_url import URL
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.http.urls import (
    InvalidUrl,
    absolute_url,
    canonical_host,
    host_of,
    is_web_url,
    link_key,
    request_url,
    same_address,
)


@pytest.mark.parametrize(
    ("written", "requested"),
    [
        ("http://example.org", "http://example.org/"),
        ("http://example.org/a#b", "http://example.org/a"),
        ("http://example.org/#", "http://example.org/"),
        (
            "http://example.org/s?wd=%C4%E3%ba%c3",
            "http://example.org/s?wd=%C4%E3%ba%c3",
        ),  # GBK, not UTF-8: untouched
        (
            "http://example.org/?u=https%3A%2F%2Fb.example%2Fc%26d",
            "http://example.org/?u=https%3A%2F%2Fb.example%2Fc%26d",
        ),
        ("http://example.org/50%", "http://example.org/50%"),
        (
            "http://example.org/微信（公司）",
            "http://example.org/%E5%BE%AE%E4%BF%A1%EF%BC%88%E5%85%AC%E5%8F%B8%EF%BC%89",
        ),
        (
            "http://微信。com/",
            "http://xn--vuqz89a.com/",
        ),  # UTS 46: the ideographic full stop is a dot
        ("http://faß.example/", "http://xn--fa-hia.example/"),  # UTS 46, non-transitional
        ("http:/one-slash.example/a", "http://one-slash.example/a"),
        (" http://example.org/a\n", "http://example.org/a"),
        ("http://example.org/a b", "http://example.org/a%20b"),
        (
            "https://web.archive.org/web/2020/http://a.example//b",
            "https://web.archive.org/web/2020/http://a.example//b",
        ),
    ],
)
def test_request_url_is_what_a_browser_requests(written: str, requested: str) -> None:
    assert request_url(written) == requested


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "https://[::1",
        "http://a b/",
        "http://a:99999/",
        "ftp://a.example/",
        "//a.example/",
        "a",
        "http://\ud800/",
    ],
)
def test_an_invalid_url_is_explained(url: str) -> None:
    with pytest.raises(InvalidUrl, match=r"cannot be requested: (write|correct)") as caught:
        request_url(url)
    assert caught.value.url == url
    assert link_key(url) == url


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HTTP://EXAMPLE.org", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org/a#b", "https://example.org/a#c"),
        ("https://example.org/%e5%be%ae", "https://example.org/微"),
    ],
)
def test_spellings_of_one_url_have_one_link_key(one: str, other: str) -> None:
    assert link_key(one) == link_key(other)


@pytest.mark.parametrize(
    "other",
    [
        "http://example.org/a?x=1&y=2",
        "https://www.example.org/a?x=1&y=2",
        "https://example.org/a/?x=1&y=2",
        "https://example.org/a?y=2&x=1",
        "https://example.org/A?x=1&y=2",
    ],
)
def test_different_urls_have_different_link_keys(other: str) -> None:
    assert link_key("https://example.org/a?x=1&y=2") != link_key(other)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("http://example.org/a", "https://example.org/a", True),
        ("http://example.org", "https://www.example.org/", True),
        ("http://Example.org/a/", "http://example.org/a", True),
        ("http://example.org/", "http://example.org/index.php", True),
        ("http://example.org/a?b", "http://example.org/a?b#c", True),
        ("http://example.org/a", "http://example.org/b", False),
        ("http://example.org/a", "http://example.org/", False),
        ("http://m.example.org/a", "http://example.org/a", False),
        ("http://example.org/a?id=1", "http://example.org/a", False),
        ("http://example.org/Windex.html", "http://example.org/W", False),
        ("http://example.org:8080/", "http://example.org/", False),
    ],
)
def test_same_address_is_symmetric(a: str, b: str, same: bool) -> None:
    assert same_address(a, b) is same
    assert same_address(b, a) is same


def test_host_of_removes_root_dot_and_credentials() -> None:
    assert host_of("https://user:secret@Example.org.:8443/") == "example.org"
    assert host_of("/a") == ""


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_has_a_key_and_keys_are_stable(tail: str) -> None:
    key = link_key("https://example.org/" + tail)
    assert link_key(key) == key
    assert is_web_url(key)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["%c4", "%E3", "%2F", "%00", "a", "/", "?", "&", "~"])).map("".join)
)
def test_percent_escapes_are_sent_as_written(tail: str) -> None:
    escapes = re.compile(r"%..")
    assert escapes.findall(request_url("http://example.org/" + tail)) == escapes.findall(tail)


_PIECES = (
    *("a", "B", "-", "xn--", "1", "0x7f", "com", "org", ".", "..", "/", "//", "/./", "?", "#", "@", ":", "80", "443", "8080", "65536", "é"),
    *("%41", "%2e", "%2E", "%", " ", "\t", "\\", "[::1]", "_", "~", "'", "|", "{", "<", '"', "٠"),
)  # fmt: skip


@given(
    st.sampled_from(["https://", "http://a.example", "https://b.example/c", ""]),
    st.lists(st.sampled_from(_PIECES), max_size=7),
)
@settings(max_examples=300)
def test_urls_that_skip_the_parser_are_those_it_leaves_unchanged(
    begun: str, pieces: list[str]
) -> None:
    url = begun + "".join(pieces)
    try:
        parsed = URL(url)
        requested, host = parsed.href.partition("#")[0], parsed.hostname.rstrip(".")
    except ValueError:
        requested, host = None, ""
    assert host_of(url) == host
    if requested is not None and is_web_url(url):
        assert request_url(url) == requested


LOOPBACK = [
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "0x7F.0.0.0x1",
]
LOOPBACK += [
    "１２７.０.０.１",
    "127。0。0。1",
    "127｡0｡0｡1",
    "%31%32%37.0.0.1",
    "①②⑦.1",
    "%EF%BC%91２7.1",
    "00000177.1",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_every_spelling_of_an_ip_address_is_canonicalised(host: str) -> None:
    assert canonical_host(host) == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        ("[::FFFF:127.0.0.1]", "[::ffff:7f00:1]"),
        ("0:0:0:0:0:0:0:1", "[::1]"),
        ("LocalHost.", "localhost."),
        ("ⓛｏcalhost", "localhost"),
        ("lo%63alhost", "localhost"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("under_score.test.", "under_score.test."),
        ("*", "*"),
    ],
)
def test_spellings_of_a_host_name_are_canonicalised(host: str, canonical: str) -> None:
    assert canonical_host(host) == canonical == canonical_host(canonical)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "a/b",
        "a@b",
        "a:80",
        "[::1]:80",
        "[::1]a",
        "a#b",
        "a?b",
        "a\\b",
        "a\tb",
        "1.2.3.4.5",
        "127.0.0.1..",
        ".localhost",
        "256.1.1.1",
        "fe80::1%eth0",
        "[",
        "%00",
        "\ud800",
    ],
)
def test_invalid_hosts_are_refused(host: str) -> None:
    with pytest.raises(InvalidUrl):
        canonical_host(host)


@given(st.text(max_size=30))
def test_any_text_has_one_canonical_host_or_is_refused(text: str) -> None:
    try:
        host = canonical_host(text)
    except InvalidUrl:
        return
    assert canonical_host(host) == host == URL(f"http://{host}/").hostname


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("b.xml", "https://example.org/a/b.xml"),
        ("//b.example/c", "https://b.example/c"),
        (" http://b.example ", "http://b.example/"),
        *(
            (scheme, "")
            for scheme in (
                "ftp://a.example/",
                "file:///etc/passwd",
                "data:,x",
                "javascript:0",
                "s3://b/k",
                "FILE:/x",
                "mailto:a@b",
            )
        ),
        *((wrong, "") for wrong in ("http://[", "http://a:99999/", "//[", "http://1.2.3.4.5/")),
    ],
)
def test_absolute_url_is_http_or_empty(address: str, url: str) -> None:
    assert absolute_url(address, "https://example.org/a/") == url
