"""Test that any response of a server becomes a judgement that can be stored, in bounded time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scrapy import Request

from crawler.archives import parse_mirror
from crawler.http import fetch as fetch_module
from crawler.http.fetch import BODY_LIMIT, FetchRequest, FetchResponse
from crawler.http.headers import join_fields
from crawler.http.redirects import LONGEST_LOCATION
from crawler.liveness import judge, judge_mirror
from crawler.page_text.main_text import read_page_text
from crawler.politeness import rate_limit
from crawler.politeness.rate_limit import PauseTooLong
from crawler.politeness.rate_limit_headers import rate_limit_reset
from crawler.probing import prober
from crawler.probing.target import ProbeTarget
from crawler.scrapy_ext.download_handler import to_scrapy_response
from crawler.scrapy_ext.engine_fetch import to_fetch_response
from store.schema.column_types import replace_unstorable
from store.schema.json_codec import encode
from store.vocabulary import VERDICT_OF, Judgement, Probe, Reason, Role
from tests.unit.crawler.probing.test_prober import prober_of
from tests.unit.crawler.stopped_clock import StoppedClock, stop_time

LINK = "https://fuzz.example/a/b?c#d"
MIRROR = "https://web.archive.org/web/20210805110426id_/https://fuzz.example/a/b?c"
NOW = datetime(2026, 5, 4, tzinfo=UTC)
SECONDS = 2.0  # processor seconds to read and judge one response at most; it takes milliseconds

CHARSETS = st.sampled_from(
    [
        "utf-8",
        "gbk",
        "base64",
        "idna",
        "undefined",
        "punycode",
        "rot13",
        "utf-16",
        "utf-7",
        "x" * 3_000,
        "\x00",
    ]
)
DATES = st.sampled_from(
    [
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Mon, 01 Jan 0001 00:00:00 +1200",
        "Mon, 01 Jan 2026 00:00:00 GMT",
        "9" * 5_000,
        "120",
        "-1",
    ]
)
ADDRESSES = st.sampled_from(
    [
        b"/next",
        b"/caf\xe9",
        "/微".encode(),
        b"http://[",
        b"//us[er@fuzz.example/x",
        b"/" + b"q" * 20_000,
        b"\x00\x01\x7f",
        b"http://\xe2\x84\x80.com/",
        b"/web/20210807000000id_/https://us[er@fuzz.example/a",
        b"https://web.archive.org/web/99991231235959id_/http://\xe2\x84\x80.com/",
        b"https://web.archive.org/web/0001/http://fuzz.example/",
        b"https://web.archive.org/web/2020/http%" + b"25" * 4_000 + b"3a%2f%2fa.example",
        b"ftp://fuzz.example/",
    ]
)
HEADER_VALUES = st.one_of(
    st.binary(max_size=80),
    ADDRESSES,
    DATES.map(str.encode),
    CHARSETS.map(lambda name: f"text/html; charset={name}".encode("latin-1")),
)
NAMES = [
    "Content-Type",
    "Location",
    "Retry-After",
    "Refresh",
    "Set-Cookie",
    "Link",
    "Memento-Datetime",
    "X-Robots-Tag",
    "Server",
    "Content-Encoding",
]
NAMES += [
    "RateLimit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-RateLimit-Reset",
    "Date",
    "Last-Modified",
    "Content-Length",
    "Content-Security-Policy",
]
MARKUP = st.sampled_from(
    [
        b'<meta charset="base64">',
        b'<?xml version="1.0" encoding="idna"?>',
        b"<meta http-equiv=refresh content='0;url=http://['>",
        b"<meta http-equiv=refresh content='" + b"9" * 5_000 + b";url=/x'>",
        b"<link rel=canonical href='//us[er@x/'>",
        b"<title>&#xD800;&#0;404</title>",
        b"<input id=source_url value='http://a/'>insertLocalDateTime('date_1', 99999999999,",
        b"<p id=d>\xff\xfe",
        b"\x1f\x8b\x08\x00",
        "微信 not found ".encode("gbk"),
    ]
)


def received(status: int, fields: Sequence[tuple[str, str]], body: bytes = b"") -> FetchResponse:
    """Return what a client makes of a response with these header fields."""
    headers, cookies = join_fields(fields)
    return FetchResponse(status=status, headers=headers, cookies=cookies, body=body)


RESPONSES = st.builds(
    lambda status, headers, parts: received(
        status,
        [(name, value.decode("utf-8", "surrogateescape")) for name, value in headers],
        b"".join(parts),
    ),
    st.sampled_from([200, 204, 301, 302, 303, 308, 403, 404, 429, 503]) | st.integers(100, 999),
    st.lists(st.tuples(st.sampled_from(NAMES), HEADER_VALUES), max_size=6),
    st.lists(MARKUP | st.binary(max_size=60), max_size=6),
)


def probe_of(
    responses: Sequence[FetchResponse], clock: StoppedClock, role: Role = Role.LINK, url: str = LINK
) -> tuple[Probe, FetchResponse]:
    """Probe a web with these responses in sequence, the last one repeatedly."""
    remaining = iter(responses)
    last = responses[-1]

    async def fetch(request: FetchRequest) -> FetchResponse:
        response = next(remaining, last)
        return to_fetch_response(
            to_scrapy_response(Request(request.url), response, max_bytes=request.max_bytes)
        )

    page = asyncio.run(
        prober_of(fetch, clock).read_page(ProbeTarget(url=url, role=role), check_lease=lambda: None)
    )
    return page.probe, page.response


def assert_storable(probe: Probe, judgement: Judgement) -> None:
    assert judgement.verdict is VERDICT_OF[judgement.reason]
    replace_unstorable(f"{judgement.detail}{judgement.target}").encode()
    packed = [encode(request) for request in probe.requests] + (
        [encode(probe.evidence)] if probe.evidence else []
    )
    json.dumps(packed, ensure_ascii=False).encode()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    return stop_time(monkeypatch, rate_limit, prober, fetch_module)


@given(st.lists(RESPONSES, min_size=1, max_size=4))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_response_is_judged(clock: StoppedClock, responses: list[FetchResponse]) -> None:
    began = process_time()
    try:
        probe, response = probe_of(responses, clock)
        assert_storable(probe, judge(probe))
        read_page_text(response.body, response.headers, LINK)
        assert 0 <= rate_limit_reset(response.headers, NOW) <= 86_400
        probe, _ = probe_of(responses, clock, Role.MIRROR, MIRROR)
        address = parse_mirror(MIRROR)
        assert address is not None
        assert_storable(probe, judge_mirror(probe, address))
    except PauseTooLong:
        pass  # a server requested it
    assert process_time() - began < SECONDS * len(responses)


def response_with(status: int, body: bytes = b"", **headers: bytes) -> FetchResponse:
    named = [
        (name.replace("_", "-"), value.decode("utf-8", "surrogateescape"))
        for name, value in headers.items()
    ]
    return received(status, named, body)


PAGE = response_with(
    200,
    b"<title>Harbour lights</title><p>The council met on Tuesday and heard from those who live by the harbour.",
    Content_Type=b"text/html",
)


@pytest.mark.parametrize(
    ("location", "requested"),
    [
        (b"/" + b"q" * 3_000, "https://fuzz.example/" + "q" * 3_000),
        (
            b"/" + b"q" * (LONGEST_LOCATION - 1),
            "https://fuzz.example/" + "q" * (LONGEST_LOCATION - 1),
        ),
        (b"/caf\xe9", "https://fuzz.example/caf%E9"),
        ("/港?q=港".encode("gbk"), "https://fuzz.example/%B8%DB?q=%B8%DB"),
        ("/港".encode(), "https://fuzz.example/%E6%B8%AF"),
        ("//例え.jp/c".encode(), "https://xn--r8jz45g.jp/c"),
    ],
)
def test_a_location_is_followed_byte_for_byte(
    clock: StoppedClock, location: bytes, requested: str
) -> None:
    probe, _ = probe_of([response_with(301, Location=location), PAGE], clock)
    assert [request.url for request in probe.requests][1:] == [requested]
    assert judge(probe).reason is Reason.MOVED_PERMANENTLY


def test_the_first_of_several_locations_is_followed(clock: StoppedClock) -> None:
    twice = received(301, [("Location", "/next"), ("Location", "/next")])
    probe, _ = probe_of([twice, PAGE], clock)
    assert probe.requests[1].url == "https://fuzz.example/next"


def test_a_location_too_long_to_follow_is_not_broken(clock: StoppedClock) -> None:
    probe, _ = probe_of([response_with(301, Location=b"/" + b"q" * LONGEST_LOCATION)], clock)
    assert (judge(probe).reason, len(probe.requests)) == (Reason.INTERRUPTED, 1)
    probe, _ = probe_of(
        [response_with(302, Location=b"/" + b"q" * 60_000)], clock, Role.MIRROR, MIRROR
    )
    address = parse_mirror(MIRROR)
    assert address is not None
    assert judge_mirror(probe, address).reason is Reason.INTERRUPTED


@pytest.mark.parametrize(
    "response",
    [
        response_with(503, Retry_After=b"Fri, 31 Dec 9999 23:59:59 -1200"),
        response_with(200, PAGE.body, Content_Type=b"text/html; charset=base64"),
    ],
)
def test_responses_that_once_crashed_runs_are_judged(
    clock: StoppedClock, response: FetchResponse
) -> None:
    probe, _ = probe_of([response], clock)
    assert judge(probe).reason in {Reason.SERVER_ERROR, Reason.OK}


@pytest.mark.parametrize(
    "piece",
    [
        b"<",
        b"<a",
        b"<!--",
        b"<meta ",
        b"<meta charset=",
        b"&#",
        b"&amp",
        b"\xff",
        b"\x80\xe9",
        b" ",
        b"\n \n",
        b"404 ",
        b"<script>",
        b"=\"'",
        b"/*",
        b"<p id=",
    ],
)
@pytest.mark.parametrize(
    "content_type", [b"text/html", b"text/plain", b"application/xml; charset=" + b"x" * 60_000]
)
def test_long_repetitions_are_read_in_bounded_time(
    clock: StoppedClock, piece: bytes, content_type: bytes
) -> None:
    body = piece * (BODY_LIMIT // len(piece))
    headers = {
        "Content_Type": content_type,
        "Refresh": piece * 5_000,
        "Set_Cookie": piece * 5_000,
        "Location": piece * 5_000,
        "Retry_After": piece * 5_000,
    }
    for status in (200, 302, 503):
        began = process_time()
        try:
            probe, response = probe_of([response_with(status, body, **headers)], clock)
        except PauseTooLong:
            continue
        judge(probe)
        read_page_text(response.body, response.headers, LINK)
        assert process_time() - began < SECONDS
