"""Test the announced durations of checks and captures."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from crawler.cli.dry_run import _capture_duration
from crawler.cli.options import CommonOptions
from crawler.cli.steps.check_steps import _announce
from crawler.cli.terminal.console import TerminalOutput
from crawler.config.archives import WaybackConfig
from crawler.politeness.estimate import HostEstimate


@pytest.fixture
def restored_root_logger() -> Iterator[None]:
    """Restore the root logger after the test: a console sets it up for the whole process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("captures", "settings", "expected"),
    [
        (0, {}, ""),
        (50_000, {"captures_per_day": 200}, "; at 200 captures a day: 250 days"),
        (201, {"captures_per_day": 200}, "; at 200 captures a day: 2 days"),
        (
            70,
            {"captures_per_day": 200, "captures_per_minute": 7},
            "; the captures take about 10 min",
        ),
        (5, {"captures_per_day": 0}, ""),
    ],
)
def test_captures_take_as_long_as_the_daily_limit_or_the_rate_says(
    captures: int, settings: dict[str, Any], expected: str
) -> None:
    assert _capture_duration(captures, WaybackConfig(**settings)) == expected


def announcement(*hosts: HostEstimate) -> str:
    stream = io.StringIO()
    _announce(hosts, TerminalOutput(CommonOptions(), stream))
    return stream.getvalue()


def test_a_long_run_is_announced_with_its_duration_and_slowest_host(
    restored_root_logger: None,
) -> None:
    wayback = HostEstimate(name="web.archive.org", links=3634, duration=timedelta(minutes=13))
    quick = HostEstimate(name="a.example", links=10, duration=timedelta(seconds=13))
    assert announcement(quick, wayback) == (
        "3,644 probes on 2 hosts, about 13 min (web.archive.org: 3,634 probes, 13 min; a.example: 10 probes, 13 s)\n"
    )
    assert announcement(quick) == ""
    assert announcement() == ""
