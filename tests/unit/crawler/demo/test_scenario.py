"""Test that the demo's pages, links and snapshots are consistent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources.abc import Traversable
from itertools import pairwise

import pytest

from crawler.demo.responses import status
from crawler.demo.scenario import (
    EXPECTED,
    EXPECTED_MIRRORS,
    LINKS,
    PROBE_TIMES,
    SNAPSHOTS,
    START,
    wiki_folder,
)
from crawler.demo.web import ANY, group_by_host
from store.vocabulary import HistoryPolicy, State

HOSTS = re.compile(
    r"https?://(?:[^/\s]+\.(?:example|test|invalid)|127\.0\.0\.1:8000|web\.archive\.org|archive\.ph)/"
)
URL = re.compile(r"https?://[^\s)>\"\]，。）」]+")


def pages(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from pages(entry)
        elif entry.name.endswith(".md"):
            yield entry


TEXTS = {page.name: page.read_text(encoding="utf-8") for page in pages(wiki_folder())}
CITED = {url for text in TEXTS.values() for url in URL.findall(text)}


def test_the_cited_urls_are_those_with_an_expected_outcome() -> None:
    mirrored = {
        re.sub(r"^https://web\.archive\.org/web/\d+/", "", url)
        for url in CITED & set(EXPECTED_MIRRORS)
    } - set(EXPECTED_MIRRORS)
    assert CITED - set(EXPECTED_MIRRORS) | mirrored == set(EXPECTED)
    assert set(EXPECTED_MIRRORS) <= CITED


def test_every_host_has_a_reserved_name() -> None:
    assert [url for url in CITED if not HOSTS.match(url)] == []


def test_links_end_in_every_state_except_unchecked() -> None:
    assert {outcome.state for outcome in LINKS.values()} == set(State) - {State.UNCHECKED}


def test_the_pages_cite_in_every_form() -> None:
    text = "\n".join(TEXTS.values())
    for form in (
        "> [!example]+",
        "(参照 ",
        '"http://',
        "][faq]",
        "\n[faq]: ",
        "<http://",
        "：http://",
        "![",
        '<a href="http',
        "](/company/",
    ):
        assert form in text


@pytest.mark.parametrize("url", [url for url in EXPECTED_MIRRORS if "web.archive.org" in url])
def test_demo_archive_has_the_cited_snapshots(url: str) -> None:
    _, timestamp, original = re.split(r"/web/(\d{14})/", url)
    assert (original, timestamp) in {
        (snapshot.original, snapshot.timestamp) for snapshot in SNAPSHOTS
    }


def longest_wait(wait: timedelta) -> timedelta:
    return wait * (1 + HistoryPolicy().jitter)


def test_failing_links_are_due_at_each_probe_time() -> None:
    policy = HistoryPolicy()
    gaps = [later - earlier for earlier, later in pairwise(PROBE_TIMES)]
    assert all(
        gap >= longest_wait(wait) for gap, wait in zip(gaps, policy.suspect_waits, strict=False)
    )
    assert PROBE_TIMES[len(policy.suspect_waits)] >= policy.confirm_span
    assert PROBE_TIMES[-1] >= longest_wait(policy.alive_wait)


def test_snapshots_are_older_than_the_end_of_the_demo() -> None:
    for snapshot in SNAPSHOTS:
        assert (
            datetime.strptime(f"{snapshot.timestamp}+0000", "%Y%m%d%H%M%S%z")
            <= START + PROBE_TIMES[-1]
        )


def test_sites_are_grouped_by_host() -> None:
    front, article, rest = status(200), status(404), status(410)
    addresses = {"http://a.test/": front, "http://a.test/x?y=/": article, "http://b.test/*": rest}
    assert group_by_host(addresses) == {
        "a.test": {"/": front, "/x?y=/": article},
        "b.test": {ANY: rest},
    }
