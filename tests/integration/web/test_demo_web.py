"""Test that the demo's web serves what the scenario says, day by day."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec
import pytest

from crawler.config import Config
from crawler.demo.background import run_in_thread
from crawler.demo.scenario import (
    EXPECTED_MIRRORS,
    LINKS,
    PROBE_TIMES,
    START,
    DemoServers,
    run_demo_servers,
)
from crawler.demo.web import FakeWeb
from store.vocabulary import Reason, State, format_timestamp
from tests.integration.web.client import ask

STATUS = {
    Reason.OK: 200,
    Reason.CANONICALISED: 301,
    Reason.REDIRECTED_TEMPORARILY: 302,
    Reason.MOVED_PERMANENTLY: 301,
    Reason.NOT_FOUND: 404,
    Reason.GONE: 410,
    Reason.SERVER_ERROR: 500,
    Reason.SOFT_404: 200,
    Reason.REDIRECTED_TO_HOME: 302,
    Reason.PARKED: 200,
    Reason.FORBIDDEN: 403,
    Reason.CHALLENGE: 403,
    Reason.LEGAL: 451,
    Reason.CLIENT_ERROR: 400,
}


class Clock:
    def __init__(self) -> None:
        self.passed = timedelta(0)

    def __call__(self) -> datetime:
        return START + self.passed


CLOCK = Clock()


@pytest.fixture(scope="module")
def stage() -> Iterator[DemoServers]:
    with run_in_thread(run_demo_servers(CLOCK)) as stage:
        yield stage


@pytest.fixture(scope="module")
def demo(stage: DemoServers) -> FakeWeb:
    return stage.web


def last_status(web: FakeWeb, url: str) -> int:
    """Return the status of the second request for the URL on the last day."""
    CLOCK.passed = PROBE_TIMES[-1]
    ask(web, url)
    return ask(web, url).status


@pytest.mark.parametrize("url", [url for url, ending in LINKS.items() if ending.behaviour])
def test_each_address_answers_as_it_must_end(demo: FakeWeb, url: str) -> None:
    assert last_status(demo, quote(url, safe="/:?=&%")) == STATUS[LINKS[url].reason]


@pytest.mark.parametrize(
    "url", [url for url, ending in LINKS.items() if ending.reason is Reason.CONNECTION_REFUSED]
)
def test_configured_hosts_refuse_connections(demo: FakeWeb, url: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        ask(demo, url)


@pytest.mark.parametrize(
    "url",
    [
        url
        for url, ending in LINKS.items()
        if ending.reason in {Reason.DOMAIN_NOT_FOUND, Reason.UNSAFE_ADDRESS}
    ],
)
def test_some_hosts_are_not_of_this_web(demo: FakeWeb, url: str) -> None:
    with pytest.raises(KeyError):
        ask(demo, url)


@pytest.mark.parametrize(
    ("url", "statuses"),
    [
        ("http://pier.example/board/timetable", [404, 404, 200, 200, 200, 200]),
        ("http://www.qingshi-post.example/column/88.html", [200, 200, 200, 200, 404, 404]),
        ("http://www.qingshi-post.example/news/20190312-bridge.html", [404] * 6),
    ],
)
def test_some_addresses_change_over_the_days(demo: FakeWeb, url: str, statuses: list[int]) -> None:
    answers = []
    for CLOCK.passed in PROBE_TIMES:
        answers.append(ask(demo, url).status)
    assert answers == statuses


@pytest.mark.parametrize(
    "url",
    [
        url
        for url, ending in LINKS.items()
        if ending.reason in {Reason.MOVED_PERMANENTLY, Reason.CANONICALISED}
    ],
)
def test_redirects_lead_to_a_page(demo: FakeWeb, url: str) -> None:
    assert ask(demo, ask(demo, url).headers["location"]).status == 200


def test_sites_answer_addresses_they_do_not_know(demo: FakeWeb) -> None:
    assert ask(demo, "http://pier.example/robots.txt").status == 404
    assert (
        ask(demo, "http://shuwu.example/no-such-post").body
        == ask(demo, "http://shuwu.example/post/312").body
    )


def ask_archive(stage: DemoServers, path: str) -> tuple[int, str, bytes]:
    """Return status, location and body of the archive's response."""
    connection = http.client.HTTPConnection(stage.archive_address, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.headers.get("Location", ""), response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("url", [url for url in EXPECTED_MIRRORS if "web.archive.org" in url])
def test_the_archive_replays_cited_mirrors(stage: DemoServers, url: str) -> None:
    path = url.removeprefix("https://web.archive.org").replace("/http:", "id_/http:")
    status, _, _ = ask_archive(stage, path)
    assert (status == 200) == (EXPECTED_MIRRORS[url][0] is State.ALIVE)


def test_the_archive_saves_what_the_web_serves_now(stage: DemoServers) -> None:
    CLOCK.passed = PROBE_TIMES[-1]
    url = "http://reviews.example/games/" + quote("长明灯")
    status, location, _ = ask_archive(stage, f"/save/{url}")
    assert (status, location.partition("/web/")[2]) == (302, f"{format_timestamp(CLOCK())}/{url}")
    assert (
        ask_archive(stage, f"/web/{format_timestamp(CLOCK())}id_/{url}")[2]
        == ask(stage.web, url).body
    )


@pytest.mark.parametrize(
    "url",
    ["http://paper-kite.example/2020/kites.html", "http://lost-village.invalid/museum/books/41"],
)
def test_the_archive_cannot_save_what_does_not_answer(stage: DemoServers, url: str) -> None:
    status, _, body = ask_archive(stage, f"/save/{url}")
    assert status == 200
    assert b"Job failed" in body


def test_the_settings_lead_to_these_servers(stage: DemoServers) -> None:
    config = msgspec.convert(stage.settings(), Config)
    assert config.network.connect_to == stage.web.connect_to()
    assert config.archives.wayback.endpoint == f"http://{stage.archive_address}"
