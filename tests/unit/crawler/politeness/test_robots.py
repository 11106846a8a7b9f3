"""Test the reading of robots.txt in all its variants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http import BODY_LIMIT
from crawler.http.fetch import FetchResponse
from crawler.politeness.robots import Robots, parse_robots
from store.vocabulary import Fault

URL = "https://a.example/private/page"
CLOSED = b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("", 0),
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: 2\n\nUser-agent: holdfast\nCrawl-delay: 9", 9),
        ("User-agent: other\nCrawl-delay: 2", 0),
        *((f"User-agent: *\nCrawl-delay: {value}", 0) for value in ("soon", "-3", "nan", "0")),
    ],
)
def test_crawl_delay_of_our_product_token_applies(text: str, delay: float) -> None:
    assert Robots(text).crawl_delay == delay


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        (FetchResponse(status=200, body=CLOSED), False),
        (FetchResponse(status=200, body=b"\xef\xbb\xbf" + CLOSED), False),
        (FetchResponse(status=404, body=CLOSED), True),
        (FetchResponse(status=503, body=CLOSED), True),
        (FetchResponse(fault=Fault.TIMEOUT), True),
        (FetchResponse(status=200, body=b"<html><title>Not here</title>"), True),
        (
            FetchResponse(status=200, body=b"User-agent: *\nDisallow: /pri", fault=Fault.TRUNCATED),
            True,
        ),  # /prices, perhaps
        (FetchResponse(status=200, body=(b"#" * BODY_LIMIT + b"\n" + CLOSED)[:BODY_LIMIT]), True),
    ],
)
def test_only_a_whole_answer_forbids(answer: FetchResponse, allowed: bool) -> None:
    assert parse_robots(answer).allows(URL) is allowed


def test_robots_rules_follow_the_configured_user_agent() -> None:
    answer = FetchResponse(status=200, body=b"User-agent: curious\nDisallow: /")
    assert parse_robots(answer).allows(URL)
    assert not parse_robots(answer, "Curious/1").allows(URL)


@given(
    st.text(
        alphabet=st.sampled_from("User-agent: *\nDislowCraly/%$*#0123456789.\x00é"), max_size=200
    )
)
def test_nothing_a_site_writes_is_our_failure(text: str) -> None:
    robots = Robots(text)
    assert robots.crawl_delay >= 0
    assert robots.allows(URL) in {True, False}
