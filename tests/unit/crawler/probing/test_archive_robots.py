"""Test when a host's robots.txt is worth reading for the robots of archives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.probing.archive_robots import ArchiveRobotsNeed
from store.vocabulary import Role, State
from store.work.frontier import DueLink

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
PUBLIC = "https://example.org/a"


def link(url: str = PUBLIC, *, refused: str | None = "", has_public_copy: bool = False) -> DueLink:
    return DueLink(
        id=1,
        url=url,
        role=Role.LINK,
        state=State.ALIVE,
        probes=1,
        has_public_copy=has_public_copy,
        refused_robot=refused,
    )


@pytest.mark.parametrize(
    ("links", "read_before", "is_due"),
    [
        pytest.param([], None, False, id="nothing is alive"),
        pytest.param([link()], None, True, id="never read"),
        pytest.param([link()], DAY, False, id="read lately"),
        pytest.param([link()], WEEK, True, id="read long ago"),
        pytest.param([link(), link(refused=None)], DAY, True, id="a new link"),
        pytest.param([link(refused=None)], DAY / 3, False, id="read a few hours ago"),
        pytest.param([link(has_public_copy=True)], None, False, id="archives have copies of all"),
        pytest.param([link(has_public_copy=True), link()], WEEK, True, id="no copy of the second"),
        pytest.param([link(refused="a", has_public_copy=True)], WEEK, True, id="refused before"),
        pytest.param([link("http://10.0.0.1/a")], None, False, id="a private address"),
        pytest.param(
            [link("https://example.org/?token=x", refused=None)], None, False, id="secret"
        ),
    ],
)
def test_robots_txt_is_read_for_living_links_without_a_copy(
    links: list[DueLink], read_before: timedelta | None, *, is_due: bool
) -> None:
    need = ArchiveRobotsNeed(NOW - read_before if read_before else None)
    for each in links:
        need.add(each)
    assert need.is_due(now=NOW, max_age=WEEK) is is_due


def test_the_robots_txt_of_the_first_living_publishable_link_is_read() -> None:
    need = ArchiveRobotsNeed(None)
    for url in ("http://10.0.0.1/a", PUBLIC, "https://www.example.org/b"):
        need.add(link(url))
    assert need.url == PUBLIC
