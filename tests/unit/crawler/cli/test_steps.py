"""How long a queue of captures will take, as a person is told."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.cli.steps import _queue_length
from crawler.config.archives import WaybackConfig


@pytest.mark.parametrize(
    ("wanted", "settings", "told"),
    [
        (0, {}, ""),
        (50_000, {"captures_per_day": 200}, "; at 200 captures a day they take 250 days"),
        (201, {"captures_per_day": 200}, "; at 200 captures a day they take 2 days"),
        (70, {"captures_per_day": 200, "captures_per_minute": 7}, "; the captures take about 10 min"),
        (5, {"captures_per_day": 0}, ""),
    ],
)
def test_the_days_budget_or_the_pace_bounds_a_queue(wanted: int, settings: dict[str, Any], told: str) -> None:
    assert _queue_length(wanted, WaybackConfig(**settings)) == told
