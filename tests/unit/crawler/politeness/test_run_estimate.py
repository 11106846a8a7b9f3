"""Test the estimate of a whole run: probes, lookups, captures and the copies found."""

from __future__ import annotations

import pytest

from crawler.config import Config
from crawler.config.archives import ArchivesConfig, WaybackConfig
from crawler.config.secret import Secret
from crawler.politeness.run_estimate import estimate_run
from store.work.frontier import DueHost


def host(name: str, links: int) -> DueHost:
    return DueHost(id=1, name=name, links=links, next_allowed_at=None)


def test_the_total_is_the_sum_of_the_steps() -> None:
    hosts = [host("a.example", 100), host("b.example", 10)]
    estimate = estimate_run(Config(), hosts, lookups=240, found_share=0.5)
    assert estimate.probes == 110
    assert estimate.probe_time.total_seconds() == 130
    assert estimate.lookup_time.total_seconds() == pytest.approx((120 * 1.1 + 120 * 2) / 24 * 60)
    assert estimate.copies == 120
    assert estimate.copy_time.total_seconds() == pytest.approx(120 * 1.3 * 0.2)
    assert estimate.captures == 0
    assert estimate.total == estimate.probe_time + estimate.lookup_time + estimate.copy_time


def test_without_work_a_run_takes_no_time() -> None:
    assert estimate_run(Config(), [], lookups=0).total.total_seconds() == 0


@pytest.mark.parametrize(
    ("wayback", "limit", "captures", "minutes"),
    [
        (WaybackConfig(), None, 130, 130 / 3),
        (WaybackConfig(key=Secret("k"), secret=Secret("s")), None, 130, 130 / 7),
        (WaybackConfig(captures_per_day=35), None, 35, 35 / 3),
        (WaybackConfig(captures_per_day=0), None, 0, 0),
        (WaybackConfig(), 6, 6, 2),
        (WaybackConfig(endpoint="https://own.example"), None, 130, 130 / 7),
    ],
)
def test_captures_are_requested_while_lookups_continue(
    wayback: WaybackConfig, limit: int | None, captures: int, minutes: float
) -> None:
    config = Config(archives=ArchivesConfig(capture=True, wayback=wayback))
    estimate = estimate_run(
        config, [], lookups=100, captures=80, max_captures=limit, found_share=0.5
    )
    assert estimate.captures == captures
    assert estimate.capture_time.total_seconds() == pytest.approx(minutes * 60)
    assert estimate.total == max(estimate.capture_time, estimate.lookup_time) + estimate.copy_time
