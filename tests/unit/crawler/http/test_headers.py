"""Test hostile header values: invalid dates, endless numbers, bytes of any charset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.headers import (
    decode_header,
    parse_http_date,
    parse_number,
    parse_retry_after,
    truncate_header,
)
from crawler.http.redirects import LONGEST_LOCATION, redirect_target

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
WEEK = timedelta(days=7)

# Pieces of dates, to be joined in any order and number.
DATE_PIECES = [
    "Fri,",
    "31",
    "Dec",
    "Feb",
    "9999",
    "0001",
    "-1",
    "23:59:59",
    "99:99:99",
    "-1200",
    "+9999",
    "-0000",
    "GMT",
    "UTC",
    "٣",
    "1" * 5_000,
]
DATES = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(DATE_PIECES), max_size=8).map(" ".join)
)


@pytest.mark.parametrize(
    "value",
    [
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Mon, 01 Jan 2026 00:00:00 +999999",
        f"Mon, {'1' * 5_000} Jan 2026 00:00:00 GMT",
        f"Mon, 01 Jan {'9' * 5_000} 00:00:00 GMT",
        "Mon, 31 Feb 2026 00:00:00 GMT",
        "\x00\ud800",
    ],
)
def test_a_date_beyond_the_calendar_is_none(value: str) -> None:
    assert parse_http_date(value) is None
    assert parse_retry_after(value, NOW) is None


@given(DATES)
def test_any_date_is_read_or_none(value: str) -> None:
    moment = parse_http_date(value)
    assert moment is None or moment.tzinfo is UTC
    floor = parse_retry_after(value, NOW)
    assert floor is None or NOW <= floor <= NOW + WEEK


@pytest.mark.parametrize(
    ("value", "floor"),
    [
        ("9" * 5_000, NOW + WEEK),
        ("0" * 5_000, NOW + WEEK),  # too many digits to be meant
        (str(366 * 86_400), NOW + WEEK),
        ("Fri, 31 Dec 9999 23:59:59 GMT", NOW + WEEK),
        (str(7 * 86_400), NOW + WEEK),
        (str(6 * 86_400), NOW + timedelta(days=6)),
        ("0", NOW),
        ("", None),
    ],
)
def test_a_retry_after_of_more_than_a_week_is_limited(value: str, floor: datetime | None) -> None:
    assert parse_retry_after(value, NOW) == floor


@given(st.text("0123456789٣ -+.e_", max_size=30) | st.integers(0, 10**30).map(str))
def test_any_number_is_read_or_none(value: str) -> None:
    number = parse_number(value)
    assert number is None or 0 <= number < 10**18


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"/plain?a=1", "/plain?a=1"),
        ("/微信".encode(), "/%E5%BE%AE%E4%BF%A1"),
        (b"/caf\xe9", "/caf%E9"),  # Latin-1
        ("/港".encode("gbk"), "/%B8%DB"),
        (b"/a\x00\xff", "/a\x00%FF"),
    ],
)
def test_a_location_keeps_its_bytes(value: bytes, text: str) -> None:
    assert decode_header("location", [value, b"/second"]) == text


def test_other_headers_are_utf_8_or_latin_1() -> None:
    assert decode_header("server", ["微".encode(), b"b"]) == "微, b"
    assert decode_header("server", [b"caf\xe9"]) == "café"


@given(
    st.lists(st.binary(max_size=40), max_size=3),
    st.sampled_from(["location", "link", "retry-after"]),
)
def test_any_header_is_decoded_to_storable_text(values: list[bytes], name: str) -> None:
    truncate_header(name, decode_header(name, values)).encode()


@pytest.mark.parametrize(
    ("base", "location", "target"),
    [
        ("https://a.example/x/y", "z", "https://a.example/x/z"),
        ("https://a.example/x#top", "/y", "https://a.example/y#top"),
        ("https://a.example/x#top", "/y#z", "https://a.example/y#z"),
        ("https://a.example/x", "//b.example", "https://b.example/"),
        ("https://a.example/x", "/caf%E9", "https://a.example/caf%E9"),
        ("https://a.example/x", "http://[", None),
        ("https://a.example/x", "http://b.example:99999/", None),
        ("https://a.example/x", "javascript:x", None),
        ("https://a.example/x", " ", None),
        (
            "https://a.example/x",
            "/" + "q" * (LONGEST_LOCATION - 1),
            "https://a.example/" + "q" * (LONGEST_LOCATION - 1),
        ),
        ("https://a.example/x", "/" + "q" * LONGEST_LOCATION, None),
    ],
)
def test_location_is_resolved(base: str, location: str, target: str | None) -> None:
    assert redirect_target(base, location) == target


@given(
    st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: decode_header("location", [raw]))
)
def test_any_location_has_an_http_target_or_none(location: str) -> None:
    target = redirect_target("https://a.example/x", location)
    assert target is None or target.isascii()
