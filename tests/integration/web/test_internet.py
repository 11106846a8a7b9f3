"""Test that the ordinary behaviours of the test internet do what they describe."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import pytest

from crawler.demo.background import run_in_thread
from crawler.demo.responses import page, retry_after, status, switch_at
from crawler.demo.web import ANY, FakeWeb
from tests.integration.web.client import ask
from tests.web.internet import SITES, UNKNOWN_NAME, Internet
from tests.web.texts import ARTICLES, MISSING


@pytest.mark.parametrize("language", ARTICLES)
def test_an_article_is_served_in_its_language(web: Internet, language: str) -> None:
    answer = ask(web, f"http://ok.test/{language}")
    assert answer.status == 200
    assert f'<html lang="{language}">' in answer.body.decode()
    assert f"<title>{ARTICLES[language][0]}</title>" in answer.body.decode().replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("path", "encoding", "language"),
    [("gbk", "gbk", "zh-Hans"), ("big5", "big5", "zh-Hant"), ("shift_jis", "shift_jis", "ja")],
)
def test_old_encodings_are_declared_and_used(
    web: Internet, path: str, encoding: str, language: str
) -> None:
    answer = ask(web, f"http://ok.test/{path}")
    assert answer.headers["content-type"] == f"text/html; charset={encoding}"
    assert ARTICLES[language][0] in answer.body.decode(encoding)


def test_an_address_is_found_by_query_by_path_and_by_the_rest_of_its_host(web: Internet) -> None:
    assert ask(web, "http://ok.test/story?sid=68466").status == 200
    assert ask(web, "http://ok.test/story?sid=1").status == 404
    assert ask(web, "http://ok.test/" + quote("新闻/青石镇")).status == 200
    assert ask(web, "http://ok.test/search?q=%C4%E3").status == 200
    assert ask(web, "http://ok.test/nothing-here").status == 404


def test_an_undefined_address_of_the_test_web_is_no_404(web: Internet) -> None:
    assert ask(web, "http://slow.test/nothing-here").status == 421


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 429, 451, 500, 503, 999])
def test_server_answers_with_the_requested_status(code: int) -> None:
    with run_in_thread(FakeWeb({"a.test": {"/": status(code)}})) as web:
        assert [ask(web, "http://a.test/", method).status for method in ("HEAD", "GET")] == [
            code,
            code,
        ]


@pytest.mark.parametrize(
    ("path", "head", "get"),
    [
        ("/405", 405, 200),
        ("/501", 501, 200),
        ("/403", 403, 200),
        ("/404", 404, 200),
        ("/only-head", 200, 404),
    ],
)
def test_head_is_answered_otherwise_than_get(web: Internet, path: str, head: int, get: int) -> None:
    assert ask(web, f"http://head.test{path}", "HEAD").status == head
    assert ask(web, f"http://head.test{path}").status == get


@pytest.mark.parametrize(
    ("path", "code", "location"),
    [
        ("/301", 301, "/new"),
        ("/302", 302, "/new"),
        ("/303", 303, "/new"),
        ("/307", 307, "/new"),
        ("/308", 308, "/new"),
        ("/relative", 301, "new"),
        ("/query-only", 302, "?page=2"),
        ("/other-host", 301, "http://ok.test/en"),
        ("/secured", 301, "https://redirect.test/secured"),
        ("/self", 302, "/self"),
    ],
)
def test_server_redirects_with_status_and_location(
    web: Internet, path: str, code: int, location: str
) -> None:
    answer = ask(web, f"http://redirect.test{path}")
    assert (answer.status, answer.headers["location"]) == (code, location)


def test_a_redirect_may_lack_its_location(web: Internet) -> None:
    answer = ask(web, "http://redirect.test/no-location")
    assert answer.status == 302
    assert "location" not in answer.headers


def follow(web: Internet, path: str, limit: int = 50) -> tuple[int, int]:
    """Follow redirects within redirect.test; the hops made and the last status."""
    for hops in range(limit):
        answer = ask(web, f"http://redirect.test{path}")
        if "location" not in answer.headers:
            return hops, answer.status
        path = answer.headers["location"]
    return limit, answer.status


@pytest.mark.parametrize(
    ("path", "hops", "last"),
    [
        ("/chain", 3, 200),
        ("/hop-1", 30, 200),
        ("/loop", 50, 302),
        ("/to-404", 1, 404),
        ("/to-home", 1, 200),
    ],
)
def test_redirect_chains(web: Internet, path: str, hops: int, last: int) -> None:
    assert follow(web, path) == (hops, last)


def test_a_meta_refresh_is_in_the_markup(web: Internet) -> None:
    answer = ask(web, "http://redirect.test/meta-refresh")
    assert answer.status == 200
    assert b'<meta http-equiv="refresh" content="0; url=/new">' in answer.body


def test_page_is_served_with_its_cookie_only(web: Internet) -> None:
    shut = ask(web, "http://redirect.test/cookie-gate")
    assert (shut.status, shut.headers["location"]) == (302, "/cookie-gate")
    cookie = shut.headers["set-cookie"].partition(";")[0]
    assert ask(web, "http://redirect.test/cookie-gate", headers={"Cookie": cookie}).status == 200


@pytest.mark.parametrize("code", [500, 502, 503, 504, 408, 425])
def test_a_flaky_address_fails_once_for_each_url_and_method(web: Internet, code: int) -> None:
    url = f"http://flaky.test/{code}-then-200"
    assert [ask(web, url).status for _ in range(3)] == [code, 200, 200]
    assert ask(web, url, "HEAD").status == code
    assert ask(web, f"{url}?another").status == code
    web.reset()
    assert ask(web, url).status == code


def test_retry_after_in_seconds(web: Internet) -> None:
    answer = ask(web, "http://busy.test/429-seconds")
    assert (answer.status, answer.headers["retry-after"]) == (429, "2")
    assert ask(web, "http://busy.test/429-seconds").status == 200


def test_dates_in_retry_after_use_the_clock_of_the_test_web() -> None:
    moment = datetime(2024, 5, 6, 7, 8, 9, 500_000, tzinfo=UTC)
    site = {"/": retry_after(503, timedelta(seconds=30), as_date=True)}
    with run_in_thread(FakeWeb({"a.test": site}, now=lambda: moment)) as web:
        wait = parsedate_to_datetime(ask(web, "http://a.test/").headers["retry-after"]) - moment
    assert timedelta(seconds=30) <= wait <= timedelta(seconds=31)


def test_behaviours_change_with_the_clock() -> None:
    start = datetime(2024, 5, 6, tzinfo=UTC)
    clock = [start]
    site = {
        "/": switch_at(start + timedelta(days=1), status(404), page("Back again", "It is here."))
    }
    with run_in_thread(FakeWeb({"a.test": site}, now=lambda: clock[0])) as web:
        first = ask(web, "http://a.test/").status
        clock[0] += timedelta(days=1)
        assert (first, ask(web, "http://a.test/").status) == (404, 200)
        assert [visit.at for visit in web.visits] == [start, clock[0]]


@pytest.mark.parametrize("language", MISSING)
def test_a_soft_404_is_served_with_a_200_at_any_address(web: Internet, language: str) -> None:
    host = f"http://soft-{language.lower()}.test"
    first, second = ask(web, f"{host}/gone"), ask(web, f"{host}/a-random-sibling")
    assert first.status == second.status == 200
    assert first.body == second.body
    assert ask(web, f"{host}/article").body != first.body


def test_bot_walls_show_their_marks(web: Internet) -> None:
    answer = ask(web, "http://walls.test/cloudflare")
    assert (answer.status, answer.headers["cf-mitigated"]) == (403, "challenge")
    assert b'type="password"' in ask(web, "http://walls.test/login").body


def test_refused_and_unknown_hosts(web: Internet) -> None:
    with pytest.raises(ConnectionRefusedError):
        ask(web, "http://refused.test/")
    assert not any(UNKNOWN_NAME in name for name in web.connect_to(wildcard=True))
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo(UNKNOWN_NAME, 80)


def test_the_mapping_names_every_host_or_any() -> None:
    with run_in_thread(Internet()) as web:
        hosts = {name.rpartition(":")[0] for name in web.connect_to()}
        anything = web.connect_to(wildcard=True)
    assert hosts == {*SITES, "refused.test", "deaf.test", "black-hole.test"}
    assert {"*:80", "*:443", "refused.test:80", "deaf.test:443", "no-tls.test:443"} <= set(anything)
    assert "ok.test:80" not in anything


def test_any_host_serves_its_configured_site() -> None:
    with run_in_thread(
        FakeWeb({ANY: {ANY: page("Everywhere", "One page for every name.")}})
    ) as web:
        address = web.connect_to(wildcard=True)["*:80"]
        host, _, port = address.partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"GET /x HTTP/1.0\r\nHost: never-heard-of.test\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.0 200")


def test_an_archive_can_fetch_by_name(web: Internet) -> None:
    status, headers, body = asyncio.run(web.fetch("http://redirect.test/301"))
    assert (status, headers["Location"], b"Moved Permanently" in body) == (301, "/new", True)
    assert asyncio.run(web.fetch("https://redirect.test/secured"))[0] == 200
    assert [visit.url for visit in web.visits] == [
        "http://redirect.test/301",
        "https://redirect.test/secured",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://gone.invalid/",
        "http://refused.test/",
        "http://faults.test/reset",
        "http://faults.test/not-http",
    ],
)
def test_an_archive_gets_no_answer_where_there_is_none(web: Internet, url: str) -> None:
    with pytest.raises(OSError, match=r"\w"):
        asyncio.run(web.fetch(url))


def test_the_log_has_client_url_and_time_of_each_request(web: Internet) -> None:
    ask(web, "http://ok.test/en", "HEAD", headers={"User-Agent": "tester"})
    ask(web, "http://ok.test/story?sid=68466")
    ask(web, "http://ok.test/story?sid=68466")
    ask(web, "http://head.test/405")
    assert [(visit.method, visit.url, visit.number) for visit in web.visits_to("ok.test")] == [
        ("HEAD", "http://ok.test/en", 1),
        ("GET", "http://ok.test/story?sid=68466", 1),
        ("GET", "http://ok.test/story?sid=68466", 2),
    ]
    assert web.visits[0].headers["User-Agent"] == "tester"
    assert len(web.visits_to("http://ok.test/story?sid=68466")) == 2
    assert [gap > 0 for gap in web.gaps("ok.test")] == [True, True]
