"""Test the estimates of how long due links take, by host."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.config import Config
from crawler.config.archives import ArchivesConfig, WaybackConfig
from crawler.politeness.estimate import estimate_hosts
from crawler.politeness.host_rules import rules_for
from store.work.frontier import DueHost


def host(name: str, links: int = 100, observed_interval: float = 0.0) -> DueHost:
    return DueHost(
        id=1, name=name, links=links, next_allowed_at=None, observed_interval=observed_interval
    )


@pytest.mark.parametrize(
    ("rules", "due", "links", "seconds"),
    [
        ({}, host("a.example"), 100, 130),
        ({"a.example": {"interval": 3}}, host("a.example"), 100, 390),
        ({"a.example": {"per_run": 10}}, host("a.example"), 10, 13),
        ({"a.example": {"per_run": 10, "per_day": 5}}, host("a.example"), 5, 6.5),
        (
            {},
            host("a.example", observed_interval=30),
            100,
            3900,
        ),  # the interval of the last run, a Crawl-delay
        ({"a.example": {"interval": 60}}, host("a.example", observed_interval=30), 100, 7800),
        ({}, host("archive.today"), 50, 650),
        ({}, host("web.archive.org"), 100, 26),
    ],
)
def test_a_hosts_estimate_is_its_links_times_its_interval(
    rules: dict[str, Any], due: DueHost, links: int, seconds: float
) -> None:
    (estimate,) = estimate_hosts(Config(hosts=rules), [due])
    assert (estimate.name, estimate.links) == (due.name, links)
    assert estimate.duration == timedelta(seconds=seconds)


def test_a_short_interval_is_bounded_by_the_responses() -> None:
    config = Config(hosts={"*": {"interval": 0.1, "concurrency": 1}})
    (estimate,) = estimate_hosts(config, [host("a.example")])
    assert estimate.duration.total_seconds() == pytest.approx(100 * 1.3 * 0.15)


def test_a_configured_archive_has_the_rate_limit_of_replays() -> None:
    config = Config(
        archives=ArchivesConfig(wayback=WaybackConfig(endpoint="https://own.example:8443"))
    )
    assert rules_for(config, "own.example").interval == pytest.approx(0.2)
    assert rules_for(config, "a.example").interval == 1


def test_a_pause_is_kept_in_the_estimate() -> None:
    until = datetime(2026, 3, 2, 12, 10, tzinfo=UTC)
    paused = DueHost(id=1, name="a.example", links=3, next_allowed_at=until)
    (estimate,) = estimate_hosts(Config(), [paused])
    assert estimate.paused_until == until


def test_skipped_links_add_nothing_to_the_estimate() -> None:
    assert estimate_hosts(Config(hosts={"*.example": {"skip": True}}), [host("a.example")]) == []


def test_durations_of_hosts_of_one_operator_are_added() -> None:
    config = Config(hosts={"*.blog.example": {"operator": "blogs"}})
    estimate = estimate_hosts(
        config,
        [host("a.blog.example"), host("b.blog.example", observed_interval=2), host("c.example")],
    )
    assert {each.name: (each.links, each.duration.total_seconds()) for each in estimate} == {
        "blogs": (200, 390),
        "c.example": (100, 130),
    }
