"""Test how robots.txt is read in its variants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.fetch import FetchResponse
from crawler.politeness.robots import ROBOTS_LIMIT, Robots, parse_robots
from store.vocabulary import Fault

URL = "https://a.example/private/page"
CLOSED = b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("", 0),
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: 2\n\nUser-agent: holdfast\nCrawl-delay: 9", 9),
        ("User-agent: Holdfast/1.0 # slow\nCrawl-delay: 9", 9),
        ("User-agent: other\nCrawl-delay: 2", 0),
        *((f"User-agent: *\nCrawl-delay: {value}", 0) for value in ("soon", "-3", "nan", "0")),
    ],
)
def test_crawl_delay_of_our_product_token_applies(text: str, delay: float) -> None:
    assert Robots(text).crawl_delay == delay


@pytest.mark.parametrize(
    ("response", "allowed"),
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
        (
            FetchResponse(status=200, body=(b"#" * ROBOTS_LIMIT + b"\n" + CLOSED)[:ROBOTS_LIMIT]),
            True,
        ),
        (FetchResponse(status=200, body=b"#" * 100_000 + b"\n" + CLOSED), False),
    ],
)
def test_only_a_complete_robots_txt_disallows(response: FetchResponse, allowed: bool) -> None:
    assert parse_robots(response).allows(URL) is allowed


def test_robots_rules_follow_the_configured_user_agent() -> None:
    response = FetchResponse(status=200, body=b"User-agent: curious\nDisallow: /")
    assert parse_robots(response).allows(URL)
    assert not parse_robots(response, "Curious/1").allows(URL)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("", ""),
        ("User-agent: archive.org_bot/1.0\nDisallow: /", "archive.org_bot"),
        ("User-agent: *\nDisallow: /private/", "*"),
        ("User-agent: *\nDisallow: /other/", ""),
        ("User-agent: archive.org_bot\nDisallow: /", "archive.org_bot"),
        ("user-agent : Archive.Org_Bot\ndisallow: /private/", "archive.org_bot"),
        ("User-agent: archive.org_bot # them\nDisallow: /", "archive.org_bot"),
        ("User-agent: ia_archiver\nDisallow: /", "ia_archiver"),
        ("User-agent: ia_archiver-web.archive.org\nDisallow: /", "ia_archiver-web.archive.org"),
        ("User-agent: Special_archiver\nDisallow: /", "special_archiver"),
        ("User-agent: GPTBot\nUser-agent: ia_archiver\nUser-agent: CCBot\nDisallow: /", "ia_archiver"),
        # rules for the archive replace those for all robots
        ("User-agent: *\nDisallow: /\n\nUser-agent: ia_archiver\nDisallow: /admin/", ""),
        ("User-agent: ia_archiver\nDisallow: /\n\nUser-agent: archive.org_bot\nDisallow:", ""),
        ("User-agent: archive.org_bot\nDisallow: /\nAllow: /private/page", ""),
        # robots of other archives
        ("User-agent: Archive-It\nDisallow: /", ""),
        ("User-agent: heritrix\nDisallow: /", ""),
        ("User-agent: my-archive.org_bot\nDisallow: /", ""),
        ("# User-agent: archive.org_bot\nUser-agent: GPTBot\nDisallow: /", ""),
    ],
)  # fmt: skip
def test_archive_robots_follow_their_own_rules_or_those_for_all_robots(
    text: str, refused: str
) -> None:
    assert Robots(text).refused_archive_robot(URL) == refused


@pytest.mark.parametrize(
    ("response", "is_known"),
    [
        (FetchResponse(status=200, body=CLOSED), True),
        (FetchResponse(status=200, body=b""), True),
        (FetchResponse(status=404), True),
        (FetchResponse(status=403), True),
        (FetchResponse(status=429), False),
        (FetchResponse(status=503), False),
        (FetchResponse(fault=Fault.TIMEOUT), False),
        (FetchResponse(status=200, body=b"\xef\xbb\xbf\n<!doctype html><title>Checking"), False),
    ],
)
def test_an_unavailable_robots_txt_is_not_known(response: FetchResponse, is_known: bool) -> None:
    assert parse_robots(response).is_known is is_known


@given(
    st.text(
        alphabet=st.sampled_from("User-agent: *\nDislowCraly/%$*#0123456789.\x00é"), max_size=200
    )
)
def test_any_robots_txt_is_parsed(text: str) -> None:
    robots = Robots(text)
    assert robots.crawl_delay >= 0
    assert robots.allows(URL) in {True, False}


def _rules_kept(text: str) -> int:
    """Return how many rules the parser stores for all robots of a file."""
    rule_sets = Robots(text)._rules._user_agents.values()
    return sum(len(rule_set._rules) for rule_set in rule_sets)


@pytest.mark.parametrize("field", ["User-agent: ", "useragent:", "user agent\t", "USER-AGENT "])
@pytest.mark.parametrize("name", ["bot{}", "h{}", "*{}", "*{}holdfast*"])
def test_rules_are_not_stored_for_each_of_many_robots(field: str, name: str) -> None:
    names = "".join(f"{field}{name.format(number)}\n" for number in range(300))
    rules = "".join(f"Disallow: /{number}\n" for number in range(300))
    assert _rules_kept(names + rules) <= 13 * 300


def test_a_file_of_many_lines_is_read_to_a_bound() -> None:
    assert _rules_kept("User-agent: *\n" + "Disallow: /a\n" * 30_000) < 20_000


@pytest.mark.parametrize("before", [0, 1, 30, 400])
def test_our_rules_count_behind_any_number_of_other_robots(before: int) -> None:
    others = "".join(f"User-agent: bot{number}\n" for number in range(before))
    text = f"{others}User-agent: Holdfast\nUser-agent: more\nDisallow: /private/\n"
    assert not Robots(text).allows(URL)
    assert Robots(f"{others}User-agent: more\nDisallow: /\n").allows(URL)
    apart = f"User-agent: holdfast\nDisallow: /a\n{others or 'User-agent: b'}\nDisallow: /\n"
    assert Robots(apart).allows(URL)
