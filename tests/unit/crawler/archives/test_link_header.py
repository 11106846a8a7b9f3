"""Test which memento the headers of a response name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.archives.link_header import (
    linked_mementos,
    memento_datetime,
    memento_from_headers,
    parse_link_header,
)

LINK = (
    '<https://example.org/?a=1,2;b>; rel="original", '
    '<https://web.archive.org/web/timemap/link/https://example.org/?a=1,2;b>; rel="timemap"; type="application/link-format", '
    '<https://web.archive.org/web/https://example.org/?a=1,2;b>; rel="timegate", '
    '<https://web.archive.org/web/20010101000000/https://example.org/?a=1,2;b>; rel="first memento"; datetime="Mon, 01 Jan 2001 00:00:00 GMT", '
    '<https://web.archive.org/web/20260101000000/https://example.org/?a=1,2;b>; rel="memento"; datetime="Thu, 01 Jan 2026 00:00:00 GMT", '
    '<https://web.archive.org/web/20261122000000/https://example.org/?a=1,2;b>; rel="last memento"; datetime="Sun, 22 Nov 2026 00:00:00 GMT"'
)


@pytest.mark.parametrize(
    ("headers", "timestamp"),
    [
        ({"Content-Location": "/web/20260101000000/https://example.org/"}, "20260101000000"),
        (
            {"Location": "https://web.archive.org/web/20260101000000/https://example.org/"},
            "20260101000000",
        ),
        (
            {"Location": "http://127.0.0.1:8080/web/20260101000000/https://example.org/"},
            "20260101000000",
        ),
        ({"Link": LINK}, "20260101000000"),
        (
            {
                "Link": '<http://web.archive.org/web/20260101000000/http://a.example/>;rel="first last memento"'
            },
            "20260101000000",
        ),
        (
            {"Link": "<http://web.archive.org/web/20260101000000/http://a.example/>; rel=memento"},
            "20260101000000",
        ),
        ({"Content-Location": "/index.html", "Link": LINK}, "20260101000000"),
        (
            {
                "Content-Location": "/web/20260101000000/https://example.org/",
                "Link": LINK.replace("20260101", "20250101"),
            },
            "20260101000000",
        ),
        ({}, None),
        ({"Location": "/login"}, None),
        ({"Location": "https://web.archive.org/save/https://example.org/"}, None),
        ({"Location": "/web/2026/https://example.org/"}, None),
        ({"Content-Location": "/web/20260101000000/about:blank"}, None),
        # three mementos, none of which is named as the one shown
        ({"Link": LINK.replace('rel="memento"', 'rel="next memento"')}, None),
    ],
)
def test_the_memento_that_the_headers_name_is_returned(
    headers: dict[str, str], timestamp: str | None
) -> None:
    address = memento_from_headers(headers)
    assert (address.timestamp if address else None) == timestamp


def test_targets_may_contain_commas_and_semicolons() -> None:
    address = memento_from_headers({"Link": LINK})
    assert address is not None
    assert address.original == "https://example.org/?a=1,2;b"
    assert [sorted(rels) for _, rels in parse_link_header(LINK)] == [
        ["original"],
        ["timemap"],
        ["timegate"],
        ["first", "memento"],
        ["memento"],
        ["last", "memento"],
    ]


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_link_header_is_parsed(link: str, location: str) -> None:
    address = memento_from_headers({"Link": link, "Location": location})
    assert address is None or len(address.timestamp) == 14


def test_long_hostile_headers_are_parsed_in_time() -> None:
    assert parse_link_header("<a>;rel=" * 20_000)
    assert not parse_link_header("<" * 100_000)
    assert parse_link_header("<a>" + "; a" * 50_000 + "; rel")


NOON = datetime(2021, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Fri, 01 Jan 2021 12:00:00 GMT", NOON),
        ("Fri, 01 Jan 2021 12:00:00 -0000", NOON),  # an unknown time zone
        ("Fri, 01 Jan 2021 14:00:00 +0200", NOON),
        ("Friday, 01-Jan-21 12:00:00 GMT", NOON),
        ("Fri, 01 Jan 10000 12:00:00 GMT", None),
        ("Fri, 32 Jan 2021 12:00:00 GMT", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_http_dates_are_parsed(value: str, moment: datetime | None) -> None:
    assert memento_datetime(value) == moment


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ('; rel="memento"; datetime="Fri, 01 Jan 2021 12:00:00 GMT"', True),
        ('; datetime="Fri, 01 Jan 2021 12:00:00 GMT"; rel="last memento"', True),
        ('; REL="First Memento"; DateTime="Fri, 01 Jan 2021 12:00:00 GMT"', True),
        ('; rel="original"; datetime="Fri, 01 Jan 2021 12:00:00 GMT"', False),
        ('; datetime="Fri, 01 Jan 2021 12:00:00 GMT"', False),
        ('; rel="memento"', False),
        ('; rel="memento"; datetime="once"', False),
    ],
)
def test_a_linked_memento_needs_a_relation_and_a_time(parameters: str, *, found: bool) -> None:
    assert linked_mementos(f"<http://a.example/1>{parameters}") == (
        (("http://a.example/1", NOON),) if found else ()
    )
